"""What an import adds to a log: each service once, and the same file twice adds nothing."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from marrowscope.coding.log_events import Act, Entered, LogEvent, Restored
from marrowscope.coding.log_rows import ServiceRow
from marrowscope.coding.log_service import Service
from marrowscope.coding.work_log import fold

_NAMESPACE = uuid5(UUID(int=0), "marrowscope:imported-service")


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Rows by what becomes of them, in the order of lines, and the events that do it.

    added: enter the log. returning: were imported before and taken back by an undo; they count
    again. repeated: like a row above in the file. logged: in the log already. withdrawn: imported
    before and withdrawn by hand since; they stay so.
    """

    added: tuple[ServiceRow, ...]
    returning: tuple[ServiceRow, ...]
    repeated: tuple[ServiceRow, ...]
    logged: tuple[ServiceRow, ...]
    withdrawn: tuple[ServiceRow, ...]
    events: tuple[LogEvent, ...]


def plan_import(
    rows: Sequence[ServiceRow],
    events: Iterable[LogEvent],
    act: Act,
    *,
    keep_accessions: bool,
    keep_repeats: bool,
) -> ImportPlan:
    """What importing the rows would do to the log of the act's reader.

    Two services are alike in day, code, units, modifiers and accession. keep_repeats: alike rows
    of the file are services of their own; else the first of them is taken. keep_accessions:
    whether accessions enter the log; those of the file tell its rows apart either way.
    """
    once, repeated = (list(rows), []) if keep_repeats else _without_repeats(rows)
    if not keep_accessions:
        once = [replace(row, service=replace(row.service, accession="")) for row in once]
    log = fold(event for event in events if event.act.reader == act.reader)
    row_of = {_entry_id(row.service, act.reader, nth): row for row, nth in _numbered(once)}
    counting = {entry.entry_id for entry in log.entries}
    by_hand = {entry.entry_id for entry in log.withdrawn} - log.undone
    others = Counter(
        entry.service.likeness for entry in log.entries if entry.entry_id not in row_of
    )
    added: list[ServiceRow] = []
    returning: list[ServiceRow] = []
    logged: list[ServiceRow] = []
    withdrawn: list[ServiceRow] = []
    planned: list[LogEvent] = []
    for entry_id, row in row_of.items():
        if entry_id in counting:
            logged.append(row)
        elif entry_id in by_hand:
            withdrawn.append(row)
        elif others[row.service.likeness]:
            others[row.service.likeness] -= 1
            logged.append(row)
        elif entry_id in log.undone:
            returning.append(row)
            planned.append(Restored(act.event_id(entry_id), act, entry_id))
        else:
            added.append(row)
            planned.append(Entered(entry_id, act, row.service))
    return ImportPlan(
        added=tuple(added),
        returning=tuple(returning),
        repeated=tuple(repeated),
        logged=tuple(logged),
        withdrawn=tuple(withdrawn),
        events=tuple(planned),
    )


def _without_repeats(rows: Sequence[ServiceRow]) -> tuple[list[ServiceRow], list[ServiceRow]]:
    """Rows of which no other above is alike, and the rest."""
    first: list[ServiceRow] = []
    repeated: list[ServiceRow] = []
    for row, nth in _numbered(rows):
        (repeated if nth > 1 else first).append(row)
    return first, repeated


def _numbered(rows: Iterable[ServiceRow]) -> Iterator[tuple[ServiceRow, int]]:
    """Each row, and the how manieth of its kind it is, from 1."""
    seen: Counter[object] = Counter()
    for row in rows:
        seen[row.service.likeness] += 1
        yield row, seen[row.service.likeness]


def _entry_id(service: Service, reader: str, nth: int) -> UUID:
    """The same for the same content and number, on every machine."""
    content = [
        reader,
        service.day.isoformat(),
        service.code,
        service.units,
        list(service.modifiers),
        service.place,
        service.note,
        service.accession,
        nth,
    ]
    return uuid5(_NAMESPACE, json.dumps(content))
