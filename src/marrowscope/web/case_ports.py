"""What the web needs of cases: their store, files, uploads, slides and jobs, named for their roles.

Every method raises UsageError where what is asked makes no sense (UnknownCaseError where it is not
there, CaseChangedError where somebody else was first) and EnvironmentProblemError where the
machine cannot do it. `by` is who acts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias
from uuid import UUID

from marrowscope.accounts.account import Account
from marrowscope.cases.events import LabelMeans, SlideFile, SlideForm
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.state import CaseState, SlideState
from marrowscope.cases.validation import SystemUsed, Validation, ValidationDraft
from marrowscope.progress import EarlyCell
from marrowscope.web.pending_test_ports import PendingTestDesk
from marrowscope.web.picture_ports import PictureStore
from marrowscope.web.review_ports import AnalysisCells, ReviewStore
from marrowscope.web.settings_ports import ServerDesk
from marrowscope.web.sign_out_ports import SignOutDesk


class CaseStore(Protocol):
    """Cases, as they are after all that happened to them. Whatever changes one is audited."""

    def open_case(self, facts: CaseFacts, *, by: Account | None) -> CaseState:
        """Makes a case."""

    def change_facts(
        self, case_id: UUID, version: int | None, facts: CaseFacts, *, by: Account | None
    ) -> CaseState:
        """Replaces all facts. Raises CaseChangedError unless `version` is the case's."""

    def case(self, case_id: UUID) -> CaseState | None:
        """Also a deleted one; None where there never was such a case."""

    def cases(self) -> tuple[CaseState, ...]:
        """All that are not deleted."""

    def delete(
        self, case_id: UUID, version: int | None, reason: str, *, by: Account | None
    ) -> None:
        """Deletes a case with its files."""


class CaseResults(Protocol):
    """What analyses wrote."""

    def result(self, case_id: UUID, analysis_id: UUID, name: str) -> Path | None:
        """A file of a finished analysis by its name; None where there is none such."""


class UploadState(Protocol):
    """A file on its way."""

    @property
    def upload_id(self) -> UUID:
        """Which."""

    @property
    def case_id(self) -> UUID:
        """Of which case it will be."""

    @property
    def name(self) -> str:
        """Of the file."""

    @property
    def n_bytes(self) -> int:
        """When it is whole."""

    @property
    def offset(self) -> int:
        """Bytes that are there."""


class UploadStore(Protocol):
    """Uploads that go on after a lost connection or a killed server."""

    def begin(self, case_id: UUID, name: str, n_bytes: int, *, by: Account | None) -> UploadState:
        """name: of the file; `folder/name` for the parts of a slide that needs a folder."""

    def upload(self, upload_id: UUID) -> UploadState | None:
        """None where there is none, or no longer."""

    def append(self, upload_id: UUID, offset: int, chunk: bytes) -> int:
        """Adds bytes; the offset of the next ones. Raises WrongOffsetError with the right one."""

    def finish(self, upload_id: UUID, sha256: str = "") -> SlideFile:
        """Closes it once all bytes are there. sha256: compared with what came, unless ""."""

    def abandon(self, upload_id: UUID) -> None:
        """Removes it; nothing happens where it is gone."""


class SlideStore(Protocol):
    """Puts slides into cases."""

    def add_uploaded(
        self,
        case_id: UUID,
        name: str,
        form: SlideForm,
        upload_ids: Sequence[UUID],
        *,
        by: Account | None,
        scanner: str = "",
        stain: str = "",
    ) -> SlideState:
        """Makes a slide of finished uploads of this case. name: "" takes the first file's."""

    def describe(
        self, case_id: UUID, slide_id: UUID, scanner: str, stain: str, *, by: Account | None
    ) -> CaseState:
        """Says with what a slide was made."""

    def match(
        self,
        case_id: UUID,
        slide_id: UUID,
        label: str,
        means: LabelMeans,
        reason: str,
        *,
        by: Account,
    ) -> CaseState:
        """Notes that the label of a slide was read and is the case's."""

    def label(self, case_id: UUID, slide_id: UUID) -> bytes | None:
        """The picture of a slide's label as JPEG; None where there is none."""

    def remove(self, case_id: UUID, slide_id: UUID, *, by: Account | None) -> CaseState:
        """Takes a slide out of a case, and its files."""


class JobState(Protocol):
    """How far an analysis is. total: None where not known, as seconds_left."""

    @property
    def stage(self) -> str:
        """In words."""

    @property
    def done(self) -> int:
        """Steps of the stage."""

    @property
    def total(self) -> int | None:
        """Steps of the stage."""

    @property
    def cells_found(self) -> int:
        """So far."""

    @property
    def seconds(self) -> float:
        """Since it began."""

    @property
    def seconds_left(self) -> float | None:
        """Until it ends."""

    @property
    def first_cells(self) -> Sequence[EarlyCell]:
        """A bounded number of them, in the order in which they were seen."""


class JobStore(Protocol):
    """Analyses of cases, in the background."""

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
        """Ends one that waits or runs."""

    def progress(self, analysis_id: UUID) -> JobState | None:
        """None where it does not run."""


class ValidationStore(Protocol):
    """The laboratory's validations of reading with this system. Whatever changes is audited."""

    def validations(self) -> Sequence[Validation]:
        """All, withdrawn ones too, in the order in which they were recorded."""

    def record(self, draft: ValidationDraft, system: SystemUsed, *, by: Account) -> Validation:
        """Adds one."""

    def withdraw(self, validation_id: UUID, reason: str, *, by: Account) -> Validation:
        """Ends one."""


SystemNow: TypeAlias = Callable[[], SystemUsed]
"""What reads slides on this server. Raises ModelError where its models are damaged."""


@dataclass(frozen=True, slots=True)
class CaseRooms:
    """All that the web is handed of cases."""

    cases: CaseStore
    results: CaseResults
    cells: AnalysisCells
    reviews: ReviewStore
    sign_out: SignOutDesk
    tests: PendingTestDesk
    pictures: PictureStore
    uploads: UploadStore
    slides: SlideStore
    jobs: JobStore
    validations: ValidationStore
    system: SystemNow
    server: ServerDesk
