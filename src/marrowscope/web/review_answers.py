"""What the API answers about the review of an analysis, and how that is made of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from marrowscope.accounts.account import Account
from marrowscope.cases.review import Naming, Review, next_redo, next_undo
from marrowscope.cases.review_events import (
    Act,
    CellAdded,
    CellsNamed,
    CellsSeen,
    CellsTagged,
    ReviewEvent,
    ReviewRedone,
    ReviewUndone,
    Tag,
)
from marrowscope.vocabulary import cell_class
from marrowscope.web.count_answers import CountAnswer

TAGS: Mapping[Tag, str] = {Tag.AUER: "Auer rod"}
"""What a tag says, in words."""


class NamedAnswer(BaseModel):
    """The class that a person gave, and who. initials: "" where there is no such account."""

    class_id: str
    by_name: str
    initials: str
    at: datetime


class AddedAnswer(NamedAnswer):
    """A cell that a person added. source: index into `sources` of the cells.

    x_px, y_px: centre, w_px, h_px: box, in level-0 pixels. class_id: as it was added; `named`
    has what it was called later. in_count: whether it lies in a counted region.
    """

    cell_id: str
    source: int
    slide: str
    x_px: float
    y_px: float
    w_px: float
    h_px: float
    in_count: bool


class ReviewAnswer(BaseModel):
    """All that persons said of an analysis.

    version: goes into the next question for changes. why_not: why one may not review, "" where one
    may. named: what is in force, by cell. seen: by anybody. undo, redo: what one would take back
    or do again, in words; null where there is nothing.
    """

    version: int
    may_review: bool
    why_not: str
    named: dict[str, NamedAnswer]
    seen: list[str]
    tags: dict[str, list[Tag]]
    added: list[AddedAnswer]
    undo: str | None
    redo: str | None
    count: CountAnswer


class ChangesAnswer(BaseModel):
    """What changed after a version, whoever did it.

    named: null for a cell that has the machine's class again. seen: cells seen since. tags: of the
    cells whose tags changed, all that they bear now. added: all that are in force.
    """

    version: int
    named: dict[str, NamedAnswer | None]
    seen: list[str]
    tags: dict[str, list[Tag]]
    added: list[AddedAnswer]
    undo: str | None
    redo: str | None
    count: CountAnswer


@dataclass(frozen=True, slots=True)
class Shown:
    """What a review is told with, besides itself.

    account_id: of who asks. initials: of accounts. places: of pictures among `sources`, by the
    names of slide and picture.
    """

    account_id: UUID
    initials: Mapping[UUID, str]
    places: Mapping[tuple[str, str], int]


def initials_of(accounts: Iterable[Account]) -> dict[UUID, str]:
    """By account."""
    return {account.account_id: account.initials for account in accounts}


def review_answer(review: Review, shown: Shown, count: CountAnswer, why_not: str) -> ReviewAnswer:
    """All of a review. why_not: why whoever asks may not review, "" where they may."""
    return ReviewAnswer(
        version=review.n_events,
        may_review=not why_not,
        why_not=why_not,
        named={cell_id: _named(naming, shown) for cell_id, naming in review.named.items()},
        seen=list(review.seen),
        tags={cell_id: sorted(tags) for cell_id, tags in review.tags.items()},
        added=_added(review, shown),
        undo=_in_words(next_undo(review, shown.account_id)),
        redo=_in_words(next_redo(review, shown.account_id)),
        count=count,
    )


def changes_answer(
    events: Sequence[ReviewEvent], review: Review, shown: Shown, count: CountAnswer
) -> ChangesAnswer:
    """What the last events of a review changed. review: after them."""
    renamed: dict[str, NamedAnswer | None] = {}
    seen: dict[str, None] = {}
    tags: dict[str, list[Tag]] = {}
    for event in events:
        seen.update(dict.fromkeys(_seen_by(event)))
        act = _act_of(event, review)
        if isinstance(act, CellsNamed):
            for cell_id in act.cell_ids:
                naming = review.named.get(cell_id)
                renamed[cell_id] = None if naming is None else _named(naming, shown)
        elif isinstance(act, CellsTagged):
            for cell_id in act.cell_ids:
                tags[cell_id] = sorted(review.tags.get(cell_id, ()))
    return ChangesAnswer(
        version=review.n_events,
        named=renamed,
        seen=list(seen),
        tags=tags,
        added=_added(review, shown),
        undo=_in_words(next_undo(review, shown.account_id)),
        redo=_in_words(next_redo(review, shown.account_id)),
        count=count,
    )


def _act_of(event: ReviewEvent, review: Review) -> Act | None:
    """What an event did, took back or did again."""
    match event:
        case ReviewUndone():
            return review.act_of[event.undone]
        case ReviewRedone():
            return review.act_of[event.redone]
        case CellsSeen():
            return None
        case _:
            return event


def _seen_by(event: ReviewEvent) -> tuple[str, ...]:
    match event:
        case CellsNamed() | CellsSeen():
            return event.cell_ids
        case CellAdded():
            return (event.cell_id,)
        case _:
            return ()


def _named(naming: Naming, shown: Shown) -> NamedAnswer:
    return NamedAnswer(
        class_id=naming.class_id,
        by_name=naming.by_name,
        initials=_initials(naming.by, shown),
        at=naming.at,
    )


def _added(review: Review, shown: Shown) -> list[AddedAnswer]:
    return [
        AddedAnswer(
            cell_id=cell.cell_id,
            source=shown.places[cell.slide, cell.source],
            slide=cell.slide,
            x_px=cell.x_px,
            y_px=cell.y_px,
            w_px=cell.w_px,
            h_px=cell.h_px,
            class_id=cell.class_id,
            in_count=cell.in_count,
            by_name=cell.stamp.by_name,
            initials=_initials(cell.stamp.by, shown),
            at=cell.stamp.at,
        )
        for cell in review.added.values()
    ]


def _initials(account_id: UUID | None, shown: Shown) -> str:
    return "" if account_id is None else shown.initials.get(account_id, "")


def _in_words(act: Act | None) -> str | None:
    """What an act did, for a line that offers to take it back or to do it again."""
    match act:
        case None:
            return None
        case CellsNamed():
            return f"{_n_cells(act.cell_ids)} to {_label(act.class_id)}"
        case CellsTagged():
            where = "on" if act.is_set else "taken off"
            return f"{TAGS[act.tag]} {where} {_n_cells(act.cell_ids)}"
        case CellAdded():
            return f"added cell: {_label(act.class_id)}"


def _n_cells(cell_ids: Sequence[str]) -> str:
    return "1 cell" if len(cell_ids) == 1 else f"{len(cell_ids):,} cells"


def _label(class_id: str) -> str:
    label = cell_class(class_id).label
    return label[:1].lower() + label[1:]
