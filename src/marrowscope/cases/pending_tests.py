"""Other tests of the marrow: asked for, pending, resulted, and in which version of the report.

A signed report does not wait for them. What comes in later goes into an addendum, and a test counts
as reported once a version was signed that prints its newest result.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from marrowscope.cases.facts import checked_line
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.report_text import checked_lines
from marrowscope.cases.sign_out_events import (
    AncillaryDropped,
    AncillaryKind,
    AncillaryRequested,
    AncillaryResulted,
)
from marrowscope.errors import UsageError

MOST_TESTS: Final = 50
MOST_RESULTS: Final = 20
"""Of one test: the first and its corrections."""
LONGEST_WORDS: Final = 120
LONGEST_RESULT: Final = 2000
LONGEST_REASON: Final = 500
_NAMES: Final = {
    AncillaryKind.IRON_STAIN: "iron stain",
    AncillaryKind.TREPHINE: "trephine biopsy",
    AncillaryKind.FLOW_CYTOMETRY: "flow cytometry",
    AncillaryKind.CYTOGENETICS: "cytogenetics",
    AncillaryKind.FISH: "FISH",
    AncillaryKind.MOLECULAR: "molecular genetics",
    AncillaryKind.OTHER: "other",
}
_NO_SUCH_TEST: Final = "there is no such test in this case; load the tests again"
_MEANWHILE: Final = "the result of this test was changed meanwhile; look at it first"

AncillaryEvent: TypeAlias = AncillaryRequested | AncillaryResulted | AncillaryDropped


class AncillaryStatus(StrEnum):
    """resulted: no signed version has its newest result yet. reported: one has.

    dropped: it is not awaited any more.
    """

    PENDING = "pending"
    RESULTED = "resulted"
    REPORTED = "reported"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class AncillaryResult:
    """What came out, who wrote it and when. version: the first signed one with it; None so far."""

    text: str
    at: datetime
    by_name: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Dropping:
    """Who took a test off, when and why. version: the first that was signed afterwards."""

    reason: str
    at: datetime
    by_name: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class AncillaryTest:
    """A test that was asked for. results: oldest first, the last one is in force."""

    test_id: UUID
    kind: AncillaryKind
    words: str
    asked_at: datetime
    asked_by_name: str
    results: tuple[AncillaryResult, ...] = ()
    dropped: Dropping | None = None

    @property
    def name(self) -> str:
        """Such as "flow cytometry", "FISH, BCR::ABL1"; the words alone of one of no kind."""
        if self.kind is AncillaryKind.OTHER:
            return self.words
        return ", ".join(part for part in (_NAMES[self.kind], self.words) if part)

    @property
    def result(self) -> AncillaryResult | None:
        """The one in force; None before there is one."""
        return self.results[-1] if self.results else None

    @property
    def was_reported(self) -> bool:
        """Whether a signed version has a result of it, be it one that was corrected since."""
        return any(one.version is not None for one in self.results)

    @property
    def status(self) -> AncillaryStatus:
        """How it stands."""
        if self.dropped is not None:
            return AncillaryStatus.DROPPED
        if self.result is None:
            return AncillaryStatus.PENDING
        is_reported = self.result.version is not None
        return AncillaryStatus.REPORTED if is_reported else AncillaryStatus.RESULTED

    @property
    def is_news(self) -> bool:
        """Whether a version signed now would say of it what no signed version says yet.

        Taking a test off is news only where a signed version has a result of it.
        """
        if self.dropped is not None:
            return self.was_reported and self.dropped.version is None
        return self.status is AncillaryStatus.RESULTED


def kind_name(kind: AncillaryKind) -> str:
    """In words."""
    return _NAMES[kind]


def n_pending(tests: Sequence[AncillaryTest]) -> int:
    """How many are awaited."""
    return sum(one.status is AncillaryStatus.PENDING for one in tests)


def n_news(tests: Sequence[AncillaryTest]) -> int:
    """Of how many a signed version does not say the newest yet."""
    return sum(one.is_news for one in tests)


def after_test_event(
    tests: tuple[AncillaryTest, ...], event: AncillaryEvent
) -> tuple[AncillaryTest, ...]:
    """The tests after an event, taken as it is."""
    stamp = event.stamp
    match event:
        case AncillaryRequested():
            asked = AncillaryTest(
                event.test_id, event.test_kind, event.words, stamp.at, stamp.by_name
            )
            return (*tests, asked)
        case AncillaryResulted():
            result = AncillaryResult(event.result, stamp.at, stamp.by_name)
            return _with(
                tests, event.test_id, lambda one: replace(one, results=(*one.results, result))
            )
        case AncillaryDropped():
            dropped = Dropping(event.reason, stamp.at, stamp.by_name)
            return _with(tests, event.test_id, lambda one: replace(one, dropped=dropped))


def as_reported(tests: tuple[AncillaryTest, ...], version: int) -> tuple[AncillaryTest, ...]:
    """The tests after a version was signed that printed them all."""
    return tuple(_reported(one, version) for one in tests)


def _reported(test: AncillaryTest, version: int) -> AncillaryTest:
    if test.dropped is not None:
        if test.dropped.version is not None:
            return test
        return replace(test, dropped=replace(test.dropped, version=version))
    if test.result is None or test.result.version is not None:
        return test
    # One that was corrected before any version was signed is in none.
    newest = replace(test.result, version=version)
    return replace(test, results=(*test.results[:-1], newest))


def _with(
    tests: tuple[AncillaryTest, ...],
    test_id: UUID,
    change: Callable[[AncillaryTest], AncillaryTest],
) -> tuple[AncillaryTest, ...]:
    return tuple(change(one) if one.test_id == test_id else one for one in tests)


def check_test_event(tests: Sequence[AncillaryTest], event: AncillaryEvent) -> None:
    """Raises UsageError where an event makes no sense after those before it.

    UnknownCaseError where there is no such test.
    """
    match event:
        case AncillaryRequested():
            _check_request(tests, event)
        case AncillaryResulted():
            _check_result(_standing(tests, event), event)
        case AncillaryDropped():
            _standing(tests, event)
            if not _kept(event.reason, checked_lines("reason", event.reason, LONGEST_REASON)):
                raise UsageError(f"say why, in at most {LONGEST_REASON} characters")


def _check_request(tests: Sequence[AncillaryTest], event: AncillaryRequested) -> None:
    if any(one.test_id == event.test_id for one in tests):
        raise UsageError("this test was asked for already")
    if len(tests) >= MOST_TESTS:
        raise UsageError(f"a case has at most {MOST_TESTS} other tests")
    words = _kept(event.words, checked_line("which test", event.words, LONGEST_WORDS))
    if event.test_kind is AncillaryKind.OTHER and not words:
        raise UsageError("say which test it is")
    awaited = (one for one in tests if one.dropped is None and one.kind is event.test_kind)
    if any(one.words.casefold() == words.casefold() for one in awaited):
        raise UsageError(
            "this test was asked for already; if it is another one, say in words how it differs"
        )


def _check_result(test: AncillaryTest, event: AncillaryResulted) -> None:
    result = _kept(event.result, checked_lines("result", event.result, LONGEST_RESULT))
    if not result:
        raise UsageError("write the result")
    if test.result is not None and test.result.text == result:
        raise UsageError("this is its result already")
    if len(test.results) >= MOST_RESULTS:
        raise UsageError(
            f"this result was corrected {MOST_RESULTS - 1} times; take the test off and ask for it "
            "anew"
        )


def _standing(
    tests: Sequence[AncillaryTest], event: AncillaryResulted | AncillaryDropped
) -> AncillaryTest:
    """The test that an event is about, if it is as whoever acts saw it."""
    found = next((one for one in tests if one.test_id == event.test_id), None)
    if found is None:
        raise UnknownCaseError(_NO_SUCH_TEST)
    if found.dropped is not None:
        raise UsageError("this test was taken off; ask for it anew")
    if len(found.results) != event.n_results:
        raise UsageError(_MEANWHILE)
    return found


def _kept(text: str, checked: str) -> str:
    """Raises UsageError where a text is not as it is kept."""
    if text != checked:
        raise UsageError("this text is not as it is kept; give it checked")
    return checked
