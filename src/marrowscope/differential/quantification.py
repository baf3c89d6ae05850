"""Class shares corrected for the classifier's errors, with limits that hold those errors too.

Adjusted count: the true shares p of a case are called q = p C, where C is the classifier's
confusion. Solving for p undoes the bias, and doing so for draws of C and q gives the total
interval. It stands beside the count, never in its place, and only where C was measured on the
scanner and stain at hand; otherwise `CLASSIFIER_ERROR_NOT_KNOWN` is said. A fully reviewed count
has no classifier error and gets none of this.
"""

from collections.abc import Mapping, Sequence
from math import inf
from numbers import Integral

import numpy as np

from marrowscope.differential.confusion import UNDECIDED, ConfusionMatrix
from marrowscope.differential.corrected_shares import CorrectedShare, QuantificationResult
from marrowscope.differential.drawn_errors import CaseDraws
from marrowscope.differential.likeness import Row, joined_rows
from marrowscope.differential.simplex_least_squares import fitted_shares
from marrowscope.errors import UsageError
from marrowscope.geometry import BoolArray, DoubleArray, IntArray

# A class with fewer has no row to speak of: the prior would say as much as the cells.
LEAST_REVIEWED_CELLS = 5

N_DRAWS = 4000
_LEAST_DRAWS = 100
_SEED = 20081122

# Below it two-sided limits can't hold 95 %, so there is an upper limit alone.
_NEAR_ZERO = 0.02
_ONE_SIDED = 0.025


def adjusted_shares(called_counts: Mapping[str, int], confusion: ConfusionMatrix) -> DoubleArray:
    """Shares of the true classes by constrained least squares, with the matrix as measured.

    called_counts: cells of the case by what they were called, "UNCLASS" for the undecided;
    a class left out has none. Returns (classes,) fractions in the order of
    `confusion.class_ids`; NaN for a class with fewer than `LEAST_REVIEWED_CELLS` reviewed cells,
    and everywhere without counted cells. Such a class keeps what is called like it and no other
    explains, so the rest adds up to less than 1. How classes that the classifier hardly tells
    apart divide their sum means nothing: `total_interval` gives them together.
    Raises UsageError at a class that the matrix does not have, or what is no number of cells.
    """
    n_called = _n_called(called_counts, confusion)
    counts = confusion.as_array()
    is_measured = _is_measured(counts)
    if n_called.sum() == 0:
        return np.full(len(counts), np.nan)
    shares = fitted_shares(_as_measured(counts, is_measured), n_called / n_called.sum())
    return np.where(is_measured, shares, np.nan)


def total_interval(
    called_counts: Mapping[str, int],
    confusion: ConfusionMatrix,
    design_effect: float | None,
    *,
    rows: Sequence[Sequence[str]] | None = None,
    n_draws: int = N_DRAWS,
) -> QuantificationResult:
    """Corrected shares with 95 % limits that hold sampling, clustering and the matrix's own error.

    called_counts: as in `adjusted_shares`. design_effect: of the case, 1 or more, None if unknown.
    rows: the classes of each row wanted, such as the ICSH categories; every class by itself if
    left out. The classes of all rows together are the denominator. Rows that the classifier can't
    tell apart come back as one; their sum is taken from every draw, with no assumption on
    how it divides.

    A row is near zero where its median lies below 2 % or its lower limit is 0. It has an upper
    limit only: the 97.5 % point of further draws, in which one cell more is called so, and cells
    of other classes are called so only if that was seen, in the manner of Clopper and Pearson.
    It is never lower than their limit for none among as many cells.

    Seeded: the same arguments give the same result. Raises UsageError as `adjusted_shares`, and
    at rows that overlap or name classes that the matrix does not have, a design effect below 1,
    or fewer than 100 draws.
    """
    n_called = _n_called(called_counts, confusion)
    wanted = _wanted_rows(rows, confusion)
    if design_effect is not None and not 1 <= design_effect < inf:
        raise UsageError(f"a design effect of {design_effect} makes no sense; give 1 or more")
    if n_draws < _LEAST_DRAWS:
        raise UsageError(f"{n_draws} draws give no 95 % limits; give {_LEAST_DRAWS} or more")
    counts = confusion.as_array()
    is_measured = _is_measured(counts)
    draws = CaseDraws(counts, is_measured, n_called / (design_effect or 1.0), n_draws, _SEED)
    return QuantificationResult(
        rows=_corrected_rows(wanted, draws, confusion.class_ids),
        design_effect=design_effect,
        n_cells=int(n_called.sum()),
        method=(
            "adjusted count by constrained least squares; median, 2.5 and 97.5 % point of "
            f"{n_draws} draws of confusion matrix and counts, seed {_SEED}"
        ),
        measured_on=confusion.measured_on,
        not_measured_class_ids=tuple(
            confusion.class_ids[place] for row in wanted for place in row if not is_measured[place]
        ),
    )


def _n_called(called_counts: Mapping[str, int], confusion: ConfusionMatrix) -> DoubleArray:
    """Cells of the case in the order of the matrix's columns."""
    for called_id, n in called_counts.items():
        if called_id == UNDECIDED and UNDECIDED not in confusion.called_ids:
            raise UsageError(
                "the confusion matrix was measured without abstaining; give the likeliest class "
                "of every cell, or a matrix with undecided cells"
            )
        if called_id not in confusion.called_ids:
            raise UsageError(
                f"cells were called {called_id}, which the confusion matrix does not have; use "
                "the matrix of the classifier that named them"
            )
        if not isinstance(n, Integral) or isinstance(n, bool) or n < 0:
            raise UsageError(f"{n!r} cells called {called_id}: give a whole number, 0 or more")
    return np.array([called_counts.get(called_id, 0) for called_id in confusion.called_ids], float)


def _wanted_rows(
    rows: Sequence[Sequence[str]] | None, confusion: ConfusionMatrix
) -> tuple[Row, ...]:
    """The rows as places in `confusion.class_ids`."""
    if rows is None:
        return tuple((place,) for place in range(len(confusion.class_ids)))
    named = [class_id for row in rows for class_id in row]
    unknown = [class_id for class_id in named if class_id not in confusion.class_ids]
    if unknown:
        raise UsageError(
            f"the confusion matrix has no true class {unknown[0]}; leave it out of the rows"
        )
    if len(set(named)) < len(named) or not all(rows) or not named:
        raise UsageError("each row needs at least one class, and no class may stand in two rows")
    return tuple(
        tuple(sorted(confusion.class_ids.index(class_id) for class_id in row)) for row in rows
    )


def _is_measured(counts: IntArray) -> BoolArray:
    return np.asarray(counts.sum(axis=1) >= LEAST_REVIEWED_CELLS)


def _as_measured(counts: IntArray, is_measured: BoolArray) -> DoubleArray:
    """Shares of what each true class is called; of an unmeasured class, always its own name."""
    totals = counts.sum(axis=1, keepdims=True)
    shares: DoubleArray = np.eye(*counts.shape)
    np.divide(counts, totals, out=shares, where=is_measured[:, np.newaxis])
    return shares


def _noise(shares: DoubleArray, counts: IntArray, is_measured: BoolArray) -> DoubleArray:
    """Variance of each row of `shares`, summed over the outcomes; unbiased for a multinomial."""
    noise: DoubleArray = np.zeros(len(counts))
    spread = 1 - (shares**2).sum(axis=1)
    np.divide(spread, counts.sum(axis=1) - 1, out=noise, where=is_measured)
    return noise


def _corrected_rows(
    wanted: Sequence[Row], draws: CaseDraws, class_ids: tuple[str, ...]
) -> tuple[CorrectedShare, ...]:
    """A row for each wanted one, in that order, joined rows in the place of the first."""
    of_measured = [tuple(place for place in row if draws.is_measured[place]) for row in wanted]
    known = [row for row in of_measured if row]
    limits: dict[Row, tuple[float, float, float, bool]] = {}
    if known and draws.n_called.sum() > 0:
        as_measured = _as_measured(draws.counts, draws.is_measured)
        noise = _noise(as_measured, draws.counts, draws.is_measured)
        known = list(joined_rows(known, as_measured, noise))
        limits = _limits(known, [place for row in wanted for place in row], draws)
    unknown = [row for row, measured in zip(wanted, of_measured, strict=True) if not measured]
    order = [place for row in wanted for place in row]
    corrected = []
    for row in sorted(known + unknown, key=lambda row: min(order.index(place) for place in row)):
        ids = tuple(class_ids[place] for place in row)
        if row in limits:
            share, low, high, is_upper_limit = limits[row]
            corrected.append(CorrectedShare(ids, share, low, high, is_upper_limit))
        else:
            corrected.append(CorrectedShare(ids, None, None, None, is_upper_limit=False))
    return tuple(corrected)


def _limits(
    rows: Sequence[Row], denominator: Sequence[int], draws: CaseDraws
) -> dict[Row, tuple[float, float, float, bool]]:
    """Share, low, high and whether it is an upper limit alone, of each row.

    Empty where no draw has a cell in the denominator.
    """
    points = _points(rows, denominator, fitted_shares(*draws.drawn(())))
    if points is None:
        return {}
    low, median, high = points
    is_near_zero = (median < _NEAR_ZERO) | (low <= 0)
    near_zero = [row for row, is_near in zip(rows, is_near_zero, strict=True) if is_near]
    if near_zero:
        further = _points(rows, denominator, fitted_shares(*draws.drawn(near_zero)))
        upper = high if further is None else further[2]
        # Where fewer cells are called so than errors alone explain, draws prove too much.
        n_effective = max(1.0, float(draws.n_called[list(denominator)].sum()))
        upper = np.maximum(np.maximum(upper, median), 1 - _ONE_SIDED ** (1 / n_effective))
        low, high = np.where(is_near_zero, 0, low), np.where(is_near_zero, upper, high)
    return {
        row: (
            float(median[place]),
            float(low[place]),
            float(high[place]),
            bool(is_near_zero[place]),
        )
        for place, row in enumerate(rows)
    }


def _points(
    rows: Sequence[Row], denominator: Sequence[int], shares: DoubleArray
) -> DoubleArray | None:
    """2.5, 50 and 97.5 % points of the rows' shares of the denominator, (3, rows)."""
    total = shares[:, list(denominator)].sum(axis=1)
    shares, total = shares[total > 0], total[total > 0]
    if len(total) == 0:
        return None
    of_rows = np.stack([shares[:, list(row)].sum(axis=1) / total for row in rows], axis=1)
    return np.asarray(np.quantile(of_rows, (0.025, 0.5, 0.975), axis=0))
