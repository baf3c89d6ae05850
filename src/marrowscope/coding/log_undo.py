"""Taking back the last thing that a reader did, by further events."""

from collections.abc import Sequence
from uuid import UUID

from marrowscope.coding.log_events import (
    Act,
    Corrected,
    Entered,
    LogEvent,
    Restored,
    Withdrawn,
    recorded_order,
)
from marrowscope.errors import UsageError


def last_done(events: Sequence[LogEvent], reader: str) -> tuple[LogEvent, ...]:
    """Events of the reader's last act that is neither an undo nor undone, in recorded order.

    Raises UsageError where there is none.
    """
    own = sorted((one for one in events if one.act.reader == reader), key=recorded_order)
    undone = {one.act.undoes for one in own}
    left = [one for one in own if one.act.undoes is None and one.act.act_id not in undone]
    if not left:
        raise UsageError("there is nothing to undo in this log")
    last = left[-1].act.act_id
    return tuple(one for one in left if one.act.act_id == last)


def taken_back(done: Sequence[LogEvent], act: Act) -> tuple[LogEvent, ...]:
    """What takes back the events of one act. act: the undoing one, with the undone in `undoes`."""
    return tuple(_opposite(event, act) for event in done)


def _opposite(event: LogEvent, act: Act) -> LogEvent:
    match event:
        case Entered() | Corrected():
            return Withdrawn(act.event_id(event.event_id), act, event.event_id)
        case Withdrawn():
            return Restored(act.event_id(event.event_id), act, event.target_id)
        case Restored():
            return Withdrawn(act.event_id(event.event_id), act, event.target_id)


def told(done: Sequence[LogEvent]) -> str:
    """The undone act in words: "an entry of 85097 on 2025-03-01", "an import of 12 entries"."""
    if len(done) > 1:
        return f"an import of {len(done)} entries"
    match done[0]:
        case Entered(service=service):
            return f"an entry of {service.code} on {service.day}"
        case Corrected(entry_id=entry_id):
            return f"a correction of {_short(entry_id)}"
        case Withdrawn(target_id=target_id):
            return f"the withdrawal of {_short(target_id)}"
        case Restored(target_id=target_id):
            return f"the return of {_short(target_id)}"
        case _:
            raise TypeError("an act has events of the log")


def _short(event_id: UUID) -> str:
    return event_id.hex[:8]
