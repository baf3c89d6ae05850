"""What a backup is: a ZIP of files of a home folder, with a manifest of their digests."""

import errno
import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

from marrowscope.errors import MarrowscopeError, OutputError, UnreadableInputError
from marrowscope.store.database import FILE as DATABASE
from marrowscope.store.whole_files import DISK_FULL, IN_THE_WAY, NOT_ALLOWED

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
SETTINGS: Final = "settings.toml"
CODING: Final = "coding"
LOG: Final = f"{CODING}/log/log.sqlite"
TABLES: Final = (f"{CODING}/fees", f"{CODING}/utilization")
"""Folders of Parquet files, as the coding desk keeps them."""
CASES: Final = "cases"
_ID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PART: Final = r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]*"
CASE_FILE: Final = re.compile(
    rf"{CASES}/{_ID}/((slides|analyses)/{_ID}(/{_PART}){{1,5}}|reports/[1-9][0-9]*/{_PART})"
)
"""Slides, results and signed reports; no hidden file, which is one that is just being written."""
_ALLOWED: Final = re.compile(
    rf"{re.escape(DATABASE)}|{re.escape(SETTINGS)}|{re.escape(LOG)}"
    rf"|({'|'.join(map(re.escape, TABLES))})/[A-Za-z0-9_][A-Za-z0-9_.-]*\.parquet"
    rf"|{CASE_FILE.pattern}"
)
"""Nothing else is ever put into a home folder, whatever an archive says."""
_LARGEST_MANIFEST: Final = 256 * 1024 * 1024
"""About a million files of cases."""
_PIECE: Final = 1024 * 1024
_OWNER_ONLY: Final = 0o600
_REASONS: Final[Mapping[int, str]] = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EFBIG: DISK_FULL,
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
    errno.EROFS: NOT_ALLOWED,
    errno.ENOTDIR: IN_THE_WAY,
    errno.ENOENT: "there is no such folder; make it first",
}
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """sha256: in hexadecimal."""

    sha256: str
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """made_at: ISO 8601, UTC. files: by their path below the home folder.

    n_audit_entries, last_audit_digest: how far the audit trail went, which shows whether a later
    one still begins like it.
    """

    made_at: str
    files: Mapping[str, FileFacts]
    n_audit_entries: int
    last_audit_digest: str

    def as_json(self) -> str:
        """What `manifest_from` reads."""
        files = {
            name: {"sha256": facts.sha256, "n_bytes": facts.n_bytes}
            for name, facts in sorted(self.files.items())
        }
        audit = {"n_entries": self.n_audit_entries, "last_digest": self.last_audit_digest}
        made = {"format": FORMAT, "made_at": self.made_at, "audit": audit, "files": files}
        return json.dumps(made, indent=2) + "\n"


def manifest_from(text: str | bytes, file: Path) -> Manifest:
    """Raises UnreadableInputError, naming the archive, where it is none of ours."""
    try:
        made = json.loads(text)
        if made["format"] > FORMAT:
            raise UnreadableInputError(f"{file} was made by a newer Marrowscope; update this one")
        manifest = Manifest(
            made_at=str(made["made_at"]),
            files={name: _facts(facts) for name, facts in made["files"].items()},
            n_audit_entries=int(made["audit"]["n_entries"]),
            last_audit_digest=str(made["audit"]["last_digest"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _not_a_backup(file) from error
    if not manifest.files or not all(map(_ALLOWED.fullmatch, manifest.files)):
        raise _not_a_backup(file)
    return manifest


@contextmanager
def written(file: Path) -> Iterator[tuple[zipfile.ZipFile, Path]]:
    """An archive to be filled, and a folder for what goes into it, on the same disk.

    The archive bears its name only once it is whole and was read again. Raises OutputError.
    """
    with (
        limits_named(file),
        TemporaryDirectory(dir=file.parent, prefix=".marrowscope-") as folder,
    ):
        scratch = Path(folder)
        partial = scratch / "new.zip"
        with os.fdopen(_new_private(partial), "w+b") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
                yield archive, scratch
            raw.flush()
            os.fsync(raw.fileno())
        with opened(partial) as (archive, manifest):
            take_out(archive, manifest, None, partial)
        partial.replace(file)


def put(archive: zipfile.ZipFile, name: str, source: Path, *, is_packed: bool = False) -> FileFacts:
    """Adds a file under a name, and says what it was. is_packed: it would not get any smaller."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = _OWNER_ONLY << 16
    entry.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    with source.open("rb") as read, archive.open(entry, "w", force_zip64=True) as write:
        return _copied(read, write)


@contextmanager
def opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """An archive to be read, its manifest checked. Raises UnreadableInputError."""
    with _damage_named(file):
        archive = zipfile.ZipFile(file)
    with archive:
        with _damage_named(file):
            manifest = _manifest_in(archive, file)
        yield archive, manifest


def take_out(archive: zipfile.ZipFile, manifest: Manifest, folder: Path | None, file: Path) -> None:
    """Reads every file of an archive, into a folder where one is given, and checks its digest.

    Raises UnreadableInputError where a digest differs.
    """
    for name, facts in manifest.files.items():
        if archive.getinfo(name).file_size != facts.n_bytes:
            raise _differs(file, name)
        with ExitStack() as stack:
            write = None
            if folder is not None:
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                write = stack.enter_context(os.fdopen(_new_private(target), "wb"))
            with _damage_named(file), archive.open(name) as read:
                found = _copied(read, write)
            if write is not None:
                write.flush()
                os.fsync(write.fileno())
        if found != facts:
            raise _differs(file, name)


@contextmanager
def limits_named(file: Path) -> Iterator[None]:
    """Raises OutputError, naming the file, for what the disk refuses in the block."""
    try:
        yield
    except MarrowscopeError:
        raise
    except OSError as problem:
        reason = _REASONS.get(problem.errno or 0, problem.strerror or type(problem).__name__)
        raise OutputError(f"{file}: {reason}") from problem


@contextmanager
def _damage_named(file: Path) -> Iterator[None]:
    try:
        yield
    except MarrowscopeError:
        raise
    except FileNotFoundError as error:
        raise UnreadableInputError(f"{file}: there is no such file; check its name") from error
    except (*_DAMAGE, IsADirectoryError) as error:
        raise UnreadableInputError(
            f"{file} is no backup or is damaged; use another backup"
        ) from error


def _manifest_in(archive: zipfile.ZipFile, file: Path) -> Manifest:
    names = archive.namelist()
    if MANIFEST not in names or len(set(names)) != len(names):
        raise _not_a_backup(file)
    if archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
        raise _not_a_backup(file)
    manifest = manifest_from(archive.read(MANIFEST), file)
    if set(names) != {MANIFEST, *manifest.files}:
        raise _not_a_backup(file)
    return manifest


def _facts(facts: Mapping[str, Any]) -> FileFacts:
    return FileFacts(sha256=str(facts["sha256"]), n_bytes=int(facts["n_bytes"]))


def _copied(read: IO[bytes], write: IO[bytes] | None) -> FileFacts:
    digest, n_bytes = hashlib.sha256(), 0
    while piece := read.read(_PIECE):
        digest.update(piece)
        n_bytes += len(piece)
        if write is not None:
            write.write(piece)
    return FileFacts(digest.hexdigest(), n_bytes)


def _new_private(target: Path) -> int:
    return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)


def _not_a_backup(file: Path) -> UnreadableInputError:
    return UnreadableInputError(f"{file} is no backup of Marrowscope; choose one that it made")


def _differs(file: Path, name: str) -> UnreadableInputError:
    return UnreadableInputError(
        f"{file} is damaged: {name} in it is not what was saved; nothing was restored, use "
        "another backup"
    )
