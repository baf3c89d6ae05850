"""Events of cases as rows, and what is asked of them inside a transaction."""

import json
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, insert, select

from marrowscope.cases.case_event import CaseEvent
from marrowscope.cases.event_json import event_from_json, event_json
from marrowscope.errors import OutputError
from marrowscope.store.tables import CASE_EVENTS

_AT_ONCE: Final = 1000


def events_after(connection: Connection, seq: int) -> Iterator[tuple[int, UUID, CaseEvent]]:
    """Each with its seq and case, in the order in which they were written.

    Raises OutputError where one cannot be read.
    """
    columns = (CASE_EVENTS.c.seq, CASE_EVENTS.c.case_id, CASE_EVENTS.c.event)
    query = select(*columns).where(CASE_EVENTS.c.seq > seq).order_by(CASE_EVENTS.c.seq)
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
        yield row.seq, row.case_id, _event(row.event)


def insert_events(
    connection: Connection, case_id: UUID, version: int, events: Sequence[CaseEvent]
) -> None:
    """Adds events to a case. version: that of the case before them."""
    rows = [
        {"case_id": case_id, "version": version + n, "event": _text(event)}
        for n, event in enumerate(events, start=1)
    ]
    connection.execute(insert(CASE_EVENTS), rows)


def _text(event: CaseEvent) -> str:
    return json.dumps(event_json(event), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _event(text: str) -> CaseEvent:
    try:
        made = json.loads(text)
    except ValueError as error:
        raise OutputError("a case holds a damaged event; restore a backup") from error
    return event_from_json(made if isinstance(made, dict) else {})
