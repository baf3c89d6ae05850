"""The parts of a report that a person writes."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter

from marrowscope.accounts.roles import Right, has_right
from marrowscope.cases.state import CaseState
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.case_access import case_for
from marrowscope.web.parts import Audit, Cases, SignOut
from marrowscope.web.report_text_answers import ReportTextAnswer, report_text_answer
from marrowscope.web.session_dependency import WITH_PROOF, CaseReader, CaseReviewer
from marrowscope.web.session_gate import SignedIn
from marrowscope.web.sign_out_bodies import TextsChange

ONLY_READS = "your role reads cases and writes no report; ask an administrator"
SIGNED = "this case is signed; reopen its report to change it"

router = APIRouter(tags=["report text"])


@router.get("/api/cases/{case_id}/report-text", responses=refusals(*ABOUT_ONE))
def read_report_text(
    case_id: UUID, reader: CaseReader, cases: Cases, audit: Audit, desk: SignOut
) -> ReportTextAnswer:
    """All headings with their texts. Audited each time."""
    case = case_for(reader, cases, case_id)
    details = {"what": "report text"}
    audit.append("case_read", by=reader.account, about=str(case_id), details=details)
    return _answer(reader, case, desk)


@router.put(
    "/api/cases/{case_id}/report-text",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def change_report_text(
    case_id: UUID, body: TextsChange, reviewer: CaseReviewer, cases: Cases, desk: SignOut
) -> ReportTextAnswer:
    """Replaces all texts. 409 where somebody else changed them, or the report is signed."""
    case_for(reviewer, cases, case_id)
    case = desk.write_texts(case_id, body.version, body.texts, by=reviewer.account)
    return _answer(reviewer, case, desk)


def _answer(reader: SignedIn, case: CaseState, desk: SignOut) -> ReportTextAnswer:
    why_not = ""
    if not has_right(reader.account.roles, Right.REVIEW_CASES):
        why_not = ONLY_READS
    elif case.sign_out.is_locked:
        why_not = SIGNED
    return report_text_answer(case, desk.offered_texts(case), why_not)
