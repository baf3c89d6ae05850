import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from fakes.still_clock import StillClock
from marrowscope.accounts.account import Account
from marrowscope.cases.events import (
    AnalysisAsked,
    AnalysisCancelled,
    AnalysisStarted,
    SlideAdded,
    SlideFile,
    SlideForm,
)
from marrowscope.cases.facts import CaseFacts, Purpose
from marrowscope.cases.refusals import CaseChangedError, UnknownCaseError
from marrowscope.cases.state import CaseState, CaseStatus
from marrowscope.errors import OutputError, UnreadableInputError, UsageError
from marrowscope.store.account_records import AccountRecords
from marrowscope.store.audit_records import AuditRecords
from marrowscope.store.case_events import CaseRecords
from marrowscope.store.case_files import CaseFiles
from marrowscope.store.database import FILE, open_database, writing

FACTS = CaseFacts(accession="S26-1", patient_name="Doe, Jane", purpose=Purpose.CLINICAL)


@pytest.fixture
def records(engine: Engine, clock: StillClock) -> CaseRecords:
    return CaseRecords(engine, clock)


@pytest.fixture
def boss(engine: Engine, clock: StillClock) -> Account:
    return AccountRecords(engine, clock).set_up("boss", "The Boss", "TB", "a few words will do")


def trail(engine: Engine) -> list[tuple[str, str, str, dict[str, object]]]:
    entries = reversed(AuditRecords(engine, StillClock()).entries(limit=500))
    return [(one.actor_name, one.act, one.about, one.values()) for one in entries]


def with_slide(records: CaseRecords, case: CaseState) -> CaseState:
    files = (SlideFile("smear.svs", 10, "0" * 64),)
    event = SlideAdded(records.stamp(None), uuid4(), "smear", SlideForm.FILE, files)
    return records.append(case.case_id, None, [event], act="case_slide_added")


def with_analysis(records: CaseRecords, case: CaseState) -> CaseState:
    slides = tuple(slide.slide_id for slide in case.slides)
    event = AnalysisAsked(records.stamp(None), uuid4(), slides, None, 500)
    return records.append(case.case_id, None, [event], act="analysis_asked")


def test_before_there_is_a_case(records: CaseRecords) -> None:
    assert records.cases() == ()
    assert not records.has_ever_had_cases()
    assert records.case(UUID(int=1)) is None
    assert records.open_analyses() == ()
    with pytest.raises(UnknownCaseError):
        records.change_facts(UUID(int=1), 1, FACTS, by=None)
    with pytest.raises(UnknownCaseError):
        records.delete(UUID(int=1), None, "a duplicate", by=None)


def test_a_case_is_opened_and_audited_without_its_patient(
    records: CaseRecords, boss: Account, engine: Engine, clock: StillClock
) -> None:
    case = records.open_case(FACTS, by=boss)
    assert (case.facts, case.version, case.opened_by_name) == (FACTS, 1, "The Boss")
    assert case.opened_at == clock.time
    assert records.case(case.case_id) == case
    assert records.cases() == (case,)
    assert trail(engine)[-1] == ("boss", "case_opened", str(case.case_id), {"purpose": "clinical"})
    assert "Doe" not in str(trail(engine))
    assert AuditRecords(engine, clock).verify().broken_at is None


def test_facts_are_changed_at_a_version(records: CaseRecords, engine: Engine) -> None:
    case = records.open_case(FACTS, by=None)
    new = CaseFacts(accession="S26-2", patient_name="Doe, Jane")
    changed = records.change_facts(case.case_id, 1, new, by=None)
    assert (changed.facts, changed.version) == (new, 2)
    assert trail(engine)[-1][3] == {"facts": ["accession", "purpose"]}
    with pytest.raises(CaseChangedError) as raised:
        records.change_facts(case.case_id, 1, FACTS, by=None)
    assert raised.value.version == 2
    assert records.change_facts(case.case_id, 2, new, by=None).version == 2
    assert len(trail(engine)) == 2


def test_what_makes_no_sense_writes_nothing(records: CaseRecords, engine: Engine) -> None:
    case = records.open_case(FACTS, by=None)
    before = trail(engine)
    with pytest.raises(UsageError, match="no slide yet"):
        with_analysis(records, case)
    with pytest.raises(UsageError):
        records.open_case(CaseFacts(accession="x" * 100), by=None)
    with pytest.raises(ValueError, match="no event"):
        records.append(uuid4(), None, [], act="nothing")
    assert trail(engine) == before
    assert records.cases() == (case,)


def test_several_events_are_written_together_or_not_at_all(records: CaseRecords) -> None:
    case = with_slide(records, records.open_case(FACTS, by=None))
    slides = (case.slides[0].slide_id,)
    asked = AnalysisAsked(records.stamp(None), uuid4(), slides, None, 500)
    started = AnalysisStarted(records.stamp(None), uuid4())
    with pytest.raises(UnknownCaseError):
        records.append(case.case_id, None, [asked, started], act="analysis_asked")
    assert records.case(case.case_id) == case


def test_open_analyses_come_in_the_order_of_asking(records: CaseRecords) -> None:
    cases = [with_slide(records, records.open_case(FACTS, by=None)) for _ in range(3)]
    asked = [with_analysis(records, case) for case in (cases[2], cases[0], cases[1])]
    open_ids = [(case.case_id, case.analyses[-1].analysis_id) for case in asked]
    assert list(records.open_analyses()) == open_ids
    event = AnalysisCancelled(records.stamp(None), open_ids[0][1])
    records.append(open_ids[0][0], None, [event], act="analysis_cancelled")
    assert list(records.open_analyses()) == open_ids[1:]
    with_analysis(records, asked[0])
    assert [case_id for case_id, _ in records.open_analyses()] == [
        cases[0].case_id, cases[1].case_id, cases[2].case_id,
    ]  # fmt: skip


def test_others_see_what_one_writes(tmp_path: Path, records: CaseRecords) -> None:
    case = records.open_case(FACTS, by=None)
    engine = open_database(tmp_path)
    others = CaseRecords(engine, StillClock())
    assert others.case(case.case_id) == case
    changed = with_slide(others, case)
    assert records.case(case.case_id) == changed
    assert records.cases() == others.cases()
    engine.dispose()


def test_a_deleted_case_is_gone_with_its_files(
    records: CaseRecords, boss: Account, tmp_path: Path, engine: Engine
) -> None:
    case = records.open_case(FACTS, by=None)
    folder = CaseFiles(tmp_path).slide_folder(case.case_id, uuid4())
    folder.mkdir(parents=True)
    (folder / "smear.svs").write_bytes(b"x")
    records.delete(case.case_id, None, " a \n duplicate ", by=boss)
    assert records.cases() == ()
    assert records.has_ever_had_cases()
    gone = records.case(case.case_id)
    assert gone is not None
    assert gone.status is CaseStatus.DELETED
    assert not CaseFiles(tmp_path).case_folder(case.case_id).exists()
    assert trail(engine)[-1][1:] == (
        "case_deleted", str(case.case_id), {"reason": "a duplicate"},
    )  # fmt: skip
    with pytest.raises(UnknownCaseError):
        with_slide(records, case)


def test_of_many_who_change_a_case_at_once_one_wins(tmp_path: Path, records: CaseRecords) -> None:
    case = records.open_case(FACTS, by=None)
    engines = [open_database(tmp_path) for _ in range(4)]
    together = threading.Barrier(len(engines))
    won: list[int] = []
    lost: list[int] = []

    def change(n: int) -> None:
        own = CaseRecords(engines[n], StillClock())
        together.wait()
        try:
            own.change_facts(case.case_id, 1, CaseFacts(accession=str(n)), by=None)
            won.append(n)
        except CaseChangedError:
            lost.append(n)

    threads = [threading.Thread(target=change, args=(n,)) for n in range(len(engines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 3)
    now = records.case(case.case_id)
    assert now is not None
    assert (now.version, now.facts.accession) == (2, str(won[0]))
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE case_events SET event = '{}'",
        "DELETE FROM case_events",
        "INSERT OR REPLACE INTO case_events SELECT seq, case_id, version, '{}' FROM case_events",
        "INSERT INTO case_events (case_id, version, event) "
        "SELECT case_id, version, event FROM case_events",
    ],
)
def test_events_are_never_changed(wrong: str, records: CaseRecords, engine: Engine) -> None:
    case = records.open_case(FACTS, by=None)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(text(wrong))
    assert CaseRecords(engine, StillClock()).cases() == (case,)


@pytest.mark.parametrize(
    ("event", "error"),
    [('{"kind": "cell_renamed"}', UnreadableInputError), ("[]", UnreadableInputError),
     ("nonsense", OutputError)],
)  # fmt: skip
def test_an_event_of_a_newer_one_is_named(
    event: str, error: type[Exception], tmp_path: Path
) -> None:
    open_database(tmp_path).dispose()
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        row = (UUID(int=1).hex, 1, event)
        database.execute("INSERT INTO case_events (case_id, version, event) VALUES (?, ?, ?)", row)
        database.commit()
    engine = open_database(tmp_path)
    with pytest.raises(error, match=r"newer Marrowscope|restore a backup"):
        CaseRecords(engine, StillClock()).cases()
    engine.dispose()
