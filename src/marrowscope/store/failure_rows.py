"""Wrong passwords as rows: kept for a quarter of an hour, to make guessing slow."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, delete, insert, or_, select

from marrowscope.accounts.attempts import WINDOW, seconds_to_wait, source_of
from marrowscope.store.tables import SIGN_IN_FAILURES


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a try is counted under.

    user_name_sha256: a digest, for somebody may have typed the password where the name belongs.
    source: the address or its network, empty where unknown.
    """

    user_name_sha256: str
    source: str


def attempt_of(user_name: str, address: str) -> Attempt:
    """user_name: as checked, or whatever was typed."""
    digest = hashlib.sha256(user_name.encode("utf-8", "surrogatepass")).hexdigest()
    return Attempt(digest, source_of(address))


def wait_of(connection: Connection, attempt: Attempt, now: datetime) -> int:
    """Seconds until a try is heard, by its name and by its source; 0 for at once."""
    columns = SIGN_IN_FAILURES.c
    by_name = _times(connection, columns.user_name_sha256 == attempt.user_name_sha256)
    if not attempt.source:
        return seconds_to_wait(by_name, now)
    by_source = _times(connection, columns.source == attempt.source)
    return max(seconds_to_wait(by_name, now), seconds_to_wait(by_source, now))


def insert_failure(connection: Connection, attempt: Attempt, now: datetime) -> None:
    """Remembers a wrong try, and forgets what no longer counts."""
    at: Column[datetime] = SIGN_IN_FAILURES.c.at
    connection.execute(delete(SIGN_IN_FAILURES).where(or_(at <= now - WINDOW, at >= now + WINDOW)))
    values = {
        "user_name_sha256": attempt.user_name_sha256,
        "source": attempt.source,
        "at": now,
    }
    connection.execute(insert(SIGN_IN_FAILURES).values(values))


def delete_failures(connection: Connection, attempt: Attempt) -> None:
    """Forgets those of a name, once its password was right. Those of others at that source stay:
    an own account must not buy more guesses at another's.
    """
    of_name = SIGN_IN_FAILURES.c.user_name_sha256 == attempt.user_name_sha256
    connection.execute(delete(SIGN_IN_FAILURES).where(of_name))


def _times(connection: Connection, which: ColumnElement[bool]) -> list[datetime]:
    return list(connection.execute(select(SIGN_IN_FAILURES.c.at).where(which)).scalars())
