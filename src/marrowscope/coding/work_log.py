"""The state of a work log: the fold of its events, the same in whatever order they arrived."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from marrowscope.coding.log_events import (
    Corrected,
    Entered,
    LogEvent,
    Restored,
    Withdrawn,
    check_same,
    recorded_order,
)
from marrowscope.coding.log_service import Service

Target: TypeAlias = tuple[str, UUID]
"""Reader and id: an event changes only what the same reader entered."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry with the values that hold now. recorded_at: of its entering."""

    entry_id: UUID
    reader: str
    recorded_at: datetime
    service: Service
    is_corrected: bool = False


@dataclass(frozen=True, slots=True)
class WorkLog:
    """entries: those that count, by day. withdrawn: those that do not. undone: ids of the
    withdrawn ones that an undo took back, not a decision about the entry. waiting: events about
    something that has not arrived yet; once it has, they take effect.
    """

    entries: tuple[LogEntry, ...]
    withdrawn: tuple[LogEntry, ...]
    undone: frozenset[UUID]
    waiting: tuple[LogEvent, ...]


def fold(events: Iterable[LogEvent]) -> WorkLog:
    """The log after all events, of one reader or of several.

    Of two corrections of an entry the later recorded wins, ties by id; a correction that is
    withdrawn wins nothing. So it is with withdrawing and restoring. The same event twice is one.
    Raises UsageError where two different events bear one id.
    """
    known = _once(events)
    verdicts = _verdicts(known)
    corrections = _corrections(known, verdicts)
    entries: list[LogEntry] = []
    withdrawn: list[LogEntry] = []
    undone: set[UUID] = set()
    for event in known.values():
        if not isinstance(event, Entered):
            continue
        target = (event.act.reader, event.event_id)
        entry = _entry(event, corrections.get(target))
        verdict = verdicts.get(target)
        if isinstance(verdict, Withdrawn):
            withdrawn.append(entry)
            if verdict.act.undoes is not None:
                undone.add(event.event_id)
        else:
            entries.append(entry)
    return WorkLog(
        entries=tuple(sorted(entries, key=_by_day)),
        withdrawn=tuple(sorted(withdrawn, key=_by_day)),
        undone=frozenset(undone),
        waiting=_waiting(known),
    )


def _once(events: Iterable[LogEvent]) -> dict[UUID, LogEvent]:
    known: dict[UUID, LogEvent] = {}
    for event in events:
        check_same(known.setdefault(event.event_id, event), event)
    return known


def _verdicts(known: Mapping[UUID, LogEvent]) -> dict[Target, Withdrawn | Restored]:
    """The last word on each entry and each correction that was ever withdrawn."""
    words = [event for event in known.values() if isinstance(event, Withdrawn | Restored)]
    return {
        (event.act.reader, event.target_id): event for event in sorted(words, key=recorded_order)
    }


def _corrections(
    known: Mapping[UUID, LogEvent], verdicts: Mapping[Target, Withdrawn | Restored]
) -> dict[Target, Corrected]:
    """The correction that holds for each entry that has one."""
    holding = [
        event
        for event in known.values()
        if isinstance(event, Corrected)
        and not isinstance(verdicts.get((event.act.reader, event.event_id)), Withdrawn)
    ]
    return {
        (event.act.reader, event.entry_id): event for event in sorted(holding, key=recorded_order)
    }


def _entry(entered: Entered, correction: Corrected | None) -> LogEntry:
    return LogEntry(
        entry_id=entered.event_id,
        reader=entered.act.reader,
        recorded_at=entered.act.recorded_at,
        service=entered.service if correction is None else correction.service,
        is_corrected=correction is not None,
    )


def _by_day(entry: LogEntry) -> tuple[date, datetime, int]:
    return entry.service.day, entry.recorded_at, entry.entry_id.int


def _waiting(known: Mapping[UUID, LogEvent]) -> tuple[LogEvent, ...]:
    entries = {(one.act.reader, one.event_id) for one in known.values() if isinstance(one, Entered)}
    targets = entries | {
        (one.act.reader, one.event_id) for one in known.values() if isinstance(one, Corrected)
    }
    waiting: list[LogEvent] = []
    for event in known.values():
        match event:
            case Corrected() if (event.act.reader, event.entry_id) not in entries:
                waiting.append(event)
            case Withdrawn() | Restored() if (event.act.reader, event.target_id) not in targets:
                waiting.append(event)
    return tuple(sorted(waiting, key=recorded_order))
