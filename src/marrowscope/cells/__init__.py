"""High power: finds every nucleated cell once and names it, or says that it cannot."""

from marrowscope.cells.classifier import OnnxClassifier
from marrowscope.cells.detector import OnnxDetector
from marrowscope.cells.manifest import ModelCard, shipped_model, shipped_models
from marrowscope.cells.merging import concatenated, seen_once
from marrowscope.cells.model import (
    Classifier,
    CropBatch,
    Detections,
    Detector,
    SlideReference,
    View,
)
from marrowscope.cells.region_cells import RegionCells, cells_of_region, selected

__all__ = [
    "Classifier",
    "CropBatch",
    "Detections",
    "Detector",
    "ModelCard",
    "OnnxClassifier",
    "OnnxDetector",
    "RegionCells",
    "SlideReference",
    "View",
    "cells_of_region",
    "concatenated",
    "seen_once",
    "selected",
    "shipped_model",
    "shipped_models",
]
