"""What the routes about other tests need of their records.

Every method raises UsageError where what is asked makes no sense, UnknownCaseError where case or
test are not there. `by` is who acts. Whatever changes a case is audited.
"""

from typing import Protocol
from uuid import UUID

from marrowscope.accounts.account import Account
from marrowscope.cases.sign_out_events import AncillaryKind
from marrowscope.cases.state import CaseState


class PendingTestDesk(Protocol):
    """Other tests of cases, whether their reports are signed or not."""

    def request(self, case_id: UUID, kind: AncillaryKind, words: str, *, by: Account) -> CaseState:
        """Asks for one."""

    def write_result(
        self, case_id: UUID, test_id: UUID, n_results: int, result: str, *, by: Account
    ) -> CaseState:
        """Its result, or another in place of the one before."""

    def drop(
        self, case_id: UUID, test_id: UUID, n_results: int, reason: str, *, by: Account
    ) -> CaseState:
        """Takes one off."""
