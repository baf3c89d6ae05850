"""Whether the cells of an analysis can be reviewed."""

from uuid import UUID

from marrowscope.cases.refusals import SIGNED, SignedCaseError, UnknownCaseError
from marrowscope.cases.state import AnalysisStatus, CaseState
from marrowscope.errors import UsageError


def check_open(case: CaseState | None, analysis_id: UUID) -> None:
    """Raises where the cells of an analysis cannot be reviewed.

    case: None where there never was one. UnknownCaseError where there is no such case or analysis;
    UsageError where it is not finished; SignedCaseError where its report is signed.
    """
    if case is None or case.is_deleted:
        raise UnknownCaseError("there is no such case, or it was deleted; look in the worklist")
    analysis = case.analysis(analysis_id)
    if analysis is None:
        raise UnknownCaseError("there is no such analysis of this case")
    if analysis.status is not AnalysisStatus.FINISHED:
        raise UsageError("this analysis is not finished, so it has no cells to review yet")
    check_not_signed(case)


def check_not_signed(case: CaseState) -> None:
    """Raises SignedCaseError where the report of a case stands."""
    if case.sign_out.is_locked:
        raise SignedCaseError(SIGNED)
