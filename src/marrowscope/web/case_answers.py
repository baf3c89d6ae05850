"""What the API answers about cases, and how that is made of their states."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from pydantic import BaseModel

from marrowscope.cases.events import LabelMeans, SlideFile, SlideForm
from marrowscope.cases.facts import CaseFacts, Priority, Purpose, Sex
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.state import (
    AnalysisState,
    AnalysisStatus,
    CaseState,
    CaseStatus,
)
from marrowscope.cases.worklist import n_critical
from marrowscope.web.case_ports import JobState, UploadState
from marrowscope.web.case_summary import SummaryAnswer, summary_answer
from marrowscope.web.first_cells_answer import FirstCellAnswer, first_cells_answer
from marrowscope.web.pending_test_answers import CaseTestsAnswer, case_tests_answer
from marrowscope.web.sign_out_answers import CaseSignOutAnswer, case_sign_out_answer

ProgressOf: TypeAlias = Callable[[UUID], JobState | None]
"""How far the analysis of an id is; None where it does not run."""


class JobProgressAnswer(BaseModel):
    """How far a running analysis is. total, seconds_left: null where that is not known."""

    stage: str
    done: int
    total: int | None
    cells_found: int
    seconds: float
    seconds_left: float | None


class AnalysisProgressAnswer(BaseModel):
    """progress: null unless it runs. message: why it failed, else "".

    first_cells: the first few that it saw while it runs, the same ones until it ends; none of them
    is counted or can be reviewed.
    """

    analysis_id: UUID
    status: AnalysisStatus
    message: str
    progress: JobProgressAnswer | None
    first_cells: list[FirstCellAnswer]


class FactsAnswer(BaseModel):
    """What is known about a case; "" and null: not said."""

    accession: str
    patient_name: str
    patient_id: str
    birth_date: date | None
    sex: Sex | None
    collected_on: date | None
    received_on: date | None
    site: str
    requester: str
    indication: str
    blood_count: str
    blood_blast_percent: float | None
    prior_therapy: str
    preparation: str
    purpose: Purpose
    priority: Priority


class SlideFileAnswer(BaseModel):
    """A file of a slide."""

    name: str
    n_bytes: int
    sha256: str


class MatchAnswer(BaseModel):
    """Who read the label of a slide as this case's, and when. reason: "" where it bears it."""

    label: str
    means: LabelMeans
    reason: str
    at: datetime
    by_name: str


class SlideAnswer(BaseModel):
    """A slide of a case. kind: "file" or "fields". n_bytes: of all its files.

    match: null until its label was matched to the accession that the case has now.
    """

    slide_id: UUID
    name: str
    kind: SlideForm
    scanner: str
    stain: str
    n_bytes: int
    added_at: datetime
    added_by_name: str
    match: MatchAnswer | None
    files: list[SlideFileAnswer]


class AnalysisAnswer(BaseModel):
    """An analysis that was asked for. slide_ids: what it reads. message: why it failed, else "".

    digest: SHA-256 over its result, "" until finished. summary: null until finished.
    """

    analysis_id: UUID
    status: AnalysisStatus
    slide_ids: list[UUID]
    um_per_px: float | None
    count_target: int
    asked_at: datetime
    asked_by_name: str
    started_at: datetime | None
    ended_at: datetime | None
    message: str
    digest: str
    progress: JobProgressAnswer | None
    summary: SummaryAnswer | None


class CaseAnswer(BaseModel):
    """A case. slides, analyses: in the order in which they came.

    version: goes into what changes the facts. result_id: the analysis whose report is the case's,
    null where there is none. is_result_outdated: whether slides came or went after it. n_critical:
    critical findings of the machine that nobody acknowledged.
    """

    case_id: UUID
    version: int
    status: CaseStatus
    opened_at: datetime
    opened_by_name: str
    changed_at: datetime
    facts: FactsAnswer
    slides: list[SlideAnswer]
    analyses: list[AnalysisAnswer]
    result_id: UUID | None
    is_result_outdated: bool
    n_critical: int
    sign_out: CaseSignOutAnswer
    tests: CaseTestsAnswer


class CaseRow(BaseModel):
    """A case in the worklist. progress: where its analysis runs. summary: of its newest result.

    n_critical: critical findings of the machine that nobody acknowledged. comes_first: whether one
    of the case's comes before anything else.
    """

    case_id: UUID
    accession: str
    patient_name: str
    patient_id: str
    purpose: Purpose
    priority: Priority
    status: CaseStatus
    opened_at: datetime
    changed_at: datetime
    n_slides: int
    progress: JobProgressAnswer | None
    summary: SummaryAnswer | None
    n_critical: int
    comes_first: bool
    sign_out: CaseSignOutAnswer
    tests: CaseTestsAnswer


class CasesAnswer(BaseModel):
    """Those that come first, then those with a critical finding, then urgent ones, then the oldest.

    n: of all that one may see, wanted or not. n_found: of those wanted, here or not.
    """

    n: int
    n_found: int
    cases: list[CaseRow]


class UploadAnswer(BaseModel):
    """offset: bytes that are there, and where the next part begins."""

    upload_id: UUID
    case_id: UUID
    name: str
    n_bytes: int
    offset: int


class UploadedAnswer(BaseModel):
    """A file that is whole. sha256: of what came, in hexadecimal."""

    upload_id: UUID
    name: str
    n_bytes: int
    sha256: str


def case_answer(case: CaseState, progress_of: ProgressOf) -> CaseAnswer:
    """All of a case."""
    result = case.newest_result
    return CaseAnswer(
        case_id=case.case_id,
        version=case.version,
        status=case.status,
        opened_at=case.opened_at,
        opened_by_name=case.opened_by_name,
        changed_at=case.changed_at,
        facts=_facts_answer(case.facts),
        slides=[slide_answer(case, slide.slide_id) for slide in case.slides],
        analyses=[analysis_answer(one, progress_of) for one in case.analyses],
        result_id=None if result is None else result.analysis_id,
        is_result_outdated=case.is_result_outdated,
        n_critical=n_critical(case),
        sign_out=case_sign_out_answer(case.sign_out),
        tests=case_tests_answer(case),
    )


def cases_answer(
    n: int,
    n_found: int,
    cases: Sequence[CaseState],
    first: Collection[UUID],
    progress_of: ProgressOf,
) -> CasesAnswer:
    """The worklist, or the part of it that was asked for. first: the cases that come first."""
    rows = [_case_row(case, progress_of, comes_first=case.case_id in first) for case in cases]
    return CasesAnswer(n=n, n_found=n_found, cases=rows)


def _case_row(case: CaseState, progress_of: ProgressOf, *, comes_first: bool) -> CaseRow:
    open_one, result = case.open_analysis, case.newest_result
    facts = case.facts
    return CaseRow(
        case_id=case.case_id,
        accession=facts.accession,
        patient_name=facts.patient_name,
        patient_id=facts.patient_id,
        purpose=facts.purpose,
        priority=facts.priority,
        status=case.status,
        opened_at=case.opened_at,
        changed_at=case.changed_at,
        n_slides=len(case.slides),
        progress=None if open_one is None else _progress(open_one, progress_of),
        summary=None if result is None else _summary(result),
        n_critical=n_critical(case),
        comes_first=comes_first,
        sign_out=case_sign_out_answer(case.sign_out),
        tests=case_tests_answer(case),
    )


def _facts_answer(facts: CaseFacts) -> FactsAnswer:
    names = FactsAnswer.model_fields
    return FactsAnswer.model_validate({name: getattr(facts, name) for name in names})


def slide_answer(case: CaseState, slide_id: UUID) -> SlideAnswer:
    """A slide. Raises UnknownCaseError where the case has none such."""
    slide = case.slide(slide_id)
    if slide is None:
        raise UnknownCaseError("there is no such slide in this case")
    match = case.match_of(slide)
    return SlideAnswer(
        slide_id=slide.slide_id,
        name=slide.name,
        kind=slide.form,
        scanner=slide.scanner,
        stain=slide.stain,
        n_bytes=slide.n_bytes,
        added_at=slide.added_at,
        added_by_name=slide.added_by_name,
        match=None
        if match is None
        else MatchAnswer(
            label=match.label,
            means=match.label_means,
            reason=match.reason,
            at=match.at,
            by_name=match.by_name,
        ),
        files=[
            SlideFileAnswer(name=one.name, n_bytes=one.n_bytes, sha256=one.sha256)
            for one in slide.files
        ],
    )


def analysis_answer(analysis: AnalysisState, progress_of: ProgressOf) -> AnalysisAnswer:
    """An analysis."""
    return AnalysisAnswer(
        analysis_id=analysis.analysis_id,
        status=analysis.status,
        slide_ids=list(analysis.slide_ids),
        um_per_px=analysis.um_per_px,
        count_target=analysis.count_target,
        asked_at=analysis.asked_at,
        asked_by_name=analysis.asked_by_name,
        started_at=analysis.started_at,
        ended_at=analysis.ended_at,
        message=analysis.message,
        digest=analysis.digest,
        progress=_progress(analysis, progress_of),
        summary=_summary(analysis),
    )


def progress_answer(analysis: AnalysisState, progress_of: ProgressOf) -> AnalysisProgressAnswer:
    """How far an analysis is, and how it ended once it has."""
    job = _job(analysis, progress_of)
    return AnalysisProgressAnswer(
        analysis_id=analysis.analysis_id,
        status=analysis.status,
        message=analysis.message,
        progress=_job_answer(job),
        first_cells=[] if job is None else first_cells_answer(job.first_cells),
    )


def _progress(analysis: AnalysisState, progress_of: ProgressOf) -> JobProgressAnswer | None:
    return _job_answer(_job(analysis, progress_of))


def _job(analysis: AnalysisState, progress_of: ProgressOf) -> JobState | None:
    is_running = analysis.status is AnalysisStatus.RUNNING
    return progress_of(analysis.analysis_id) if is_running else None


def _job_answer(job: JobState | None) -> JobProgressAnswer | None:
    if job is None:
        return None
    return JobProgressAnswer(
        stage=job.stage,
        done=job.done,
        total=job.total,
        cells_found=job.cells_found,
        seconds=job.seconds,
        seconds_left=job.seconds_left,
    )


def _summary(analysis: AnalysisState) -> SummaryAnswer | None:
    return None if analysis.summary is None else summary_answer(analysis.summary)


def upload_answer(upload: UploadState, offset: int | None = None) -> UploadAnswer:
    """A file on its way. offset: where it is newer than `upload`."""
    return UploadAnswer(
        upload_id=upload.upload_id,
        case_id=upload.case_id,
        name=upload.name,
        n_bytes=upload.n_bytes,
        offset=upload.offset if offset is None else offset,
    )


def uploaded_answer(upload_id: UUID, file: SlideFile) -> UploadedAnswer:
    """A file that is whole."""
    return UploadedAnswer(
        upload_id=upload_id, name=file.name, n_bytes=file.n_bytes, sha256=file.sha256
    )
