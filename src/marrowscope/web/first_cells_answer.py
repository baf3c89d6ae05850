"""What the API answers about the cells that a running analysis saw first."""

from collections.abc import Iterable

from pydantic import BaseModel

from marrowscope.progress import EarlyCell
from marrowscope.vocabulary import cell_class


class FirstCellAnswer(BaseModel):
    """A cell that the machine has just seen; it may yet be left out of the result.

    slide, source: as `/pictures` calls slide and picture. x_px, y_px: centre in its level-0
    pixels; um_per_px: of those. class_id: best guess, null and its label "" until it is named.
    is_undecided: whether the guess may not be used.
    """

    slide: str
    source: str
    x_px: float
    y_px: float
    um_per_px: float
    class_id: str | None
    label: str
    is_undecided: bool


def first_cells_answer(cells: Iterable[EarlyCell]) -> list[FirstCellAnswer]:
    """In the order in which they were seen."""
    return [
        FirstCellAnswer(
            slide=one.slide,
            source=one.source,
            x_px=one.x_px,
            y_px=one.y_px,
            um_per_px=one.um_per_px,
            class_id=one.class_id,
            label="" if one.class_id is None else cell_class(one.class_id).label,
            is_undecided=one.is_undecided,
        )
        for one in cells
    ]
