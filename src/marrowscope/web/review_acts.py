"""From what a page says was done to the events that say so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from marrowscope.cases.events import Stamp
from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.review import Review, ReviewFolding, ReviewSoFar, next_redo, next_undo
from marrowscope.cases.review_events import (
    CellAdded,
    CellsNamed,
    CellsSeen,
    CellsTagged,
    ReviewEvent,
    ReviewRedone,
    ReviewUndone,
    added_cell_id,
)
from marrowscope.errors import UsageError
from marrowscope.web.cell_answers import SourceAnswer
from marrowscope.web.refusals import RequestRefusedError
from marrowscope.web.review_bodies import (
    ActRequest,
    AddAct,
    NameAct,
    RedoAct,
    SeeAct,
    TagAct,
    UndoAct,
)

ADDED_UM: Final = 15.0
"""Side of the box of a cell that a person points at: about the size of a granulocyte precursor."""
NOTHING_TO_UNDO = "there is nothing of yours left to take back; load the review again"
NOTHING_TO_REDO = "there is nothing of yours left to do again; load the review again"
NO_SUCH_PICTURE = "there is no such picture in this analysis; load the cells again"


@dataclass(frozen=True, slots=True)
class ActsAsked:
    """What acts are made into events with.

    stamp: for an event of this id that happens now. account_id: of who acts. review: before them.
    sources: the pictures, as the page knows them.
    """

    stamp: Callable[[UUID], Stamp]
    account_id: UUID
    review: Review
    cells: MachineCells
    sources: Sequence[SourceAnswer]


def events_of(acts: Sequence[ActRequest], asked: ActsAsked) -> tuple[ReviewEvent, ...]:
    """The events in their order; an undo or redo that was done before has none.

    Raises UsageError, RequestRefusedError (409) where there is nothing to undo or redo.
    """
    events: list[ReviewEvent] = []
    folding: ReviewFolding | None = None
    n_folded = 0
    for act in acts:
        if not isinstance(act, UndoAct | RedoAct):
            events.append(_event(act, asked))
        elif act.id not in asked.review.event_ids:
            # Which act is meant hangs on what came before in the same request.
            folding = folding or ReviewFolding(asked.review)
            for one in events[n_folded:]:
                if one.stamp.event_id not in folding.event_ids:
                    folding.add(one)
            n_folded = len(events)
            events.append(_taken_back_or_redone(act, folding, asked))
    return tuple(events)


def _event(act: NameAct | SeeAct | TagAct | AddAct, asked: ActsAsked) -> ReviewEvent:
    stamp = asked.stamp(act.id)
    match act:
        case NameAct():
            return CellsNamed(stamp, tuple(act.cell_ids), act.class_id)
        case SeeAct():
            return CellsSeen(stamp, tuple(act.cell_ids))
        case TagAct():
            return CellsTagged(stamp, tuple(act.cell_ids), act.tag, act.is_set)
        case AddAct():
            return _added(act, stamp, asked)


def _added(act: AddAct, stamp: Stamp, asked: ActsAsked) -> CellAdded:
    if act.source >= len(asked.sources):
        raise UsageError(NO_SUCH_PICTURE)
    source = asked.sources[act.source]
    x_px, y_px = round(act.x_px, 2), round(act.y_px, 2)
    side_px = round(ADDED_UM / source.um_per_px, 2)
    return CellAdded(
        stamp=stamp,
        cell_id=added_cell_id(stamp.event_id),
        slide=source.slide,
        source=source.name,
        x_px=x_px,
        y_px=y_px,
        w_px=side_px,
        h_px=side_px,
        class_id=act.class_id,
        in_count=asked.cells.is_counted_place(source.slide, source.name, x_px, y_px),
    )


def _taken_back_or_redone(
    act: UndoAct | RedoAct, review: ReviewSoFar, asked: ActsAsked
) -> ReviewUndone | ReviewRedone:
    if isinstance(act, UndoAct):
        undone = next_undo(review, asked.account_id)
        if undone is None:
            raise RequestRefusedError(HTTPStatus.CONFLICT, "nothing_to_undo", NOTHING_TO_UNDO)
        return ReviewUndone(asked.stamp(act.id), undone.stamp.event_id)
    redone = next_redo(review, asked.account_id)
    if redone is None:
        raise RequestRefusedError(HTTPStatus.CONFLICT, "nothing_to_redo", NOTHING_TO_REDO)
    return ReviewRedone(asked.stamp(act.id), redone.stamp.event_id)
