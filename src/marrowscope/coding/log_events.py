"""What can happen to a work log. Nothing is edited: a log is the sum of its events."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID, uuid5

from marrowscope.coding.log_service import Service, check_reader
from marrowscope.errors import UsageError


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a reader did: its events share it, and undo takes them together.

    recorded_at: aware, as the caller's clock has it. undoes: the act that this one takes back,
    None for any other. Raises UsageError without a reader or a time zone.
    """

    act_id: UUID
    recorded_at: datetime
    reader: str
    undoes: UUID | None = None

    def __post_init__(self) -> None:
        check_reader(self.reader)
        if self.recorded_at.tzinfo is None:
            raise UsageError(f"{self.recorded_at} has no time zone; an event needs one")

    def event_id(self, about: UUID) -> UUID:
        """Id of this act's event about another event: the same whenever it is asked for."""
        return uuid5(self.act_id, str(about))


@dataclass(frozen=True, slots=True)
class Entered:
    """A service entered the log; the event's id is from then on the entry's."""

    event_id: UUID
    act: Act
    service: Service


@dataclass(frozen=True, slots=True)
class Corrected:
    """An entry got new values, all of them given anew."""

    event_id: UUID
    act: Act
    entry_id: UUID
    service: Service


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An entry or a correction no longer counts. target_id: id of what entered or corrected."""

    event_id: UUID
    act: Act
    target_id: UUID


@dataclass(frozen=True, slots=True)
class Restored:
    """What was withdrawn counts again. target_id: as of Withdrawn."""

    event_id: UUID
    act: Act
    target_id: UUID


LogEvent: TypeAlias = Entered | Corrected | Withdrawn | Restored


def recorded_order(event: LogEvent) -> tuple[datetime, int]:
    """Sort key: the later recorded comes later, ties by id; the same on every machine."""
    return event.act.recorded_at, event.event_id.int


def check_same(known: LogEvent, sent: LogEvent) -> None:
    """Raises UsageError where two events bear one id and are not the same event."""
    if known != sent:
        raise UsageError(
            f"event {sent.event_id} is in the log with other content; an event is never changed, "
            "send the change as a correction with an id of its own"
        )
