"""What requests about other tests of a case hold, and what they are answered."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, Field

from marrowscope.cases.pending_tests import (
    LONGEST_REASON,
    LONGEST_RESULT,
    LONGEST_WORDS,
    MOST_RESULTS,
    AncillaryResult,
    AncillaryStatus,
    AncillaryTest,
    kind_name,
    n_pending,
)
from marrowscope.cases.sign_out_events import AncillaryKind
from marrowscope.cases.state import CaseState
from marrowscope.cases.worklist import n_unreported
from marrowscope.reports.case_tests import offered_addendum
from marrowscope.web.request_bodies import Line, StrictRequest

Text = Annotated[str, Field(max_length=2 * LONGEST_RESULT)]
"""Of several lines; `cases` has the exact limits."""
Results = Annotated[int, Field(ge=0, le=MOST_RESULTS)]


class AncillaryRequest(StrictRequest):
    """words: which test exactly; needed for one of another kind."""

    kind: AncillaryKind
    words: Line = ""


class AncillaryResultRequest(StrictRequest):
    """n_results: how many the test had as it was shown."""

    n_results: Results
    result: Text


class AncillaryDroppingRequest(StrictRequest):
    """n_results: as of a result. reason: why the test is taken off."""

    n_results: Results
    reason: Text


class AncillaryKindAnswer(BaseModel):
    """A kind of test. needs_words: whether the kind alone does not say which test it is."""

    id: AncillaryKind
    name: str
    needs_words: bool


class AncillaryResultAnswer(BaseModel):
    """version: the first signed one that prints it, null where none does."""

    text: str
    at: datetime
    by_name: str
    version: int | None


class AncillaryDroppingAnswer(BaseModel):
    """Who took a test off, when and why."""

    reason: str
    at: datetime
    by_name: str


class AncillaryTestAnswer(BaseModel):
    """Another test of a case. results: oldest first; the last is in force.

    is_news: whether no signed version says yet what is known of it now.
    """

    test_id: UUID
    name: str
    status: AncillaryStatus
    is_news: bool
    asked_at: datetime
    asked_by_name: str
    results: list[AncillaryResultAnswer]
    dropped: AncillaryDroppingAnswer | None


class AncillaryLimitsAnswer(BaseModel):
    """Characters at most."""

    words: int
    result: int
    reason: int


class AncillaryTestsAnswer(BaseModel):
    """Other tests of a case, in the order in which they were asked for.

    offered_addendum: what an addendum could say of them, to be taken over by a person or not; ""
    where every result is in a signed version, or the report does not stand. why_not: why one may
    not change them, "" where one may. case_version: as of a signature, when this was so.
    """

    tests: list[AncillaryTestAnswer]
    kinds: list[AncillaryKindAnswer]
    longest: AncillaryLimitsAnswer
    offered_addendum: str
    may_change: bool
    why_not: str
    case_version: int


class CaseTestsAnswer(BaseModel):
    """n_pending: tests that are awaited. n_unreported: of which no signed version says the newest;
    0 before anything was signed.
    """

    n_pending: int
    n_unreported: int


_LONGEST: Final = AncillaryLimitsAnswer(
    words=LONGEST_WORDS, result=LONGEST_RESULT, reason=LONGEST_REASON
)


def tests_answer(case: CaseState, why_not: str) -> AncillaryTestsAnswer:
    """why_not: why whoever asks may not change them, "" where they may."""
    state = case.sign_out
    return AncillaryTestsAnswer(
        tests=[_test(one) for one in state.tests],
        kinds=[
            AncillaryKindAnswer(id=one, name=kind_name(one), needs_words=one is AncillaryKind.OTHER)
            for one in AncillaryKind
        ],
        longest=_LONGEST,
        offered_addendum=offered_addendum(state.tests) if state.is_locked else "",
        may_change=not why_not,
        why_not=why_not,
        case_version=case.version,
    )


def case_tests_answer(case: CaseState) -> CaseTestsAnswer:
    """For a case and its row in the worklist."""
    return CaseTestsAnswer(
        n_pending=n_pending(case.sign_out.tests), n_unreported=n_unreported(case)
    )


def _test(test: AncillaryTest) -> AncillaryTestAnswer:
    dropped = test.dropped
    return AncillaryTestAnswer(
        test_id=test.test_id,
        name=test.name,
        status=test.status,
        is_news=test.is_news,
        asked_at=test.asked_at,
        asked_by_name=test.asked_by_name,
        results=[_result(one) for one in test.results],
        dropped=None
        if dropped is None
        else AncillaryDroppingAnswer(reason=dropped.reason, at=dropped.at, by_name=dropped.by_name),
    )


def _result(result: AncillaryResult) -> AncillaryResultAnswer:
    return AncillaryResultAnswer(
        text=result.text, at=result.at, by_name=result.by_name, version=result.version
    )
