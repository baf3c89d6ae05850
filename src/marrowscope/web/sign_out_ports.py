"""What the routes on the way to a signed report need.

Every method raises UsageError where what is asked makes no sense (UnknownCaseError where it is not
there, SignedCaseError where the report stands, CaseChangedError where somebody else was first),
UnreadableInputError where files are gone or damaged, and EnvironmentProblemError where the machine
cannot do it. `by` is who acts. Whatever changes a case is audited.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from marrowscope.accounts.account import Account
from marrowscope.cases.audit_view import AuditView
from marrowscope.cases.reviewed_findings import ReviewedFindings
from marrowscope.cases.sign_out_events import ReportKind
from marrowscope.cases.signing import CriticalFinding
from marrowscope.cases.standing import CallNote, SignOrder, Standing
from marrowscope.cases.state import CaseState
from marrowscope.reports.case_report import CaseReport


class SignOutDesk(Protocol):
    """Findings, texts, audits, signatures of cases."""

    def findings(self, case: CaseState, analysis_id: UUID) -> ReviewedFindings:
        """Of a finished analysis, as its review stands."""

    def urgent(self, case: CaseState) -> tuple[UUID, Sequence[CriticalFinding]] | None:
        """Of the newest analysis: what comes first and is not acknowledged; None without one."""

    def acknowledge(
        self, case: CaseState, analysis_id: UUID, key: str, comment: str, *, by: Account
    ) -> CaseState:
        """Somebody saw a finding."""

    def note_call(
        self, case: CaseState, analysis_id: UUID, call: CallNote, *, by: Account
    ) -> CaseState:
        """Somebody told somebody of a critical finding."""

    def offered_texts(self, case: CaseState) -> Mapping[str, str]:
        """What the machine can say, by heading; headings without are left out."""

    def write_texts(
        self, case_id: UUID, version: int, texts: Mapping[str, str], *, by: Account
    ) -> CaseState:
        """Replaces all texts. Raises CaseChangedError where `version` is not that of the texts."""

    def audit(self, case: CaseState, analysis_id: UUID) -> AuditView:
        """How the random audit of an analysis stands."""

    def draw_audit(
        self, case: CaseState, analysis_id: UUID, wanted: int, *, by: Account
    ) -> CaseState:
        """Draws the cells of an audit, or more of them."""

    def standing(self, case: CaseState, analysis_id: UUID) -> Standing:
        """How a finished analysis of a case stands to being signed."""

    def preview(self, case: CaseState, analysis_id: UUID, kind: ReportKind) -> CaseReport:
        """The report as it would be signed now, without a signature."""

    def sign(self, case_id: UUID, analysis_id: UUID, order: SignOrder, *, by: Account) -> CaseState:
        """Signs a version: writes its files and the event, or nothing."""

    def reopen(self, case: CaseState, reason: str, *, by: Account) -> CaseState:
        """A signed report can be changed again."""

    def signed_file(self, case: CaseState, number: int, name: str) -> bytes:
        """A file of a signed version, once its digest was checked."""
