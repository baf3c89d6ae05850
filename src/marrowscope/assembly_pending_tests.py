"""Other tests of a case: asked for, resulted, taken off. Allowed while its report is signed too."""

from uuid import UUID, uuid4

from marrowscope.accounts.account import Account
from marrowscope.cases.facts import checked_line
from marrowscope.cases.pending_tests import (
    LONGEST_REASON,
    LONGEST_RESULT,
    LONGEST_WORDS,
    AncillaryEvent,
)
from marrowscope.cases.report_text import checked_lines
from marrowscope.cases.sign_out_events import (
    AncillaryDropped,
    AncillaryKind,
    AncillaryRequested,
    AncillaryResulted,
)
from marrowscope.cases.state import CaseState
from marrowscope.store.case_events import CaseRecords


class PendingTestRecords:
    """Other tests of the cases of one home."""

    def __init__(self, records: CaseRecords) -> None:
        self._records = records

    def request(self, case_id: UUID, kind: AncillaryKind, words: str, *, by: Account) -> CaseState:
        """Asks for one. words: which one exactly."""
        line = checked_line("which test", words, LONGEST_WORDS)
        event = AncillaryRequested(self._records.stamp(by), uuid4(), kind, line)
        return self._append(case_id, event, "test_requested", test_kind=kind.value)

    def write_result(
        self, case_id: UUID, test_id: UUID, n_results: int, result: str, *, by: Account
    ) -> CaseState:
        """Its result, or another in place of the one before. n_results: as they were shown."""
        text = checked_lines("result", result, LONGEST_RESULT)
        event = AncillaryResulted(self._records.stamp(by), test_id, n_results, text)
        return self._append(case_id, event, "test_resulted", n_results=n_results + 1)

    def drop(
        self, case_id: UUID, test_id: UUID, n_results: int, reason: str, *, by: Account
    ) -> CaseState:
        """Takes one off."""
        text = checked_lines("reason", reason, LONGEST_REASON)
        event = AncillaryDropped(self._records.stamp(by), test_id, n_results, text)
        return self._append(case_id, event, "test_dropped", n_results=n_results)

    def _append(
        self, case_id: UUID, event: AncillaryEvent, act: str, **details: str | int
    ) -> CaseState:
        """Which test, and never its words: the audit trail names no patient."""
        about = {"test_id": str(event.test_id), **details}
        return self._records.append(case_id, None, [event], act=act, details=about)
