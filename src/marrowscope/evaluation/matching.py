"""Which detection found which true cell."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from marrowscope.geometry import BoolArray, DoubleArray, IntArray


@dataclass(frozen=True, slots=True)
class Matches:
    """truth: (n,) index of the detection that found each true cell, -1 where missed.
    is_true: (m,) whether each detection found a cell of its own.
    """

    truth: IntArray
    is_true: BoolArray

    @property
    def n_found(self) -> int:
        """True cells that were found."""
        return int((self.truth >= 0).sum())


def match_centres(truth: DoubleArray, x: DoubleArray, y: DoubleArray) -> Matches:
    """Pairs detections with true boxes that hold their centre, nearest pairs first, one to one.

    truth: (n, 4) centre x, y, width, height; x, y: (m,) centres of detections.
    """
    matched = np.full(len(truth), -1, dtype=np.int64)
    is_true = np.zeros(len(x), dtype=bool)
    if not len(truth) or not len(x):
        return Matches(matched, is_true)
    rows, columns, distance = _holding_pairs(truth, x, y)
    for place in np.argsort(distance, kind="stable"):
        row, column = rows[place], columns[place]
        if matched[row] < 0 and not is_true[column]:
            matched[row] = column
            is_true[column] = True
    return Matches(matched, is_true)


def match_in_order(truth: DoubleArray, x: DoubleArray, y: DoubleArray) -> Matches:
    """Pairs detections, best first, each with the nearest true box still free that holds it.

    truth: (n, 4) centre x, y, width, height; x, y: (m,) centres of detections.
    """
    matched = np.full(len(truth), -1, dtype=np.int64)
    is_true = np.zeros(len(x), dtype=bool)
    if not len(truth) or not len(x):
        return Matches(matched, is_true)
    rows, columns, distance = _holding_pairs(truth, x, y)
    for place in np.lexsort((distance, columns)):
        row, column = rows[place], columns[place]
        if matched[row] < 0 and not is_true[column]:
            matched[row] = column
            is_true[column] = True
    return Matches(matched, is_true)


def _holding_pairs(
    truth: DoubleArray, x: DoubleArray, y: DoubleArray
) -> tuple[IntArray, IntArray, DoubleArray]:
    """Indices of true cells and of detections centred in their boxes, and how far apart."""
    rows, columns = _near_pairs(truth, np.stack([x, y], axis=1))
    dx, dy = np.abs(truth[rows, 0] - x[columns]), np.abs(truth[rows, 1] - y[columns])
    inside = (dx <= truth[rows, 2] / 2) & (dy <= truth[rows, 3] / 2)
    return rows[inside], columns[inside], np.hypot(dx, dy)[inside]


def _near_pairs(truth: DoubleArray, centres: DoubleArray) -> tuple[IntArray, IntArray]:
    """Indices of true cells and detections no farther apart than the largest box allows."""
    reach = float(np.hypot(truth[:, 2], truth[:, 3]).max()) / 2
    near = cKDTree(centres).query_ball_point(truth[:, :2], reach, return_sorted=True)
    rows = np.repeat(np.arange(len(truth)), [len(found) for found in near])
    columns = np.concatenate([np.asarray(found, dtype=np.int64) for found in near])
    return rows, columns


@dataclass(frozen=True, slots=True)
class DetectionScore:
    """Counts over a set of fields; precision and F1 mean nothing where one class alone is boxed."""

    n: int
    n_found: int
    n_detections: int

    @property
    def recall(self) -> float:
        """Share of true cells found; NaN without any."""
        return self.n_found / self.n if self.n else float("nan")

    @property
    def precision(self) -> float:
        """Share of detections that found a cell of their own; NaN without any."""
        return self.n_found / self.n_detections if self.n_detections else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        whole = self.n + self.n_detections
        return 2 * self.n_found / whole if whole else float("nan")
