from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_log import MADE_VALUES, act, corrected, entered, restored, service, withdrawn

from marrowscope.coding.log_event_json import event_from_text, event_text
from marrowscope.coding.log_events import Act, Corrected, Entered, LogEvent, Restored, Withdrawn
from marrowscope.coding.log_periods import By
from marrowscope.coding.log_service import Service
from marrowscope.coding.log_undo import last_done, taken_back
from marrowscope.coding.log_values import total, totals, valued
from marrowscope.coding.work_log import WorkLog, fold
from marrowscope.errors import UsageError

ROOT = UUID(int=8)
START = datetime(2025, 6, 1, 8, tzinfo=UTC)

services = st.builds(
    Service,
    code=st.sampled_from(["85097", "85060", "88305", "0855T", "99999"]),
    day=st.dates(date(2024, 11, 1), date(2026, 2, 1)),
    units=st.integers(1, 40),
    modifiers=st.sampled_from([(), ("26",), ("TC",), ("59", "26")]),
    place=st.sampled_from(["", "north", "south"]),
)


@st.composite
def histories(draw: st.DrawFn) -> list[LogEvent]:
    """Events of two readers who enter, correct, withdraw and restore, sometimes at one moment."""
    events: list[LogEvent] = []
    for number in range(draw(st.integers(0, 14))):
        moment = START + timedelta(seconds=draw(st.integers(0, 3)))
        doing = Act(uuid5(ROOT, f"act {number}"), moment, draw(st.sampled_from(["me", "you"])))
        own_id = uuid5(ROOT, f"event {number}")
        kind = draw(st.sampled_from(["entered", "entered", "corrected", "withdrawn", "restored"]))
        about = uuid5(ROOT, f"event {draw(st.integers(0, 14))}")
        if kind == "entered":
            events.append(Entered(own_id, doing, draw(services)))
        elif kind == "corrected":
            events.append(Corrected(own_id, doing, about, draw(services)))
        elif kind == "withdrawn":
            events.append(Withdrawn(own_id, doing, about))
        else:
            events.append(Restored(own_id, doing, about))
    return events


@given(histories(), st.randoms(use_true_random=False), st.integers(0, 14))
def test_any_order_of_arrival_and_any_repetition_gives_the_same_log_and_totals(
    history: list[LogEvent], chance: Random, n_again: int
) -> None:
    arrived = [*history, *history[:n_again]]
    chance.shuffle(arrived)

    log, same = fold(history), fold(arrived)

    assert same == log
    for by in By:
        one = totals(valued(log.entries, MADE_VALUES), by, 7)
        assert totals(valued(same.entries, MADE_VALUES), by, 7) == one


@given(histories(), st.sampled_from(list(By)))
def test_the_parts_of_a_log_add_up_to_the_whole_exactly(history: list[LogEvent], by: By) -> None:
    entries = valued(fold(history).entries, MADE_VALUES)

    whole, parts = total(entries), totals(entries, by, 10)

    assert sum(part.n_entries for part in parts) == whole.n_entries
    assert sum(part.n_units for part in parts) == whole.n_units
    assert sum(part.n_units_without_value for part in parts) == whole.n_units_without_value
    worth = [part.work_rvu for part in parts if part.work_rvu is not None]
    assert sum(worth, Decimal(0)) == (whole.work_rvu or 0)


@given(histories())
def test_an_event_is_itself_again_after_it_was_text(history: list[LogEvent]) -> None:
    assert [event_from_text(event_text(event)) for event in history] == history


@given(histories())
def test_undo_after_undo_leads_back_to_an_empty_log(history: list[LogEvent]) -> None:
    events = [event for event in history if event.act.reader == "me"]
    for number in range(len(events)):
        done = last_done(events, "me")
        undoes = done[0].act.act_id
        undoing = Act(uuid5(ROOT, f"undo {number}"), START + timedelta(hours=1), "me", undoes)
        events += taken_back(done, undoing)

    with pytest.raises(UsageError, match="nothing to undo"):
        last_done(events, "me")
    assert fold(events).entries == ()


def only(log: WorkLog) -> Service:
    (entry,) = log.entries
    return entry.service


def test_a_correction_that_arrives_before_its_entry_waits_for_it() -> None:
    entry = entered(1, at=1)
    change = corrected(2, about=1, at=2, values=service(units=3))

    assert fold([change]).waiting == (change,)
    assert fold([change]).entries == ()
    assert only(fold([change, entry])).units == 3
    assert fold([change, entry]).waiting == ()


def test_of_two_corrections_the_later_recorded_wins_and_of_a_tie_the_greater_id() -> None:
    entry = entered(1)
    early = corrected(9, about=1, at=5, values=service(units=5))
    late = corrected(2, about=1, at=6, values=service(units=6))
    tie = corrected(3, about=1, at=6, values=service(units=7))

    assert only(fold([late, early, entry])).units == 6
    assert only(fold([tie, late, early, entry])).units == 7


def test_a_withdrawn_correction_gives_way_to_the_one_before() -> None:
    events = [
        entered(1),
        corrected(2, about=1, at=2, values=service(units=2)),
        corrected(3, about=1, at=3, values=service(units=3)),
        withdrawn(4, about=3, at=4),
    ]

    assert only(fold(events)).units == 2
    assert only(fold([*events, restored(5, about=3, at=5)])).units == 3


def test_a_correction_counts_even_where_its_clock_was_behind() -> None:
    assert only(fold([entered(1, at=9), corrected(2, 1, at=1, values=service(units=4))])).units == 4


def test_nobody_changes_the_entry_of_another_reader() -> None:
    change = withdrawn(2, about=1, reader="you")
    log = fold([entered(1), change])

    assert len(log.entries) == 1
    assert log.waiting == (change,)


def test_one_id_with_two_contents_is_refused() -> None:
    event = entered(1)
    other = replace(event, service=service(units=2))

    with pytest.raises(UsageError, match="in the log with other content"):
        fold([event, other])


def test_an_act_needs_a_time_zone_and_a_reader() -> None:
    with pytest.raises(UsageError, match="time zone"):
        Act(ROOT, datetime(2025, 1, 1), "me")
    with pytest.raises(UsageError, match="--reader"):
        act(1, reader="")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"code": "8509"}, "dropped its leading zeros"),
        ({"code": "85O97!"}, "five letters or digits"),
        ({"code": "8509７"}, "five letters or digits"),
        ({"units": 0}, "0 units"),
        ({"units": 10_000}, "from 1 to 9999"),
        ({"modifiers": ("2",)}, "is no modifier"),
        ({"modifiers": ("59", "59")}, "twice"),
        ({"modifiers": ("26", "TC")}, "whole service"),
        ({"day": date(225, 3, 1)}, "before 1992"),
        ({"note": "a\nb"}, "line break"),
        ({"note": "n" * 501}, "at most 500"),
    ],
)
def test_a_service_that_cannot_be_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(service(), **values)  # type: ignore[arg-type]
