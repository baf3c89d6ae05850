"""Whether a classifier's probabilities mean what they say, and what abstaining buys."""

from dataclasses import dataclass

import numpy as np

from marrowscope.evaluation.classifier_forced_choice import DECIMALS, share
from marrowscope.geometry import BoolArray, DoubleArray, IntArray

N_BINS = 15
THRESHOLDS = (*(round(0.02 * step, 2) for step in range(50)), 0.99)


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Guesses with a probability from `low` to `high`: how many, their mean probability, and the
    share that is right; None of nothing.
    """

    low: float
    high: float
    n: int
    probability: float | None
    right: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """n guesses. error: the expected calibration error, None of nothing."""

    n: int
    error: float | None
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """At one threshold: the share of cells that is decided, and the share of these that is wrong,
    None where none is decided.
    """

    threshold: float
    coverage: float
    error: float | None


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """points: from the lowest threshold to the highest. in_use: with the threshold of the card."""

    points: tuple[RiskPoint, ...]
    in_use: RiskPoint


def _bin_of(probability: DoubleArray, n_bins: int) -> IntArray:
    return np.minimum((probability * n_bins).astype(np.int64), n_bins - 1)


def calibration_error(probability: DoubleArray, is_right: BoolArray, n_bins: int = N_BINS) -> float:
    """Expected calibration error: mean gap between probability and accuracy over equal bins."""
    bins = _bin_of(probability, n_bins)
    gaps = [
        np.sum(bins == b) * abs(probability[bins == b].mean() - is_right[bins == b].mean())
        for b in range(n_bins)
        if np.any(bins == b)
    ]
    return float(sum(gaps) / max(len(bins), 1))


def calibration(probability: DoubleArray, is_right: BoolArray) -> Calibration:
    """Of guesses (n,) and whether each is right, in 15 bins of equal width."""
    bins = _bin_of(probability, N_BINS)
    found = []
    for place in range(N_BINS):
        inside = bins == place
        n = int(inside.sum())
        found.append(
            CalibrationBin(
                low=round(place / N_BINS, DECIMALS),
                high=round((place + 1) / N_BINS, DECIMALS),
                n=n,
                probability=round(float(probability[inside].mean()), DECIMALS) if n else None,
                right=share(int(is_right[inside].sum()), n),
            )
        )
    error = round(calibration_error(probability, is_right), DECIMALS) if len(bins) else None
    return Calibration(len(bins), error, tuple(found))


def risk_coverage(
    probability: DoubleArray,
    is_right: BoolArray,
    is_undecidable: BoolArray,
    is_abstained: BoolArray,
    threshold: float,
) -> RiskCoverage | None:
    """How the error among the decided cells falls as the threshold rises; None without cells.

    probability, is_right: (n,) of the names that cells get. is_undecidable: (n,) not to be used
    at any threshold. is_abstained: (n,) not used with the threshold of the card.
    """
    if not len(probability):
        return None
    points = tuple(
        _point(value, is_right, ~is_undecidable & (probability >= value)) for value in THRESHOLDS
    )
    return RiskCoverage(points, _point(threshold, is_right, ~is_abstained))


def _point(threshold: float, is_right: BoolArray, is_decided: BoolArray) -> RiskPoint:
    n_decided = int(is_decided.sum())
    return RiskPoint(
        threshold=threshold,
        coverage=round(n_decided / len(is_decided), DECIMALS),
        error=share(int((is_decided & ~is_right).sum()), n_decided),
    )
