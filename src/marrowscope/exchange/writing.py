"""Writing all results of an analysis into a folder, or none of them.

Everything is written into a hidden folder first and moved into place when it is complete. When
anything fails, Ctrl-C included, what was moved is moved back and the hidden folder is removed.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

from marrowscope.analysis import Analysis
from marrowscope.errors import OutputError
from marrowscope.exchange.analysis_json import encode_analysis
from marrowscope.exchange.geojson import write_geojson
from marrowscope.exchange.output_names import GEOJSON_FOLDER, GEOJSON_SUFFIX, geojson_names
from marrowscope.exchange.tables import write_cells

REPORT = "report.html"
ANALYSIS = "analysis.json"
CELLS = "cells.parquet"
GEOJSON = "cells.geojson"

FileOpener: TypeAlias = Callable[[Path], BinaryIO]
"""Opens a new file for writing; the tests give one whose disk fills up."""


@dataclass(frozen=True, slots=True)
class OutputPaths:
    """What was written: absolute only where the output folder was given so."""

    report_html: Path
    analysis_json: Path
    cells_parquet: Path
    cells_geojson: Path
    geojson_by_source: tuple[Path, ...]


def open_new(path: Path) -> BinaryIO:
    """Creates a file that is not there yet."""
    return cast(BinaryIO, path.open("xb"))


def write_outputs(
    analysis: Analysis, out_dir: Path, report_html: str, open_file: FileOpener = open_new
) -> OutputPaths:
    """Writes report, header, cells and outlines into `out_dir`, all of them or none.

    Old results in `out_dir` are replaced file by file; other files there are left alone, but
    every `geojson/**/*.geojson` is taken for an old result.
    Raises OutputError with one line when the disk is full, the folder is read-only or a file,
    or a path too long; then `out_dir` is as it was.
    """
    sources = [picture.name for slide in analysis.slides for picture in slide.pictures]
    by_source = geojson_names(sources) if len(sources) > 1 else {}
    with _errors_named(out_dir), _staging_folder(out_dir) as staging:
        fresh = staging / "new"
        fresh.mkdir()
        _write_all(analysis, fresh, report_html, by_source, open_file)
        with _alone_in(out_dir):
            _move_into_place(fresh, out_dir, staging / "old", _old_results(out_dir))
            _remove_empty_folders(out_dir / GEOJSON_FOLDER)
    return OutputPaths(
        report_html=out_dir / REPORT,
        analysis_json=out_dir / ANALYSIS,
        cells_parquet=out_dir / CELLS,
        cells_geojson=out_dir / GEOJSON,
        geojson_by_source=tuple(out_dir / name for name in by_source.values()),
    )


def write_files(
    files: Mapping[str, bytes], out_dir: Path, open_file: FileOpener = open_new
) -> tuple[Path, ...]:
    """Writes files by name into `out_dir`, all of them or none; returns where, in their order.

    Files of these names are replaced, others there are left alone. Raises as `write_outputs`.
    """
    with _errors_named(out_dir), _staging_folder(out_dir) as staging:
        fresh = staging / "new"
        fresh.mkdir()
        for name, data in files.items():
            with _synced(open_file, fresh / name) as file:
                file.write(data)
        with _alone_in(out_dir):
            replaced = _files_in_place(out_dir, files)
            _move_into_place(fresh, out_dir, staging / "old", replaced)
    return tuple(out_dir / name for name in files)


def check_place_for(names: Iterable[str], out_dir: Path) -> None:
    """Raises OutputError if `write_files` could not begin there; leaves nothing behind."""
    with _errors_named(out_dir), _staging_folder(out_dir) as staging:
        (staging / "old").mkdir()
        _files_in_place(out_dir, names)


def check_output_folder(out_dir: Path) -> None:
    """Raises OutputError if `write_outputs` could not begin there; leaves nothing behind.

    To be called before minutes of work are spent on results that have no place to go.
    """
    with _errors_named(out_dir), _staging_folder(out_dir) as staging:
        (staging / "old").mkdir()
        _old_results(out_dir)


def _write_all(
    analysis: Analysis,
    folder: Path,
    report_html: str,
    by_source: dict[str, str],
    open_file: FileOpener,
) -> None:
    with _synced(open_file, folder / REPORT) as file:
        file.write(report_html.encode("utf-8", errors="backslashreplace"))
    with _synced(open_file, folder / ANALYSIS) as file:
        file.write(encode_analysis(analysis))
    with _synced(open_file, folder / CELLS) as file:
        write_cells(analysis.cells, file)
    with _synced(open_file, folder / GEOJSON) as file:
        write_geojson(analysis, file)
    for source, name in by_source.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with _synced(open_file, folder / name) as file:
            write_geojson(analysis, file, source)


@contextmanager
def _synced(open_file: FileOpener, path: Path) -> Iterator[BinaryIO]:
    """A new file whose bytes are on the disk when the block ends: some disks fill only then."""
    with open_file(path) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone_in(out_dir: Path) -> Iterator[None]:
    """Waits until no other run is moving results into the same folder, so that none mix."""
    folder = os.open(out_dir, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def _staging_folder(out_dir: Path) -> Iterator[Path]:
    """A hidden folder inside `out_dir`, which is made if need be and unmade if the block fails.

    Inside rather than beside it: `out_dir` may be a mount whose parent is another, perhaps
    read-only, file system, and a move must not become a copy.
    """
    made = _make_folders(out_dir)
    try:
        staging = Path(tempfile.mkdtemp(prefix=".marrowscope-partial-", dir=out_dir))
        try:
            yield staging
        finally:
            shutil.rmtree(staging)
    finally:
        # Only what is empty goes: after success the results keep their folder.
        for folder in reversed(made):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def _make_folders(out_dir: Path) -> list[Path]:
    """Makes `out_dir` and its missing parents; returns those made, outermost first."""
    missing: list[Path] = []
    folder = out_dir
    while not folder.exists() and folder != folder.parent:
        missing.append(folder)
        folder = folder.parent
    made: list[Path] = []
    try:
        for folder in reversed(missing):
            folder.mkdir()
            made.append(folder)
        if not out_dir.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(out_dir))
    except BaseException:
        for folder in reversed(made):
            folder.rmdir()
        raise
    return made


def _move_into_place(fresh: Path, out_dir: Path, old: Path, replaced: Sequence[Path]) -> None:
    """Moves what is `replaced` to `old` and every file of `fresh` into `out_dir`.

    On any failure undoes what it did.
    """
    undo: list[Callable[[], None]] = []
    try:
        for path in replaced:
            _move(path, old / path.relative_to(out_dir), undo)
        for path in sorted(path for path in fresh.rglob("*") if path.is_file()):
            _move(path, out_dir / path.relative_to(fresh), undo)
    except BaseException:
        for step in reversed(undo):
            step()
        raise


def _move(path: Path, target: Path, undo: list[Callable[[], None]]) -> None:
    for folder in reversed(target.parents):
        if not folder.exists():
            undo.append(partial(_remove_if_there, folder))
            folder.mkdir()
    # Recorded before it is done, so that Ctrl-C between the two cannot lose a file.
    undo.append(partial(_move_back, target, path))
    path.rename(target)


def _remove_if_there(folder: Path) -> None:
    if folder.is_dir():
        folder.rmdir()


def _move_back(moved: Path, path: Path) -> None:
    if not os.path.lexists(path):
        moved.rename(path)


def _old_results(out_dir: Path) -> list[Path]:
    folder = out_dir / GEOJSON_FOLDER
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    named = _files_in_place(out_dir, (REPORT, ANALYSIS, CELLS, GEOJSON))
    outlines = sorted(folder.rglob(f"*{GEOJSON_SUFFIX}"))
    return named + [path for path in outlines if path.is_file() or path.is_symlink()]


def _files_in_place(out_dir: Path, names: Iterable[str]) -> list[Path]:
    """The files of these names in the folder; none of them may be a folder."""
    named = [out_dir / name for name in names]
    for path in named:
        if path.is_dir() and not path.is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return [path for path in named if path.is_file() or path.is_symlink()]


def _remove_empty_folders(folder: Path) -> None:
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    if not any(folder.iterdir()):
        folder.rmdir()


@contextmanager
def _errors_named(out_dir: Path) -> Iterator[None]:
    """Foreign errors of writing, translated once into one line that says what to do."""
    try:
        yield
    except OutputError:
        raise
    except OSError as problem:
        raise OutputError(_reason(problem, out_dir)) from problem


def _reason(problem: OSError, out_dir: Path) -> str:
    in_the_way = problem.errno in (errno.ENOTDIR, errno.EISDIR) and problem.filename
    place = str(problem.filename if in_the_way else out_dir)
    if len(place) > 200:
        place = f"{place[:120]}…{place[-40:]}"
    place = "".join(char if char.isprintable() else "?" for char in place)
    reasons = {
        errno.ENOSPC: _DISK_FULL,
        errno.EDQUOT: _DISK_FULL,
        errno.EFBIG: _DISK_FULL,
        errno.EROFS: _READ_ONLY,
        errno.EACCES: _READ_ONLY,
        errno.EPERM: _READ_ONLY,
        errno.ENOTDIR: _IN_THE_WAY,
        errno.EEXIST: _IN_THE_WAY,
        errno.EISDIR: "{place} is a folder where a result belongs; rename it or change --out",
        errno.EMFILE: _TOO_MANY_FILES,
        errno.ENFILE: _TOO_MANY_FILES,
        errno.ENAMETOOLONG: ("path too long for this file system: {place}; choose a shorter --out"),
    }
    what = problem.strerror or type(problem).__name__
    other = "cannot write to {place}: {what}; choose another --out"
    return reasons.get(problem.errno or 0, other).format(place=place, what=what)


_DISK_FULL = "disk full: the results do not fit in {place}; free space or choose another --out"
_READ_ONLY = "{place} is read-only; choose an --out folder that you may write to"
_IN_THE_WAY = "{place} cannot be a folder: a file of that name is in the way; rename it"
_TOO_MANY_FILES = "too many open files on this machine; raise the limit (ulimit -n), then try again"
