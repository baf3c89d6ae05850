"""Who may see which case. A case that somebody may not see is not there for them."""

from collections.abc import Iterable
from uuid import UUID

from marrowscope.accounts.roles import Right, has_right
from marrowscope.cases.facts import Purpose
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.state import AnalysisState, AnalysisStatus, CaseState
from marrowscope.web.case_ports import CaseStore, UploadState, UploadStore
from marrowscope.web.session_gate import SignedIn

NO_SUCH_CASE = "there is no such case; load the worklist again"
NO_SUCH_ANALYSIS = "there is no such analysis; load the case again"
NO_SUCH_RESULT = "this analysis has no result; load the case again"
NO_SUCH_UPLOAD = "there is no such upload, or no longer; begin it again"


def may_see(signed_in: SignedIn, case: CaseState) -> bool:
    """Whether somebody's roles let them see a case."""
    roles = signed_in.account.roles
    if case.is_deleted or not has_right(roles, Right.READ_CASES):
        return False
    return case.facts.purpose is Purpose.TEACHING or has_right(roles, Right.READ_EVERY_CASE)


def seen_by(signed_in: SignedIn, cases: Iterable[CaseState]) -> tuple[CaseState, ...]:
    """Those of the cases that somebody may see, in their order."""
    return tuple(case for case in cases if may_see(signed_in, case))


def case_for(signed_in: SignedIn, cases: CaseStore, case_id: UUID) -> CaseState:
    """Raises UnknownCaseError where it is not there or not for them, without telling which."""
    case = cases.case(case_id)
    if case is None or not may_see(signed_in, case):
        raise UnknownCaseError(NO_SUCH_CASE)
    return case


def analysis_of(case: CaseState, analysis_id: UUID) -> AnalysisState:
    """Raises UnknownCaseError where the case has none such."""
    analysis = case.analysis(analysis_id)
    if analysis is None:
        raise UnknownCaseError(NO_SUCH_ANALYSIS)
    return analysis


def check_finished(analysis: AnalysisState) -> None:
    """Raises UnknownCaseError where it has no result, or not yet."""
    if analysis.status is not AnalysisStatus.FINISHED:
        raise UnknownCaseError(NO_SUCH_RESULT)


def upload_for(
    signed_in: SignedIn, cases: CaseStore, uploads: UploadStore, upload_id: UUID
) -> UploadState:
    """Raises UnknownCaseError where it is not there or its case is not for them."""
    upload = uploads.upload(upload_id)
    case = None if upload is None else cases.case(upload.case_id)
    if upload is None or case is None or not may_see(signed_in, case):
        raise UnknownCaseError(NO_SUCH_UPLOAD)
    return upload
