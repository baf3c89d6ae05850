"""Puts files into a folder of tables: all of them or none, each whole, one writer at a time."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from marrowscope.errors import MarrowscopeError, OutputError

STAGING = ".partial"
DISK_FULL = "the disk is full; free some space and try again"
NOT_ALLOWED = "this folder may not be used; allow reading and writing there and try again"
IN_THE_WAY = "a file is in the way of this folder; move it away and try again"
_REASONS = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EFBIG: DISK_FULL,
    errno.EROFS: "this folder is read-only; allow writing there and try again",
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
    errno.ENOTDIR: IN_THE_WAY,
    errno.EEXIST: IN_THE_WAY,
}


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Makes the folder and waits until no other process writes or reads there.

    Raises OutputError where that, or anything in the block, meets the limits of the disk.
    """
    with _errors_named(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder, fcntl.LOCK_EX):
            yield


@contextmanager
def undisturbed_in(folder: Path) -> Iterator[None]:
    """Waits until no process writes into the folder, which must be there; then none can.

    Raises OutputError where the folder cannot be opened.
    """
    with _errors_named(folder), _locked(folder, fcntl.LOCK_SH):
        yield


def put_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Writes files by name, replacing those of the same names; to be called inside `alone_in`.

    Raises OSError; then the folder is as it was.
    """
    staging = folder / STAGING
    # What a process that was killed has left there.
    shutil.rmtree(staging, ignore_errors=True)
    (staging / "new").mkdir(parents=True)
    (staging / "old").mkdir()
    try:
        for name, data in files.items():
            with (staging / "new" / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        _move(files, staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move(names: Mapping[str, bytes], staging: Path, folder: Path) -> None:
    for name in names:
        if (folder / name).exists():
            shutil.copyfile(folder / name, staging / "old" / name)
    try:
        for name in names:
            (staging / "new" / name).replace(folder / name)
    except BaseException:
        for name in names:
            if (staging / "old" / name).exists():
                (staging / "old" / name).replace(folder / name)
            elif not (staging / "new" / name).exists():
                (folder / name).unlink()
        raise


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, how)
        yield
    finally:
        os.close(opened)


@contextmanager
def _errors_named(folder: Path) -> Iterator[None]:
    try:
        yield
    except MarrowscopeError:
        raise
    except OSError as problem:
        reason = _REASONS.get(problem.errno or 0, problem.strerror or type(problem).__name__)
        raise OutputError(f"{folder}: {reason}") from problem
