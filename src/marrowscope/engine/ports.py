"""What others need of the engine, and what it needs of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from marrowscope.accounts.account import Account
from marrowscope.cases.case_event import CaseEvent
from marrowscope.cases.events import SlideForm, Stamp
from marrowscope.cases.facts import CaseFacts, Purpose
from marrowscope.cases.state import CaseState, SlideState
from marrowscope.progress import EarlyCell, Progress


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far an analysis is.

    stage: in words, as `analyze` shows it. done, total: steps of the stage; total None where not
    known. seconds: since it began. seconds_left: None where nothing can be said. first_cells: the
    first few it saw, in that order, named where they are by now.
    """

    stage: str
    done: int
    total: int | None
    cells_found: int
    seconds: float
    seconds_left: float | None
    first_cells: tuple[EarlyCell, ...] = ()


class Jobs(Protocol):
    """Analyses of cases, one after the other, in the background.

    Raises UsageError where what is asked makes no sense (UnknownCaseError where it is not there),
    OutputError where the database cannot be used.
    """

    def ask(
        self,
        case_id: UUID,
        *,
        by: Account | None,
        um_per_px: float | None = None,
        count_target: int | None = None,
    ) -> UUID:
        """Asks for an analysis of all slides of a case; its id. None: as the settings say."""

    def cancel(self, case_id: UUID, analysis_id: UUID, *, by: Account | None) -> None:
        """Ends one that waits or runs. It is cancelled at once; its threads end soon after."""

    def progress(self, analysis_id: UUID) -> JobProgress | None:
        """None where it does not run in this process."""


@dataclass(frozen=True, slots=True)
class AnalysisOrder:
    """One run. inputs: as `analyze` takes them. out: where the results go; made if need be.

    um_per_px: None where the files say it or it is to be measured. scanner, stain: "" where
    nobody said or the slides differ.
    """

    inputs: Sequence[Path]
    out: Path
    um_per_px: float | None
    count_target: int
    purpose: Purpose
    scanner: str
    stain: str


@dataclass(frozen=True, slots=True)
class GivenSlide:
    """paths: all files of the slide but the folder of an MRXS slide, which `store` finds."""

    name: str
    form: SlideForm
    paths: tuple[Path, ...]


SlidesAmong: TypeAlias = Callable[[Sequence[Path]], Sequence[GivenSlide]]
"""The slides among files and folders. Raises InputRefusedError, UsageError."""

Analyse: TypeAlias = Callable[[AnalysisOrder, Progress], Mapping[str, Any]]
"""Runs an order and gives back its summary, as `analyze --json` prints it."""

Draw: TypeAlias = Callable[[Path, Progress], object]
"""Draws the slide of the demo case into a file. What the progress raises ends it."""

Notice: TypeAlias = Callable[[Exception], None]
"""Told of what goes wrong in the background and is nobody's input."""


class CaseLog(Protocol):
    """The cases."""

    def open_case(
        self, facts: CaseFacts, *, by: Account | None, case_id: UUID | None = None
    ) -> CaseState:
        """Makes a case. case_id: None for a new one."""

    def delete(
        self, case_id: UUID, version: int | None, reason: str, *, by: Account | None
    ) -> None:
        """Deletes a case with its files."""

    def append(
        self,
        case_id: UUID,
        version: int | None,
        events: Sequence[CaseEvent],
        *,
        act: str,
        details: Mapping[str, Any] | None = None,
    ) -> CaseState:
        """Adds events, and an entry to the audit."""

    def stamp(self, by: Account | None) -> Stamp:
        """For what somebody does now."""

    def machine_stamp(self) -> Stamp:
        """For what a job does now."""

    def case(self, case_id: UUID) -> CaseState | None:
        """None where there never was such a case."""

    def open_analyses(self) -> tuple[tuple[UUID, UUID], ...]:
        """Case and analysis of all that wait or run, in the order in which they were asked for."""

    def has_ever_had_cases(self) -> bool:
        """Whether there is a case, be it a deleted one."""


class CaseFolders(Protocol):
    """The files of cases."""

    def analysis_folder(self, case_id: UUID, analysis_id: UUID) -> Path:
        """Where results go."""

    def make_folder(self, folder: Path) -> None:
        """Makes one of them."""

    def inputs(
        self, case: CaseState, analysis_id: UUID
    ) -> AbstractContextManager[tuple[Path, ...]]:
        """The slides of an analysis, while the block lasts."""

    def digest_of(self, case_id: UUID, analysis_id: UUID) -> str:
        """Over all files of a result."""

    def remove_analysis(self, case_id: UUID, analysis_id: UUID) -> None:
        """Removes what was written."""

    def remove_case(self, case_id: UUID) -> None:
        """Removes what was written after the case was deleted."""

    def sweep(self, case_of: Callable[[UUID], CaseState | None]) -> None:
        """Removes what belongs to nothing."""


class CaseSlideAdder(Protocol):
    """Puts slides into cases."""

    def add_copied(
        self,
        case_id: UUID,
        name: str,
        form: SlideForm,
        paths: Sequence[Path],
        *,
        by: Account | None,
        scanner: str = "",
        stain: str = "",
    ) -> SlideState:
        """Copies files into a case."""


class UploadSweeper(Protocol):
    """Uploads that nobody goes on with."""

    def sweep(self) -> int:
        """Removes those that are too old."""
