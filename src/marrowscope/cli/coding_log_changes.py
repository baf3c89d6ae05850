"""`marrowscope coding log withdraw|restore|undo`: changes, each of them one more event."""

import sys
from collections.abc import Callable
from uuid import uuid4

import typer

from marrowscope.cli.coding_log_desk import LogDesk, log_desk
from marrowscope.cli.coding_log_entry import present
from marrowscope.cli.coding_log_options import (
    LOCAL_PROFILE,
    EntryId,
    Reader,
)
from marrowscope.cli.options import AsJson
from marrowscope.coding.log_events import Act, LogEvent, Restored, Withdrawn
from marrowscope.coding.log_service import quoted
from marrowscope.coding.log_undo import last_done, taken_back, told
from marrowscope.coding.log_values import ValuedEntry, valued
from marrowscope.coding.work_log import LogEntry, WorkLog, fold
from marrowscope.errors import UsageError

SHORTEST_ID = 4


def withdraw(
    context: typer.Context,
    entry_id: EntryId,
    reader: Reader = LOCAL_PROFILE,
    as_json: AsJson = False,
) -> None:
    """Takes an entry out of all totals; restore brings it back."""
    desk = log_desk(context, reader)

    def withdrawal(entry: LogEntry, act: Act) -> LogEvent:
        return Withdrawn(uuid4(), act, entry.entry_id)

    present("withdrawn:", change(desk, entry_id, withdrawal, must_count=True), as_json=as_json)


def restore(
    context: typer.Context,
    entry_id: EntryId,
    reader: Reader = LOCAL_PROFILE,
    as_json: AsJson = False,
) -> None:
    """Brings a withdrawn entry back."""
    desk = log_desk(context, reader)

    def restoration(entry: LogEntry, act: Act) -> LogEvent:
        return Restored(uuid4(), act, entry.entry_id)

    present("restored:", change(desk, entry_id, restoration, must_count=False), as_json=as_json)


def undo(context: typer.Context, reader: Reader = LOCAL_PROFILE) -> None:
    """Takes back the last thing done: an entry, a whole import, a correction, a withdrawal."""
    desk = log_desk(context, reader)
    undone: list[LogEvent] = []

    def undoing(events: tuple[LogEvent, ...]) -> tuple[LogEvent, ...]:
        undone[:] = last_done(events, desk.reader)
        return taken_back(undone, desk.act(events, undoes=undone[0].act.act_id))

    desk.file.append(desk.reader, undoing)
    sys.stdout.write(f"undone: {told(undone)}\n")


def change(
    desk: LogDesk, id_text: str, event_of: Callable[[LogEntry, Act], LogEvent], *, must_count: bool
) -> ValuedEntry:
    """Adds one event about an entry of the reader and gives back the entry as it is then.

    must_count: whether the entry must count or must have been withdrawn. Raises UsageError.
    """
    after: list[ValuedEntry] = []

    def changed(events: tuple[LogEvent, ...]) -> list[LogEvent]:
        entry = _entry_called(fold(events), id_text, must_count=must_count)
        event = event_of(entry, desk.act(events))
        log = fold([*events, event])
        every = (*log.entries, *log.withdrawn)
        after[:] = valued([one for one in every if one.entry_id == entry.entry_id], desk.values)
        return [event]

    desk.file.append(desk.reader, changed)
    return after[0]


def _entry_called(log: WorkLog, id_text: str, *, must_count: bool) -> LogEntry:
    wanted = id_text.strip().lower().replace("-", "")
    if len(wanted) < SHORTEST_ID:
        raise UsageError(f"{quoted(id_text)} is too short for an entry; give {SHORTEST_ID} or more")
    found = [one for one in (*log.entries, *log.withdrawn) if one.entry_id.hex.startswith(wanted)]
    if not found:
        raise UsageError(f"no entry is called {quoted(id_text)}; see marrowscope coding log list")
    if len(found) > 1:
        raise UsageError(f"{len(found)} entries begin with {quoted(id_text)}; give more of the id")
    counts = found[0] in log.entries
    if must_count and not counts:
        raise UsageError(f"entry {quoted(id_text)} is withdrawn; restore it first")
    if counts and not must_count:
        raise UsageError(f"entry {quoted(id_text)} counts already; there is nothing to restore")
    return found[0]
