"""The watch for findings that may not wait: who is told, once, whatever fails."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from engine.made_home import cases_of, until
from marrowscope.cases.facts import CaseFacts, Purpose
from marrowscope.cases.on_call import OnCall, Telling
from marrowscope.cases.signing import CriticalFinding
from marrowscope.cases.state import CaseState
from marrowscope.engine.on_call_watch import OnCallWatch, Send, watching_for_calls
from marrowscope.errors import UnreadableInputError
from marrowscope.exchange.messages import MessageError
from marrowscope.store.case_parts import CaseParts

ANALYSIS = uuid4()
APL = CriticalFinding("F-APL-triage", "", "Look at once.", 3)
ON_CALL = OnCall("first", "second", timedelta(minutes=15))


@dataclass
class Ward:
    parts: CaseParts
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    settled: set[UUID] = field(default_factory=set)
    broken: set[UUID] = field(default_factory=set)
    sent: list[Telling] = field(default_factory=list)
    told: list[Exception] = field(default_factory=list)
    is_reachable: bool = True

    def case(self, purpose: Purpose = Purpose.CLINICAL) -> UUID:
        return self.parts.records.open_case(CaseFacts(purpose=purpose), by=None).case_id

    def urgent(self, case: CaseState) -> tuple[UUID, tuple[CriticalFinding, ...]] | None:
        if case.case_id in self.broken:
            raise UnreadableInputError("this result is damaged; analyse the case again")
        return ANALYSIS, () if case.case_id in self.settled else (APL,)

    def send(self, _case_id: UUID, telling: Telling) -> None:
        if not self.is_reachable:
            raise MessageError("the webhook did not take a message")
        self.sent.append(telling)

    def watch(self, send: Mapping[str, Send] | None = None) -> OnCallWatch:
        means = {"webhook": self.send} if send is None else send
        return OnCallWatch(
            self.parts.records, self.urgent, ON_CALL, means, lambda: self.now, self.told.append
        )

    def tellings(self, case_id: UUID) -> list[tuple[int, str, str]]:
        case = self.parts.records.case(case_id)
        assert case is not None
        return [(one.turn, one.user_name, one.by_means) for one in case.sign_out.tellings]


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    with cases_of(tmp_path / "home") as parts:
        yield Ward(parts)


def test_readers_are_told_once_each_and_it_is_kept(ward: Ward) -> None:
    case_id, watch = ward.case(), ward.watch()
    for _ in range(3):
        watch.look()
    first = [(1, "first", "page"), (1, "first", "webhook")]
    assert ward.tellings(case_id) == first

    ward.now += ON_CALL.wait + timedelta(minutes=1)
    # Another server: what it knows is in the database.
    again = ward.watch()
    for _ in range(3):
        again.look()
    assert ward.tellings(case_id) == [*first, (2, "second", "page"), (2, "second", "webhook")]
    assert [(one.turn, one.user_name) for one in ward.sent] == [(1, "first"), (2, "second")]
    assert ward.told == []


def test_who_answered_ends_it(ward: Ward) -> None:
    case_id, watch = ward.case(), ward.watch()
    watch.look()
    ward.settled.add(case_id)
    ward.now += 2 * ON_CALL.wait
    watch.look()
    assert {turn for turn, *_ in ward.tellings(case_id)} == {1}


def test_cases_for_teaching_call_nobody(ward: Ward) -> None:
    case_id = ward.case(Purpose.TEACHING)
    ward.watch().look()
    assert ward.tellings(case_id) == []


def test_a_message_that_is_not_taken_is_sent_again_after_pauses(ward: Ward) -> None:
    case_id, watch = ward.case(), ward.watch()
    ward.is_reachable = False
    for _ in range(5):
        watch.look()
    # The page does not wait for the message, and the trouble is told once.
    assert ward.tellings(case_id) == [(1, "first", "page")]
    assert len(ward.told) == 1
    ward.is_reachable = True
    watch.look()
    assert ward.sent == []
    ward.now += timedelta(seconds=15)
    watch.look()
    watch.look()
    assert len(ward.sent) == 1
    assert (1, "first", "webhook") in ward.tellings(case_id)


def test_a_damaged_case_does_not_stop_the_others(ward: Ward) -> None:
    broken, whole = ward.case(), ward.case()
    ward.broken.add(broken)
    watch = ward.watch()
    watch.look()
    watch.look()
    assert ward.tellings(whole)
    assert len(ward.told) == 1


def test_all_pages_say_it_before_any_message_is_sent(ward: Ward) -> None:
    cases = [ward.case(), ward.case()]
    on_pages: list[int] = []

    def send(_case_id: UUID, _telling: Telling) -> None:
        on_pages.append(sum(len(ward.tellings(one)) for one in cases))

    ward.watch({"webhook": send}).look()
    assert on_pages == [2, 3]


def test_a_case_that_is_deleted_meanwhile_is_no_trouble(ward: Ward) -> None:
    case_id = ward.case()

    def delete(_case_id: UUID, _telling: Telling) -> None:
        ward.parts.records.delete(case_id, None, "a duplicate", by=None)

    ward.watch({"webhook": delete}).look()
    assert ward.told == []


def test_it_looks_by_itself_until_it_ends(ward: Ward) -> None:
    case_id = ward.case()
    with watching_for_calls(ward.watch({}), every_s=0.05):
        until(lambda: ward.tellings(case_id))
    with watching_for_calls(None):
        pass
    case = ward.parts.records.case(case_id)
    assert case is not None
    [event] = case.sign_out.tellings
    assert event.stamp.by_name == "machine"
