"""The random audit of a count that was not seen whole."""

from http import HTTPStatus

from fastapi import APIRouter

from marrowscope.accounts.roles import Right, has_right
from marrowscope.cases.state import CaseState
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.audit_sample_answers import AuditSampleAnswer, audit_sample_answer
from marrowscope.web.parts import SignOut
from marrowscope.web.read_analysis import Finished, Read, ReadAnalysis
from marrowscope.web.session_dependency import WITH_PROOF, CaseReviewer
from marrowscope.web.sign_out_bodies import AuditRequest

ONLY_READS = "your role reads cases and does not review them; ask an administrator"
SIGNED = "this case is signed; reopen its report to change it"
ALL_SEEN = "every cell of this count was seen; there is nothing to audit"

router = APIRouter(tags=["random audit"])


@router.get("/api/cases/{case_id}/analyses/{analysis_id}/audit", responses=refusals(*ABOUT_ONE))
def read_audit_sample(read: Read, desk: SignOut) -> AuditSampleAnswer:
    """Which cells were drawn, and the estimate once all of them were seen."""
    return _answer(read, read.case, desk)


@router.post(
    "/api/cases/{case_id}/analyses/{analysis_id}/audit",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def draw_audit_sample(
    body: AuditRequest, _reviewer: CaseReviewer, read: Finished, desk: SignOut
) -> AuditSampleAnswer:
    """Draws cells at random; again only more of them, the former ones among these."""
    by = read.reader.account
    case = desk.draw_audit(read.case, read.analysis.analysis_id, body.wanted, by=by)
    return _answer(read, case, desk)


def _answer(read: ReadAnalysis, case: CaseState, desk: SignOut) -> AuditSampleAnswer:
    view = desk.audit(case, read.analysis.analysis_id)
    why_not = ""
    if not has_right(read.reader.account.roles, Right.REVIEW_CASES):
        why_not = ONLY_READS
    elif case.sign_out.is_locked:
        why_not = SIGNED
    elif view.drawn is None and not view.n_unseen:
        why_not = ALL_SEEN
    return audit_sample_answer(view, why_not)
