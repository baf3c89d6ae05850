"""The events of the work log on disk: an SQLite file that only ever grows.

Write-ahead log and a sync at every commit: what was acknowledged survives a crash. Whoever writes
holds the file's only write lock from reading to committing, so two processes never decide on
different logs. Triggers refuse any change of what is there.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeAlias

from marrowscope.coding.log_event_json import event_from_text, event_text
from marrowscope.coding.log_events import LogEvent, check_same
from marrowscope.errors import EnvironmentProblemError, OutputError
from marrowscope.store.whole_files import alone_in

FILE = "log.sqlite"
NEW = ".new"
SCHEMA = 1
WAIT_S = 10.0

Connect: TypeAlias = Callable[[str], sqlite3.Connection]
"""Opens an SQLite file by its URI; the tests give one whose disk fills up."""
Decide: TypeAlias = Callable[[tuple[LogEvent, ...]], Iterable[LogEvent]]
"""From the events that are there to those that are added."""

_TABLES = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    reader TEXT NOT NULL,
    event TEXT NOT NULL
);
CREATE INDEX events_by_reader ON events (reader);
CREATE TABLE columns (
    seq INTEGER PRIMARY KEY,
    reader TEXT NOT NULL,
    columns TEXT NOT NULL
);
"""
# INSERT OR REPLACE deletes without asking a trigger about deletions.
_ONLY_GROWS = """
CREATE TRIGGER {table}_never_updated BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, 'the work log only grows'); END;
CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, 'the work log only grows'); END;
CREATE TRIGGER {table}_never_replaced BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
BEGIN SELECT RAISE(ABORT, 'the work log only grows'); END;
"""
_SCHEMA_SQL = (
    "BEGIN IMMEDIATE;"
    + _TABLES
    + _ONLY_GROWS.format(table="events", same="seq = NEW.seq OR event_id = NEW.event_id")
    + _ONLY_GROWS.format(table="columns", same="seq = NEW.seq")
    + f"PRAGMA user_version = {SCHEMA}; COMMIT;"
)
_DISK_FULL = "the disk is full: nothing was logged; free some space and try again"
_MESSAGES = {
    sqlite3.SQLITE_BUSY: "another program is writing the work log; nothing was logged, try again",
    sqlite3.SQLITE_LOCKED: "another program is writing the work log; nothing was logged, try again",
    sqlite3.SQLITE_FULL: _DISK_FULL,
    sqlite3.SQLITE_READONLY: "{path} is read-only; give yourself the right to write there",
    sqlite3.SQLITE_PERM: "{path} is read-only; give yourself the right to write there",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened; check the rights of its folder",
    sqlite3.SQLITE_NOTADB: "{path} is not a work log; move it away or restore it from a backup",
    sqlite3.SQLITE_CORRUPT: "{path} is damaged; restore it from a backup",
}
_CANNOT_WRITE = "{path} cannot be read or written ({problem}); free some space or check the disk"
_PRIMARY = 0xFF
"""The bits of an SQLite error that name its kind."""


def connect(uri: str) -> sqlite3.Connection:
    """A connection in which every transaction is begun by hand."""
    return sqlite3.connect(uri, uri=True, timeout=WAIT_S, isolation_level=None)


class LogFile:
    """The work log in a folder, which need not be there yet. Raises EnvironmentProblemError."""

    def __init__(self, folder: Path, open_file: Connect = connect) -> None:
        self._path = folder / FILE
        self._open_file = open_file

    def events(self, reader: str | None = None) -> tuple[LogEvent, ...]:
        """Every event, or those of one reader, in the order in which they arrived."""
        if not self._path.exists():
            return ()
        with self._errors_named(), self._open() as file:
            return self._events(file, reader)

    def columns_of(self, reader: str) -> str | None:
        """What was last remembered of the columns of the reader's tables; None where nothing."""
        if not self._path.exists():
            return None
        with self._errors_named(), self._open() as file:
            query = "SELECT columns FROM columns WHERE reader = ? ORDER BY seq DESC LIMIT 1"
            found = file.execute(query, (reader,)).fetchone()
        return None if found is None else str(found[0])

    def append(
        self, reader: str | None, decide: Decide, columns: str | None = None
    ) -> tuple[LogEvent, ...]:
        """Adds what `decide` makes of the events there are, all of it or nothing.

        reader: whose events are handed to `decide`; None for all. columns: what is remembered of
        the reader's tables with it. Returns what is new: an event whose id is known adds nothing.
        `decide` may be asked twice. Raises UsageError where a known event has other content, and
        whatever `decide` raises.
        """
        if not self._path.exists():
            # What is refused leaves nothing behind, not even an empty log.
            decide(())
            self._make()
        with self._errors_named(), self._open() as file, _transaction(file):
            added = tuple(
                event
                for event in decide(self._events(file, reader))
                if _insert_where_new(file, event)
            )
            if columns is not None and reader is not None:
                values = (reader, columns)
                file.execute("INSERT INTO columns (reader, columns) VALUES (?, ?)", values)
        return added

    def _make(self) -> None:
        """Makes the file, unless another process was first; whole before it bears its name."""
        new = self._path.with_suffix(NEW)
        with self._errors_named(), alone_in(self._path.parent):
            if self._path.exists():
                return
            try:
                _remove_database(new)
                with closing(self._open_file(_uri(new, "rwc"))) as file:
                    file.execute("PRAGMA synchronous = FULL")
                    file.execute("PRAGMA journal_mode = WAL")
                    file.executescript(_SCHEMA_SQL)
                new.rename(self._path)
            finally:
                _remove_database(new)

    def _events(self, file: sqlite3.Connection, reader: str | None) -> tuple[LogEvent, ...]:
        query = "SELECT event FROM events WHERE ? IS NULL OR reader = ? ORDER BY seq"
        try:
            return tuple(event_from_text(text) for (text,) in file.execute(query, (reader, reader)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EnvironmentProblemError(
                f"{self._path} holds an event that this version cannot read; update Marrowscope "
                "or restore the file from a backup"
            ) from error

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(self._open_file(_uri(self._path, "rw"))) as file:
            file.execute("PRAGMA synchronous = FULL")
            schema = int(file.execute("PRAGMA user_version").fetchone()[0])
            if schema == 0:
                message = _MESSAGES[sqlite3.SQLITE_NOTADB]
                raise OutputError(message.format(path=self._path))
            if schema > SCHEMA:
                raise EnvironmentProblemError(
                    f"{self._path} was written by a newer Marrowscope; update this one"
                )
            yield file

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
            message = _MESSAGES.get(code, _CANNOT_WRITE)
            raise OutputError(message.format(path=self._path, problem=error)) from error
        except OutputError:
            raise
        except OSError as error:
            problem = error.strerror or type(error).__name__
            raise OutputError(_CANNOT_WRITE.format(path=self._path, problem=problem)) from error


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _remove_database(path: Path) -> None:
    """With what SQLite keeps beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


@contextmanager
def _transaction(file: sqlite3.Connection) -> Iterator[None]:
    """Alone from here on; all of the block's writes or none."""
    file.execute("BEGIN IMMEDIATE")
    try:
        yield
        file.execute("COMMIT")
    except BaseException:
        if file.in_transaction:
            file.execute("ROLLBACK")
        raise


def _insert_where_new(file: sqlite3.Connection, event: LogEvent) -> bool:
    """Whether the event was new. Raises UsageError where its id is known with other content."""
    event_id = str(event.event_id)
    known = file.execute("SELECT event FROM events WHERE event_id = ?", (event_id,)).fetchone()
    if known is not None:
        check_same(event_from_text(known[0]), event)
        return False
    file.execute(
        "INSERT INTO events (event_id, reader, event) VALUES (?, ?, ?)",
        (event_id, event.act.reader, event_text(event)),
    )
    return True
