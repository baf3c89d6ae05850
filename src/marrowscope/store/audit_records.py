"""The audit trail in the database: appended to, read in pages, checked from end to end."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, select

from marrowscope.accounts.account import Account
from marrowscope.store.audit_chain import Act, Entry, linked, verify
from marrowscope.store.database import reading, writing
from marrowscope.store.tables import AUDIT

COMMAND_LINE: Final = "command line"
"""Who acts where nobody signs in: whoever may use the machine itself."""
LARGEST_PAGE: Final = 500
_COLUMNS: Final = tuple(AUDIT.c[field.name] for field in fields(Entry))
_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Verification:
    """n: entries there are. broken_at: seq where the chain first breaks, None where it does not.

    last_digest: of the newest entry, to be compared with what was noted elsewhere.
    """

    n: int
    broken_at: int | None
    last_digest: str


class AuditRecords:
    """The trail of one database. now: the clock, aware. Raises OutputError."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def append(
        self,
        act: str,
        *,
        by: Account | None,
        about: str = "",
        details: Mapping[str, Any] | None = None,
        connection: Connection | None = None,
    ) -> Entry:
        """Adds what somebody did, and gives back its entry.

        by: None is the command line. connection: the writing transaction of which it is a part;
        None for one of its own.
        """
        done = act_by(by, act, about, details)
        own = writing(self._engine) if connection is None else nullcontext(connection)
        with own as writer:
            return append_act(writer, done, self._now())

    def entries(
        self,
        before: int | None = None,
        limit: int = 100,
        about: Collection[str] | None = None,
    ) -> tuple[Entry, ...]:
        """Newest first: those with a smaller seq than `before`, at most `limit` (1 to 500).

        about: None is about anything.
        """
        query = select(*_COLUMNS).order_by(AUDIT.c.seq.desc())
        if before is not None:
            query = query.where(AUDIT.c.seq < before)
        if about is not None:
            query = query.where(AUDIT.c.about.in_(about))
        with reading(self._engine) as connection:
            rows = connection.execute(query.limit(max(1, min(limit, LARGEST_PAGE)))).all()
        return tuple(_entry(row) for row in rows)

    def verify(self) -> Verification:
        """Reads all of it. Takes about 20 s a million entries; others go on writing."""
        seen = _Seen()
        with reading(self._engine) as connection:
            result = connection.execution_options(yield_per=_AT_ONCE).execute(
                select(*_COLUMNS).order_by(AUDIT.c.seq)
            )
            rows = map(_entry, result)
            broken_at = verify(seen.passing(rows))
            # Where it breaks the rest is counted, not judged.
            for _ in seen.passing(rows):
                pass
        return Verification(seen.n, broken_at, seen.last_digest)


def act_by(
    by: Account | None, act: str, about: str = "", details: Mapping[str, Any] | None = None
) -> Act:
    """An act of an account, or of the command line."""
    return Act(
        actor=None if by is None else str(by.account_id),
        actor_name=COMMAND_LINE if by is None else by.user_name,
        act=act,
        about=about,
        details=details or {},
    )


def append_act(connection: Connection, act: Act, at: datetime) -> Entry:
    """Adds an act within a writing transaction: nobody else can come between."""
    newest = select(*_COLUMNS).order_by(AUDIT.c.seq.desc()).limit(1)
    row = connection.execute(newest).first()
    entry = linked(act, at, None if row is None else _entry(row))
    connection.execute(insert(AUDIT).values(dict(zip(_COLUMNS, astuple(entry), strict=True))))
    return entry


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(*row)


class _Seen:
    """Counts entries as they pass."""

    def __init__(self) -> None:
        self.n = 0
        self.last_digest = ""

    def passing(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        for entry in entries:
            self.n += 1
            self.last_digest = entry.digest
            yield entry
