"""Files of cases below a home folder: slides as they came, results as they were written."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final
from uuid import UUID

from marrowscope.cases.events import SlideFile
from marrowscope.cases.state import CaseState, SlideState
from marrowscope.errors import OutputError, UnreadableInputError
from marrowscope.store.backup_archive import CASES, limits_named
from marrowscope.store.slide_links import link_slides

SLIDES: Final = "slides"
ANALYSES: Final = "analyses"
UPLOADS: Final = "uploads"
INPUT: Final = ".input"
"""Starts the name of a folder of links, which is there while an analysis runs."""
VIEW: Final = ".view"
"""Starts the name of a folder of links, which is there while slides are held open to be seen."""
RESULTS: Final = ("report.html", "analysis.json", "cells.parquet", "cells.geojson")
KEPT_FREE: Final = 512 * 1024 * 1024
"""Bytes of the disk that no slide may take: the database has to go on."""
ORPHANED_AFTER_S: Final = 24 * 3600.0
"""A folder of no case may be one that is just being filled."""
_PIECE: Final = 1024 * 1024
_OWNER_ONLY: Final = 0o600
_FOLDER: Final = 0o700

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """What the disk of a folder still takes."""
    return shutil.disk_usage(folder).free


class CaseFiles:
    """`home/cases/<case_id>/slides/<slide_id>/…` and `…/analyses/<analysis_id>/…`.

    free: asked for the room on the disk. Raises OutputError where that cannot be used.
    """

    def __init__(self, home: Path, free: FreeBytes = free_bytes) -> None:
        self._home = home
        self._free = free

    def case_folder(self, case_id: UUID) -> Path:
        """Need not be there."""
        return self._home / CASES / str(case_id)

    def slide_folder(self, case_id: UUID, slide_id: UUID) -> Path:
        """Need not be there."""
        return self.case_folder(case_id) / SLIDES / str(slide_id)

    def analysis_folder(self, case_id: UUID, analysis_id: UUID) -> Path:
        """Need not be there."""
        return self.case_folder(case_id) / ANALYSES / str(analysis_id)

    def upload_file(self, case_id: UUID, upload_id: UUID) -> Path:
        """Need not be there."""
        return self.case_folder(case_id) / UPLOADS / str(upload_id)

    def result(self, case_id: UUID, analysis_id: UUID, name: str) -> Path | None:
        """A file of a result, one of `RESULTS`; None where it is not there or is another."""
        if name not in RESULTS:
            return None
        path = self.analysis_folder(case_id, analysis_id) / name
        return path if path.is_file() else None

    def check_room(self, n_bytes: int) -> None:
        """Raises OutputError where the disk does not take so many more."""
        with limits_named(self._home):
            missing = n_bytes + KEPT_FREE - self._free(self._home)
        if missing > 0:
            raise OutputError(
                f"the disk of {self._home} is too full for this: free "
                f"{-(-missing // 1_000_000):,} MB and try again"
            )

    def make_folder(self, folder: Path) -> None:
        """Makes a folder of a case, for its owner only, with those above it."""
        with limits_named(folder):
            # Each by itself: parents that are made along the way get the mode of the day.
            for path in reversed([folder, *folder.parents]):
                if path.is_relative_to(self._home / CASES):
                    path.mkdir(mode=_FOLDER, exist_ok=True)

    def copy_in(self, sources: Mapping[str, Path], folder: Path) -> tuple[SlideFile, ...]:
        """Copies files into a new folder of a slide, by their names there; all or none.

        Raises UnreadableInputError where one cannot be read.
        """
        self.check_room(sum(_size(path) for path in sources.values()))
        self.make_folder(folder)
        try:
            return tuple(_copied(source, folder / name, name) for name, source in sources.items())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def move_in(self, sources: Mapping[str, Path], folder: Path) -> None:
        """Moves files of the case into a new folder of a slide; all or none."""
        self.make_folder(folder)
        moved: list[tuple[Path, Path]] = []
        try:
            with limits_named(folder):
                for name, source in sources.items():
                    target = folder / name
                    target.parent.mkdir(mode=_FOLDER, exist_ok=True)
                    source.rename(target)
                    moved.append((target, source))
                _sync(folder)
        except BaseException:
            for target, source in reversed(moved):
                target.rename(source)
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def missing(self, case_id: UUID, slide: SlideState) -> str | None:
        """Name of a file of a slide that is gone or has another size; None where all are well."""
        folder = self.slide_folder(case_id, slide.slide_id)
        for file in slide.files:
            path = folder / file.name
            if not path.is_file() or path.stat().st_size != file.n_bytes:
                return file.name
        return None

    @contextmanager
    def inputs(self, case: CaseState, analysis_id: UUID) -> Iterator[tuple[Path, ...]]:
        """The slides of an analysis as `analyze` takes them, by the names people gave them.

        Links, which go when the block ends. Raises UnreadableInputError where a file is gone.
        """
        slides = _slides_of(case, analysis_id)
        self._check_whole(case.case_id, slides)
        folder = self.case_folder(case.case_id) / f"{INPUT}-{analysis_id}"
        with limits_named(folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=_FOLDER)
        try:
            with limits_named(folder):
                made = self._linked(case.case_id, slides, folder)
            yield made
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def view(self, case: CaseState, analysis_id: UUID) -> Iterator[Mapping[UUID, Path]]:
        """As `inputs`, to be looked at: every slide of an analysis by its id, under the same names.

        Each call has links of its own. Raises UnreadableInputError also where a slide was taken
        out of the case: without it the others would have other names.
        """
        slides = _slides_of(case, analysis_id)
        analysis = case.analysis(analysis_id)
        if analysis is not None and len(slides) < len(analysis.slide_ids):
            raise UnreadableInputError(
                "a slide of this analysis was taken out of the case; analyse the case again to "
                "see its pictures"
            )
        self._check_whole(case.case_id, slides)
        above = self.case_folder(case.case_id)
        with limits_named(above):
            folder = Path(tempfile.mkdtemp(prefix=f"{VIEW}-{analysis_id}-", dir=above))
        try:
            with limits_named(folder):
                made = self._linked(case.case_id, slides, folder)
            yield {slide.slide_id: path for slide, path in zip(slides, made, strict=True)}
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def digest_of(self, case_id: UUID, analysis_id: UUID) -> str:
        """SHA-256 over names and bytes of all files of a result."""
        folder = self.analysis_folder(case_id, analysis_id)
        digest = hashlib.sha256()
        with limits_named(folder):
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                name = path.relative_to(folder).as_posix()
                digest.update(f"{sha256_of(path)}  {name}\n".encode())
        return digest.hexdigest()

    def remove_slide(self, case_id: UUID, slide_id: UUID) -> None:
        """What cannot be removed now is swept away later."""
        shutil.rmtree(self.slide_folder(case_id, slide_id), ignore_errors=True)

    def remove_analysis(self, case_id: UUID, analysis_id: UUID) -> None:
        """What cannot be removed now is swept away later."""
        shutil.rmtree(self.analysis_folder(case_id, analysis_id), ignore_errors=True)

    def remove_case(self, case_id: UUID) -> None:
        """What cannot be removed now is swept away later."""
        shutil.rmtree(self.case_folder(case_id), ignore_errors=True)

    def sweep(self, case_of: Callable[[UUID], CaseState | None]) -> None:
        """Removes what belongs to no case, slide or analysis and has lain there for a day."""
        for folder in _folders(self._home / CASES):
            case = case_of(_id_of(folder))
            if case is None or case.is_deleted:
                _remove_orphans([folder])
                continue
            slides = {str(slide.slide_id) for slide in case.slides}
            analyses = {str(one.analysis_id) for one in case.analyses}
            for links in (INPUT, VIEW):
                _remove_orphans(folder.glob(f"{links}-*"))
            for name, known in ((SLIDES, slides), (ANALYSES, analyses)):
                _remove_orphans(one for one in _folders(folder / name) if one.name not in known)

    def _linked(
        self, case_id: UUID, slides: Sequence[SlideState], folder: Path
    ) -> tuple[Path, ...]:
        return link_slides(slides, lambda slide_id: self.slide_folder(case_id, slide_id), folder)

    def _check_whole(self, case_id: UUID, slides: Iterable[SlideState]) -> None:
        """Raises UnreadableInputError where a file of a slide is gone."""
        for slide in slides:
            gone = self.missing(case_id, slide)
            if gone is not None:
                raise UnreadableInputError(
                    f"{slide.name}: its file {gone} is gone or damaged; add the slide again"
                )


def sha256_of(path: Path) -> str:
    """Of a file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _slides_of(case: CaseState, analysis_id: UUID) -> list[SlideState]:
    """Those of an analysis that are still there, in the order of the case."""
    analysis = case.analysis(analysis_id)
    wanted = () if analysis is None else analysis.slide_ids
    return [slide for slide in case.slides if slide.slide_id in wanted]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error


def _copied(source: Path, target: Path, name: str) -> SlideFile:
    try:
        read = source.open("rb")
    except OSError as error:
        raise _unreadable(source, error) from error
    with read, limits_named(target):
        target.parent.mkdir(mode=_FOLDER, exist_ok=True)
        opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(opened, "wb") as write:
            facts = _poured(read, write, source, name)
            write.flush()
            os.fsync(write.fileno())
    return facts


def _poured(read: IO[bytes], write: IO[bytes], source: Path, name: str) -> SlideFile:
    digest, n_bytes = hashlib.sha256(), 0
    while True:
        try:
            piece = read.read(_PIECE)
        except OSError as error:
            raise _unreadable(source, error) from error
        if not piece:
            return SlideFile(name, n_bytes, digest.hexdigest())
        digest.update(piece)
        n_bytes += len(piece)
        write.write(piece)


def _unreadable(path: Path, error: OSError) -> UnreadableInputError:
    name = "".join(letter if letter.isprintable() else "?" for letter in path.name)
    return UnreadableInputError(f"{name}: cannot be read ({error.strerror}); check the path")


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.is_dir() and _is_id(path.name)]


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _id_of(folder: Path) -> UUID:
    return UUID(folder.name)


def _remove_orphans(folders: Iterable[Path]) -> None:
    for folder in folders:
        if time.time() - folder.stat().st_mtime > ORPHANED_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
