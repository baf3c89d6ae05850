"""High power: finds every nucleated cell once and names it, or says that it cannot."""

from marrowscope.cells.classifier import OnnxClassifier
from marrowscope.cells.detector import OnnxDetector
from marrowscope.cells.manifest import ModelCard, shipped_model, shipped_models
from marrowscope.cells.merging import concatenated, seen_once
from marrowscope.cells.model import (
    OBJECT_KINDS,
    Classifier,
    CropBatch,
    Detections,
    Detector,
    ObjectKind,
    Proposals,
    SlideReference,
    View,
)
from marrowscope.cells.naming import NamedCells, name_cells
from marrowscope.cells.region_cells import RegionCells, RegionLook, classified, look_at_region

__all__ = [
    "OBJECT_KINDS",
    "Classifier",
    "CropBatch",
    "Detections",
    "Detector",
    "ModelCard",
    "NamedCells",
    "ObjectKind",
    "OnnxClassifier",
    "OnnxDetector",
    "Proposals",
    "RegionCells",
    "RegionLook",
    "SlideReference",
    "View",
    "classified",
    "concatenated",
    "look_at_region",
    "name_cells",
    "seen_once",
    "shipped_model",
    "shipped_models",
]
