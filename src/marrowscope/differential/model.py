"""A differential count and its parts, as values."""

from dataclasses import dataclass

from marrowscope.differential.intervals import Interval
from marrowscope.vocabulary import icsh_category


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """One of the 13 ICSH categories, over the N counted cells.

    n, percent, interval, upper_n, upper_percent and outer are None where `is_modelled` is False:
    nothing is known of the category then, least of all that it is zero. percent and interval are
    also None where no cell was counted. percent, upper_percent: 100 k/N, unrounded.
    printed_percent: one decimal, from a column that adds up to 100.0; None without percent.
    interval: 95 % Wilson limits of n/N, fractions. upper_n: n and every undecided cell. outer:
    from the lower limit of n to the upper limit of upper_n, fractions.
    not_modelled_class_ids: kinds of cell in it that were not looked for. blood_only_class_ids:
    classes in it learnt from blood alone. near_thresholds_percent, open_thresholds_percent:
    decision thresholds that the interval holds, or that undecided cells could turn.
    """

    category: str
    label: str
    is_modelled: bool
    n: int | None
    percent: float | None
    printed_percent: str | None
    interval: Interval | None
    upper_n: int | None
    upper_percent: float | None
    outer: Interval | None
    not_modelled_class_ids: tuple[str, ...]
    blood_only_class_ids: tuple[str, ...]
    near_thresholds_percent: tuple[int, ...]
    open_thresholds_percent: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MyeloidErythroidRatio:
    """M:E by a named formula.

    value, low, high: ratio and its 95 % limits; None where no ratio can be given, and then `note`
    says why. Undecided cells take no part.
    """

    formula: str
    formula_version: int
    value: float | None
    low: float | None
    high: float | None
    n_myeloid: int
    n_erythroid: int
    note: str


@dataclass(frozen=True, slots=True)
class ClassCount:
    """Cells of one class."""

    class_id: str
    n: int


@dataclass(frozen=True, slots=True)
class PartialCount:
    """One row of the partial differential: cells and their percentage of its own total."""

    label: str
    n: int
    percent: float | None


@dataclass(frozen=True, slots=True)
class PartialDifferential:
    """Only cells that blood in the sample cannot bring along: auxiliary, never the count itself.

    total: their sum, which is the denominator.
    """

    total: int
    rows: tuple[PartialCount, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Differential:
    """A nucleated differential count.

    total is N: cells of the 13 categories and undecided cells, together. class_counts: decided
    cells of the categories, by class, in reading order, zeros left out. removed: decided cells of
    classes outside the differential, which are not in N. modelled: the classes that could be
    answered. categories: all 13, in ICSH order. n_smears: smears the cells came from. advice:
    sentences. scale_note: said of every result where the µm/px is an estimate, else None.
    """

    total: int
    n_undecided: int
    undecided_percent: float | None
    undecided_printed_percent: str | None
    categories: tuple[CategoryCount, ...]
    class_counts: tuple[ClassCount, ...]
    removed: tuple[ClassCount, ...]
    me: MyeloidErythroidRatio
    partial: PartialDifferential
    modelled: tuple[str, ...]
    n_smears: int
    advice: tuple[str, ...]
    scale_note: str | None

    @property
    def n_removed(self) -> int:
        """Cells taken out of the count because their class stands outside the differential."""
        return sum(counted.n for counted in self.removed)

    def n_of(self, class_id: str) -> int:
        """Decided counted cells of one class."""
        return sum(counted.n for counted in self.class_counts if counted.class_id == class_id)

    def category(self, name: str) -> CategoryCount:
        """The row of one ICSH category. Raises UsageError if there is no such category."""
        wanted = icsh_category(name).category
        return next(row for row in self.categories if row.category == wanted)


@dataclass(frozen=True, slots=True)
class SlideDifferential:
    """The differential of one slide of a case."""

    slide: str
    differential: Differential


@dataclass(frozen=True, slots=True)
class CaseDifferential:
    """The pooled differential of a case, and that of each slide in the order they were given."""

    pooled: Differential
    slides: tuple[SlideDifferential, ...]
