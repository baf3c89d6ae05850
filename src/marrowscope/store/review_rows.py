"""Events of reviews as rows, and what is asked of them inside a transaction."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from marrowscope.cases.review_events import ReviewEvent
from marrowscope.cases.review_json import review_event_from_json, review_event_json
from marrowscope.errors import OutputError
from marrowscope.store.tables import REVIEW_EVENTS

_AT_ONCE: Final = 1000
_ASKED_AT_ONCE: Final = 500
_C = REVIEW_EVENTS.c


def review_events_after(
    connection: Connection, case_id: UUID, analysis_id: UUID, number: int
) -> Iterator[ReviewEvent]:
    """Events of one analysis after the first `number`, in the order in which they were written.

    Raises OutputError or UnreadableInputError where one cannot be read.
    """
    query = (
        select(_C.event)
        .where(_C.case_id == case_id, _C.analysis_id == analysis_id, _C.number > number)
        .order_by(_C.number)
    )
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
        yield _event(row.event)


def n_review_events(connection: Connection, case_id: UUID, analysis_id: UUID) -> int:
    """How many an analysis has."""
    query = select(func.max(_C.number)).where(_C.case_id == case_id, _C.analysis_id == analysis_id)
    return connection.execute(query).scalar_one() or 0


def known_review_events(
    connection: Connection, event_ids: Sequence[UUID]
) -> Mapping[UUID, tuple[UUID, UUID, ReviewEvent]]:
    """Those that were written already, of any analysis: case, analysis and event by its id."""
    known = {}
    for first in range(0, len(event_ids), _ASKED_AT_ONCE):
        asked = event_ids[first : first + _ASKED_AT_ONCE]
        query = select(_C.case_id, _C.analysis_id, _C.event_id, _C.event)
        for row in connection.execute(query.where(_C.event_id.in_(asked))):
            known[row.event_id] = (row.case_id, row.analysis_id, _event(row.event))
    return known


def insert_review_events(
    connection: Connection,
    case_id: UUID,
    analysis_id: UUID,
    n_before: int,
    events: Sequence[ReviewEvent],
) -> str:
    """Adds events to an analysis that has `n_before`; gives back SHA-256 over what was written."""
    texts = [_text(event) for event in events]
    rows = [
        {
            "case_id": case_id,
            "analysis_id": analysis_id,
            "number": number,
            "event_id": event.stamp.event_id,
            "event": text,
        }
        for number, (event, text) in enumerate(zip(events, texts, strict=True), start=n_before + 1)
    ]
    connection.execute(insert(REVIEW_EVENTS), rows)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _text(event: ReviewEvent) -> str:
    made = review_event_json(event)
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _event(text: str) -> ReviewEvent:
    try:
        made = json.loads(text)
    except ValueError as error:
        raise OutputError("a review holds a damaged event; restore a backup") from error
    return review_event_from_json(made if isinstance(made, dict) else {})
