"""Cells of the marrow and blood fields that were named by eye, each by two readers apart.

The table is package data with the columns `path,x,y,w,h,first,second`: pixels of a field in
`fields.zip` of the data folder, top-left origin, and what either reader called the cell, class ids
joined by `|` where it may be one of several; EOS_MAT and ERY_NOS are of any stage. The pictures are
not shipped. The readers were no haematologists; what they disagree on names nothing.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.image_sets import Box
from marrowscope.evaluation.labels import CLASS_SEPARATOR
from marrowscope.vocabulary import cell_class, class_ids

TABLE = "named_cells.csv"
COLUMNS = ("path", "x", "y", "w", "h", "first", "second")
NAMED = "-named"
"""What the name of a set of fields adds where the cells named on it are meant."""
NO_NAME = frozenset({"UNCLASS", "SMUDGE", "ARTEFACT"})
"""What a reader calls a thing that is no cell to be counted, or that cannot be told."""


@dataclass(frozen=True, slots=True)
class NamedCell:
    """A box on a field, and the classes that either reader thought possible, the likelier first."""

    box: Box
    first: tuple[str, ...]
    second: tuple[str, ...]

    @property
    def class_ids(self) -> tuple[str, ...]:
        """The classes that both thought possible; empty where they have none in common, or where
        it may be no cell.
        """
        both = tuple(one for one in self.first if one in self.second)
        return () if NO_NAME.intersection(both) else both


@dataclass(frozen=True, slots=True)
class NameAgreement:
    """n: cells that both readers gave one counted class. same, same_roll_up: of these, given the
    same class, or the same roll-up.
    """

    n: int
    same: int
    same_roll_up: int


@cache
def named_cells() -> Mapping[str, tuple[NamedCell, ...]]:
    """Every cell of the shipped table, by the path of its field."""
    return MappingProxyType(read_named_cells(Path(str(files(__package__))) / TABLE))


def read_named_cells(path: Path) -> dict[str, tuple[NamedCell, ...]]:
    """Every cell of a table, by the path of its field.

    Raises UnreadableInputError: other columns, a number that is none, a class that the vocabulary
    has not.
    """
    found: dict[str, list[NamedCell]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, strict=True):
                numbers = (float(row[name]) for name in ("x", "y", "w", "h"))
                box = Box(row["first"], *numbers)
                named = NamedCell(box, _classes(row["first"]), _classes(row["second"]))
                found.setdefault(row["path"], []).append(named)
    except (OSError, KeyError, ValueError, TypeError, AttributeError, csv.Error) as error:
        raise UnreadableInputError(
            f"{path.name} cannot be read ({error}): it needs the columns {','.join(COLUMNS)} and "
            "class ids of the vocabulary"
        ) from error
    return {name: tuple(cells) for name, cells in found.items()}


def agreement(cells: Sequence[NamedCell]) -> NameAgreement:
    """How often the two readers gave the same name."""
    pairs = [
        (cell.first[0], cell.second[0])
        for cell in cells
        if len(cell.first) == len(cell.second) == 1
        and not NO_NAME.intersection(cell.first + cell.second)
    ]
    return NameAgreement(
        n=len(pairs),
        same=sum(one == other for one, other in pairs),
        same_roll_up=sum(
            cell_class(one).parent == cell_class(other).parent for one, other in pairs
        ),
    )


def _classes(text: str) -> tuple[str, ...]:
    found = tuple(text.split(CLASS_SEPARATOR))
    unknown = [one for one in found if one not in class_ids()]
    if unknown:
        raise ValueError(f"{text!r} is no class")
    return found
