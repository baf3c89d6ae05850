"""Forced choice: which of a set's own classes a classifier gives each cell, and how often rightly.

Limits of a share of cells are Wilson's; those of F1 and of means over classes come from drawing
the cells anew, with a fixed seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from marrowscope.differential.intervals import wilson_interval
from marrowscope.geometry import DoubleArray, IntArray

N_DRAWS = 2000
SEED = 20261124
DECIMALS = 4
ONE_CLASS = (
    "One class alone is scored: with no other to choose from the forced choice is always right. "
    "Coverage and error say more here."
)

Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class; shares from 0 to 1. precision: None where the class was never given."""

    n: int
    precision: float | None
    precision_limits: Limits | None
    recall: float
    recall_limits: Limits
    f1: float
    f1_limits: Limits


@dataclass(frozen=True, slots=True)
class MeanScores:
    """Over all classes; shares from 0 to 1, with 95 % limits. weighted_f1: by cells of a class."""

    accuracy: float
    accuracy_limits: Limits
    balanced_accuracy: float
    balanced_accuracy_limits: Limits
    macro_f1: float
    macro_f1_limits: Limits
    weighted_f1: float
    weighted_f1_limits: Limits


@dataclass(frozen=True, slots=True)
class ForcedChoice:
    """counts: (classes, classes), row by truth and column by the class given, as in class_ids."""

    class_ids: tuple[str, ...]
    counts: IntArray
    means: MeanScores
    per_class: dict[str, ClassScore]

    @property
    def n(self) -> int:
        """Cells."""
        return int(self.counts.sum())


def share(k: int, n: int) -> float | None:
    """The share k of n to four decimals; None of nothing."""
    return round(k / n, DECIMALS) if n else None


def share_limits(k: int, n: int) -> Limits | None:
    """Wilson's 95 % limits of k of n; None of nothing."""
    if not n:
        return None
    found = wilson_interval(k, n)
    return (round(found.low, DECIMALS), round(found.high, DECIMALS))


def forced_choice(
    truth: npt.NDArray[np.str_], probabilities: DoubleArray, class_ids: Sequence[str]
) -> ForcedChoice | None:
    """Gives each cell the likeliest of `class_ids`; None where there is no class to give.

    truth: (n,) of these classes. probabilities: (n, classes) in their order, of these classes
    alone, so that rows need not sum to 1.
    """
    if not len(truth):
        return None
    places = {class_id: place for place, class_id in enumerate(class_ids)}
    rows = np.array([places[name] for name in truth.tolist()])
    counts = np.zeros((len(class_ids), len(class_ids)), dtype=np.int64)
    np.add.at(counts, (rows, probabilities.argmax(axis=1)), 1)
    drawn = _scores(_drawn_again(counts))
    found = _scores(counts[None])
    return ForcedChoice(
        tuple(class_ids), counts, _means(counts, found, drawn), _per_class(class_ids, counts, drawn)
    )


@dataclass(frozen=True, slots=True)
class _Scores:
    """Of each drawing: f1 (draws, classes), NaN of a class with neither cells nor names; (draws,)
    the rest.
    """

    f1: DoubleArray
    balanced_accuracy: DoubleArray
    macro_f1: DoubleArray
    weighted_f1: DoubleArray


def _drawn_again(counts: IntArray) -> IntArray:
    """(draws, classes, classes): as many cells as there are, drawn from them with repeats."""
    n = int(counts.sum())
    drawn = np.random.default_rng(SEED).multinomial(n, counts.ravel() / n, size=N_DRAWS)
    return np.asarray(drawn.reshape(N_DRAWS, *counts.shape), dtype=np.int64)


def _scores(counts: IntArray) -> _Scores:
    right = np.diagonal(counts, axis1=1, axis2=2).astype(np.float64)
    n_true, n_called = counts.sum(axis=2), counts.sum(axis=1)
    f1 = _ratio(2 * right, n_true + n_called)
    return _Scores(
        f1=f1,
        balanced_accuracy=np.nanmean(_ratio(right, n_true), axis=1),
        macro_f1=np.nanmean(f1, axis=1),
        weighted_f1=np.nansum(f1 * n_true, axis=1) / n_true.sum(axis=1),
    )


def _ratio(part: DoubleArray, whole: IntArray) -> DoubleArray:
    """NaN where the whole is nothing."""
    found = np.full(part.shape, np.nan)
    np.divide(part, whole, out=found, where=whole > 0)
    return found


def _limits(drawn: DoubleArray) -> Limits:
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return (round(float(low), DECIMALS), round(float(high), DECIMALS))


def _means(counts: IntArray, found: _Scores, drawn: _Scores) -> MeanScores:
    n_right, n = int(np.trace(counts)), int(counts.sum())
    accuracy = wilson_interval(n_right, n)
    return MeanScores(
        accuracy=round(n_right / n, DECIMALS),
        accuracy_limits=(round(accuracy.low, DECIMALS), round(accuracy.high, DECIMALS)),
        balanced_accuracy=round(float(found.balanced_accuracy[0]), DECIMALS),
        balanced_accuracy_limits=_limits(drawn.balanced_accuracy),
        macro_f1=round(float(found.macro_f1[0]), DECIMALS),
        macro_f1_limits=_limits(drawn.macro_f1),
        weighted_f1=round(float(found.weighted_f1[0]), DECIMALS),
        weighted_f1_limits=_limits(drawn.weighted_f1),
    )


def _per_class(class_ids: Sequence[str], counts: IntArray, drawn: _Scores) -> dict[str, ClassScore]:
    scores = {}
    for place, class_id in enumerate(class_ids):
        n_right, n = int(counts[place, place]), int(counts[place].sum())
        n_called = int(counts[:, place].sum())
        recall = wilson_interval(n_right, n)
        scores[class_id] = ClassScore(
            n=n,
            precision=share(n_right, n_called),
            precision_limits=share_limits(n_right, n_called),
            recall=round(n_right / n, DECIMALS),
            recall_limits=(round(recall.low, DECIMALS), round(recall.high, DECIMALS)),
            f1=round(2 * n_right / (n + n_called), DECIMALS),
            f1_limits=_limits(drawn.f1[:, place]),
        )
    return scores
