from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from made_log import act, entered, service, withdrawn

from marrowscope.coding.log_events import LogEvent
from marrowscope.coding.log_import import ImportPlan, plan_import
from marrowscope.coding.log_rows import ServiceRow
from marrowscope.coding.log_service import Service
from marrowscope.coding.log_undo import last_done, taken_back, told
from marrowscope.coding.work_log import fold


def rows_of(*services: Service) -> list[ServiceRow]:
    return [ServiceRow(line, one) for line, one in enumerate(services, start=2)]


def plan(
    services: Sequence[Service],
    events: Sequence[LogEvent] = (),
    *,
    at: int = 1,
    accessions: bool = True,
    keep_repeats: bool = False,
) -> ImportPlan:
    return plan_import(
        rows_of(*services),
        events,
        act(500 + at, at),
        keep_accessions=accessions,
        keep_repeats=keep_repeats,
    )


def lines(rows: Sequence[ServiceRow]) -> list[int]:
    return [row.line for row in rows]


A = service(accession="S25-1")
B = service(accession="S25-2")
PLAIN = service()


def test_the_same_file_twice_adds_nothing() -> None:
    first = plan([A, B])
    second = plan([A, B], first.events, at=2)

    assert lines(first.added) == [2, 3]
    assert second.events == ()
    assert lines(second.logged) == [2, 3]


def test_rows_alike_in_the_file_count_once() -> None:
    done = plan([A, B, A, replace(A, note="again")])

    assert (lines(done.added), lines(done.repeated)) == ([2, 3], [4, 5])


def test_rows_alike_count_each_where_that_is_asked_for_and_again_add_nothing() -> None:
    done = plan([PLAIN, PLAIN, PLAIN], keep_repeats=True)

    assert len(fold(done.events).entries) == 3
    assert plan([PLAIN, PLAIN, PLAIN], done.events, at=2, keep_repeats=True).events == ()
    assert len(plan([PLAIN] * 4, done.events, at=2, keep_repeats=True).added) == 1


def test_a_service_that_was_entered_by_hand_is_not_doubled() -> None:
    by_hand = [entered(1, values=PLAIN)]

    assert lines(plan([PLAIN], by_hand).logged) == [2]
    done = plan([PLAIN, PLAIN], by_hand, keep_repeats=True)
    assert (len(done.added), len(done.logged)) == (1, 1)
    assert plan([PLAIN, PLAIN], [*by_hand, *done.events], at=2, keep_repeats=True).events == ()


def test_the_log_of_another_reader_does_not_matter() -> None:
    assert lines(plan([PLAIN], [entered(1, values=PLAIN, reader="you")]).added) == [2]


def test_rows_in_another_order_or_with_another_note_are_the_same_services() -> None:
    first, second = replace(PLAIN, note="x"), replace(PLAIN, note="y")
    done = plan([first, second], keep_repeats=True)

    assert plan([second, first], done.events, at=2, keep_repeats=True).events == ()
    assert plan([PLAIN], done.events, at=2).events == ()


def test_an_undone_import_comes_back_when_it_is_imported_again() -> None:
    events: list[LogEvent] = list(plan([A, B]).events)
    done = last_done(events, "me")
    assert told(done) == "an import of 2 entries"
    undoing = act(600, at=2)
    events += taken_back(done, replace(undoing, undoes=done[0].act.act_id))
    assert fold(events).entries == ()

    again = plan([A, B], events, at=3)

    assert lines(again.returning) == [2, 3]
    assert len(fold([*events, *again.events]).entries) == 2


def test_what_was_withdrawn_by_hand_stays_withdrawn() -> None:
    events: list[LogEvent] = list(plan([A, B]).events)
    chosen = events[0].event_id
    events.append(replace(withdrawn(700, about=0, at=2), target_id=chosen))

    again = plan([A, B], events, at=3)

    assert (lines(again.withdrawn), lines(again.logged)) == ([2], [3])
    assert again.events == ()


def test_accessions_that_are_not_kept_still_tell_rows_apart() -> None:
    done = plan([A, B, A], accessions=False)

    assert (lines(done.added), lines(done.repeated)) == ([2, 3], [4])
    assert {entry.service.accession for entry in fold(done.events).entries} == {""}
    assert plan([A, B, A], done.events, at=2, accessions=False).events == ()


def test_other_units_days_or_modifiers_are_other_services() -> None:
    others = [
        PLAIN,
        replace(PLAIN, units=2),
        replace(PLAIN, day=date(2025, 3, 2)),
        replace(PLAIN, modifiers=("26",)),
        replace(PLAIN, modifiers=("26", "59")),
        replace(PLAIN, modifiers=("59", "26")),
    ]

    assert len(plan(others).added) == len(others)
