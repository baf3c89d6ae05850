"""Cells whose class a person stands for: what a classifier can be taught with and judged by."""

from collections.abc import Iterator
from dataclasses import dataclass

from marrowscope.cases.review import Review
from marrowscope.cell_table import CellTable
from marrowscope.vocabulary import Counting, cell_class


@dataclass(frozen=True, slots=True)
class ReviewedCell:
    """x_px, y_px: centre in level-0 pixels of the picture `source` of a slide."""

    cell_id: str
    class_id: str
    slide: str
    source: str
    x_px: float
    y_px: float


def reviewed_cells(table: CellTable, review: Review) -> tuple[ReviewedCell, ...]:
    """Cells that a person saw one by one, with the class in force, in the order of the table.

    A machine's class that somebody saw and left counts as theirs. Left out: what stays undecided,
    and cells cut by the edge of their picture. Added cells come last.
    """
    return tuple(one for one in _all(table, review) if not _is_open(one.class_id))


def _all(table: CellTable, review: Review) -> Iterator[ReviewedCell]:
    columns = (
        table.texts("cell_id").tolist(),
        table.texts("class_id").tolist(),
        table.mask("abstained").tolist(),
        table.texts("why_not").tolist(),
        table.texts("slide").tolist(),
        table.texts("source").tolist(),
        table.numbers("x_px").tolist(),
        table.numbers("y_px").tolist(),
    )
    for cell_id, machine_id, abstained, why_not, slide, source, x_px, y_px in zip(
        *columns, strict=True
    ):
        naming = review.named.get(cell_id)
        if cell_id not in review.seen or why_not == "cut" or (naming is None and abstained):
            continue
        class_id = machine_id if naming is None else naming.class_id
        yield ReviewedCell(cell_id, class_id, slide, source, x_px, y_px)
    for added in review.added.values():
        yield ReviewedCell(
            added.cell_id,
            review.class_of(added),
            added.slide,
            added.source,
            added.x_px,
            added.y_px,
        )


def _is_open(class_id: str) -> bool:
    return cell_class(class_id).counting is Counting.UNDECIDED
