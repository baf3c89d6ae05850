import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from cases.made_reviews import SLIDES, machine_cells, random_table, source_of
from fakes.still_clock import StillClock
from marrowscope.accounts.account import Account
from marrowscope.cases.events import (
    AnalysisAsked,
    AnalysisFinished,
    AnalysisStarted,
    SlideAdded,
    SlideFile,
    SlideForm,
)
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.machine_cells import DamagedResultError
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.review import (
    EMPTY_REVIEW,
    Review,
    ReviewMovedOnError,
    fold_review,
    next_undo,
)
from marrowscope.cases.review_events import (
    CellAdded,
    CellsNamed,
    CellsSeen,
    ReviewEvent,
    ReviewRedone,
    ReviewUndone,
    added_cell_id,
)
from marrowscope.errors import OutputError, UsageError
from marrowscope.store.account_records import AccountRecords
from marrowscope.store.audit_records import AuditRecords
from marrowscope.store.case_events import CaseRecords
from marrowscope.store.case_parts import case_parts
from marrowscope.store.database import open_database, writing
from marrowscope.store.review_records import ReviewRecords

CELLS = machine_cells(random_table(60))
IDS = CELLS.cell_ids
FACTS = CaseFacts(accession="S26-1", patient_name="Doe, Jane")
INSERT = (
    "INSERT INTO review_events (case_id, analysis_id, number, event_id, event) "
    "VALUES (:case, :analysis, :number, :event_id, :event)"
)


@pytest.fixture
def cases(engine: Engine, clock: StillClock) -> CaseRecords:
    return CaseRecords(engine, clock)


@pytest.fixture
def records(engine: Engine, clock: StillClock) -> ReviewRecords:
    return ReviewRecords(engine, clock)


@pytest.fixture
def ada(engine: Engine, clock: StillClock) -> Account:
    return AccountRecords(engine, clock).set_up("ada", "Ada", "A", "a few words will do")


@pytest.fixture
def place(cases: CaseRecords) -> tuple[UUID, UUID]:
    """Case and analysis, finished."""
    return made_case(cases, is_finished=True)


def made_case(cases: CaseRecords, is_finished: bool) -> tuple[UUID, UUID]:
    case = cases.open_case(FACTS, by=None)
    files = (SlideFile("smear.svs", 10, "0" * 64),)
    slide = SlideAdded(cases.stamp(None), uuid4(), "smear", SlideForm.FILE, files)
    analysis_id = uuid4()
    asked = AnalysisAsked(cases.stamp(None), analysis_id, (slide.slide_id,), None, 500)
    started = AnalysisStarted(cases.machine_stamp(), analysis_id)
    ended = AnalysisFinished(cases.machine_stamp(), analysis_id, "d" * 64, {})
    events = [slide, asked, started, *([ended] if is_finished else [])]
    cases.append(case.case_id, None, events, act="made")
    return case.case_id, analysis_id


def named(
    records: ReviewRecords, by: Account | None, cells: Sequence[str], class_id: str = "META"
) -> CellsNamed:
    return CellsNamed(records.stamp(by, uuid4()), tuple(cells), class_id)


def added(records: ReviewRecords, by: Account | None) -> CellAdded:
    stamp = records.stamp(by, uuid4())
    cell_id = added_cell_id(stamp.event_id)
    box = (10.0, 20.0, 30.0, 30.0)
    return CellAdded(stamp, cell_id, SLIDES[0], source_of(0), *box, "MAST", True)


def trail(engine: Engine) -> list[tuple[str, str, str, dict[str, object]]]:
    entries = reversed(AuditRecords(engine, StillClock()).entries(limit=500))
    return [
        (one.actor_name, one.act, one.about, one.values())
        for one in entries
        if one.act == "cells_reviewed"
    ]


def n_rows(engine: Engine) -> int:
    with writing(engine) as connection:
        return int(connection.execute(text("SELECT count(*) FROM review_events")).scalar_one())


def test_before_anybody_did_anything(records: ReviewRecords, place: tuple[UUID, UUID]) -> None:
    assert records.review(*place) == EMPTY_REVIEW
    assert records.events(*place, 0) == ()
    assert records.append(*place, [], CELLS, by=None) == EMPTY_REVIEW


def test_what_was_done_is_there_for_all_and_audited_without_cells_or_patient(
    records: ReviewRecords,
    place: tuple[UUID, UUID],
    ada: Account,
    engine: Engine,
    clock: StillClock,
) -> None:
    events: list[ReviewEvent] = [
        named(records, ada, IDS[:2]),
        CellsSeen(records.stamp(ada, uuid4()), IDS[:5]),
        added(records, ada),
        named(records, ada, IDS[:1], "BLAST_NOS"),
    ]
    review = records.append(*place, events, CELLS, by=ada)
    assert review == fold_review(events)
    assert records.review(*place) == ReviewRecords(engine, clock).review(*place) == review
    assert records.events(*place, 0) == tuple(events)
    assert records.events(*place, 3) == tuple(events[3:])
    assert review.named[IDS[0]].at == clock.time.astimezone(UTC)

    (entry,) = trail(engine)
    details = entry[3]
    assert entry[:3] == ("ada", "cells_reviewed", str(place[0]))
    assert set(details) == {"analysis_id", "acts", "sha256"}
    assert details["analysis_id"] == str(place[1])
    assert details["acts"] == {"cell_added": 1, "cells_named": 2, "cells_seen": 1}
    assert len(str(details["sha256"])) == 64
    assert "Doe" not in str(trail(engine))
    assert AuditRecords(engine, clock).verify().broken_at is None


def test_the_digest_tells_what_was_done(
    records: ReviewRecords, place: tuple[UUID, UUID], engine: Engine
) -> None:
    for cells in (IDS[:1], IDS[1:2]):
        records.append(*place, [named(records, None, cells)], CELLS, by=None)
    first, second = (entry[3]["sha256"] for entry in trail(engine))
    assert first != second


def test_each_analysis_has_a_review_of_its_own(
    records: ReviewRecords, cases: CaseRecords, place: tuple[UUID, UUID]
) -> None:
    other = made_case(cases, is_finished=True)
    records.append(*place, [named(records, None, IDS[:1])], CELLS, by=None)
    records.append(*other, [named(records, None, IDS[1:2])], CELLS, by=None)
    assert set(records.review(*place).named) == {IDS[0]}
    assert set(records.review(*other).named) == {IDS[1]}
    assert records.review(place[0], other[1]) == EMPTY_REVIEW


def test_what_makes_no_sense_writes_nothing_of_it_all(
    records: ReviewRecords, place: tuple[UUID, UUID], engine: Engine
) -> None:
    good = named(records, None, IDS[:1])
    lost = replace(added(records, None), x_px=-5.0)
    beside = replace(added(records, None), in_count=False)
    nobody = ReviewUndone(records.stamp(None, uuid4()), uuid4())
    for wrong, error, reason in (
        (named(records, None, ["s9-000000"]), UnknownCaseError, "no such cell"),
        (named(records, None, IDS[:1], "RBC"), UsageError, "red cell"),
        (lost, UsageError, "outside the picture"),
        (beside, UsageError, "counted region"),
        (nobody, UnknownCaseError, "no such act"),
    ):
        with pytest.raises(error, match=reason):
            records.append(*place, [good, wrong], CELLS, by=None)
    assert records.review(*place) == EMPTY_REVIEW
    assert (n_rows(engine), trail(engine)) == (0, [])


def test_one_spot_is_added_once(
    records: ReviewRecords, place: tuple[UUID, UUID], ada: Account, engine: Engine
) -> None:
    taken = "lies there already; name that one"
    first, again = added(records, ada), added(records, ada)
    with pytest.raises(UsageError, match=taken):
        records.append(*place, [first, again], CELLS, by=ada)
    assert n_rows(engine) == 0
    records.append(*place, [first], CELLS, by=ada)
    with pytest.raises(UsageError, match=taken):
        records.append(*place, [again], CELLS, by=ada)

    # Whoever takes theirs away makes room, and cannot bring it back where somebody else added it.
    undo = ReviewUndone(records.stamp(ada, uuid4()), first.stamp.event_id)
    other = added(records, None)
    records.append(*place, [undo], CELLS, by=ada)
    records.append(*place, [other], CELLS, by=None)
    redo = ReviewRedone(records.stamp(ada, uuid4()), first.stamp.event_id)
    with pytest.raises(UsageError, match=taken):
        records.append(*place, [redo], CELLS, by=ada)
    assert records.review(*place).added == {other.cell_id: other}


def test_of_two_undos_of_one_act_the_second_is_told_so(
    records: ReviewRecords, place: tuple[UUID, UUID], ada: Account
) -> None:
    act = named(records, ada, IDS[:1])
    records.append(*place, [act], CELLS, by=ada)
    first, second = (ReviewUndone(records.stamp(ada, uuid4()), act.stamp.event_id) for _ in "ab")
    records.append(*place, [first], CELLS, by=ada)
    with pytest.raises(ReviewMovedOnError, match="taken back already"):
        records.append(*place, [second], CELLS, by=ada)


def test_only_a_finished_analysis_is_reviewed(
    records: ReviewRecords, cases: CaseRecords, place: tuple[UUID, UUID]
) -> None:
    running = made_case(cases, is_finished=False)
    event = named(records, None, IDS[:1])
    with pytest.raises(UsageError, match="not finished"):
        records.append(*running, [event], CELLS, by=None)
    with pytest.raises(UnknownCaseError, match="no such analysis"):
        records.append(place[0], uuid4(), [event], CELLS, by=None)
    with pytest.raises(UnknownCaseError, match="no such case"):
        records.append(uuid4(), place[1], [event], CELLS, by=None)


def test_a_deleted_case_keeps_what_was_done_and_takes_no_more(
    records: ReviewRecords, cases: CaseRecords, place: tuple[UUID, UUID], engine: Engine
) -> None:
    records.append(*place, [named(records, None, IDS[:1])], CELLS, by=None)
    cases.delete(place[0], None, "a duplicate", by=None)
    assert n_rows(engine) == 1
    with pytest.raises(UnknownCaseError, match="deleted"):
        records.append(*place, [named(records, None, IDS[:1])], CELLS, by=None)


def test_what_is_sent_twice_is_done_once(
    records: ReviewRecords,
    place: tuple[UUID, UUID],
    ada: Account,
    engine: Engine,
    clock: StillClock,
) -> None:
    events = [named(records, ada, IDS[:2]), added(records, ada)]
    first = records.append(*place, events, CELLS, by=ada)
    clock.time += timedelta(minutes=1)
    later = [replace(event, stamp=records.stamp(ada, event.stamp.event_id)) for event in events]
    assert records.append(*place, later, CELLS, by=ada) == first
    assert (n_rows(engine), len(trail(engine))) == (2, 1)

    more = named(records, ada, IDS[2:3])
    review = records.append(*place, [*later, more, more], CELLS, by=ada)
    assert review == fold_review([*events, more])
    assert (n_rows(engine), len(trail(engine))) == (3, 2)
    assert trail(engine)[-1][3]["acts"] == {"cells_named": 1}


def test_an_undo_that_is_sent_twice_takes_back_one_act(
    records: ReviewRecords, place: tuple[UUID, UUID], ada: Account
) -> None:
    acts = [named(records, ada, IDS[:1]), named(records, ada, IDS[1:2])]
    records.append(*place, acts, CELLS, by=ada)
    event_id = uuid4()
    for act in reversed(acts):  # The second time the latest act is another one.
        undo = ReviewUndone(records.stamp(ada, event_id), act.stamp.event_id)
        review = records.append(*place, [undo], CELLS, by=ada)
        assert event_id in review.event_ids
        assert next_undo(review, ada.account_id) == acts[0]
    redo = ReviewRedone(records.stamp(ada, uuid4()), acts[1].stamp.event_id)
    assert len(records.append(*place, [redo], CELLS, by=ada).named) == 2


def test_an_id_is_used_for_one_thing_only(
    records: ReviewRecords, cases: CaseRecords, place: tuple[UUID, UUID], ada: Account
) -> None:
    event = named(records, ada, IDS[:1])
    review = records.append(*place, [event], CELLS, by=ada)
    wrong: tuple[tuple[ReviewEvent, Account | None], ...] = (
        (replace(event, class_id="SEG"), ada),
        (replace(event, cell_ids=IDS[:2]), ada),
        (replace(event, stamp=records.stamp(None, event.stamp.event_id)), None),
        (CellsSeen(event.stamp, event.cell_ids), ada),
    )
    for other, by in wrong:
        with pytest.raises(UsageError, match="under this id"):
            records.append(*place, [other], CELLS, by=by)
    twice = named(records, ada, IDS[:1])
    with pytest.raises(UsageError, match="under this id"):
        records.append(*place, [twice, replace(twice, class_id="SEG")], CELLS, by=ada)
    with pytest.raises(UsageError, match="under this id"):
        records.append(*made_case(cases, is_finished=True), [event], CELLS, by=ada)
    assert records.review(*place) == review


def test_nobody_writes_in_the_name_of_another(
    records: ReviewRecords, place: tuple[UUID, UUID], ada: Account, engine: Engine
) -> None:
    with pytest.raises(ValueError, match="somebody else"):
        records.append(*place, [named(records, None, IDS[:1])], CELLS, by=ada)
    assert n_rows(engine) == 0


def test_many_ids_are_asked_for(records: ReviewRecords, place: tuple[UUID, UUID]) -> None:
    events = [CellsSeen(records.stamp(None, uuid4()), IDS[:1]) for _ in range(1100)]
    review = records.append(*place, events, CELLS, by=None)
    assert records.append(*place, events, CELLS, by=None) == review
    assert review.n_events == 1100


def test_others_see_what_one_does_and_what_fails_is_not_remembered(
    tmp_path: Path, records: ReviewRecords, place: tuple[UUID, UUID]
) -> None:
    engine = open_database(tmp_path)
    others = ReviewRecords(engine, StillClock())
    assert others.review(*place) == EMPTY_REVIEW
    review = records.append(*place, [named(records, None, IDS[:1])], CELLS, by=None)
    assert others.review(*place) == review
    review = others.append(*place, [named(others, None, IDS[1:2])], CELLS, by=None)
    assert records.review(*place) == review
    engine.dispose()


def test_a_review_is_remembered_only_once_it_is_written(
    records: ReviewRecords, place: tuple[UUID, UUID], engine: Engine
) -> None:
    def no_clock() -> datetime:
        raise OutputError("the clock stands still")

    before = records.append(*place, [named(records, None, IDS[:1])], CELLS, by=None)
    broken = ReviewRecords(engine, no_clock)  # It asks when only after the events are written.
    assert broken.review(*place) == before
    with pytest.raises(OutputError, match="the clock"):
        broken.append(*place, [named(records, None, IDS[1:2])], CELLS, by=None)
    assert broken.review(*place) == records.review(*place) == before
    assert n_rows(engine) == 1


def test_of_many_at_once_all_are_heard(tmp_path: Path, place: tuple[UUID, UUID]) -> None:
    engines = [open_database(tmp_path) for _ in range(4)]
    together = threading.Barrier(len(engines))
    reviews: list[Review] = []

    def review(n: int) -> None:
        own = ReviewRecords(engines[n], StillClock())
        together.wait()
        for cell_id in IDS[5 * n : 5 * n + 5]:
            event = named(own, None, [cell_id])
            reviews.append(own.append(*place, [event], CELLS, by=None))

    threads = [threading.Thread(target=review, args=(n,)) for n in range(len(engines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.n_events for one in reviews) == list(range(1, 21))
    last = ReviewRecords(engines[0], StillClock()).review(*place)
    assert set(last.named) == set(IDS[:20])
    for engine in engines:
        engine.dispose()


def test_more_analyses_than_are_kept_at_hand(records: ReviewRecords, cases: CaseRecords) -> None:
    places = [made_case(cases, is_finished=True) for _ in range(20)]
    for n, place in enumerate(places):
        records.append(*place, [named(records, None, IDS[n : n + 1])], CELLS, by=None)
    assert [set(records.review(*place).named) for place in places] == [
        {IDS[n]} for n in range(len(places))
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE review_events SET event = '{}'",
        "DELETE FROM review_events",
        "INSERT OR REPLACE INTO review_events "
        "SELECT seq, case_id, analysis_id, number, event_id, '{}' FROM review_events",
        "INSERT OR REPLACE INTO review_events "
        "SELECT 99, case_id, analysis_id, number, 'x', '{}' FROM review_events",
        "INSERT OR REPLACE INTO review_events "
        "SELECT 99, case_id, analysis_id, 99, event_id, '{}' FROM review_events",
        "INSERT INTO review_events SELECT 99, case_id, analysis_id, 0, 'x', '{}' "
        "FROM review_events",
    ],
    ids=["update", "delete", "replace", "same number", "same event", "number nought"],
)
def test_what_a_reader_did_is_never_changed(
    wrong: str,
    records: ReviewRecords,
    place: tuple[UUID, UUID],
    engine: Engine,
    clock: StillClock,
) -> None:
    review = records.append(*place, [named(records, None, IDS[:1])], CELLS, by=None)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(text(wrong))
    assert ReviewRecords(engine, clock).review(*place) == review


@pytest.mark.parametrize(
    "event",
    ['{"kind": "cell_eaten"}', "[]", "nonsense"],
    ids=["newer", "no object", "no json"],
)
def test_a_review_that_cannot_be_read_is_told(
    event: str, records: ReviewRecords, engine: Engine
) -> None:
    case_id, analysis_id = uuid4(), uuid4()
    row = {
        "case": case_id.hex,
        "analysis": analysis_id.hex,
        "number": 1,
        "event_id": uuid4().hex,
        "event": event,
    }
    with writing(engine) as connection:
        connection.execute(text(INSERT), row)
    told = r"newer Marrowscope|restore a backup"
    with pytest.raises(OutputError, match=told) as raised:
        records.review(case_id, analysis_id)
    assert "\n" not in str(raised.value)
    with pytest.raises(OutputError, match=told):
        records.events(case_id, analysis_id, 0)


def test_nothing_is_added_to_a_review_that_cannot_be_read(
    records: ReviewRecords, place: tuple[UUID, UUID], engine: Engine
) -> None:
    row = {
        "case": place[0].hex,
        "analysis": place[1].hex,
        "number": 1,
        "event_id": uuid4().hex,
        "event": '{"kind": "cell_eaten"}',
    }
    with writing(engine) as connection:
        connection.execute(text(INSERT), row)
    with pytest.raises(OutputError, match="newer Marrowscope"):
        records.append(*place, [named(records, None, IDS[:1])], CELLS, by=None)
    assert n_rows(engine) == 1


def test_the_parts_of_a_home_share_what_was_read_of_cases(
    engine: Engine, clock: StillClock
) -> None:
    parts = case_parts(engine, clock)
    place = made_case(parts.records, is_finished=True)
    event = named(parts.reviews, None, IDS[:1])
    assert parts.reviews.append(*place, [event], CELLS, by=None).n_events == 1
    with pytest.raises(DamagedResultError, match="is gone"):
        parts.results.header(*place)
