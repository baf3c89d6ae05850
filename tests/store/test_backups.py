import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from fakes.still_clock import StillClock
from marrowscope.coding.log_events import Act, Entered
from marrowscope.coding.log_service import Service
from marrowscope.errors import (
    EnvironmentProblemError,
    OutputError,
    UnreadableInputError,
    UsageError,
)
from marrowscope.store.account_records import AccountRecords
from marrowscope.store.audit_records import AuditRecords
from marrowscope.store.backup_archive import MANIFEST
from marrowscope.store.backups import back_up, restore
from marrowscope.store.database import FILE, UNFINISHED_RESTORE, open_database
from marrowscope.store.log_events import LogFile
from marrowscope.store.restore_swap import put_in_place

CLOCK = StillClock()
PASSWORD = "a few words will do"
FEES = "coding/fees/rvu-2025A.parquet"
SERVICES = "coding/utilization/2023.parquet"
LOG = "coding/log/log.sqlite"
KILLED_RESTORE = """
import os, signal, sys
from pathlib import Path
from marrowscope.store.backups import restore
left = int(sys.argv[3])
rename = Path.rename
def rename_or_die(self, target):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return rename(self, target)
Path.rename = rename_or_die
restore(Path(sys.argv[1]), Path(sys.argv[2]), replace=True)
"""


def sign_up(home: Path, name: str) -> None:
    engine = open_database(home)
    records = AccountRecords(engine, CLOCK)
    records.set_up(name, name, "X", PASSWORD)
    records.sign_in(name, PASSWORD, "192.0.2.1")
    engine.dispose()


def log(folder: Path, number: int) -> None:
    act = Act(UUID(int=1000 + number), CLOCK.time, "me")
    event = Entered(UUID(int=number), act, Service("85097", date(2025, 3, 1), 1))
    LogFile(folder / "coding" / "log").append("me", lambda _: [event])


def lived_in(home: Path, name: str, number: int) -> Path:
    """A home folder in which somebody has worked."""
    sign_up(home, name)
    log(home, number)
    (home / "settings.toml").write_text(f"count_target = {number}\n", encoding="utf-8")
    for path in (FEES, SERVICES):
        (home / path).parent.mkdir()
        (home / path).write_bytes(b"PAR1" + bytes([number]) * 100_000)
    (home / "coding" / "fees" / ".partial").mkdir()
    (home / "crash-1.txt").write_text("not to be saved", encoding="utf-8")
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return lived_in(tmp_path / "home", "ada", 1)


@pytest.fixture
def archive(home: Path, tmp_path: Path) -> Path:
    back_up(home, tmp_path / "ada.zip", CLOCK)
    return tmp_path / "ada.zip"


def who(home: Path) -> list[str]:
    """What is in a home folder, by what tells one from another."""
    engine = open_database(home)
    names = [account.user_name for account in AccountRecords(engine, CLOCK).accounts()]
    assert AuditRecords(engine, CLOCK).verify().broken_at is None
    engine.dispose()
    numbers = [event.event_id.int for event in LogFile(home / "coding" / "log").events()]
    fees = (home / FEES).read_bytes()[-1]
    return [*names, *map(str, numbers), str(fees), (home / "settings.toml").read_text("utf-8")]


ADA = ["ada", "1", "1", "count_target = 1\n"]
BOB = ["bob", "2", "2", "count_target = 2\n"]


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_backup_holds_what_lasts_and_nobody_s_session(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as saved:
        names = set(saved.namelist())
        manifest = json.loads(saved.read(MANIFEST))
        saved.extract(FILE, tmp_path / "out")

    assert names == {MANIFEST, FILE, "settings.toml", LOG, FEES, SERVICES}
    assert set(manifest["files"]) == names - {MANIFEST}
    assert manifest["made_at"] == "2025-06-01T08:00:00+00:00"
    with closing(sqlite3.connect(tmp_path / "out" / FILE)) as saved_database:
        count = "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM sessions)"
        assert saved_database.execute(count).fetchone() == (1, 0)
        last = saved_database.execute("SELECT max(seq), digest FROM audit").fetchone()
    assert manifest["audit"] == {"n_entries": last[0], "last_digest": last[1]}
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_what_is_told_of_a_backup(home: Path, tmp_path: Path) -> None:
    made = back_up(home, tmp_path / "b.zip", CLOCK)

    assert made.file == tmp_path / "b.zip"
    assert made.n_files == 5
    assert made.n_bytes == made.file.stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip", "home"]


def test_a_backup_restored_elsewhere_is_the_same(archive: Path, tmp_path: Path) -> None:
    there = tmp_path / "deep" / "there"
    told = restore(archive, there, now=CLOCK)

    assert (told.made_at, told.n_files) == ("2025-06-01T08:00:00+00:00", 5)
    assert told.kept_aside is None
    assert who(there) == ADA
    assert files_below(there) == {
        FILE, "marrowscope.lock", "settings.toml", LOG, FEES, SERVICES,
    }  # fmt: skip
    with closing(sqlite3.connect(there / LOG)) as desk:
        assert desk.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    engine = open_database(there)
    newest = AuditRecords(engine, CLOCK).entries(limit=1)[0]
    engine.dispose()
    assert (newest.act, newest.actor_name) == ("backup_restored", "command line")
    assert newest.values() == {"made_at": told.made_at}


def test_a_backup_made_while_others_write_is_whole(home: Path, tmp_path: Path) -> None:
    engine = open_database(home)
    audit = AuditRecords(engine, CLOCK)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            audit.append("looked", by=None, about="x" * 500)

    writer = threading.Thread(target=write)
    writer.start()
    for n in range(3):
        back_up(home, tmp_path / f"{n}.zip")
    done.set()
    writer.join()
    engine.dispose()
    for n in range(3):
        restore(tmp_path / f"{n}.zip", tmp_path / f"there{n}")
        assert who(tmp_path / f"there{n}") == ADA


def test_what_is_there_is_refused_and_left_alone(archive: Path, tmp_path: Path) -> None:
    other = lived_in(tmp_path / "other", "bob", 2)
    before = files_below(other)

    with pytest.raises(UsageError, match=r"already has marrowscope\.sqlite.*--replace"):
        restore(archive, other)
    assert files_below(other) == before
    assert who(other) == BOB


def test_what_is_replaced_is_kept_aside(archive: Path, tmp_path: Path) -> None:
    other = lived_in(tmp_path / "other", "bob", 2)
    for n in range(2):
        told = restore(archive, other, replace=True, now=CLOCK)

        assert who(other) == ADA
        assert (other / "crash-1.txt").exists()
        assert told.kept_aside is not None
        assert told.kept_aside.parent == other
        assert who(told.kept_aside) == (BOB, ADA)[n]
    assert len(list(other.glob("before-restore-20250601-080000*"))) == 2
    assert not (other / ".restoring").exists()


def test_a_database_that_was_not_closed_is_kept_aside_with_its_log(
    archive: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    script = (
        "import os, sys; from pathlib import Path; from datetime import *\n"
        "from marrowscope.store.database import *; from marrowscope.store.audit_records import *\n"
        "engine = open_database(Path(sys.argv[1]))\n"
        "AuditRecords(engine, lambda: datetime.now(UTC)).append('looked', by=None)\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(other)], check=True)
    assert (other / f"{FILE}-wal").stat().st_size > 0

    kept = restore(archive, other, replace=True).kept_aside

    assert who(other) == ADA
    assert kept is not None
    engine = open_database(kept)
    assert AuditRecords(engine, CLOCK).verify().n == 1
    engine.dispose()


def test_nothing_is_restored_while_the_database_is_in_use(archive: Path, home: Path) -> None:
    engine = open_database(home)
    with pytest.raises(EnvironmentProblemError, match="in use; stop marrowscope serve"):
        restore(archive, home, replace=True)
    engine.dispose()
    assert who(home) == ADA


@pytest.mark.parametrize("name", [FILE, "settings.toml", LOG, FEES])
def test_one_wrong_byte_anywhere_restores_nothing(name: str, archive: Path, tmp_path: Path) -> None:
    other = lived_in(tmp_path / "other", "bob", 2)

    def change(content: dict[str, bytes]) -> None:
        content[name] = content[name][:-1] + b"\x07"

    with pytest.raises(UnreadableInputError, match=f"{name} in it is not what was saved"):
        restore(remade(archive, change), other, replace=True)
    assert who(other) == BOB
    assert not list(other.glob("before-restore*"))
    assert not (other / ".restoring").exists()


def remade(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive with other content, but a valid ZIP."""
    with zipfile.ZipFile(archive) as saved:
        content = {name: saved.read(name) for name in saved.namelist()}
    change(content)
    other = archive.with_name("remade.zip")
    with zipfile.ZipFile(other, "w") as written:
        for name, data in content.items():
            written.writestr(name, data)
    return other


def manifest_with(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    def change(content: dict[str, bytes]) -> None:
        content[MANIFEST] = json.dumps(json.loads(content[MANIFEST]) | changes).encode()

    return change


def smuggled(name: str) -> Callable[[dict[str, bytes]], None]:
    """A file under a name that no backup has, with its digest in the manifest."""

    def change(content: dict[str, bytes]) -> None:
        manifest = json.loads(content[MANIFEST])
        manifest["files"][name] = manifest["files"]["settings.toml"]
        content[name] = content["settings.toml"]
        content[MANIFEST] = json.dumps(manifest).encode()

    return change


def added(content: dict[str, bytes]) -> None:
    content["letter.txt"] = b"not in the manifest"


def taken(content: dict[str, bytes]) -> None:
    del content[LOG]


def without_manifest(content: dict[str, bytes]) -> None:
    del content[MANIFEST]


def no_json(content: dict[str, bytes]) -> None:
    content[MANIFEST] = b"\xff{"


def deep_json(content: dict[str, bytes]) -> None:
    content[MANIFEST] = b"[" * 200_000


@pytest.mark.parametrize(
    "change",
    [
        added, taken, without_manifest, no_json, deep_json,
        manifest_with(files={}), manifest_with(files=[]), manifest_with(audit=None),
        manifest_with(format="1"), manifest_with(files={FILE: {"sha256": "x"}}),
        smuggled("../letter.txt"), smuggled("/tmp/letter.txt"), smuggled("crash.txt"),
        smuggled("coding/fees/../../x.parquet"), smuggled("coding/fees/.x.parquet"),
        smuggled("coding\\x.parquet"), smuggled("coding/fees/a/b.parquet"),
        smuggled(f"{FILE}-wal"), smuggled(f"{FILE}\n"),
    ],
)  # fmt: skip
def test_an_archive_of_odd_content_is_no_backup(
    change: Callable[[dict[str, bytes]], None], archive: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableInputError, match="is no backup of Marrowscope") as refused:
        restore(remade(archive, change), tmp_path / "there")
    assert "\n" not in str(refused.value)
    assert not files_below(tmp_path / "there") - {"marrowscope.lock"}


def test_a_backup_of_a_newer_marrowscope_is_refused(archive: Path, tmp_path: Path) -> None:
    newer = remade(archive, manifest_with(format=2))

    with pytest.raises(UnreadableInputError, match="newer Marrowscope; update"):
        restore(newer, tmp_path / "there")


def test_a_database_of_a_newer_marrowscope_is_refused(home: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home / FILE)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    back_up(home, tmp_path / "newer.zip")

    with pytest.raises(EnvironmentProblemError) as refused:
        restore(tmp_path / "newer.zip", tmp_path / "there")
    assert str(refused.value) == (
        f"the database in {tmp_path / 'newer.zip'} was written by a newer Marrowscope; "
        "update this one"
    )
    assert files_below(tmp_path / "there") == {"marrowscope.lock"}


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_backup_is_refused(kept: float, archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * kept)])

    with pytest.raises(UnreadableInputError, match="no backup or is damaged"):
        restore(archive, tmp_path / "there")


@pytest.mark.parametrize("place", range(40, 4000, 360))
def test_a_backup_with_a_broken_byte_never_restores_by_half(
    place: int, archive: Path, tmp_path: Path
) -> None:
    content = bytearray(archive.read_bytes())
    content[place] ^= 0x55
    archive.write_bytes(content)
    there = tmp_path / "there"
    try:
        restore(archive, there)
    except UnreadableInputError:
        assert not files_below(there) - {"marrowscope.lock"}
    else:
        assert who(there) == ADA


def test_what_is_no_backup_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada", encoding="utf-8")
    for file in (tmp_path / "letter.txt", tmp_path):
        with pytest.raises(UnreadableInputError, match="no backup"):
            restore(file, tmp_path / "there")
    with pytest.raises(UnreadableInputError, match="there is no such file"):
        restore(tmp_path / "gone.zip", tmp_path / "there")
    assert not (tmp_path / "there").exists()


def test_a_file_that_is_there_is_not_overwritten(home: Path, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"an older backup")

    with pytest.raises(UsageError, match="already there; choose another name"):
        back_up(home, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_bytes() == b"an older backup"


def test_where_nothing_is_nothing_is_saved(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for nothing in (tmp_path / "empty", tmp_path / "gone"):
        with pytest.raises(UsageError, match="nothing to back up"):
            back_up(nothing, tmp_path / "b.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty"]


def test_a_folder_that_is_not_there_is_told(home: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no such folder; make it first"):
        back_up(home, tmp_path / "gone" / "b.zip")


def test_a_damaged_database_makes_no_backup(home: Path, tmp_path: Path) -> None:
    content = bytearray((home / FILE).read_bytes())
    content[4096 * 4 :] = b"\xa5" * (len(content) - 4096 * 4)
    (home / FILE).write_bytes(content)

    with pytest.raises(OutputError, match="damaged"):
        back_up(home, tmp_path / "b.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_the_coding_desk_alone_can_be_saved_and_put_beside_a_database(tmp_path: Path) -> None:
    log(tmp_path / "desk", 7)
    back_up(tmp_path / "desk", tmp_path / "desk.zip")
    sign_up(tmp_path / "other", "bob")

    restore(tmp_path / "desk.zip", tmp_path / "other")

    assert len(LogFile(tmp_path / "other" / "coding" / "log").events()) == 1
    assert (tmp_path / "other" / FILE).exists()


def test_an_error_while_moving_puts_everything_back(tmp_path: Path) -> None:
    home = lived_in(tmp_path / "home", "bob", 2)
    new = home / ".restoring" / "new"
    new.mkdir(parents=True)
    (home / ".restoring" / "old").mkdir()
    (new / FILE).write_bytes(b"new")

    with pytest.raises(FileNotFoundError):
        put_in_place(home, [FILE, "settings.toml"], CLOCK.time)
    shutil.rmtree(home / ".restoring")
    assert who(home) == BOB


@pytest.fixture(scope="module")
def two_homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("killed")
    back_up(lived_in(folder / "ada", "ada", 1), folder / "ada.zip")
    yield folder / "ada.zip", lived_in(folder / "bob", "bob", 2)


@pytest.mark.parametrize("n_renames", range(8))
def test_a_restore_that_is_killed_can_be_run_again_and_loses_nothing(
    n_renames: int, two_homes: tuple[Path, Path], tmp_path: Path
) -> None:
    archive, other = two_homes
    home = tmp_path / "home"
    shutil.copytree(other, home)
    command = [sys.executable, "-c", KILLED_RESTORE, str(archive), str(home), str(n_renames)]
    assert subprocess.run(command, check=False).returncode == -9

    if (home / UNFINISHED_RESTORE).exists():
        with pytest.raises(EnvironmentProblemError, match="cut off; run it again"):
            open_database(home)
        with pytest.raises(EnvironmentProblemError, match="cut off; run it again"):
            back_up(home, tmp_path / "b.zip")
        # Refused, for all is put back before anything else is looked at.
        with pytest.raises(UsageError, match="--replace"):
            restore(archive, home)
        assert who(home) == BOB
    restore(archive, home, replace=True)

    assert who(home) == ADA
    assert BOB in [who(kept) for kept in home.glob("before-restore*")]
    assert not (home / ".restoring").exists()


def test_a_full_disk_is_told_and_nothing_is_changed(archive: Path, tmp_path: Path) -> None:
    other = lived_in(tmp_path / "other", "bob", 2)
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from marrowscope.store.backups import restore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))\n"
        "try: restore(Path(sys.argv[1]), Path(sys.argv[2]), replace=True)\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(archive), str(other)],
        capture_output=True, text=True, check=True, env=os.environ | {"TMPDIR": str(tmp_path)},
    )  # fmt: skip

    assert done.stdout == (
        f"OutputError {other}: the disk is full; free some space and try again\n"
    )
    assert who(other) == BOB
    assert not (other / ".restoring").exists()
