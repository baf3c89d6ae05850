"""A case as it is after all that happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from marrowscope.cases.events import LabelMeans, SlideFile, SlideForm
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.signing import NOTHING_SIGNED, SignOutState


class AnalysisStatus(StrEnum):
    """waiting and running are open; the others are final."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN: Final = frozenset({AnalysisStatus.WAITING, AnalysisStatus.RUNNING})


class CaseStatus(StrEnum):
    """As the worklist shows it. new: nothing was analysed. ready: it can be read.

    preliminary: a preliminary report was signed and nothing final yet. signed: its report stands.
    amending: it was reopened since.
    """

    NEW = "new"
    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    PRELIMINARY = "preliminary"
    SIGNED = "signed"
    AMENDING = "amending"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """Who found the label of a slide to be the case's, and when; see `SlideMatched`."""

    label: str
    label_means: LabelMeans
    accession: str
    reason: str
    at: datetime
    by_name: str


@dataclass(frozen=True, slots=True)
class SlideState:
    """A slide of the case; see `SlideAdded`. match: the newest, None where nobody read its label.

    The match counts only for the accession that it was made for: see `CaseState.match_of`.
    """

    slide_id: UUID
    name: str
    form: SlideForm
    files: tuple[SlideFile, ...]
    scanner: str
    stain: str
    added_at: datetime
    added_by_name: str
    match: LabelMatch | None = None

    @property
    def n_bytes(self) -> int:
        """Of all its files."""
        return sum(file.n_bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class AnalysisState:
    """An analysis that was asked for. digest, summary: once finished. message: where it failed."""

    analysis_id: UUID
    slide_ids: tuple[UUID, ...]
    um_per_px: float | None
    count_target: int
    status: AnalysisStatus
    asked_at: datetime
    asked_by_name: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    digest: str = ""
    summary: Mapping[str, Any] | None = None
    message: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class CaseState:
    """slides, analyses: in the order in which they came. version: number of events.

    sign_out: how its report stands.
    """

    case_id: UUID
    facts: CaseFacts
    opened_at: datetime
    opened_by_name: str
    changed_at: datetime
    version: int
    slides: tuple[SlideState, ...] = ()
    analyses: tuple[AnalysisState, ...] = ()
    sign_out: SignOutState = NOTHING_SIGNED
    is_deleted: bool = False

    @property
    def status(self) -> CaseStatus:
        """That of its report where it is signed, else of the newest analysis.

        A cancelled analysis counts only where there is no other.
        """
        if self.is_deleted:
            return CaseStatus.DELETED
        if self.sign_out.is_locked:
            return CaseStatus.SIGNED
        if not self.analyses:
            return CaseStatus.NEW
        kept = [one for one in self.analyses if one.status is not AnalysisStatus.CANCELLED]
        status = (kept or self.analyses)[-1].status
        return self._status_read if status is AnalysisStatus.FINISHED else CaseStatus(status.value)

    @property
    def _status_read(self) -> CaseStatus:
        if self.sign_out.is_reopened:
            return CaseStatus.AMENDING
        return CaseStatus.PRELIMINARY if self.sign_out.versions else CaseStatus.READY

    @property
    def open_analysis(self) -> AnalysisState | None:
        """The one that waits or runs."""
        return next((one for one in self.analyses if one.is_open), None)

    @property
    def newest_result(self) -> AnalysisState | None:
        """The latest that is finished: what the report of the case is."""
        finished = (one for one in self.analyses if one.status is AnalysisStatus.FINISHED)
        return max(finished, key=self.analyses.index, default=None)

    @property
    def is_result_outdated(self) -> bool:
        """Whether slides came or went after the newest result was asked for."""
        result = self.newest_result
        return result is not None and set(result.slide_ids) != {
            slide.slide_id for slide in self.slides
        }

    def match_of(self, slide: SlideState) -> LabelMatch | None:
        """Its label's match to the accession that the case has now; None where there is none."""
        match = slide.match
        return match if match is not None and match.accession == self.facts.accession else None

    def slide(self, slide_id: UUID) -> SlideState | None:
        """None where it has none such."""
        return next((one for one in self.slides if one.slide_id == slide_id), None)

    def analysis(self, analysis_id: UUID) -> AnalysisState | None:
        """None where it has none such."""
        return next((one for one in self.analyses if one.analysis_id == analysis_id), None)
