"""What a review needs of an analysis: its cells as arrays, and where cells belong to the count."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import hypot
from typing import Final

import numpy as np

from marrowscope.cases.review_events import CellAdded
from marrowscope.cell_table import CellTable, MaskArray
from marrowscope.differential import ICSH_2008, MyeloidErythroidFormula
from marrowscope.errors import EnvironmentProblemError, UsageError
from marrowscope.geometry import DoubleArray, IntArray, PixelBox
from marrowscope.vocabulary import CellClass, Counting, all_classes, cell_class

IN_COUNT: Final = ("", "class")
"""Why a cell is not counted, of those that were chosen by their place, before any class."""
UNDECIDED: Final = len(all_classes())
"""The outcome of an undecided cell; a decided one has that of its class, its `reading_order`."""
N_OUTCOMES: Final = UNDECIDED + 1

SAME_CELL_UM: Final = 3.0
"""Centres that are no farther apart are of one cell: nuclei of a marrow are twice as wide."""

_NOWHERE: Final = -1


class DamagedResultError(EnvironmentProblemError):
    """A file that an analysis left is gone or damaged. The message names no folder."""


@dataclass(frozen=True, slots=True)
class CountRules:
    """How the analysis counted; see `differential`. modelled: classes the machine could answer."""

    modelled: tuple[str, ...]
    blood_only: tuple[str, ...] = ()
    me_formula: MyeloidErythroidFormula = ICSH_2008
    undetermined_blasts_are_myeloid: bool = True
    scale_note: str | None = None


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """A picture of the analysis. counted: regions whose cells are the count."""

    name: str
    slide: str
    width_px: int
    height_px: int
    um_per_px: float
    counted: tuple[PixelBox, ...]

    def is_counted(self, x_px: float, y_px: float) -> bool:
        """Whether a centre, in level-0 pixels, lies in a counted region."""
        return any(box.contains(x_px, y_px) for box in self.counted)


@dataclass(frozen=True, slots=True, eq=False)
class MachineCells:
    """The cells of an analysis, n of them, as the machine left them; made once and kept.

    place_of: place of each cell by id. slides: names, in order. slide: (n,) index of slides.
    outcome: (n,) what the cell is by the machine: `reading_order` of its class where decided, else
    `UNDECIDED`. in_count: (n,) chosen by place, before any class was known. pictures: by
    the names of slide and picture. places_on: (k,) places of the cells of a picture, centres:
    (k, 2) their x and y in its level-0 pixels, by the same names; none for a picture without a
    cell.
    """

    cell_ids: tuple[str, ...]
    place_of: Mapping[str, int]
    slides: tuple[str, ...]
    slide: IntArray
    outcome: IntArray
    in_count: MaskArray
    pictures: Mapping[tuple[str, str], ReadPicture]
    places_on: Mapping[tuple[str, str], IntArray]
    centres: Mapping[tuple[str, str], DoubleArray]
    rules: CountRules

    @classmethod
    def from_table(
        cls,
        table: CellTable,
        *,
        slides: Sequence[str],
        pictures: Sequence[ReadPicture],
        rules: CountRules,
    ) -> "MachineCells":
        """slides: every slide of the analysis, in order, also those without a cell.

        Raises UsageError where the table names a class or slide that is unknown.
        """
        ids = tuple(table.texts("cell_id").tolist())
        place_of_slide = {name: place for place, name in enumerate(slides)}
        slide = _indices(table.texts("slide").tolist(), place_of_slide, "slide")
        decided = _indices(table.texts("class_id").tolist(), _OUTCOME_OF, "class")
        places_on = _places_on(table)
        centres = np.stack([table.numbers("x_px"), table.numbers("y_px")], axis=1)
        return cls(
            cell_ids=ids,
            place_of={cell_id: place for place, cell_id in enumerate(ids)},
            slides=tuple(slides),
            slide=slide,
            outcome=np.where(table.mask("abstained"), UNDECIDED, decided),
            in_count=np.isin(table.texts("why_not"), IN_COUNT),
            pictures={(picture.slide, picture.name): picture for picture in pictures},
            places_on=places_on,
            centres={key: centres[places] for key, places in places_on.items()},
            rules=rules,
        )

    @property
    def n_cells(self) -> int:
        """All that the machine found."""
        return len(self.cell_ids)

    def has(self, cell_id: str) -> bool:
        """Whether the machine found a cell of this id."""
        return cell_id in self.place_of

    def places(self, cell_ids: Collection[str]) -> IntArray:
        """Places of cells, (k,); -1 for one that the machine did not find."""
        found = map(self.place_of.get, cell_ids, repeat(_NOWHERE))
        return np.fromiter(found, dtype=np.int64, count=len(cell_ids))

    def is_counted_place(self, slide: str, source: str, x_px: float, y_px: float) -> bool:
        """Whether a cell with its centre there, in level-0 pixels, belongs to the count.

        Raises UsageError where there is no such picture or the place is outside of it.
        """
        picture = self.pictures.get((slide, source))
        if picture is None:
            raise UsageError("there is no such picture in this analysis; load the cells again")
        if not (0 <= x_px < picture.width_px and 0 <= y_px < picture.height_px):
            raise UsageError("this place is outside the picture; point at a cell in it")
        return picture.is_counted(x_px, y_px)

    def check_added(self, added: CellAdded, others: Iterable[CellAdded] = ()) -> None:
        """Raises UsageError where a cell cannot have been added so.

        others: added cells that are in force; the cell itself may be among them.
        """
        place = (added.slide, added.source, added.x_px, added.y_px)
        if self.is_counted_place(*place) != added.in_count:
            raise UsageError("an added cell counts where it lies in a counted region; add it again")
        is_found = self.cell_at((added.slide, added.source), added.x_px, added.y_px) is not None
        if is_found or self.is_among(added, others):
            raise UsageError("a cell lies there already; name that one")

    def reach_px(self, picture: tuple[str, str]) -> float:
        """`SAME_CELL_UM` in level-0 pixels of a picture, by the names of slide and picture."""
        return SAME_CELL_UM / self.pictures[picture].um_per_px

    def cell_at(self, picture: tuple[str, str], x_px: float, y_px: float) -> str | None:
        """Id of the nearest cell that the machine found there; None where it found none."""
        if picture not in self.centres:
            return None
        distances = np.hypot(*(self.centres[picture] - (x_px, y_px)).T)
        nearest = int(np.argmin(distances))
        if distances[nearest] > self.reach_px(picture):
            return None
        return self.cell_ids[int(self.places_on[picture][nearest])]

    def is_among(self, added: CellAdded, others: Iterable[CellAdded]) -> bool:
        """Whether another of these lies where a cell was added."""
        key = (added.slide, added.source)
        return any(
            hypot(one.x_px - added.x_px, one.y_px - added.y_px) <= self.reach_px(key)
            for one in others
            if (one.slide, one.source) == key and one.cell_id != added.cell_id
        )


def outcome_of(class_id: str) -> int:
    """What a cell is to the count by a person's class. Raises UsageError at an unknown one."""
    known = _OUTCOME_OF.get(class_id)
    return _outcome(cell_class(class_id)) if known is None else known


def _outcome(known: CellClass) -> int:
    return UNDECIDED if known.counting is Counting.UNDECIDED else known.reading_order


_OUTCOME_OF: Final = {known.class_id: _outcome(known) for known in all_classes()}


def _places_on(table: CellTable) -> dict[tuple[str, str], IntArray]:
    rows = zip(table.texts("slide").tolist(), table.texts("source").tolist(), strict=True)
    places: dict[tuple[str, str], list[int]] = {}
    for place, key in enumerate(rows):
        places.setdefault(key, []).append(place)
    return {key: np.array(some, dtype=np.int64) for key, some in places.items()}


def _indices(values: Sequence[str], index_of: Mapping[str, int], what: str) -> IntArray:
    try:
        return np.array([index_of[value] for value in values], dtype=np.int64)
    except KeyError as error:
        raise UsageError(
            f"the cells of this analysis are of a {what} that is not known; analyse it again"
        ) from error
