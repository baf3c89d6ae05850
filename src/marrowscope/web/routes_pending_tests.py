"""Other tests of a case: asked for, resulted, taken off; also while its report is signed."""

from uuid import UUID

from fastapi import APIRouter

from marrowscope.accounts.roles import Right, has_right
from marrowscope.cases.state import CaseState
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.case_access import case_for
from marrowscope.web.parts import Audit, Cases, PendingTests
from marrowscope.web.pending_test_answers import (
    AncillaryDroppingRequest,
    AncillaryRequest,
    AncillaryResultRequest,
    AncillaryTestsAnswer,
    tests_answer,
)
from marrowscope.web.session_dependency import WITH_PROOF, CaseReader, CaseReviewer
from marrowscope.web.session_gate import SignedIn

ONLY_READS = "your role reads cases and asks for no tests; ask an administrator"

router = APIRouter(tags=["pending tests"])


@router.get("/api/cases/{case_id}/tests", responses=refusals(*ABOUT_ONE))
def read_pending_tests(
    case_id: UUID, reader: CaseReader, cases: Cases, audit: Audit
) -> AncillaryTestsAnswer:
    """All that were ever asked for, with their results. Audited each time."""
    case = case_for(reader, cases, case_id)
    audit.append("case_read", by=reader.account, about=str(case_id), details={"what": "tests"})
    return _answer(reader, case)


@router.post("/api/cases/{case_id}/tests", dependencies=WITH_PROOF, responses=refusals(*ABOUT_ONE))
def request_test(
    case_id: UUID,
    body: AncillaryRequest,
    reviewer: CaseReviewer,
    cases: Cases,
    desk: PendingTests,
) -> AncillaryTestsAnswer:
    """Notes that a test was asked for."""
    case_for(reviewer, cases, case_id)
    return _answer(reviewer, desk.request(case_id, body.kind, body.words, by=reviewer.account))


@router.post(
    "/api/cases/{case_id}/tests/{test_id}/results",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE),
)
def write_test_result(
    case_id: UUID,
    test_id: UUID,
    body: AncillaryResultRequest,
    reviewer: CaseReviewer,
    cases: Cases,
    desk: PendingTests,
) -> AncillaryTestsAnswer:
    """Its result; a further one takes the place of the one before, which stays in the history."""
    case_for(reviewer, cases, case_id)
    case = desk.write_result(case_id, test_id, body.n_results, body.result, by=reviewer.account)
    return _answer(reviewer, case)


@router.post(
    "/api/cases/{case_id}/tests/{test_id}/dropping",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE),
)
def drop_test(
    case_id: UUID,
    test_id: UUID,
    body: AncillaryDroppingRequest,
    reviewer: CaseReviewer,
    cases: Cases,
    desk: PendingTests,
) -> AncillaryTestsAnswer:
    """Takes it off, for a reason."""
    case_for(reviewer, cases, case_id)
    case = desk.drop(case_id, test_id, body.n_results, body.reason, by=reviewer.account)
    return _answer(reviewer, case)


def _answer(reader: SignedIn, case: CaseState) -> AncillaryTestsAnswer:
    may_change = has_right(reader.account.roles, Right.REVIEW_CASES)
    return tests_answer(case, "" if may_change else ONLY_READS)
