"""What a cell class is, and which part it has in the differential and in M:E."""

from dataclasses import dataclass
from enum import StrEnum


class MyeloidErythroidSide(StrEnum):
    """Which side of M:E a class stands on; SETTING is a blast of unstated lineage."""

    MYELOID = "N"
    ERYTHROID = "D"
    NEITHER = "-"
    SETTING = "N*"


class Counting(StrEnum):
    """What a cell of a class does to the count once the class is decided.

    COUNTED belongs to one of the 13 ICSH categories. UNDECIDED is a nucleated cell for which ICSH
    has no category (not classifiable, a mitosis of unstated lineage): it stays in the denominator
    and may belong anywhere. REMOVED leaves the denominator.
    """

    COUNTED = "counted"
    UNDECIDED = "undecided"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class CellClass:
    """One class of the vocabulary.

    parent: the coarser group (Rollup) it belongs to. icsh_category: one of the 13 categories, or
    why it has none ("excluded", "not addressed", "not a cell", "not nucleated"). mistaken_for:
    what such a cell is called by a model that does not know the class; empty where the class is
    no kind of cell that could be missed (a catch-all, or not nucleated). reading_order: place in
    lists and galleries, from 0.
    """

    class_id: str
    label: str
    parent: str
    lineage: str
    in_ndc: bool
    me_side: MyeloidErythroidSide
    icsh_category: str
    mistaken_for: str
    notes: str
    reading_order: int

    @property
    def counting(self) -> Counting:
        """What a decided cell of this class does to the count."""
        if self.in_ndc:
            return Counting.COUNTED
        if self.icsh_category == "not addressed":
            return Counting.UNDECIDED
        return Counting.REMOVED


@dataclass(frozen=True, slots=True)
class IcshCategory:
    """One of the 13 categories of the ICSH 2008 nucleated differential count.

    lineage is "mixed" for blasts. decision_thresholds_percent: percentages at which somebody
    decides something, so that a count near one of them is to be extended.
    """

    category: str
    label: str
    lineage: str
    decision_thresholds_percent: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rollup:
    """A coarser group of classes, for sources and displays that do not tell its members apart."""

    rollup_id: str
    label: str
