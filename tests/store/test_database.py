import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import IntegrityError

from marrowscope.errors import EnvironmentProblemError, OutputError
from marrowscope.store import migrations
from marrowscope.store.database import (
    FILE,
    UNFINISHED_RESTORE,
    copy_database,
    held,
    held_alone,
    open_database,
    reading,
    writing,
)
from marrowscope.store.tables import METADATA

STEPS = Path(migrations.__file__).parent
SECOND_STEP = '''"""A second step."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE accounts ADD COLUMN hat TEXT")
    {then}
'''
ADD = (
    "INSERT INTO accounts VALUES "
    "('{:032d}', '{}', 'x', 'x', 'trainee', 0, 0, 'x', '2025-06-01T08:00:00.000000+00:00')"
)
ENTRY = "INSERT INTO audit VALUES ({0}, 'x', NULL, 'x', 'x', 'x', '{{}}', 'x', 'digest {0}')"
OPEN = "import sys; from pathlib import Path; from marrowscope.store.database import *; "


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def second_step(tmp_path: Path) -> Path:
    """Migrations with one step more than there is."""
    folder = tmp_path / "100 % steps"
    shutil.copytree(STEPS, folder)
    step = folder / "versions" / "0005_hats.py"
    step.write_text(SECOND_STEP.format(then="pass"), encoding="utf-8")
    return folder


def execute(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)


def n_accounts(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM accounts").scalar_one())


def test_a_new_database_has_today_s_tables(engine: Engine) -> None:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert context.get_current_revision() == "0004"
        assert compare_metadata(context, METADATA) == []


def test_every_connection_is_safe_against_a_crash_and_waits(engine: Engine) -> None:
    with reading(engine) as first, reading(engine) as second:
        for connection in (first, second):
            asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked]
            assert found == ["wal", 2, 1, 10_000]


def test_only_its_owner_can_read_it(tmp_path: Path, engine: Engine) -> None:
    with writing(engine) as connection:
        execute(connection, ADD.format(1, "ada"))
        for path in tmp_path.glob(f"{FILE}*"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_written_is_there_when_opened_again(tmp_path: Path) -> None:
    home = tmp_path / "not yet" / "a b#c?d%e"
    for n in (1, 2):
        engine = open_database(home)
        with writing(engine) as connection:
            execute(connection, ADD.format(n, f"user {n}"))
        assert n_accounts(engine) == n
        engine.dispose()
    assert sorted(path.name for path in home.iterdir()) == ["marrowscope.lock", FILE]


def test_a_block_that_fails_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        execute(connection, ADD.format(1, "ada"), ENTRY.format(1))
        raise ZeroDivisionError
    assert n_accounts(engine) == 0


def test_whoever_reads_sees_one_state_and_does_not_wait(engine: Engine) -> None:
    count = "SELECT count(*) FROM accounts"
    with reading(engine) as reader:
        assert reader.exec_driver_sql(count).scalar_one() == 0
        with writing(engine) as writer:
            execute(writer, ADD.format(1, "ada"))
        assert reader.exec_driver_sql(count).scalar_one() == 0
    assert n_accounts(engine) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET about = 'y'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT 1, at, 'y', 'y', act, about, details, previous, 'y' "
        "FROM audit",
        "INSERT OR REPLACE INTO audit SELECT 9, at, 'y', 'y', act, about, details, previous, "
        "digest FROM audit",
        "UPDATE OR REPLACE audit SET seq = 2",
        "DELETE FROM accounts",
        "UPDATE accounts SET account_id = 'y'",
        "INSERT OR REPLACE INTO accounts SELECT account_id, 'y', 'y', 'y', roles, 0, 0, 'y', "
        "created_at FROM accounts",
        "INSERT OR REPLACE INTO accounts SELECT 'y', user_name, 'y', 'y', roles, 0, 0, 'y', "
        "created_at FROM accounts",
        "INSERT INTO sessions VALUES ('x', 'nobody', 'x', 'x', 'x', 0)",
        "INSERT INTO audit SELECT 0, at, 'y', 'y', act, about, details, previous, 'y' FROM audit",
    ],
)
def test_the_file_itself_refuses(statement: str, engine: Engine) -> None:
    with writing(engine) as connection:
        execute(connection, ADD.format(1, "ada"), ENTRY.format(1))
    everything = "SELECT * FROM audit UNION ALL SELECT * FROM accounts"
    with reading(engine) as connection:
        before = connection.exec_driver_sql(everything).all()

    with pytest.raises(IntegrityError), writing(engine) as connection:
        execute(connection, statement)
    with reading(engine) as connection:
        assert connection.exec_driver_sql(everything).all() == before


def test_an_older_database_is_brought_up_to_date_and_its_copy_kept(
    tmp_path: Path, second_step: Path
) -> None:
    home = tmp_path / "home"
    engine = open_database(home)
    with writing(engine) as connection:
        execute(connection, ADD.format(1, "ada"))
    engine.dispose()

    for _ in range(2):
        engine = open_database(home, str(second_step))
        with reading(engine) as connection:
            assert connection.exec_driver_sql("SELECT hat FROM accounts").all() == [(None,)]
        engine.dispose()
    copy = home / f"{FILE}.before-0005"
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchall() == [("0004",)]
        assert old.execute("SELECT user_name FROM accounts").fetchall() == [("ada",)]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in home.iterdir()) == ["marrowscope.lock", FILE, copy.name]


def test_a_database_from_before_reviews_takes_them(tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(STEPS, older)
    for step in ("0003_reviews.py", "0004_validations.py"):
        (older / "versions" / step).unlink()
    home = tmp_path / "home"
    engine = open_database(home, str(older))
    event = "INSERT INTO case_events (case_id, version, event) VALUES ('x', 1, '{}')"
    with writing(engine) as connection:
        execute(connection, event)
    engine.dispose()

    engine = open_database(home)
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT event FROM case_events").all() == [("{}",)]
        assert connection.exec_driver_sql("SELECT * FROM review_events").all() == []
        assert connection.exec_driver_sql("SELECT * FROM validation_events").all() == []
    engine.dispose()
    assert (home / f"{FILE}.before-0004").is_file()


def test_a_new_database_needs_no_copy(tmp_path: Path, second_step: Path) -> None:
    open_database(tmp_path / "home", str(second_step)).dispose()

    assert not list((tmp_path / "home").glob("*before*"))


def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path: Path, second_step: Path) -> None:
    home = tmp_path / "home"
    open_database(home).dispose()
    step = second_step / "versions" / "0005_hats.py"
    step.write_text(SECOND_STEP.format(then="raise ZeroDivisionError"), encoding="utf-8")

    with pytest.raises(ZeroDivisionError):
        open_database(home, str(second_step))
    engine = open_database(home)
    with reading(engine) as connection:
        columns = connection.exec_driver_sql("PRAGMA table_info(accounts)").all()
    engine.dispose()
    assert "hat" not in {column[1] for column in columns}


def test_a_database_in_use_is_not_brought_up_to_date(tmp_path: Path, second_step: Path) -> None:
    home = tmp_path / "home"
    engine = open_database(home)

    with pytest.raises(EnvironmentProblemError, match="stop marrowscope serve"):
        open_database(home, str(second_step))
    engine.dispose()
    open_database(home, str(second_step)).dispose()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path, second_step: Path) -> None:
    home = tmp_path / "home"
    open_database(home, str(second_step)).dispose()
    before = (home / FILE).read_bytes()

    with pytest.raises(EnvironmentProblemError, match="newer Marrowscope; update"):
        open_database(home)
    assert (home / FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"This is a letter, not a database. " * 200, "is not Marrowscope's database"),
        (b"SQLite format 3\x00" + bytes(4000), "restore a backup|is not Marrowscope's database"),
    ],
)
def test_a_file_that_is_no_database_is_refused_in_one_line(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_bytes(content)

    with pytest.raises(OutputError, match=message) as refused:
        open_database(tmp_path)
    assert "\n" not in str(refused.value)
    assert (tmp_path / FILE).read_bytes() == content


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("CREATE TABLE recipes (name)")

    with pytest.raises(OutputError, match="is not Marrowscope's database"):
        open_database(tmp_path)


def test_a_truncated_database_is_refused(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[: len(whole) // 3])

    with pytest.raises(OutputError, match="damaged; restore a backup"):
        open_database(tmp_path)


def test_pages_that_were_overwritten_are_told_when_read(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    with writing(engine) as connection:
        execute(connection, *[ADD.format(n, f"user {n}") for n in range(300)])
    engine.dispose()
    content = bytearray((tmp_path / FILE).read_bytes())
    # The pages that were written last hold rows; those that say what tables there are come first.
    content[-4096 * 6 :] = b"\xa5" * (4096 * 6)
    (tmp_path / FILE).write_bytes(content)

    engine = open_database(tmp_path)
    with (
        pytest.raises(OutputError, match="damaged; restore a backup"),
        reading(engine) as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM accounts").all()
    engine.dispose()


def test_a_full_disk_is_told_and_nothing_is_changed(engine: Engine) -> None:
    engine.dispose()

    @event.listens_for(engine, "connect")
    def fill(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    with (
        pytest.raises(OutputError, match="the disk is full: nothing was changed"),
        writing(engine) as connection,
    ):
        execute(connection, *[ADD.format(n, f"user {n}") for n in range(500)])
    assert n_accounts(engine) == 0


def test_a_database_that_may_only_be_read_is_told(engine: Engine) -> None:
    engine.dispose()

    @event.listens_for(engine, "connect")
    def allow_reading_only(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    with (
        pytest.raises(OutputError, match="read-only; give yourself the right"),
        writing(engine) as connection,
    ):
        execute(connection, ADD.format(1, "ada"))


def test_a_database_another_program_is_writing_is_told(tmp_path: Path, engine: Engine) -> None:
    engine.dispose()

    @event.listens_for(engine, "connect")
    def hurry(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="another program is writing"), writing(engine):
            pass


def test_a_database_that_was_removed_is_not_made_anew(tmp_path: Path, engine: Engine) -> None:
    engine.dispose()
    (tmp_path / FILE).unlink()

    with pytest.raises(OutputError, match="cannot be opened"):
        n_accounts(engine)


def test_a_file_in_the_way_of_the_home_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a letter", encoding="utf-8")

    for home in (tmp_path / "home", tmp_path / "home" / "below"):
        with pytest.raises(OutputError, match="in the way"):
            open_database(home)


def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "read only"
    folder.mkdir()
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write anywhere")
    with pytest.raises(OutputError, match="may not be used; allow"):
        open_database(folder)


def test_a_restore_keeps_everybody_out_and_anybody_keeps_a_restore_out(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    for holds in (held(tmp_path), held(tmp_path)):
        in_use = pytest.raises(EnvironmentProblemError, match="in use; stop marrowscope")
        with holds, in_use, held_alone(tmp_path):
            pass
    engine.dispose()

    restored = pytest.raises(EnvironmentProblemError, match="being restored into")
    with held_alone(tmp_path), restored:
        open_database(tmp_path)
    open_database(tmp_path).dispose()


def test_an_engine_that_is_forgotten_holds_nothing(tmp_path: Path) -> None:
    script = OPEN + (
        "home = Path(sys.argv[1]); engine = open_database(home); del engine\n"
        "import gc; gc.collect()\n"
        "with held_alone(home): print('alone')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "alone\n"


def test_a_restore_that_was_cut_off_is_told(tmp_path: Path) -> None:
    (tmp_path / UNFINISHED_RESTORE).parent.mkdir()
    (tmp_path / UNFINISHED_RESTORE).touch()

    with pytest.raises(EnvironmentProblemError, match="cut off; run it again"):
        open_database(tmp_path)


def test_a_process_that_is_killed_while_writing_leaves_all_or_nothing(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    script = OPEN + (
        "engine = open_database(Path(sys.argv[1]))\n"
        "import os, signal\n"
        "for n in (1, 2):\n"
        "    with writing(engine) as connection:\n"
        "        connection.exec_driver_sql(sys.argv[2].format(n, n))\n"
        "        if n == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path), ADD], check=False)

    assert done.returncode == -9
    engine = open_database(tmp_path)
    assert n_accounts(engine) == 1
    engine.dispose()


def test_processes_that_open_a_new_database_at_once_make_one(tmp_path: Path) -> None:
    script = OPEN + "open_database(Path(sys.argv[1])).dispose()"
    command = [sys.executable, "-c", script, str(tmp_path / "home")]
    started = [subprocess.Popen(command) for _ in range(4)]

    assert [one.wait() for one in started] == [0] * 4


def test_a_copy_is_whole_and_stands_alone(tmp_path: Path, engine: Engine) -> None:
    with writing(engine) as connection:
        execute(connection, ADD.format(1, "ada"))
        copy_database(tmp_path / FILE, tmp_path / "before.sqlite")
    copy_database(tmp_path / FILE, tmp_path / "after.sqlite")

    counts = []
    for name in ("before.sqlite", "after.sqlite"):
        with closing(sqlite3.connect(tmp_path / name)) as copy:
            counts.append(copy.execute("SELECT count(*) FROM accounts").fetchone()[0])
    assert counts == [0, 1]
    assert not list(tmp_path.glob("*.sqlite-*[!ml]"))
    with pytest.raises(FileExistsError):
        copy_database(tmp_path / FILE, tmp_path / "after.sqlite")
