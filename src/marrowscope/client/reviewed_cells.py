"""The cells of an analysis as they stand after the review: the machine's, and what people said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class ReviewedCell:
    """A cell. slide, source: names of its slide and picture.

    x_px, y_px: centre, w_px, h_px: box, in level-0 pixels of the picture, which has um_per_px.
    class_id: what a person called it, else the machine's likeliest class, which is no name where
    `is_undecided`. named_by: who called it so, "" where it was the machine. is_seen: by a person.
    in_count: chosen for the count, by its place, before any class was known.
    """

    cell_id: str
    slide: str
    source: str
    um_per_px: float
    x_px: float
    y_px: float
    w_px: float
    h_px: float
    class_id: str
    is_undecided: bool
    named_by: str
    is_seen: bool
    in_count: bool
    tags: tuple[str, ...]


_PLACE: Final = ("cell_id", "x_px", "y_px", "w_px", "h_px", "in_count")
_FOUND: Final = (*_PLACE, "source", "class_index", "is_undecided")


def reviewed_cells(cells: Mapping[str, Any], review: Mapping[str, Any]) -> tuple[ReviewedCell, ...]:
    """Of the API's CellsAnswer and ReviewAnswer: as in cells.parquet, then what people added."""
    seen = frozenset(review["seen"])

    def reviewed(cell: Mapping[str, Any], class_id: str, added_by: str = "") -> ReviewedCell:
        cell_id = cell["cell_id"]
        source = cells["sources"][cell["source"]]
        naming = review["named"].get(cell_id)
        return ReviewedCell(
            **{name: cell[name] for name in _PLACE},
            slide=source["slide"],
            source=source["name"],
            um_per_px=source["um_per_px"],
            class_id=class_id if naming is None else naming["class_id"],
            is_undecided=naming is None and cell.get("is_undecided", False),
            named_by=added_by if naming is None else naming["by_name"],
            is_seen=bool(added_by) or naming is not None or cell_id in seen,
            tags=tuple(review["tags"].get(cell_id, ())),
        )

    rows = zip(*(cells[name] for name in _FOUND), strict=True)
    found = (dict(zip(_FOUND, row, strict=True)) for row in rows)
    return (
        *(reviewed(one, cells["class_ids"][one["class_index"]]) for one in found),
        *(reviewed(one, one["class_id"], one["by_name"]) for one in review["added"]),
    )
