"""One detection a cell, also where two neighbouring views both saw it."""

import numpy as np
from scipy.spatial import cKDTree

from marrowscope.cells.detection_peaks import NEAREST_CENTRES, OVERLAP_LIMIT
from marrowscope.cells.model import Detections
from marrowscope.geometry import BoolArray, DoubleArray, IntArray

LARGEST_CELL_UM = 60.0
"""Nothing farther apart than this can be the same cell; megakaryocytes reach about 100 µm, but
their centres are found within half of that."""


def concatenated(parts: list[Detections]) -> Detections:
    """All detections of a picture in one record."""
    names = ("x_px", "y_px", "w_px", "h_px", "score")
    empty = [np.zeros(0)]
    return Detections(
        *(np.concatenate([getattr(part, name) for part in parts] or empty) for name in names)
    )


def seen_once(found: Detections, um_per_px: float) -> BoolArray:
    """Which detections of one picture to keep, so that every cell has one; (n,).

    Of two that overlap by more than the detector's own limit, or whose centres nearly coincide,
    the better score stays; equal scores go by position, so the order of reading is without
    influence.
    """
    order = np.lexsort((found.x_px, found.y_px, -found.score))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    keep = np.ones(len(order), dtype=bool)
    if len(order) < 2:
        return keep
    size = (found.w_px + found.h_px) / 2
    reach_px = min(float(size.max()) * 0.75, LARGEST_CELL_UM / um_per_px)
    centres = np.stack([found.x_px, found.y_px], axis=1)
    pairs = cKDTree(centres).query_pairs(reach_px, output_type="ndarray")
    first, second = pairs[:, 0], pairs[:, 1]
    same = _same_cell(found, size, first, second)
    better = np.where(rank[first] < rank[second], first, second)[same]
    worse = np.where(rank[first] < rank[second], second, first)[same]
    for index in np.argsort(rank[better], kind="stable"):
        if keep[better[index]]:
            keep[worse[index]] = False
    return keep


def _same_cell(
    found: Detections, size: DoubleArray, first: IntArray, second: IntArray
) -> BoolArray:
    def shared(centre: DoubleArray, extent: DoubleArray) -> DoubleArray:
        high = np.minimum(centre[first] + extent[first] / 2, centre[second] + extent[second] / 2)
        low = np.maximum(centre[first] - extent[first] / 2, centre[second] - extent[second] / 2)
        return np.asarray(np.clip(high - low, 0, None))

    area = found.w_px * found.h_px
    common = shared(found.x_px, found.w_px) * shared(found.y_px, found.h_px)
    union = area[first] + area[second] - common
    distance = np.hypot(
        found.x_px[first] - found.x_px[second], found.y_px[first] - found.y_px[second]
    )
    close = distance < NEAREST_CENTRES * np.maximum(size[first], size[second])
    return np.asarray((common > OVERLAP_LIMIT * union) | close)
