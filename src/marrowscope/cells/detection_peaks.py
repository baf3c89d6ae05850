"""From the detector's output maps to separate cells."""

from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.geometry import BoolArray, DoubleArray, FloatArray

STRIDE = 2
"""Input pixels an output pixel."""
OVERLAP_LIMIT = 0.45
"""Two boxes that share more than this part of their union are one cell."""
NEAREST_CENTRES = 0.3
"""Two centres closer than this part of the larger cell's diameter are one cell."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """Cells in input pixels of one view: centre, box size, score; all (n,), best score first."""

    x: DoubleArray
    y: DoubleArray
    w: DoubleArray
    h: DoubleArray
    score: DoubleArray


def _peak_mask(heat: FloatArray, threshold: float) -> BoolArray:
    highest = cv2.dilate(heat, np.ones((3, 3), np.uint8))
    return np.asarray((heat >= highest) & (heat >= threshold))


def one_per_cell(x: DoubleArray, y: DoubleArray, w: DoubleArray, h: DoubleArray) -> BoolArray:
    """Which of these candidates, best first, to keep so that each cell is found once; (n,)."""
    keep = np.ones(len(x), dtype=bool)
    size = (w + h) / 2
    for i in range(len(x)):
        if not keep[i]:
            continue
        later = np.arange(len(x)) > i
        overlap_w = np.minimum(x[i] + w[i] / 2, x + w / 2) - np.maximum(x[i] - w[i] / 2, x - w / 2)
        overlap_h = np.minimum(y[i] + h[i] / 2, y + h / 2) - np.maximum(y[i] - h[i] / 2, y - h / 2)
        shared = np.clip(overlap_w, 0, None) * np.clip(overlap_h, 0, None)
        union = w[i] * h[i] + w * h - shared
        close = np.hypot(x - x[i], y - y[i]) < NEAREST_CENTRES * np.maximum(size[i], size)
        keep &= ~(later & ((shared > OVERLAP_LIMIT * union) | close))
    return keep


def find_peaks(maps: FloatArray, threshold: float) -> Peaks:
    """Cells of one view from its maps (5, rows, columns); see the network for their meaning."""
    row, column = np.nonzero(_peak_mask(maps[0], threshold))
    score = maps[0, row, column].astype(np.float64)
    order = np.lexsort((column, row, -score))
    row, column, score = row[order], column[order], score[order]
    values = maps[1:, row, column].astype(np.float64)
    x = (column + np.clip(values[2], 0, 1)) * STRIDE
    y = (row + np.clip(values[3], 0, 1)) * STRIDE
    w, h = np.exp(np.clip(values[:2], 0.0, 5.0)) * STRIDE
    keep = one_per_cell(x, y, w, h)
    return Peaks(x[keep], y[keep], w[keep], h[keep], score[keep])
