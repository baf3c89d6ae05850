"""One detection a cell, also where two neighbouring views both saw it."""

import numpy as np

from marrowscope.cells.detection_peaks import one_per_cell
from marrowscope.cells.model import Detections
from marrowscope.geometry import BoolArray


def concatenated(parts: list[Detections]) -> Detections:
    """All detections of a picture in one record."""
    if not parts:
        nothing = np.zeros(0)
        return Detections.of_cells(nothing, nothing, nothing, nothing, nothing)
    return Detections(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Detections.__slots__)
    )


def seen_once(found: Detections) -> BoolArray:
    """Which detections of one picture to keep, so that every cell has one; (n,).

    The better score stays; equal scores go by position, so the order of reading is without
    influence.
    """
    order = np.lexsort((found.x_px, found.y_px, -found.score))
    best_first = found.at(order)
    keep = np.empty(len(order), dtype=bool)
    keep[order] = one_per_cell(best_first.x_px, best_first.y_px, best_first.w_px, best_first.h_px)
    return keep
