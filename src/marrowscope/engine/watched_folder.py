"""A folder whose contents become cases: what a scanner or a person puts there is taken in.

Each entry is one case, named after it: a slide file, or a folder of slides or camera fields. It is
taken once nothing in it has changed for a while, and moved to `taken`; what cannot be read goes to
`refused`, with a note that says why. While it is copied it lies in `being-taken`, in a folder that
bears the id of its case, by which a server that was killed is told apart half a case and a whole
one.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias
from uuid import UUID, uuid4

from marrowscope.cases.facts import LONGEST, CaseFacts, Purpose
from marrowscope.engine.ports import CaseLog, CaseSlideAdder, Jobs, Notice, SlidesAmong
from marrowscope.engine.rounds import in_rounds
from marrowscope.errors import InputRefusedError, OutputError, UnreadableInputError, UsageError

TAKEN: Final = "taken"
REFUSED: Final = "refused"
BEING_TAKEN: Final = "being-taken"
LOOKED_EVERY_S: Final = 5.0
CUT_OFF: Final = "the server ended before its slides were all copied; it is taken in anew"
NOT_ADDED: Final = "its slides could not be added"
_OWN: Final = frozenset({TAKEN, REFUSED, BEING_TAKEN})
_MRXS: Final = ".mrxs"
_MRXS_INDEX: Final = "slidedat.ini"
_LONGEST_NAME: Final = 255
"""Bytes of a file's name that file systems take."""
_UNFINISHED: Final = frozenset({".part", ".partial", ".tmp", ".crdownload", ".filepart"})

_State: TypeAlias = tuple[tuple[str, int, int], ...]
"""Name, bytes and time of change of every file of an entry."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What cases are made with. slides_among: sorts the files of an entry."""

    log: CaseLog
    slides: CaseSlideAdder
    slides_among: SlidesAmong


@dataclass(slots=True)
class WatchedFolder:
    """Looked at again and again by one thread of one process.

    quiet_s: seconds for which nothing of an entry may have changed. purpose: of the cases.
    scanner, stain: of the slides, "" where not stated. um_per_px: where no file says it; None
    leaves it to be measured.
    """

    folder: Path
    intake: Intake
    quiet_s: float
    purpose: Purpose = Purpose.RESEARCH
    scanner: str = ""
    stain: str = ""
    um_per_px: float | None = None
    _known: dict[tuple[Path, ...], tuple[_State, float]] = field(default_factory=dict)
    _is_prepared: bool = False

    def look(self, jobs: Jobs, now_s: float) -> None:
        """Takes in what is complete. now_s: seconds of a clock that never goes back.

        Raises OutputError where folder or database cannot be used.
        """
        try:
            if not self._is_prepared:
                self._prepare(jobs)
            states = {entry: _state_of(entry) for entry in _entries(self.folder)}
        except OSError as error:
            raise self._unusable(error) from error
        self._known = {
            entry: self._since(entry, state, now_s) for entry, state in states.items() if state
        }
        for entry, (_, since_s) in tuple(self._known.items()):
            if now_s - since_s >= self.quiet_s:
                del self._known[entry]
                self._take(entry, jobs)

    def _since(self, entry: tuple[Path, ...], state: _State, now_s: float) -> tuple[_State, float]:
        before = self._known.get(entry)
        return before if before is not None and before[0] == state else (state, now_s)

    def _prepare(self, jobs: Jobs) -> None:
        """Makes the folders, and ends what a server that was killed has begun."""
        if not self.folder.is_dir():
            raise OutputError(f"{self.folder.name}: the watched folder is not there; make it")
        for name in sorted(_OWN):
            (self.folder / name).mkdir(exist_ok=True)
        for claimed in sorted((self.folder / BEING_TAKEN).iterdir()):
            case_id = _id_of(claimed)
            if case_id is not None:
                self._go_on(claimed, case_id, jobs)
        self._is_prepared = True

    def _go_on(self, claimed: Path, case_id: UUID, jobs: Jobs) -> None:
        case = self.intake.log.case(case_id)
        if case is not None and not case.is_deleted:
            if case.analyses:
                self._put_away(claimed, TAKEN)
                return
            self.intake.log.delete(case_id, None, CUT_OFF, by=None)
        anew = claimed.rename(claimed.with_name(str(uuid4())))
        self._make_case(anew, jobs)

    def _take(self, entry: tuple[Path, ...], jobs: Jobs) -> None:
        claimed = self.folder / BEING_TAKEN / str(uuid4())
        try:
            claimed.mkdir()
            for path in entry:
                path.rename(claimed / path.name)
        except OSError as error:
            raise self._unusable(error) from error
        self._make_case(claimed, jobs)

    def _make_case(self, claimed: Path, jobs: Jobs) -> None:
        try:
            where, note = TAKEN, ""
            try:
                self._fill(claimed, UUID(claimed.name), jobs)
            except (InputRefusedError, UsageError) as error:
                where, note = REFUSED, f"{error}\n"
            except OSError:
                # A disk that is full now is not the fault of what was put here.
                self._put_back(claimed)
                raise
            self._put_away(claimed, where, note)
        except OSError as error:
            # What stays claimed is looked at in the next round.
            self._is_prepared = False
            raise self._unusable(error) from error

    def _put_back(self, claimed: Path) -> None:
        """To be tried again."""
        for path in sorted(claimed.iterdir()):
            path.rename(_free(self.folder, path.name))
        claimed.rmdir()

    def _fill(self, claimed: Path, case_id: UUID, jobs: Jobs) -> None:
        inputs = sorted(path for path in claimed.iterdir() if not _is_mrxs_folder(path))
        if not inputs:
            raise UsageError("nothing is in this folder; put slides into it")
        _check_no_links(inputs)
        slides = self.intake.slides_among(inputs)
        called = _called(inputs)[: LONGEST["accession"]]
        facts = CaseFacts(accession=called, purpose=self.purpose)
        with _faults_are_ours():
            self.intake.log.open_case(facts, by=None, case_id=case_id)
        try:
            for slide in slides:
                self.intake.slides.add_copied(
                    case_id,
                    slide.name,
                    slide.form,
                    slide.paths,
                    by=None,
                    scanner=self.scanner,
                    stain=self.stain,
                )
            with _faults_are_ours():
                jobs.ask(case_id, by=None, um_per_px=self.um_per_px)
        except BaseException:
            self.intake.log.delete(case_id, None, NOT_ADDED, by=None)
            raise

    def _put_away(self, claimed: Path, where: str, note: str = "") -> None:
        """Moves what was claimed into `taken` or `refused`, whatever lies there already."""
        below = self.folder / where
        for path in sorted(claimed.iterdir()):
            target = _free(below, path.name)
            path.rename(target)
            if note and not _is_mrxs_folder(target):
                _free(below, f"{target.name}.txt").write_text(note, encoding="utf-8")
        claimed.rmdir()

    def _unusable(self, error: OSError) -> OutputError:
        if isinstance(error, OutputError):
            return error
        reason = error.strerror or type(error).__name__
        return OutputError(
            f"{self.folder.name}: the watched folder cannot be used ({reason}); check that it is "
            "there and may be written"
        )


@contextmanager
def watching(
    watched: WatchedFolder | None, jobs: Jobs, notice: Notice, now: Callable[[], float]
) -> Iterator[None]:
    """Looks at the folder until the block ends."""
    if watched is None:
        yield
        return
    with in_rounds(lambda: watched.look(jobs, now()), LOOKED_EVERY_S, "marrowscope-intake", notice):
        yield


@contextmanager
def _faults_are_ours() -> Iterator[None]:
    """A database that cannot be read is no fault of what was put into the folder."""
    try:
        yield
    except UnreadableInputError as error:
        raise OutputError(str(error)) from error


def _entries(folder: Path) -> Iterator[tuple[Path, ...]]:
    """What is one case each: a file, a folder, or an MRXS file with the folder beside it."""
    there: Mapping[str, Path] = {
        path.name: path
        for path in sorted(folder.iterdir())
        if path.name not in _OWN
        and not path.name.startswith((".", "~"))
        and path.suffix.lower() not in _UNFINISHED
        and not path.is_symlink()
    }
    for path in there.values():
        beside = there.get(path.stem) if path.suffix.lower() == _MRXS else None
        if beside is not None and beside.is_dir():
            yield path, beside
        elif not _is_mrxs_folder(path) and path.suffix.lower() != _MRXS:
            yield (path,)


def _is_mrxs_folder(path: Path) -> bool:
    """Whether a folder holds what belongs to an MRXS file, which may be still to come."""
    return path.is_dir() and any(one.name.lower() == _MRXS_INDEX for one in path.iterdir())


def _state_of(entry: Sequence[Path]) -> _State:
    """Empty where it holds no file, or one that is still being written."""
    files = [
        file
        for path in entry
        for file in ([path] if path.is_file() else sorted(path.rglob("*")))
        if file.is_file()
    ]
    if any(file.suffix.lower() in _UNFINISHED for file in files):
        return ()
    found = [(file, file.stat()) for file in files]
    return tuple((str(file), stat.st_size, stat.st_mtime_ns) for file, stat in found)


def _check_no_links(inputs: Sequence[Path]) -> None:
    """Raises UsageError for a link in a folder: it could bring in what lies elsewhere."""
    for path in inputs:
        for below in sorted(path.rglob("*")) if path.is_dir() else ():
            if below.is_symlink():
                name = os.fsencode(below.relative_to(path.parent)).decode(errors="replace")
                raise UsageError(f"{name}: is a link; put the file itself there")


def _called(inputs: Sequence[Path]) -> str:
    first = inputs[0]
    return first.name if first.is_dir() else first.stem


def _free(folder: Path, name: str) -> Path:
    """A path in the folder that nothing has: NAME, else NAME (2), and so on.

    What is too long for a file system is cut before the last dot.
    """
    path, n = folder / _fitting(name), 1
    while path.exists():
        n += 1
        stem, dot, ending = name.partition(".")
        path = folder / _fitting(stem, f" ({n}){dot}{ending}")
    return path


def _fitting(stem: str, rest: str = "") -> str:
    if not rest:
        stem, dot, ending = stem.rpartition(".")
        rest = f"{dot}{ending}"
    room = _LONGEST_NAME - len(os.fsencode(rest))
    whole = os.fsencode(stem)
    return stem + rest if len(whole) <= room else os.fsdecode(whole[:room]) + rest


def _id_of(claimed: Path) -> UUID | None:
    try:
        return UUID(claimed.name)
    except ValueError:
        return None
