import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from engine.made_home import (
    Reading,
    case_now,
    case_with_slide,
    cases_of,
    ended,
    engine_of,
    until,
)
from fakes.still_clock import StillClock
from marrowscope.cases.events import AnalysisStarted
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.state import AnalysisStatus, CaseStatus
from marrowscope.engine.asking import AskedJobs
from marrowscope.engine.durable import FILE
from marrowscope.errors import NotASmearError, OutputError, UsageError
from marrowscope.progress import Progress
from marrowscope.store.audit_records import AuditRecords
from marrowscope.store.database import open_database


def acts(home: Path) -> list[tuple[str, str]]:
    engine = open_database(home)
    entries = AuditRecords(engine, StillClock()).entries(limit=500)
    engine.dispose()
    return [(one.actor_name, one.act) for one in reversed(entries)]


def test_an_analysis_is_run_and_its_result_kept(tmp_path: Path) -> None:
    reading = Reading()
    with engine_of(tmp_path, reading) as engine:
        case_id = case_with_slide(engine.parts)
        analysis_id = engine.jobs.ask(case_id, by=None, um_per_px=0.25)
        assert reading.is_within.wait(60)
        assert case_now(engine.parts, case_id).status is CaseStatus.RUNNING
        said = engine.jobs.progress(analysis_id)
        assert said is not None
        assert (said.stage, said.done, said.total) == ("finding cells", 0, 3)
        reading.may_go_on.set()
        result = ended(engine.parts, case_id)
        assert (result.status, result.analysis_id) == (AnalysisStatus.FINISHED, analysis_id)
        assert result.summary == {"counts": {"found": 30}, "slides": ["smear.svs"]}
        assert result.digest == engine.parts.files.digest_of(case_id, analysis_id)
        report = engine.parts.files.result(case_id, analysis_id, "report.html")
        assert report is not None
        assert report.read_text() == "a report"
        until(lambda: engine.jobs.progress(analysis_id) is None)
        assert engine.told == []
    order = reading.orders[0]
    assert (order.um_per_px, order.count_target) == (0.25, 500)
    assert [path.name for path in order.inputs] == ["smear.svs"]
    assert not order.inputs[0].parent.exists()
    assert acts(tmp_path)[-3:] == [
        ("command line", "analysis_asked"),
        ("machine", "analysis_started"),
        ("machine", "analysis_finished"),
    ]


def test_what_an_analysis_needs_is_loaded_before_the_first_one(tmp_path: Path) -> None:
    reading = Reading(n_steps=1)
    reading.may_go_on.set()
    loaded: list[int] = []
    with engine_of(tmp_path, reading, load_ahead=lambda: loaded.append(len(reading.orders))) as one:
        for name in ("a", "b"):
            case_id = case_with_slide(one.parts, name)
            one.jobs.ask(case_id, by=None)
            ended(one.parts, case_id)
    assert loaded == [0]


def test_what_cannot_be_loaded_ahead_is_told_and_holds_up_no_analysis(tmp_path: Path) -> None:
    reading = Reading(n_steps=1)
    reading.may_go_on.set()

    def broken() -> None:
        raise ImportError("no such library")

    with engine_of(tmp_path, reading, load_ahead=broken) as engine:
        case_id = case_with_slide(engine.parts)
        engine.jobs.ask(case_id, by=None)
        assert ended(engine.parts, case_id).status is AnalysisStatus.FINISHED
        assert [str(one) for one in engine.told] == ["no such library"]


def test_cases_are_analysed_one_after_the_other(tmp_path: Path) -> None:
    reading = Reading(n_steps=1)
    with engine_of(tmp_path, reading) as engine:
        cases = [case_with_slide(engine.parts, f"smear {n}") for n in range(3)]
        for case_id in cases:
            engine.jobs.ask(case_id, by=None)
        reading.may_go_on.set()
        for case_id in cases:
            assert ended(engine.parts, case_id).status is AnalysisStatus.FINISHED
    assert reading.most_at_once == 1
    assert [order.inputs[0].name for order in reading.orders] == [
        "smear 0.svs", "smear 1.svs", "smear 2.svs",
    ]  # fmt: skip


def test_a_running_analysis_is_cancelled(tmp_path: Path) -> None:
    reading = Reading()
    with engine_of(tmp_path, reading) as engine:
        case_id = case_with_slide(engine.parts)
        analysis_id = engine.jobs.ask(case_id, by=None)
        assert reading.is_within.wait(60)
        engine.jobs.cancel(case_id, analysis_id, by=None)
        assert case_now(engine.parts, case_id).status is CaseStatus.CANCELLED
        until(lambda: engine.jobs.progress(analysis_id) is None)
        folder = engine.parts.files.analysis_folder(case_id, analysis_id)
        until(lambda: not folder.exists())
        with pytest.raises(UsageError, match="has ended"):
            engine.jobs.cancel(case_id, analysis_id, by=None)
        reading.may_go_on.set()
        engine.jobs.ask(case_id, by=None)
        assert ended(engine.parts, case_id).status is AnalysisStatus.FINISHED
    assert ("command line", "analysis_cancelled") in acts(tmp_path)


def test_a_waiting_analysis_is_cancelled_and_never_run(tmp_path: Path) -> None:
    reading = Reading(n_steps=1)
    with engine_of(tmp_path, reading) as engine:
        first, second = (case_with_slide(engine.parts, name) for name in ("a", "b"))
        engine.jobs.ask(first, by=None)
        assert reading.is_within.wait(60)
        waiting = engine.jobs.ask(second, by=None)
        engine.jobs.cancel(second, waiting, by=None)
        reading.may_go_on.set()
        assert ended(engine.parts, first).status is AnalysisStatus.FINISHED
        assert ended(engine.parts, second).status is AnalysisStatus.CANCELLED
    assert [order.inputs[0].name for order in reading.orders] == ["a.svs"]


@pytest.mark.parametrize(
    ("raised", "message", "n_told"),
    [
        (NotASmearError("smear.svs: nothing but\n empty glass"), "nothing but empty glass", 0),
        (OutputError("disk full: free space"), "disk full", 0),
        (MemoryError(), "not enough memory", 0),
        (RuntimeError("patient Doe"), r"a bug in Marrowscope \(RuntimeError\)", 1),
    ],
)
def test_what_fails_says_why_in_one_line(
    raised: Exception, message: str, n_told: int, tmp_path: Path
) -> None:
    reading = Reading(raised=raised)
    with engine_of(tmp_path, reading) as engine:
        case_id = case_with_slide(engine.parts)
        analysis_id = engine.jobs.ask(case_id, by=None)
        result = ended(engine.parts, case_id)
        assert result.status is AnalysisStatus.FAILED
        with pytest.raises(UsageError, match=message):
            raise UsageError(result.message)
        assert "\n" not in result.message
        assert "Doe" not in result.message
        assert len(engine.told) == n_told
        folder = engine.parts.files.analysis_folder(case_id, analysis_id)
        until(lambda: not folder.exists())
        reading.raised = None
        reading.may_go_on.set()
        engine.jobs.ask(case_id, by=None)
        assert ended(engine.parts, case_id).status is AnalysisStatus.FINISHED


def test_a_slide_that_is_gone_fails_its_analysis(tmp_path: Path) -> None:
    with engine_of(tmp_path, Reading()) as engine:
        case_id = case_with_slide(engine.parts)
        slide = case_now(engine.parts, case_id).slides[0]
        (engine.parts.files.slide_folder(case_id, slide.slide_id) / "smear.svs").unlink()
        engine.jobs.ask(case_id, by=None)
        assert "gone or damaged" in ended(engine.parts, case_id).message


def test_what_makes_no_sense_is_refused_at_once(tmp_path: Path) -> None:
    with cases_of(tmp_path) as parts:
        jobs = AskedJobs(parts.records, 500)
        with pytest.raises(UnknownCaseError):
            jobs.ask(uuid4(), by=None)
        case = parts.records.open_case(CaseFacts(), by=None)
        with pytest.raises(UsageError, match="no slide yet"):
            jobs.ask(case.case_id, by=None)
        with pytest.raises(UnknownCaseError):
            jobs.cancel(case.case_id, uuid4(), by=None)
        case_id = case_with_slide(parts)
        jobs.ask(case_id, by=None, count_target=100)
        assert case_now(parts, case_id).analyses[0].count_target == 100
        with pytest.raises(UsageError, match="already"):
            jobs.ask(case_id, by=None)


def test_what_another_process_asks_and_cancels_is_noticed(tmp_path: Path) -> None:
    reading = Reading()
    with engine_of(tmp_path, reading) as engine, cases_of(tmp_path) as others:
        jobs = AskedJobs(others.records, 500)
        case_id = case_with_slide(others)
        analysis_id = jobs.ask(case_id, by=None)
        assert reading.is_within.wait(60)
        assert jobs.progress(analysis_id) is None
        jobs.cancel(case_id, analysis_id, by=None)
        until(lambda: engine.jobs.progress(analysis_id) is None)


def test_what_runs_when_the_server_stops_begins_anew(tmp_path: Path) -> None:
    first, second = Reading(), Reading()
    second.may_go_on.set()
    with engine_of(tmp_path, first) as engine:
        case_id = case_with_slide(engine.parts)
        engine.jobs.ask(case_id, by=None)
        assert first.is_within.wait(60)
    with engine_of(tmp_path, second) as engine:
        assert ended(engine.parts, case_id).status is AnalysisStatus.FINISHED
        assert len(case_now(engine.parts, case_id).analyses) == 1
    assert len(first.orders) == len(second.orders) == 1


def test_what_was_running_is_begun_anew_without_the_jobs_file(tmp_path: Path) -> None:
    with cases_of(tmp_path) as parts:
        case_id = case_with_slide(parts)
        analysis_id = AskedJobs(parts.records, 500).ask(case_id, by=None)
        event = AnalysisStarted(parts.records.machine_stamp(), analysis_id)
        parts.records.append(case_id, None, [event], act="analysis_started")
    reading = Reading()
    reading.may_go_on.set()
    with engine_of(tmp_path, reading) as engine:
        assert ended(engine.parts, case_id).status is AnalysisStatus.FINISHED


def test_nothing_in_the_jobs_file_is_a_pickle(tmp_path: Path) -> None:
    reading = Reading()
    reading.may_go_on.set()
    with engine_of(tmp_path, reading) as engine:
        case_id = case_with_slide(engine.parts)
        engine.jobs.ask(case_id, by=None)
        ended(engine.parts, case_id)
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        rows = database.execute("SELECT status, serialization FROM workflow_status").fetchall()
    assert rows == [("SUCCESS", "portable_json")]


def drawn(path: Path, progress: Progress) -> None:
    progress.stage("drawing", 1)
    path.write_bytes(b"a synthetic smear")


def test_the_demo_case_is_made_once_there_is_somebody_to_see_it(tmp_path: Path) -> None:
    reading = Reading()
    reading.may_go_on.set()
    there: list[str] = []
    with engine_of(tmp_path, reading, draw=drawn, is_set_up=lambda: bool(there)) as engine:
        until((tmp_path / FILE).exists)
        assert engine.parts.records.cases() == ()
        there.append("an administrator")
        until(engine.parts.records.cases)
        case_id = engine.parts.records.cases()[0].case_id
        until(lambda: case_now(engine.parts, case_id).analyses)
        assert ended(engine.parts, case_id).status is AnalysisStatus.FINISHED
        case = case_now(engine.parts, case_id)
        assert (case.facts.purpose, case.slides[0].name) == ("teaching", "Synthetic smear")
        engine.parts.records.delete(case_id, None, "seen", by=None)
        assert engine.told == []
    assert not list(tmp_path.glob(".demo-*"))
    with engine_of(tmp_path, reading, draw=drawn) as engine:
        case_id = case_with_slide(engine.parts)
        engine.jobs.ask(case_id, by=None)
        ended(engine.parts, case_id)
        assert len(engine.parts.records.cases()) == 1


def test_a_demo_that_cannot_be_drawn_is_told_once(tmp_path: Path) -> None:
    def broken(path: Path, progress: Progress) -> None:
        raise OutputError("disk full: free space")

    reading = Reading()
    reading.may_go_on.set()
    with engine_of(tmp_path, reading, draw=broken) as engine:
        until(lambda: engine.told)
        case_id = case_with_slide(engine.parts)
        engine.jobs.ask(case_id, by=None)
        assert ended(engine.parts, case_id).status is AnalysisStatus.FINISHED
        assert [str(one) for one in engine.told] == ["disk full: free space"]


def test_a_result_that_cannot_be_written_down_is_said_so_once_it_can(tmp_path: Path) -> None:
    reading = Reading()
    reading.may_go_on.set()
    with engine_of(tmp_path, reading) as engine:
        case_id = case_with_slide(engine.parts)
        log, refused = engine.parts.records, []
        append = log.append

        def refusing(case_id, version, events, *, act, details=None):
            if act == "analysis_finished" and len(refused) < 5:
                refused.append(act)
                raise OutputError("the disk is full: nothing was changed; free some space")
            return append(case_id, version, events, act=act, details=details)

        log.append = refusing  # type: ignore[method-assign]
        engine.jobs.ask(case_id, by=None)
        result = ended(engine.parts, case_id)
        assert result.status is AnalysisStatus.FAILED
        assert "could not be written down" in result.message
        assert [str(one)[:16] for one in engine.told] == ["the disk is full"]
    assert len(refused) == 5
