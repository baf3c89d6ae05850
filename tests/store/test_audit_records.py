import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from fakes.still_clock import StillClock
from marrowscope.errors import OutputError
from marrowscope.store.account_records import AccountRecords
from marrowscope.store.audit_chain import FIRST_PREVIOUS
from marrowscope.store.audit_records import AuditRecords, Verification
from marrowscope.store.database import FILE, open_database, writing


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def audit(engine: Engine) -> AuditRecords:
    return AuditRecords(engine, StillClock())


def fill(audit: AuditRecords, n: int) -> None:
    for number in range(n):
        audit.append("looked", by=None, about="somebody", details={"n": number})


def tamper(folder: Path, *statements: str) -> None:
    """As somebody would who has the file and knows SQLite."""
    with closing(sqlite3.connect(folder / FILE)) as file:
        for name in ("updated", "deleted", "replaced"):
            file.execute(f"DROP TRIGGER audit_never_{name}")
        for statement in statements:
            file.execute(statement)
        file.commit()


def test_an_empty_trail_is_whole(audit: AuditRecords) -> None:
    assert audit.entries() == ()
    assert audit.verify() == Verification(0, None, "")


def test_entries_come_in_pages_newest_first(audit: AuditRecords) -> None:
    fill(audit, 7)

    assert [entry.seq for entry in audit.entries(limit=3)] == [7, 6, 5]
    assert [entry.seq for entry in audit.entries(before=5, limit=3)] == [4, 3, 2]
    assert [entry.seq for entry in audit.entries(before=2)] == [1]
    assert audit.entries(before=1) == ()
    assert len(audit.entries(limit=-5)) == 1
    assert len(audit.entries(limit=10**9)) == 7


def test_what_was_appended_comes_back(audit: AuditRecords, engine: Engine) -> None:
    boss = AccountRecords(engine, StillClock()).set_up("boss", "B", "B", "a few words will do")
    entry = audit.append("audit_read", by=boss, about="ä", details={"before": None, "x": ["é"]})

    assert audit.entries(limit=1) == (entry,)
    assert (entry.seq, entry.actor, entry.actor_name) == (2, str(boss.account_id), "boss")
    assert entry.values() == {"before": None, "x": ["é"]}
    first = audit.entries()[-1]
    assert (first.previous, entry.previous) == (FIRST_PREVIOUS, first.digest)
    assert audit.verify() == Verification(2, None, entry.digest)


def test_an_entry_is_part_of_the_transaction_it_is_handed(
    audit: AuditRecords, engine: Engine
) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        audit.append("looked", by=None, connection=connection)
        raise ZeroDivisionError
    assert audit.entries() == ()


def test_many_who_append_at_once_make_one_chain(tmp_path: Path) -> None:
    engines = [open_database(tmp_path) for _ in range(3)]
    trails = [AuditRecords(engine, StillClock()) for engine in engines]
    threads = [threading.Thread(target=fill, args=(trail, 15)) for trail in trails * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = trails[0].verify()
    for engine in engines:
        engine.dispose()
    assert (found.n, found.broken_at) == (90, None)


@pytest.mark.parametrize(
    ("statement", "broken_at", "n"),
    [
        ("UPDATE audit SET about = 'nobody' WHERE seq = 4", 4, 9),
        ("UPDATE audit SET details = '{\"n\":7}' WHERE seq = 4", 4, 9),
        ("UPDATE audit SET at = '2025-06-02' WHERE seq = 1", 1, 9),
        ("UPDATE audit SET actor = 'x' WHERE seq = 9", 9, 9),
        ("UPDATE audit SET about = x'00ff' WHERE seq = 5", 5, 9),
        ("DELETE FROM audit WHERE seq = 3", 3, 8),
        ("DELETE FROM audit WHERE seq < 3", 1, 7),
        ("UPDATE audit SET seq = 99 WHERE seq = 6", 6, 9),
        (
            "INSERT INTO audit SELECT 10, at, actor, actor_name, act, about, details, digest, 'x' "
            "FROM audit WHERE seq = 9",
            10,
            10,
        ),
        ("UPDATE audit SET digest = 'x' WHERE seq = 7", 7, 9),
    ],
)
def test_what_was_tampered_with_is_found_at_its_place(
    statement: str, broken_at: int, n: int, audit: AuditRecords, engine: Engine, tmp_path: Path
) -> None:
    fill(audit, 9)
    engine.dispose()
    tamper(tmp_path, statement)

    found = audit.verify()

    assert (found.broken_at, found.n) == (broken_at, n)


def test_what_a_chain_cannot_show_is_seen_by_its_number_and_last_digest(
    audit: AuditRecords, engine: Engine, tmp_path: Path
) -> None:
    fill(audit, 9)
    before = audit.verify()
    engine.dispose()
    tamper(tmp_path, "DELETE FROM audit WHERE seq = 9")

    after = audit.verify()

    assert after.broken_at is None
    assert (after.n, after.last_digest) != (before.n, before.last_digest)


def test_text_that_is_none_is_told_in_one_line(
    audit: AuditRecords, engine: Engine, tmp_path: Path
) -> None:
    fill(audit, 3)
    engine.dispose()
    tamper(tmp_path, "UPDATE audit SET about = CAST(x'ff' AS TEXT) WHERE seq = 2")

    with pytest.raises(OutputError, match="restore a backup") as told:
        audit.verify()
    assert "\n" not in str(told.value)
