"""Scores a detector on boxed fields."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.cells.model import Detections, Detector, View
from marrowscope.evaluation.image_sets import Box, BoxedField, ImageSets
from marrowscope.evaluation.matching import DetectionScore, match_centres
from marrowscope.geometry import DoubleArray, UInt8Array

NOT_NUCLEATED = frozenset({"RBC", "PLT"})
ONE_CLASS_BOXED = ("segpc-marrow", "segpc-marrow-fullsize")
"""Sets whose boxes name plasma cells only: other cells found there are not false."""


@dataclass(frozen=True, slots=True)
class FieldDetections:
    """One field's truth (n, 4) as centre and size in its pixels, and what was found."""

    field: BoxedField
    truth: DoubleArray
    found: Detections


def true_cells(boxes: Iterable[Box]) -> DoubleArray:
    """(n, 4) centre x, y, width, height of the boxed nucleated cells."""
    cells = [
        [box.x_px + box.w_px / 2, box.y_px + box.h_px / 2, box.w_px, box.h_px]
        for box in boxes
        if box.label not in NOT_NUCLEATED
    ]
    return np.array(cells, dtype=np.float64).reshape(-1, 4)


def detect_on_field(
    detector: Detector, name: str, pixels: UInt8Array, um_per_px: float
) -> Detections:
    """Cells of one field (rows, columns, 3), in its own pixels."""
    factor = um_per_px / detector.um_per_px
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=how), dtype=np.uint8)
    return detector.detect(View(name, 0.0, 0.0, 1 / factor, detector.um_per_px, small))


def detections_of_set(
    detector: Detector, sets: ImageSets, image_set: str, split: str
) -> list[FieldDetections]:
    """Every field of one set and split, detected."""
    return [
        FieldDetections(
            field,
            true_cells(field.boxes),
            detect_on_field(detector, field.path, sets.field_pixels(field), field.um_per_px),
        )
        for field in sets.fields
        if field.image_set == image_set and field.split == split
    ]


def detection_score(fields: Sequence[FieldDetections]) -> DetectionScore:
    """Counts pooled over fields; a cell is found where a centre lies in its box, one to one."""
    n = n_found = n_detections = 0
    for one in fields:
        matches = match_centres(one.truth, one.found.x_px, one.found.y_px)
        n += len(one.truth)
        n_found += matches.n_found
        n_detections += len(one.found.score)
    return DetectionScore(n, n_found, n_detections)


def detector_scores(
    detector: Detector, sets: ImageSets, split: str
) -> dict[str, dict[str, float | None]]:
    """`n, precision, recall, f1` of each set; precision and f1 are None where one class alone
    is boxed.
    """
    scores: dict[str, dict[str, float | None]] = {}
    for name in sorted({field.image_set for field in sets.fields if field.split == split}):
        score = detection_score(detections_of_set(detector, sets, name, split))
        partly = name in ONE_CLASS_BOXED
        scores[name] = {
            "n": score.n,
            "precision": None if partly else round(score.precision, 4),
            "recall": round(score.recall, 4),
            "f1": None if partly else round(score.f1, 4),
        }
    return scores
