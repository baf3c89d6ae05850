"""Who is to be told of a finding that may not wait, and when."""

from datetime import timedelta

import pytest

from cases.made_events import START, case, deleted, told, uid
from marrowscope.cases.facts import CaseFacts, Purpose
from marrowscope.cases.on_call import OnCall, Telling, due_tellings, is_called_for, told_at
from marrowscope.cases.sign_out_events import ReaderTold
from marrowscope.cases.signing import (
    CriticalFinding,
    SignOutState,
    check_sign_out_event,
    fold_sign_out,
)
from marrowscope.errors import UsageError

APL = CriticalFinding("F-APL-triage", "", "Look at once.", 3)
LESS = CriticalFinding("F-APL-triage", "", "Look at once.", 2)
BOTH = OnCall("reader-1", "reader-2", timedelta(minutes=15))
TOLD_AT = told().stamp.at
LATE = TOLD_AT + BOTH.wait


def due(
    *events: ReaderTold, urgent=(APL,), on_call=BOTH, means=(), now=TOLD_AT
) -> list[tuple[int, str, str]]:
    state = fold_sign_out(events)
    found = due_tellings(state, uid(1), urgent, on_call, means, now)
    return [(one.turn, one.user_name, one.by_means) for one in found]


def test_the_reader_on_call_is_told_at_once_by_every_means() -> None:
    assert due() == [(1, "reader-1", "page")]
    assert due(means=["webhook", "mail"]) == [
        (1, "reader-1", "page"), (1, "reader-1", "webhook"), (1, "reader-1", "mail"),
    ]  # fmt: skip


def test_nobody_is_told_twice_by_the_same_means() -> None:
    assert due(told()) == []
    assert due(told(), means=["mail"]) == [(1, "reader-1", "mail")]
    assert due(told(), told(by_means="mail"), means=["mail"]) == []


def test_a_second_one_is_told_once_nobody_has_answered_for_long() -> None:
    assert due(told(), now=LATE - timedelta(seconds=1)) == []
    assert due(told(), now=LATE) == [(2, "reader-2", "page")]
    assert due(told(), told(2), now=LATE) == []
    assert due(told(), now=LATE, on_call=OnCall("reader-1")) == []
    # The wait begins with the first telling, not with the one that the webhook took late.
    assert (2, "reader-2", "page") in due(told(), now=LATE, means=["webhook"])


def test_nothing_is_told_where_nothing_is_open_or_nobody_on_call() -> None:
    assert due(urgent=()) == []
    assert due(on_call=OnCall("", "reader-2"), now=LATE) == []


def test_what_calls_for_more_and_another_analysis_are_told_anew() -> None:
    assert due(told(urgency=2)) == [(1, "reader-1", "page")]
    assert due(told(urgency=3), urgent=(LESS,)) == []
    assert due(told(n=2)) == [(1, "reader-1", "page")]


def test_who_was_told_knows_since_when_until_it_is_settled() -> None:
    state = fold_sign_out([told(), told(2)])
    assert told_at(state, uid(1), [APL], "reader-1") == TOLD_AT
    assert told_at(state, uid(1), [APL], "reader-3") is None
    assert told_at(state, uid(1), [], "reader-1") is None
    assert told_at(fold_sign_out([told(urgency=2)]), uid(1), [APL], "reader-1") is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_cases_for_teaching_and_archive_call_nobody(purpose: Purpose) -> None:
    it = case(facts=CaseFacts(purpose=purpose))
    assert is_called_for(it) is (purpose in {Purpose.CLINICAL, Purpose.RESEARCH})


def test_a_deleted_case_calls_nobody() -> None:
    assert not is_called_for(case(deleted()))


@pytest.mark.parametrize(
    "wrong", [told(turn=0), ReaderTold(told().stamp, uid(1), 1, "", 3, "page"), told(by_means="")]
)
def test_a_telling_says_whom_and_how(wrong: ReaderTold) -> None:
    with pytest.raises(UsageError, match="nobody was told"):
        check_sign_out_event(SignOutState(), wrong)


def test_a_telling_is_due_of_its_analysis() -> None:
    [one] = due_tellings(SignOutState(), uid(7), [APL], BOTH, (), START)
    assert one == Telling(uid(7), 1, "reader-1", 3, "page")
