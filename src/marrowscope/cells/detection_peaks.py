"""From the detector's output maps to separate cells."""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree

from marrowscope.geometry import BoolArray, DoubleArray, FloatArray, IntArray

STRIDE = 2
"""Input pixels an output pixel."""
N_MAPS = 10
NUCLEUS_MAP = 5
KIND_MAPS = slice(6, 10)
OVERLAP_LIMIT = 0.45
"""Two boxes that share more than this part of their union are one cell."""
NEAREST_CENTRES = 0.3
"""Two centres closer than this part of the larger cell's diameter are one cell."""
FARTHEST_SAME = 0.8
"""Boxes whose centres are farther apart than this part of the longest side share too little."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """Objects in input pixels of one view, best score first: centre, box size, score, and kind as
    an index into `OBJECT_KINDS`; all (n,).
    """

    x: DoubleArray
    y: DoubleArray
    w: DoubleArray
    h: DoubleArray
    score: DoubleArray
    kind: IntArray


def _peak_mask(heat: FloatArray, threshold: float) -> BoolArray:
    highest = cv2.dilate(heat, np.ones((3, 3), np.uint8))
    return np.asarray((heat >= highest) & (heat >= threshold))


def one_per_cell(x: DoubleArray, y: DoubleArray, w: DoubleArray, h: DoubleArray) -> BoolArray:
    """Which of these candidates, best first, to keep so that each cell is found once; (n,).

    x, y: centres, w, h: boxes, all (n,) in the same unit. Of two that overlap by more than
    `OVERLAP_LIMIT`, or whose centres nearly coincide, the better stays.
    """
    keep = np.ones(len(x), dtype=bool)
    if len(x) < 2:
        return keep
    reach = FARTHEST_SAME * float(np.maximum(w, h).max())
    pairs = cKDTree(np.stack([x, y], axis=1)).query_pairs(reach, output_type="ndarray")
    better, worse = pairs[:, 0], pairs[:, 1]
    is_same = _same_cell(x, y, w, h, better, worse)
    better, worse = better[is_same], worse[is_same]
    order = np.argsort(better, kind="stable")
    for first, second in zip(better[order].tolist(), worse[order].tolist(), strict=True):
        if keep[first]:
            keep[second] = False
    return keep


def _same_cell(
    x: DoubleArray,
    y: DoubleArray,
    w: DoubleArray,
    h: DoubleArray,
    first: IntArray,
    second: IntArray,
) -> BoolArray:
    def shared(centre: DoubleArray, extent: DoubleArray) -> DoubleArray:
        high = np.minimum(centre[first] + extent[first] / 2, centre[second] + extent[second] / 2)
        low = np.maximum(centre[first] - extent[first] / 2, centre[second] - extent[second] / 2)
        return np.asarray(np.maximum(high - low, 0.0))

    area, size = w * h, (w + h) / 2
    common = shared(x, w) * shared(y, h)
    union = area[first] + area[second] - common
    distance = np.hypot(x[first] - x[second], y[first] - y[second])
    close = distance < NEAREST_CENTRES * np.maximum(size[first], size[second])
    return np.asarray((common > OVERLAP_LIMIT * union) | close)


def find_peaks(maps: FloatArray, threshold: float) -> Peaks:
    """Objects of one view from its maps (10, rows, columns); see the network for their meaning."""
    row, column = np.nonzero(_peak_mask(maps[0], threshold))
    score = maps[0, row, column].astype(np.float64)
    order = np.lexsort((column, row, -score))
    row, column, score = row[order], column[order], score[order]
    values = maps[1:5, row, column].astype(np.float64)
    kind = maps[KIND_MAPS][:, row, column].argmax(axis=0).astype(np.int64)
    x = (column + np.clip(values[2], 0, 1)) * STRIDE
    y = (row + np.clip(values[3], 0, 1)) * STRIDE
    w, h = np.exp(np.clip(values[:2], 0.0, 5.0)) * STRIDE
    keep = one_per_cell(x, y, w, h)
    return Peaks(x[keep], y[keep], w[keep], h[keep], score[keep], kind[keep])
