"""Makes a backup of a home folder while it is used, and puts one back.

A backup holds accounts with the hashes of their passwords, and the cases with their slides and
results: keep it as safe as the home folder. Who was signed in is left out of it, as are uploads
that are not a slide yet and how far the jobs are, which begin anew.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from marrowscope.errors import EnvironmentProblemError, UsageError
from marrowscope.store.audit_chain import FIRST_PREVIOUS
from marrowscope.store.audit_records import AuditRecords
from marrowscope.store.backup_archive import (
    CASE_FILE,
    CASES,
    LOG,
    MANIFEST,
    SETTINGS,
    TABLES,
    FileFacts,
    Manifest,
    limits_named,
    opened,
    put,
    take_out,
    written,
)
from marrowscope.store.database import FILE as DATABASE
from marrowscope.store.database import HOLD, copy_database, held, held_alone, open_database
from marrowscope.store.database_faults import faults_named
from marrowscope.store.restore_swap import (
    UNITS,
    in_the_way,
    put_in_place,
    remove_staging,
    staging_of,
)
from marrowscope.store.whole_files import alone_in, undisturbed_in

Clock = Callable[[], datetime]
_PASSING: Final = ("sessions", "sign_in_failures", "uploads")
"""Tables of what does not last; an older database has not all of them."""


@dataclass(frozen=True, slots=True)
class Backup:
    """made_at: ISO 8601, UTC. n_files: in it. n_bytes: of the archive."""

    file: Path
    made_at: str
    n_files: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Restored:
    """made_at: of the backup. kept_aside: folder with what was there before, None where nothing."""

    made_at: str
    n_files: int
    kept_aside: Path | None


def utc_now() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


def back_up(home: Path, file: Path, now: Clock = utc_now) -> Backup:
    """Writes everything lasting of a home folder into a new archive, also while it is used.

    Raises UsageError where the file is there or there is nothing to back up; OutputError where
    something cannot be read or written, or is damaged.
    """
    if file.exists():
        raise UsageError(f"{file} is already there; choose another name")
    _check_something_there(home.is_dir(), home)
    made_at = now().astimezone(UTC).isoformat(timespec="seconds")
    with limits_named(file), held(home):
        _check_something_there(_is_anything_there(home), home)
        with written(file) as (archive, scratch):
            files, trail = _put_all(home, scratch, archive)
            archive.writestr(MANIFEST, Manifest(made_at, files, *trail).as_json())
    return Backup(file, made_at, len(files), file.stat().st_size)


def restore(file: Path, home: Path, *, replace: bool = False, now: Clock = utc_now) -> Restored:
    """Puts the files of a backup into a home folder, all of them or none.

    replace: whether what is there may be moved aside, into a folder of the home. A restore that
    was cut off is undone first. Raises UnreadableInputError where the file is no backup or a
    digest in it differs, UsageError where something is in the way, EnvironmentProblemError where
    the database is in use or the backup's is a newer Marrowscope's, OutputError.
    """
    with limits_named(home), opened(file) as (archive, manifest):
        units = _units_of(manifest)
        with alone_in(home), held_alone(home):
            try:
                new = staging_of(home)
                _check_free(home, units, replace)
                take_out(archive, manifest, new, file)
                if DATABASE in units:
                    _note_restore(new, manifest, file, now)
                kept = put_in_place(home, units, now().astimezone(UTC))
            finally:
                remove_staging(home)
    return Restored(manifest.made_at, len(manifest.files), kept)


def _check_something_there(is_there: bool, home: Path) -> None:
    if not is_there:
        raise UsageError(f"{home}: nothing to back up; set MARROWSCOPE_HOME to where it is")


def _is_anything_there(home: Path) -> bool:
    files = (DATABASE, SETTINGS, LOG)
    return any((home / name).is_file() for name in files) or any(map(_tables, _folders(home)))


def _folders(home: Path) -> list[Path]:
    return [home / name for name in TABLES if (home / name).is_dir()]


def _tables(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[!.]*.parquet") if path.is_file())


def _put_all(
    home: Path, scratch: Path, archive: ZipFile
) -> tuple[Mapping[str, FileFacts], tuple[int, str]]:
    """The files by name, and how far the audit trail went."""
    files: dict[str, FileFacts] = {}
    trail = (0, FIRST_PREVIOUS)
    copy = scratch / "copy.sqlite"
    for name in (DATABASE, LOG):
        if not (home / name).is_file():
            continue
        copy_database(home / name, copy)
        if name == DATABASE:
            trail = _without_what_passes(copy, home / name)
        files[name] = put(archive, name, copy)
        copy.unlink()
    if (home / SETTINGS).is_file():
        files[SETTINGS] = put(archive, SETTINGS, home / SETTINGS)
    for folder in _folders(home):
        with undisturbed_in(folder):
            for path in _tables(folder):
                name = path.relative_to(home).as_posix()
                files[name] = put(archive, name, path)
    return files | _put_cases(home, archive), trail


def _put_cases(home: Path, archive: ZipFile) -> dict[str, FileFacts]:
    """Files of the cases. They never change, but may go while others are read."""
    files: dict[str, FileFacts] = {}
    for path in sorted((home / CASES).rglob("*")):
        name = path.relative_to(home).as_posix()
        if CASE_FILE.fullmatch(name) and path.is_file() and not path.is_symlink():
            with suppress(FileNotFoundError):
                files[name] = put(archive, name, path, is_packed=True)
    return files


def _without_what_passes(copy: Path, source: Path) -> tuple[int, str]:
    """Takes out of a copy who is signed in and what is on its way; how far its audit trail goes."""
    with faults_named(source), closing(sqlite3.connect(copy)) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        for table in tables.intersection(_PASSING):
            database.execute(f"DELETE FROM {table}")
        database.commit()
        # What is deleted is still on the pages until they are written anew.
        database.execute("VACUUM")
        query = "SELECT seq, digest FROM audit ORDER BY seq DESC LIMIT 1"
        last = database.execute(query).fetchone()
    return (0, FIRST_PREVIOUS) if last is None else (int(last[0]), str(last[1]))


def _units_of(manifest: Manifest) -> list[str]:
    firsts = {name.split("/")[0] for name in manifest.files}
    return [unit for unit in UNITS if unit in firsts]


def _check_free(home: Path, units: list[str], replace: bool) -> None:
    there = in_the_way(home, units)
    if there and not replace:
        raise UsageError(
            f"{home} already has {', '.join(there)}; --replace moves that aside and keeps it"
        )


def _note_restore(new: Path, manifest: Manifest, file: Path, now: Clock) -> None:
    """Opens the restored database, which brings it up to date, and writes into its trail."""
    with _told_of(file, new / DATABASE):
        engine = open_database(new)
        try:
            details = {"made_at": manifest.made_at}
            AuditRecords(engine, now).append("backup_restored", by=None, details=details)
        finally:
            engine.dispose()
    for left in (new / HOLD, *new.glob(f"{DATABASE}.before-*")):
        left.unlink(missing_ok=True)


@contextmanager
def _told_of(file: Path, staged: Path) -> Iterator[None]:
    """A message about the file that is being restored names the archive it is from."""
    try:
        yield
    except EnvironmentProblemError as error:
        message = str(error).replace(str(staged.absolute()), f"the database in {file}")
        raise type(error)(message.replace(str(staged), f"the database in {file}")) from error
