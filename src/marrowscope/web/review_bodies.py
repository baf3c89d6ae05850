"""What requests about a review hold. Whether cells and classes are there is for `cases` to say."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from marrowscope.cases.review_events import Tag
from marrowscope.web.request_bodies import StrictRequest

MOST_CELLS = 100_000
"""Of one act."""
MOST_ACTS = 1000
"""Of one request."""
LONGEST_ID = 64
"""Characters; an id of a cell has a dozen."""
FARTHEST_PX = 10_000_000.0

CellId = Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
CellIds = Annotated[list[CellId], Field(min_length=1, max_length=MOST_CELLS)]
ClassId = Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
Pixels = Annotated[float, Field(ge=0, le=FARTHEST_PX, allow_inf_nan=False)]


class _Act(StrictRequest):
    """id: made by the page; the same act sent twice is done once."""

    id: UUID


class NameAct(_Act):
    """A person's class for cells."""

    kind: Literal["name"]
    cell_ids: CellIds
    class_id: ClassId


class SeeAct(_Act):
    """Cells that were shown one by one at reading size."""

    kind: Literal["see"]
    cell_ids: CellIds


class TagAct(_Act):
    """A tag set on cells, or taken off them."""

    kind: Literal["tag"]
    cell_ids: CellIds
    tag: Tag
    is_set: bool


class AddAct(_Act):
    """A cell that the machine missed.

    source: index into `sources` of the cells. x_px, y_px: its centre, in level-0 pixels.
    """

    kind: Literal["add"]
    source: Annotated[int, Field(ge=0)]
    x_px: Pixels
    y_px: Pixels
    class_id: ClassId


class UndoAct(_Act):
    """Takes back one's own latest act."""

    kind: Literal["undo"]


class RedoAct(_Act):
    """Does again what one took back last."""

    kind: Literal["redo"]


ActRequest = Annotated[
    NameAct | SeeAct | TagAct | AddAct | UndoAct | RedoAct, Field(discriminator="kind")
]


class TakeOverRequest(StrictRequest):
    """since: the version that the page has."""

    since: Annotated[int, Field(ge=0)]


class ActsRequest(StrictRequest):
    """Acts, all of which are done in their order, or none. since: the version that the page has."""

    since: Annotated[int, Field(ge=0)]
    acts: Annotated[list[ActRequest], Field(min_length=1, max_length=MOST_ACTS)]
