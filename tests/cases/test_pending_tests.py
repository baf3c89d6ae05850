from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.made_events import (
    acknowledged,
    asked,
    case,
    changed,
    dropped,
    finished,
    opened,
    reopened,
    requested,
    resulted,
    signed,
    signing,
    slide,
    stamp,
    started,
    written,
)
from marrowscope.cases.case_event import CaseEvent
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.fold import check_next, fold
from marrowscope.cases.pending_tests import (
    LONGEST_REASON,
    LONGEST_RESULT,
    LONGEST_WORDS,
    MOST_RESULTS,
    MOST_TESTS,
    AncillaryStatus,
    AncillaryTest,
    n_news,
    n_pending,
)
from marrowscope.cases.refusals import SignedCaseError, UnknownCaseError
from marrowscope.cases.sign_out_events import AncillaryKind, ReportSigned
from marrowscope.cases.signing import NOTHING_SIGNED, check_sign_out_event, fold_sign_out
from marrowscope.cases.state import CaseState
from marrowscope.cases.worklist import n_unreported
from marrowscope.errors import UsageError

READ = (slide(), asked(), started(), finished(), written())
SIGNED = (*READ, requested(), signed())


def asked_in(*events: CaseEvent) -> tuple[AncillaryTest, ...]:
    return case(*events).sign_out.tests


def only(*events: CaseEvent) -> AncillaryTest:
    [test] = asked_in(*events)
    return test


def refused(says: str, *events: CaseEvent) -> None:
    """The last of the events is refused after those before it, which are not."""
    state: CaseState | None = None
    for event in (opened(), *events[:-1]):
        check_next(state, event, signing())
        state = fold([event], state)
    with pytest.raises(UsageError, match=says):
        check_next(state, events[-1], signing())


def test_a_test_is_pending_until_somebody_writes_its_result() -> None:
    awaited = only(requested("molecular", "NPM1, FLT3"))
    assert awaited.status is AncillaryStatus.PENDING
    assert awaited.name == "molecular genetics, NPM1, FLT3"
    assert (awaited.asked_at, awaited.asked_by_name) == (stamp(1).at, "somebody")
    come = only(requested(), resulted())
    assert come.status is AncillaryStatus.RESULTED
    assert come.result is not None
    assert (come.result.text, come.result.at, come.result.by_name) == (
        "12 % blasts", stamp(11).at, "somebody",
    )  # fmt: skip
    assert come.is_news
    off = only(requested(), dropped("dry tap"))
    assert off.status is AncillaryStatus.DROPPED
    assert off.dropped is not None
    assert off.dropped.reason == "dry tap"
    assert not off.is_news


def test_every_kind_has_a_name() -> None:
    names = [only(requested(kind.value, "HLA")).name for kind in AncillaryKind]
    assert len(set(names)) == len(names)
    assert names[-1] == "HLA"
    assert only(requested("fish")).name == "FISH"


def test_results_may_come_in_when_the_report_is_signed() -> None:
    refused("reopen", *SIGNED, changed(CaseFacts(site="sternum")))
    state = case(*SIGNED)
    assert state.sign_out.is_locked
    for event in (resulted(), dropped(), requested("fish", n=2)):
        check_next(state, event)
    with pytest.raises(SignedCaseError):
        check_next(state, written(conclusion="other"))


def test_a_version_that_was_signed_after_a_result_came_has_it() -> None:
    before = only(*SIGNED)
    assert before.status is AncillaryStatus.PENDING
    waiting = only(*SIGNED, resulted())
    assert waiting.status is AncillaryStatus.RESULTED
    added = only(*SIGNED, resulted(), signed("addendum", 2))
    assert added.status is AncillaryStatus.REPORTED
    assert added.result is not None
    assert added.result.version == 2
    again = only(*SIGNED, resulted(), signed("addendum", 2), signed("addendum", 3))
    assert again == added


def test_a_corrected_result_is_news_again_and_the_earlier_stays() -> None:
    events = (*SIGNED, resulted("5 %"), signed("addendum", 2), resulted("15 %", 1))
    test = only(*events)
    assert test.status is AncillaryStatus.RESULTED
    assert test.is_news
    assert [(one.text, one.version) for one in test.results] == [("5 %", 2), ("15 %", None)]
    after = only(*events, signed("addendum", 3))
    assert [one.version for one in after.results] == [2, 3]
    never = only(*SIGNED, resulted("5 %"), resulted("15 %", 1), signed("addendum", 2))
    assert [one.version for one in never.results] == [None, 2]


def test_taking_back_what_was_reported_is_news() -> None:
    events = (*SIGNED, resulted(), signed("addendum", 2), dropped("of another case", 1))
    test = only(*events)
    assert test.status is AncillaryStatus.DROPPED
    assert test.is_news
    assert not only(*events, signed("addendum", 3)).is_news
    assert not only(*SIGNED, resulted(), dropped("of another case", 1)).is_news


def test_tests_are_counted_for_the_worklist() -> None:
    two = (requested("fish", n=2), requested("iron_stain", n=3))
    state = case(*READ, requested(), *two, resulted(), dropped(n=2))
    assert n_pending(state.sign_out.tests) == 1
    assert n_news(state.sign_out.tests) == 1
    assert n_unreported(state) == 0  # Nothing was signed yet: the report will say it.
    signed_before = case(*SIGNED, *two, resulted(), resulted(n=3))
    assert n_pending(signed_before.sign_out.tests) == 1
    assert n_unreported(signed_before) == 2
    reopened_since = fold([reopened()], signed_before)
    assert n_unreported(reopened_since) == 2
    assert n_unreported(fold([signed("addendum", 2)], signed_before)) == 0


def test_pending_tests_forbid_no_signature() -> None:
    state = case(*READ, requested())
    check_next(state, signed(), signing())


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ((requested(n=1), requested("fish", n=1)), "asked for already"),
        ((requested(), requested(n=2)), "in words how it differs"),
        ((requested("fish", "BCR"), requested("fish", "bcr", n=2)), "in words how it differs"),
        ((requested("other"),), "which test it is"),
        ((requested("fish", "x" * (LONGEST_WORDS + 1)),), f"at most {LONGEST_WORDS}"),
        ((requested("fish", "two\nlines"),), "invisible or control"),
        ((requested("fish", " BCR"),), "not as it is kept"),
        ((requested(), resulted("")), "write the result"),
        ((requested(), resulted("x" * (LONGEST_RESULT + 1))), f"at most {LONGEST_RESULT}"),
        ((requested(), resulted("a "),), "not as it is kept"),
        ((requested(), resulted("a"), resulted("a", 1)), "its result already"),
        ((requested(), resulted("a"), resulted("b")), "changed meanwhile"),
        ((requested(), resulted("b", 1)), "changed meanwhile"),
        ((requested(), resulted("a"), dropped()), "changed meanwhile"),
        ((requested(), dropped("")), "say why"),
        ((requested(), dropped("x" * (LONGEST_REASON + 1))), f"at most {LONGEST_REASON}"),
        ((requested(), dropped(), dropped()), "taken off"),
        ((requested(), dropped(), resulted()), "taken off"),
    ],
    ids=[
        "same id", "duplicate", "duplicate in other letters", "no words", "long words",
        "two lines", "blanks", "no result", "long result", "blanks after", "same result",
        "two at once", "out of turn", "unseen result", "no reason", "long reason", "twice off",
        "result of one taken off",
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(events: tuple[CaseEvent, ...], says: str) -> None:
    refused(says, *events)


def test_a_test_that_is_not_there_is_unknown() -> None:
    for event in (resulted(n=7), dropped(n=7)):
        with pytest.raises(UnknownCaseError, match="no such test"):
            check_next(case(requested()), event)


def test_the_same_kind_in_other_words_and_after_it_was_taken_off_is_another_test() -> None:
    check_next(case(requested("fish", "BCR::ABL1")), requested("fish", "KMT2A", n=2))
    check_next(case(requested("fish")), requested("cytogenetics", n=2))
    again = (requested(), dropped(), requested(n=2), resulted(n=2))
    assert [one.status for one in asked_in(*again)] == ["dropped", "resulted"]
    check_next(case(requested(), dropped()), requested(n=2))


def test_there_is_an_end_to_tests_and_to_corrections() -> None:
    many = [requested("other", f"test {n}", n) for n in range(MOST_TESTS)]
    with pytest.raises(UsageError, match=f"at most {MOST_TESTS}"):
        check_next(case(*many), requested("other", "one more", MOST_TESTS))
    corrections = [resulted(f"{n}", n) for n in range(MOST_RESULTS)]
    with pytest.raises(UsageError, match="corrected 19 times"):
        check_next(case(requested(), *corrections), resulted("more", MOST_RESULTS))


def test_of_a_deleted_case_nothing_is_asked() -> None:
    state = replace(case(), is_deleted=True)
    with pytest.raises(UnknownCaseError):
        check_next(state, requested())


EVENTS = st.one_of(
    st.builds(
        requested,
        st.sampled_from(list(AncillaryKind)),
        st.sampled_from(["", "a"]),
        st.integers(1, 4),
    ),
    st.builds(resulted, st.sampled_from(["x", "y"]), st.integers(0, 2), st.integers(1, 4)),
    st.builds(dropped, st.sampled_from(["late", ""]), st.integers(0, 2), st.integers(1, 4)),
    st.just(acknowledged()),
    st.builds(lambda number: signed("addendum", number), st.integers(1, 5)),
)


@settings(max_examples=200)
@given(st.lists(EVENTS, max_size=20))
def test_allowed_events_keep_every_result_and_say_once_in_which_version(
    events: list[CaseEvent],
) -> None:
    state = NOTHING_SIGNED
    for event in events:
        before = state
        if not isinstance(event, ReportSigned):
            try:
                check_sign_out_event(state, event)
            except UsageError:
                continue
        state = fold_sign_out([event], state)
        for old, new in zip(before.tests, state.tests, strict=False):
            assert (old.test_id, old.kind, old.words) == (new.test_id, new.kind, new.words)
            assert [one.text for one in old.results] == [
                one.text for one in new.results[: len(old.results)]
            ]
            for one, same in zip(old.results, new.results, strict=False):
                assert one.version in (None, same.version)
            assert old.dropped is None or new.dropped is not None
    assert len({one.test_id for one in state.tests}) == len(state.tests)
    in_force = [(one.kind, one.words) for one in state.tests if one.dropped is None]
    assert len(set(in_force)) == len(in_force)
    if state.versions and events and isinstance(events[-1], ReportSigned):
        assert n_news(state.tests) == 0
