"""Opens `marrowscope.sqlite`, brought up to date; whoever has it open keeps a restore away.

Write-ahead log and a sync at every commit: what was acknowledged survives a crash. Whoever writes
holds the only write lock from reading to committing, so that nobody decides on what has changed.
"""

import fcntl
import os
import sqlite3
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event

from marrowscope.errors import EnvironmentProblemError
from marrowscope.store.database_faults import faults_named, not_ours
from marrowscope.store.whole_files import alone_in

FILE: Final = "marrowscope.sqlite"
HOLD: Final = "marrowscope.lock"
"""A file that is locked, shared, by everything that has the database open; it stays empty."""
RESTORING: Final = ".restoring"
PLAN: Final = "plan.json"
UNFINISHED_RESTORE: Final = Path(RESTORING) / PLAN
"""There while a restore puts files in place; left behind by one that was cut off."""
SIDE_FILES: Final = ("-wal", "-shm", "-journal")
MIGRATIONS: Final = "marrowscope.store:migrations"
WAIT_S: Final = 10.0
_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "trusted_schema = OFF",
)
_WRITING: Final = "marrowscope_writing"
_OWNER_ONLY: Final = 0o600


def open_database(home: Path, migrations: str = MIGRATIONS) -> Engine:
    """An engine for the database in the home folder; both are made where they are not there.

    Call its `dispose` when done: until then nothing can be restored over it. An older database is
    brought up to date first, and its copy kept beside it. migrations: Alembic's script location.
    Raises OutputError where the folder or file cannot be used; EnvironmentProblemError where it is
    a newer Marrowscope's, or another process keeps it from being changed.
    """
    path = home / FILE
    with alone_in(home):
        hold = _held(home)
        try:
            _make_private(path)
            engine = _engine(path)
            try:
                _bring_up_to_date(engine, path, hold, migrations)
            except BaseException:
                engine.dispose()
                raise
        except BaseException:
            os.close(hold)
            raise
    _let_go_with(engine, hold)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database and waits for no writer."""
    with faults_named(path_of(engine)), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction, the only one that writes; all of the block's changes or none."""
    with faults_named(path_of(engine)), engine.connect() as connection:
        writer = connection.execution_options(**{_WRITING: True})
        with writer.begin():
            yield writer


def path_of(engine: Engine) -> Path:
    """The database's file."""
    return Path(engine.url.database or "")


def revision_of(engine: Engine) -> str:
    """By which form of its tables the database is kept; "" where it says none."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Keeps restores away, as does an open database. Raises EnvironmentProblemError."""
    hold = _held(home)
    try:
        yield
    finally:
        os.close(hold)


@contextmanager
def held_alone(home: Path) -> Iterator[None]:
    """Keeps everybody from opening the database.

    Raises EnvironmentProblemError where somebody has it open.
    """
    hold = os.open(home / HOLD, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(hold)
        raise EnvironmentProblemError(
            f"{home / FILE} is in use; stop marrowscope serve and try again"
        ) from error
    try:
        yield
    finally:
        os.close(hold)


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy, also while others write; `target` must not be there. Raises OutputError.

    The copy is one file, with nothing beside it, and only its owner can read it.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
    with (
        faults_named(source),
        closing(_connect(source, "ro")) as old,
        closing(_connect(target, "rw")) as new,
    ):
        old.backup(new)
        if new.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError(f"the copy of {source.name} is damaged")


def _held(home: Path) -> int:
    if (home / UNFINISHED_RESTORE).exists():
        raise EnvironmentProblemError(
            f"a restore into {home} was cut off; run it again: marrowscope restore FILE"
        )
    hold = os.open(home / HOLD, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    try:
        fcntl.flock(hold, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(hold)
        raise EnvironmentProblemError(
            f"a backup is being restored into {home}; wait until it is done and try again"
        ) from error
    return hold


def _make_private(path: Path) -> None:
    """Password hashes and names are in it: nobody but its owner reads it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))


def _let_go_with(engine: Engine, hold: int) -> None:
    """Lets go of the lock when the engine is disposed of or forgotten."""
    let_go = weakref.finalize(engine, os.close, hold)

    def disposed(_engine: Engine) -> None:
        let_go()

    event.listen(engine, "engine_disposed", disposed)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection on which transactions are begun by hand; never makes the file."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(
        uri, uri=True, timeout=WAIT_S, isolation_level=None, check_same_thread=False
    )


def _engine(path: Path) -> Engine:
    def opened() -> sqlite3.Connection:
        connection = _connect(path, "rw")
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine(URL.create("sqlite", database=str(path.absolute())), creator=opened)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_writing = connection.get_execution_options().get(_WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def _bring_up_to_date(engine: Engine, path: Path, hold: int, migrations: str) -> None:
    config = Config()
    config.set_main_option("script_location", migrations.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    steps = ScriptDirectory.from_config(config)
    newest = steps.get_current_head()
    with reading(engine) as connection:
        n_tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        here = MigrationContext.configure(connection).get_current_revision()
    if here == newest:
        return
    if n_tables:
        _check_known(path, here, {step.revision for step in steps.walk_revisions()})
        _hold_for_change(path, hold)
        _keep_copy(path, str(newest))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    fcntl.flock(hold, fcntl.LOCK_SH)


def _check_known(path: Path, here: str | None, known: set[str]) -> None:
    if here is None:
        raise not_ours(path)
    if here not in known:
        raise EnvironmentProblemError(f"{path} was written by a newer Marrowscope; update this one")


def _hold_for_change(path: Path, hold: int) -> None:
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise EnvironmentProblemError(
            f"{path} has to be brought up to date but is in use; stop marrowscope serve and try "
            "again"
        ) from error


def _keep_copy(path: Path, newest: str) -> None:
    copy = path.with_name(f"{path.name}.before-{newest}")
    new = copy.with_name(copy.name + ".partial")
    new.unlink(missing_ok=True)
    try:
        copy_database(path, new)
        new.replace(copy)
    finally:
        new.unlink(missing_ok=True)
