"""Validations in the database, as the events of the laboratory's directors."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, insert, select

from marrowscope.accounts.account import Account
from marrowscope.cases.events import Stamp
from marrowscope.cases.validation import (
    SystemUsed,
    Validation,
    ValidationDraft,
    ValidationEvent,
    ValidationRecorded,
    fold_validations,
    recorded,
    withdrawn,
)
from marrowscope.cases.validation_json import validation_event_from_json, validation_event_json
from marrowscope.errors import OutputError, UnreadableInputError
from marrowscope.store.audit_records import act_by, append_act
from marrowscope.store.database import reading, writing
from marrowscope.store.tables import VALIDATION_EVENTS

_C = VALIDATION_EVENTS.c


class ValidationRecords:
    """The validations of one database. now: the clock, aware.

    Raises OutputError where the database cannot be used, or an event in it is damaged or of a newer
    Marrowscope.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def validations(self) -> tuple[Validation, ...]:
        """All, withdrawn ones too, in the order in which they were recorded."""
        with reading(self._engine) as connection:
            return _validations(connection)

    def record(self, draft: ValidationDraft, system: SystemUsed, *, by: Account) -> Validation:
        """Adds one, and an audit entry. Raises UsageError where the draft makes no sense."""
        event = recorded(draft, system, self._stamp(by), uuid4())
        with writing(self._engine) as connection:
            self._append(connection, event, "validation_recorded", _about(event), by)
        return Validation(event)

    def withdraw(self, validation_id: UUID, reason: str, *, by: Account) -> Validation:
        """Ends one. Raises UsageError where it is not there or was ended before."""
        with writing(self._engine) as connection:
            known = {one.validation_id: one for one in _validations(connection)}
            validation = known.get(validation_id)
            event = withdrawn(validation, reason, self._stamp(by))
            of = known[validation_id].recorded
            self._append(connection, event, "validation_withdrawn", _about(of), by)
        return Validation(of, event)

    def _stamp(self, by: Account) -> Stamp:
        return Stamp(uuid4(), self._now().astimezone(UTC), by.account_id, by.full_name)

    def _append(
        self, connection: Connection, event: ValidationEvent, act: str, about: str, by: Account
    ) -> None:
        made = validation_event_json(event)
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        connection.execute(
            insert(VALIDATION_EVENTS), [{"event_id": event.stamp.event_id, "event": text}]
        )
        details = {
            name: value for name, value in made.items() if name not in ("kind", "by", "by_name")
        }
        entry = act_by(by, act, about, details)
        append_act(connection, entry, self._now())


def _about(event: ValidationRecorded) -> str:
    return f"{event.scanner}, {event.stain}"


def _validations(connection: Connection) -> tuple[Validation, ...]:
    rows = connection.execute(select(_C.event).order_by(_C.seq)).scalars()
    return fold_validations(map(_event, rows))


def _event(text: str) -> ValidationEvent:
    try:
        made = json.loads(text)
        return validation_event_from_json(made if isinstance(made, dict) else {})
    except (ValueError, UnreadableInputError) as error:
        raise OutputError(
            str(error)
            if isinstance(error, UnreadableInputError)
            else "a validation has a damaged event; restore a backup"
        ) from error
