"""A table as CMS publishes it, plain or packed, read through a pipe while its bytes are counted."""

import gzip
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from marrowscope.errors import MarrowscopeError, OversizedInputError, UnreadableInputError

LARGEST_TABLE_BYTES = 16 * 1024**3
"""Five times the 3 GB of a full year."""
MOST_TIMES_PACKED = 100
"""A made table of the real width shrinks to a sixteenth."""
ALWAYS_ALLOWED_BYTES = 64 * 1024**2
"""However small it was packed."""
BLOCK_BYTES = 1024**2
GZIP, ZIP = b"\x1f\x8b", b"PK"
DAMAGE = (EOFError, OSError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile)
"""RuntimeError: what is encrypted, or packed in a way that Python does not know."""

Advance = Callable[[int], None]
"""Hears how many more megabytes have been read; called from another thread."""


@contextmanager
def piped(path: Path, advance: Advance) -> Iterator[str]:
    """Where the unpacked table can be read, once, while another thread feeds it.

    What that thread finds wrong is raised at the end, before what its reader made of it.
    """
    out, into = os.pipe()
    with ThreadPoolExecutor(1) as pool:
        feeding = pool.submit(_feed, path, into, advance)
        try:
            yield f"/dev/fd/{out}"
        finally:
            os.close(out)
            problem = feeding.exception()
            if problem is not None:
                raise problem


def _feed(path: Path, into: int, advance: Advance) -> None:
    with os.fdopen(into, "wb", buffering=0) as pipe, unpacked(path) as (table, most_bytes):
        n_bytes = 0
        while block := table.read(BLOCK_BYTES):
            advance((n_bytes + len(block)) // BLOCK_BYTES - n_bytes // BLOCK_BYTES)
            n_bytes += len(block)
            if n_bytes > most_bytes:
                raise _too_large(path)
            try:
                _write_whole(pipe, block)
            except BrokenPipeError:
                return


def _write_whole(pipe: io.RawIOBase, block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[pipe.write(left) or 0 :]


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """The bytes of the table, and how many there may be at most.

    Raises UnreadableInputError, also for what goes wrong while they are read.
    """
    if not path.is_file():
        raise UnreadableInputError(f"{path.name}: there is no such file; check FILE")
    try:
        with path.open("rb") as file:
            start = file.read(len(GZIP))
            file.seek(0)
            most_packed = max(ALWAYS_ALLOWED_BYTES, MOST_TIMES_PACKED * path.stat().st_size)
            most_bytes = min(LARGEST_TABLE_BYTES, most_packed)
            if start == GZIP:
                with gzip.open(file) as table:
                    yield cast(IO[bytes], table), most_bytes
            elif start == ZIP:
                with zipfile.ZipFile(file) as archive:
                    member = _only_table(archive, path)
                    if member.file_size > most_bytes:
                        raise _too_large(path)
                    with archive.open(member) as table:
                        yield table, most_bytes
            else:
                yield file, LARGEST_TABLE_BYTES
    except MarrowscopeError:
        raise
    except DAMAGE as error:
        raise UnreadableInputError(
            f"{path.name}: cannot be read, it is damaged, cut off or encrypted; download it again"
        ) from error


def _only_table(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    """The one CSV of an archive; what else CMS puts beside it is left alone."""
    tables = [one for one in archive.infolist() if one.filename.lower().endswith(".csv")]
    if len(tables) != 1:
        raise UnreadableInputError(
            f"{path.name}: holds {len(tables)} CSV files instead of one; give the CSV itself"
        )
    return tables[0]


def _too_large(path: Path) -> OversizedInputError:
    return OversizedInputError(
        f"{path.name}: unpacks to far more than a utilization file has; download it from CMS again"
    )


def sha256_of(path: Path) -> str:
    """Digest of the file as it was given."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableInputError(f"{path.name}: cannot be read; check its disk") from error
