"""Findings of the count as its review stands; acknowledging them, and telling of critical ones."""

from fastapi import APIRouter

from marrowscope.accounts.roles import Right, has_right
from marrowscope.cases.state import CaseState
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.findings_answers import FindingsAnswer, findings_answer
from marrowscope.web.parts import SignOut
from marrowscope.web.read_analysis import Finished, Read, ReadAnalysis
from marrowscope.web.session_dependency import WITH_PROOF, CaseReviewer
from marrowscope.web.sign_out_bodies import AcknowledgementRequest, CallRequest

ONLY_READS = "your role reads cases and acknowledges no findings; ask an administrator"

router = APIRouter(tags=["findings"])


@router.get("/api/cases/{case_id}/analyses/{analysis_id}/findings", responses=refusals(*ABOUT_ONE))
def read_findings(read: Read, desk: SignOut) -> FindingsAnswer:
    """All findings, what was not assessed, and who was told."""
    return _answer(read, read.case, desk)


@router.post(
    "/api/cases/{case_id}/analyses/{analysis_id}/findings/acknowledgements",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE),
)
def acknowledge_finding(
    body: AcknowledgementRequest, _reviewer: CaseReviewer, read: Finished, desk: SignOut
) -> FindingsAnswer:
    """Writes down that one saw a finding."""
    by = read.reader.account
    analysis_id = read.analysis.analysis_id
    case = desk.acknowledge(read.case, analysis_id, body.key, body.comment, by=by)
    return _answer(read, case, desk)


@router.post(
    "/api/cases/{case_id}/analyses/{analysis_id}/calls",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE),
)
def note_call(
    body: CallRequest, _reviewer: CaseReviewer, read: Finished, desk: SignOut
) -> FindingsAnswer:
    """Writes down who was told of a critical finding."""
    by = read.reader.account
    case = desk.note_call(read.case, read.analysis.analysis_id, body.call(), by=by)
    return _answer(read, case, desk)


def _answer(read: ReadAnalysis, case: CaseState, desk: SignOut) -> FindingsAnswer:
    analysis_id = read.analysis.analysis_id
    may = has_right(read.reader.account.roles, Right.REVIEW_CASES)
    given = desk.findings(case, analysis_id)
    return findings_answer(case, analysis_id, given, "" if may else ONLY_READS)
