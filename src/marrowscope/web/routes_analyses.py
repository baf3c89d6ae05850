"""Asking for an analysis, how far it is, and not wanting it any more."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.case_access import analysis_of, case_for
from marrowscope.web.case_answers import (
    AnalysisAnswer,
    AnalysisProgressAnswer,
    analysis_answer,
    progress_answer,
)
from marrowscope.web.case_bodies import AnalysisRequest
from marrowscope.web.parts import Cases, Jobs
from marrowscope.web.session_dependency import WITH_PROOF, CaseAdder, CaseReader

router = APIRouter(tags=["analyses"])


@router.post(
    "/api/cases/{case_id}/analyses",
    status_code=HTTPStatus.ACCEPTED,
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def ask_analysis(
    case_id: UUID, body: AnalysisRequest, adder: CaseAdder, cases: Cases, jobs: Jobs
) -> AnalysisAnswer:
    """Asks for an analysis of all slides of a case; it waits for those asked for before."""
    case_for(adder, cases, case_id)
    analysis_id = jobs.ask(
        case_id,
        by=adder.account,
        um_per_px=body.um_per_px,
        count_target=body.count_target,
    )
    return analysis_answer(analysis_of(case_for(adder, cases, case_id), analysis_id), jobs.progress)


@router.post(
    "/api/cases/{case_id}/analyses/{analysis_id}/cancel",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def cancel_analysis(
    case_id: UUID, analysis_id: UUID, adder: CaseAdder, cases: Cases, jobs: Jobs
) -> None:
    """Ends an analysis that waits or runs."""
    analysis_of(case_for(adder, cases, case_id), analysis_id)
    jobs.cancel(case_id, analysis_id, by=adder.account)


@router.get("/api/cases/{case_id}/analyses/{analysis_id}/progress", responses=refusals(*ABOUT_ONE))
def read_progress(
    case_id: UUID, analysis_id: UUID, reader: CaseReader, cases: Cases, jobs: Jobs
) -> AnalysisProgressAnswer:
    """How far an analysis is, with the first cells it saw; does not keep the session awake.

    Tells nothing of a patient: places of cells and guesses. Their pictures are asked for, and the
    first look at them is audited, as those of every analysis.
    """
    analysis = analysis_of(case_for(reader, cases, case_id), analysis_id)
    return progress_answer(analysis, jobs.progress)
