"""After training a detector: its threshold from the val split, scores from test, and the card."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from marrowscope.cells.detector import OnnxDetector
from marrowscope.cells.manifest import ModelCard
from marrowscope.evaluation.detector_evaluation import LOWEST_SCORE, evaluate_detector
from marrowscope.evaluation.detector_scores import (
    FieldDetections,
    called_cells,
    detect_on_field,
    field_detections,
    outcome,
    pooled_counts,
)
from marrowscope.evaluation.evaluation_sets import FieldSet, sets_of_data
from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.evaluation.marrow_truth import marrow_truth_sets, read_truth
from marrowscope.evaluation.model_cards import detector_facts, write_card
from marrowscope.geometry import DoubleArray
from marrowscope.progress import NoProgress

VERSION = "2"
MIDDLE_UM = 5.0
MAY_BE_LOST = 0.005
"""Share of the single marrow cells found at the lowest threshold."""
DETECTOR_THRESHOLDS = np.arange(0.2, 0.61, 0.02).round(2)
CARD_SCORES = (
    "n",
    "precision",
    "recall",
    "f1",
    "ap",
    "merges",
    "splits",
    "n_intact",
    "recall_intact",
    "n_cut",
    "recall_cut",
)


def field_sets(sets: ImageSets, split: str) -> tuple[FieldSet, ...]:
    """Every set of fields of a split, and the marrow fields on which every cell is boxed."""
    return (*sets_of_data(sets, split), *marrow_truth_sets(sets, split, read_truth()))


def middle_scores(detector: OnnxDetector, sets: ImageSets) -> DoubleArray:
    """Best score near the middle of each single marrow cell of val, 0 where nothing is found."""
    scores = []
    for crop in sets.crops:
        wanted = crop.image_set == "mll-marrow" and crop.split == "val" and crop.label != "ART"
        if not wanted:
            continue
        pixels = sets.crop_pixels(crop)
        found = called_cells(detect_on_field(detector, crop.path, pixels, crop.um_per_px))
        middle_x, middle_y = pixels.shape[1] / 2, pixels.shape[0] / 2
        away_um = np.hypot(found.x_px - middle_x, found.y_px - middle_y) * crop.um_per_px
        scores.append(float(found.score[away_um < MIDDLE_UM].max(initial=0.0)))
    return np.array(scores)


def chosen_detector_threshold(
    detector: OnnxDetector, sets: ImageSets, *, permissive: bool
) -> float:
    """The threshold of the best F1 on val fields, as the mean over the sets where every cell is
    boxed.

    permissive: the marrow fields, whose licence forbids commercial use, have no say; instead the
    threshold may lose `MAY_BE_LOST` of the single marrow cells of val and no more.
    """
    found: list[list[FieldDetections]] = [
        [field_detections(detector, field, one.read(field)) for field in one.fields]
        for one in field_sets(sets, "val")
        if one.is_fully_boxed and not (permissive and "NC" in one.licence)
    ]
    middles = middle_scores(detector, sets) if permissive else np.ones(1)

    def mean_f1(threshold: float) -> float:
        scores = [pooled_counts([outcome(one, threshold) for one in fields]).f1 for fields in found]
        return float(np.nanmean(scores)) if scores else 0.0

    n_at_most = int((middles >= DETECTOR_THRESHOLDS[0]).sum())
    n_least = n_at_most - MAY_BE_LOST * len(middles)
    allowed = [float(t) for t in DETECTOR_THRESHOLDS if (middles >= t).sum() >= n_least]
    return max(allowed, key=mean_f1)


def finish_detector(onnx: Path, data: Path, *, n_own_fields: int, permissive: bool) -> Path:
    """Writes `detector.json` beside the model; returns its path."""
    recipe = json.loads((onnx.parent / "detector.recipe.json").read_text())
    facts = detector_facts(permissive=permissive, n_own_fields=n_own_fields)

    def card(threshold: float, **more: Any) -> ModelCard:
        measured = {"recipe": recipe, "threshold": threshold, **more}
        return write_card(onnx, facts, VERSION, measured)

    sets = ImageSets(data)
    detector = OnnxDetector(card(LOWEST_SCORE))
    threshold = chosen_detector_threshold(detector, sets, permissive=permissive)
    evaluation = evaluate_detector(
        detector, card(threshold), field_sets(sets, "test"), NoProgress(), split="test"
    )
    scores = {
        one.fields.name: {name: getattr(one.score, name) for name in CARD_SCORES}
        for one in evaluation.sets
    }
    card(threshold, scores={"test": scores})
    return onnx.with_suffix(".json")
