"""Which detection found which true cell."""

from dataclasses import dataclass

import numpy as np

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
    dx = np.abs(truth[:, None, 0] - x[None])
    dy = np.abs(truth[:, None, 1] - y[None])
    inside = (dx <= truth[:, None, 2] / 2) & (dy <= truth[:, None, 3] / 2)
    rows, columns = np.nonzero(inside)
    order = np.argsort(np.hypot(dx, dy)[rows, columns], kind="stable")
    for row, column in zip(rows[order], columns[order], strict=True):
        if matched[row] < 0 and not is_true[column]:
            matched[row] = column
            is_true[column] = True
    return Matches(matched, is_true)


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
