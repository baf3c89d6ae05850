"""The share of a class where a person saw some galleries whole and a random part of the others.

Double sampling after Tenenbein, J Am Stat Assoc 1970;65:1350-1361: the machine's names sort the
N counted cells into strata, a person's names of a random part correct them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from marrowscope.differential.hidden_cells import HiddenCells
from marrowscope.differential.intervals import Interval, wilson_interval
from marrowscope.errors import UsageError
from marrowscope.vocabulary import (
    Counting,
    all_classes,
    cell_class,
    classes_of_category,
    icsh_categories,
)


@dataclass(frozen=True, slots=True)
class AuditedStratum:
    """Cells of the count that were shown alike before an audit, and what a person said of them.

    sampled: by true class, the cells of a simple random sample of it. known: by true class, every
    cell of it that a person saw, those of the sample too. Undecided cells are of a class, too.
    Where all `n_cells` are known there need not be a sample.
    """

    name: str
    n_cells: int
    sampled: Mapping[str, int]
    known: Mapping[str, int]

    @property
    def n_sampled(self) -> int:
        """Cells of the sample."""
        return sum(self.sampled.values())

    @property
    def n_known(self) -> int:
        """Cells that a person saw."""
        return sum(self.known.values())

    @property
    def is_whole(self) -> bool:
        """Whether every cell of it was seen."""
        return self.n_known == self.n_cells

    def estimate(self, class_ids: Collection[str]) -> float:
        """Cells of these classes: the known ones, and of the others as many as the sample says."""
        known = _n_of(self.known, class_ids)
        if self.is_whole:
            return known
        rate = _n_of(self.sampled, class_ids) / self.n_sampled
        return known + (self.n_cells - self.n_known) * rate


@dataclass(frozen=True, slots=True)
class DoubleSamplingEstimate:
    """How many of the counted cells are of a set of classes, where not all were seen.

    n: estimated cells, share: of the estimated cells in the differential; fraction. total: cells in
    the count but for those known to be outside the differential. n_least, n_most: limits of the
    cells among `total`. finite: these limits as fractions; they speak of the unseen cells of this
    count alone. overall: the sampling of the count from the marrow on top; fractions.
    """

    n: float
    share: float
    total: int
    n_least: int
    n_most: int
    finite: Interval
    overall: Interval


@dataclass(frozen=True, slots=True)
class AuditedShare:
    """A row of the differential. with_undecided: these cells and every undecided one."""

    category: str
    label: str
    estimate: DoubleSamplingEstimate
    with_undecided: DoubleSamplingEstimate


@dataclass(frozen=True, slots=True)
class AuditedDifferential:
    """The result where an audit stands in for seeing every cell.

    rows: of the 13 categories, in ICSH order; they and the undecided cells add up to 1. n_cells:
    all cells chosen for the count, n_known: those that a person saw.
    """

    rows: tuple[AuditedShare, ...]
    undecided: DoubleSamplingEstimate
    n_cells: int
    n_known: int


def audited_differential(strata: Sequence[AuditedStratum]) -> AuditedDifferential:
    """Every row by `double_sampling`, which see.

    Whoever is undecided may be of any row; so each has both bounds. All classes are modelled: the
    names are those of persons.
    """
    undecided = [one.class_id for one in all_classes() if one.counting is Counting.UNDECIDED]
    categories = icsh_categories()
    members = [
        [known.class_id for known in classes_of_category(one.category)] for one in categories
    ]
    estimates = double_sampling(
        strata, [*members, *([*own, *undecided] for own in members), undecided]
    )
    n_rows = len(categories)
    return AuditedDifferential(
        rows=tuple(
            AuditedShare(one.category, one.label, estimate, upper)
            for one, estimate, upper in zip(
                categories, estimates[:n_rows], estimates[n_rows : 2 * n_rows], strict=True
            )
        ),
        undecided=estimates[-1],
        n_cells=sum(stratum.n_cells for stratum in strata),
        n_known=sum(stratum.n_known for stratum in strata),
    )


def double_sampling(
    strata: Sequence[AuditedStratum], class_sets: Sequence[Collection[str]]
) -> tuple[DoubleSamplingEstimate, ...]:
    """The estimate for each set of classes, with exact 95 % finite-population limits.

    strata: all cells of the count, also those that the machine took out of it, each in one stratum.

    A share is a ratio of two estimates: the cells of the set over the cells in the differential,
    each the sum over the strata of the known cells and of the unseen ones at the sample's rate.
    Cells known to be outside the differential leave both. Unseen ones of that kind may also hide:
    for the upper limit they count as cells of the set, for the lower one they stay in the total;
    both can only widen the limits, and the estimate lies within them.

    The limits of the number are exact for the unseen cells (`HiddenCells`). The overall interval
    goes from the lower Wilson limit of the lower one to the upper Wilson limit of the upper one,
    the two errors added at their worst. Raises UsageError at an unknown class, where the numbers
    of a stratum contradict each other, or where no cell can be in the differential.
    """
    for stratum in strata:
        _check(stratum)
    removed = _removed(strata)
    sampled = [stratum for stratum in strata if not stratum.is_whole]
    hidden = HiddenCells([(stratum.n_cells, stratum.n_sampled) for stratum in sampled])
    total = sum(stratum.n_cells - _n_of(stratum.known, removed) for stratum in strata)
    in_differential = sum(stratum.n_cells - stratum.estimate(removed) for stratum in strata)
    if total == 0 or in_differential <= 0:
        raise UsageError("no cell of this count is in the differential; count more cells")
    return tuple(
        _estimate(strata, sampled, hidden, frozenset(wanted), removed, total, in_differential)
        for wanted in class_sets
    )


def _estimate(
    strata: Sequence[AuditedStratum],
    sampled: Sequence[AuditedStratum],
    hidden: HiddenCells,
    wanted: frozenset[str],
    removed: frozenset[str],
    total: int,
    in_differential: float,
) -> DoubleSamplingEstimate:
    outside = sorted(wanted & removed)
    if outside:
        raise UsageError(f"{outside[0]} is outside the differential; it has no share of it")
    n = sum(stratum.estimate(wanted) for stratum in strata)
    n_whole = sum(_n_of(stratum.known, wanted) for stratum in strata if stratum.is_whole)
    n_least = n_whole + _limits(hidden, sampled, wanted)[0]
    n_removed = sum(_n_of(stratum.known, removed) for stratum in sampled)
    n_most = n_whole + _limits(hidden, sampled, wanted | removed)[1] - n_removed
    return DoubleSamplingEstimate(
        n=n,
        share=n / in_differential,
        total=total,
        n_least=n_least,
        n_most=n_most,
        finite=Interval(n_least / total, n_most / total),
        overall=Interval(wilson_interval(n_least, total).low, wilson_interval(n_most, total).high),
    )


def _limits(
    hidden: HiddenCells, sampled: Sequence[AuditedStratum], wanted: frozenset[str]
) -> tuple[int, int]:
    least = [_n_of(stratum.known, wanted) for stratum in sampled]
    return hidden.limits(
        [_n_of(stratum.sampled, wanted) for stratum in sampled],
        least,
        [
            stratum.n_cells - (stratum.n_known - n)
            for stratum, n in zip(sampled, least, strict=True)
        ],
    )


def _removed(strata: Sequence[AuditedStratum]) -> frozenset[str]:
    """Classes outside the differential that somebody used."""
    used = {class_id for stratum in strata for class_id in stratum.known}
    return frozenset(one for one in used if cell_class(one).counting is Counting.REMOVED)


def _n_of(counts: Mapping[str, int], class_ids: Collection[str]) -> int:
    return sum(n for class_id, n in counts.items() if class_id in class_ids)


def _check(stratum: AuditedStratum) -> None:
    counts = [*stratum.sampled.values(), *stratum.known.values()]
    if min(counts, default=0) < 0 or stratum.n_known > stratum.n_cells:
        raise UsageError(
            f"{stratum.name}: {stratum.n_known} of {stratum.n_cells} cells were seen; give counts "
            "from 0 that fit the cells"
        )
    if any(n > stratum.known.get(class_id, 0) for class_id, n in stratum.sampled.items()):
        raise UsageError(f"{stratum.name}: the sample holds cells that nobody saw; see them first")
    if not stratum.is_whole and stratum.n_sampled == 0:
        raise UsageError(f"{stratum.name}: no cell of it was sampled; audit some of them")
