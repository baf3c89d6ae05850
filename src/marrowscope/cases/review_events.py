"""What readers do with the cells of one analysis. An event is never changed; a later one is added.

They are kept apart from the events of the case: there are thousands.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from marrowscope.cases.events import Stamp

_ADDED: Final = "added-"
_DIGITS: Final = 8


class Tag(StrEnum):
    """What a person marks on a cell beside its class. auer: an Auer rod or faggot."""

    AUER = "auer"


@dataclass(frozen=True, slots=True)
class CellsNamed:
    """A person's class for these cells, which counts as having seen them.

    class_id: any of the vocabulary but RBC. UNCLASS: seen, cannot be classified. ARTEFACT: not
    a cell.
    """

    stamp: Stamp
    cell_ids: tuple[str, ...]
    class_id: str


@dataclass(frozen=True, slots=True)
class CellsSeen:
    """Shown one by one at reading size. Never undone."""

    stamp: Stamp
    cell_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellsTagged:
    """is_set: False takes the tag off."""

    stamp: Stamp
    cell_ids: tuple[str, ...]
    tag: Tag
    is_set: bool


@dataclass(frozen=True, slots=True)
class CellAdded:
    """A cell that the machine missed.

    cell_id: `added_cell_id` of the event. source: the picture's name. x_px, y_px: centre, w_px,
    h_px: box, in level-0 pixels of it. in_count: whether it lies in a counted region.
    """

    stamp: Stamp
    cell_id: str
    slide: str
    source: str
    x_px: float
    y_px: float
    w_px: float
    h_px: float
    class_id: str
    in_count: bool


@dataclass(frozen=True, slots=True)
class ReviewUndone:
    """undone: event of an act of the same account that is no longer in force."""

    stamp: Stamp
    undone: UUID


@dataclass(frozen=True, slots=True)
class ReviewRedone:
    """redone: event of an act of the same account that is in force again."""

    stamp: Stamp
    redone: UUID


Act: TypeAlias = CellsNamed | CellsTagged | CellAdded
"""What can be undone."""
ReviewEvent: TypeAlias = Act | CellsSeen | ReviewUndone | ReviewRedone


def added_cell_id(event_id: UUID) -> str:
    """Id of the cell that an event adds."""
    return f"{_ADDED}{event_id.hex[:_DIGITS]}"
