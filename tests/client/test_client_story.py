"""What a laboratory's program does: a case, its slide, the analysis, the review, the report."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from case_acts import opened, ready, with_slide
from served_laboratory import Way
from sign_out_acts import CHOSEN, IDS, reading
from web_laboratory import Laboratory

from fakes.fake_cases import FILES
from marrowscope.client import (
    Analysis,
    AnalysisEndedError,
    NotDoneYetError,
    NotFoundError,
    ReadingRoom,
)
from marrowscope.errors import UsageError
from marrowscope.phantom import write_phantom

FACTS = {"accession": "S26-7", "birth_date": date(1960, 2, 3), "blood_blast_percent": 1.5}


def test_from_the_slide_to_the_count(
    laboratory: Laboratory, room: ReadingRoom, tmp_path: Path
) -> None:
    smear = tmp_path / "smear.tif"
    write_phantom(smear, width_px=600, height_px=600, seed=7)
    sent: list[tuple[int, int]] = []

    case = room.add_case(FACTS)
    slide = room.add_slide(
        case.case_id, smear, scanner="S1", stain="MGG", on_sent=lambda *told: sent.append(told)
    )
    asked = room.analyse(case.case_id, um_per_px=0.25, count_target=300)
    jobs = Jobs(laboratory, asked)
    analysis = room.wait_for(asked, every_s=0.0, on_progress=jobs.go_on)

    n_bytes = smear.stat().st_size
    assert case.facts["birth_date"] == "1960-02-03"
    assert (slide.name, slide.kind, slide.n_bytes) == ("smear.tif", "file", n_bytes)
    assert (slide.answer["scanner"], slide.answer["stain"]) == ("S1", "MGG")
    assert sent == [(0, n_bytes), (n_bytes, n_bytes)]
    assert (asked.status, asked.summary) == ("waiting", None)
    assert (asked.answer["um_per_px"], asked.answer["count_target"]) == (0.25, 300)
    assert jobs.heard == ["waiting", "running", "finished"]
    assert analysis.status == "finished"
    assert analysis.summary is not None
    assert analysis.summary["n_counted"] == 500
    for name, content in FILES.items():
        assert room.result_file(analysis, name) == content
    known = room.case(case.case_id)
    assert (known.status, known.result_id) == ("ready", analysis.analysis_id)
    assert (known.slides, known.analyses) == ((slide,), (analysis,))
    (row,) = room.cases("S26-7")
    assert (row.case_id, row.status, row.n_slides) == (case.case_id, "ready", 1)
    assert (room.cases(status="signed"), room.cases("none such")) == ((), ())


class Jobs:
    """Goes on with an analysis whenever somebody asked how far it is."""

    def __init__(self, laboratory: Laboratory, analysis: Analysis) -> None:
        self._jobs = laboratory.jobs
        self._ids = UUID(analysis.case_id), UUID(analysis.analysis_id)
        self.heard: list[str] = []

    def go_on(self, told: Mapping[str, Any]) -> None:
        self.heard.append(told["status"])
        if told["status"] == "waiting":
            self._jobs.start(*self._ids)
        if told["status"] == "running":
            assert told["progress"]["stage"] == "finding cells"
            self._jobs.finish(*self._ids)


def test_cells_and_count_follow_the_review(laboratory: Laboratory, room: ReadingRoom) -> None:
    dora = reading(laboratory)
    analysis = room.analysis(dora.case_id, dora.analysis_id)
    before, count = room.cells(analysis), room.count(analysis)
    first = next(one for one in before if one.in_count and one.is_undecided)
    machine = next(one for one in before if one.in_count and not one.is_undecided)

    dora.name("PLASMA", first.cell_id)
    dora.see(machine.cell_id)
    where = {"source": 1, "x_px": 100.0, "y_px": 100.0}
    assert dora.review({"kind": "add", "class_id": "MAST", **where}).status_code == 200

    after = {one.cell_id: one for one in room.cells(analysis)}
    named, seen = after[first.cell_id], after[machine.cell_id]
    assert [one.cell_id for one in before] == IDS
    assert not any(one.is_seen or one.named_by for one in before)
    assert (named.class_id, named.named_by) == ("PLASMA", "Dora Invented")
    assert (named.is_undecided, named.is_seen) == (False, True)
    assert (seen.class_id, seen.named_by, seen.is_seen) == (machine.class_id, "", True)
    (added,) = [one for one in after.values() if one.cell_id not in IDS]
    assert (added.class_id, added.named_by, added.is_seen) == ("MAST", "Dora Invented", True)
    assert (added.slide, added.source, added.x_px) == ("smear-1", "smear-1/field-02.png", 100.0)
    assert (count.n_seen, count.n_to_see, count.is_fully_seen) == (0, len(CHOSEN), False)
    assert room.count(analysis).n_seen == 3


def test_a_count_is_whole_once_every_cell_was_seen(
    laboratory: Laboratory, room: ReadingRoom
) -> None:
    dora = reading(laboratory)
    analysis = room.analysis(dora.case_id, dora.analysis_id)

    dora.see(*CHOSEN)

    count = room.count(analysis)
    assert count.is_fully_seen
    assert count.n_seen == count.n_to_see == len(CHOSEN)
    assert len(count.percents) == 13
    assert count.percents["blasts"] == count.answer["categories"][0]["percent"]
    assert count.me == count.answer["me"]["value"]


def test_what_was_signed(laboratory: Laboratory, room: ReadingRoom) -> None:
    dora = reading(laboratory)
    assert room.signed_versions(dora.case_id) == ()
    with pytest.raises(NotFoundError, match="no such version"):
        room.signed_report(dora.case_id, 1)

    dora.match_labels()
    dora.ready_to_sign()
    dora.sign()

    (version,) = room.signed_versions(dora.case_id)
    assert (version.number, version.kind, version.signed_by) == (1, "final", "Dora Invented")
    assert (len(version.sha256), version.signed_at.tzinfo is None) == (64, False)
    files = dora.files(1)
    assert room.signed_report(dora.case_id, 1) == files["report.pdf"]
    assert room.signed_report(dora.case_id, 1, "page") == files["page"]
    assert room.signed_report(dora.case_id, 1, "text") == files["report.txt"]
    assert room.signed_report(dora.case_id, 1, "json") == files["report.json"]
    with pytest.raises(UsageError, match="page, pdf, text, json"):
        room.signed_report(dora.case_id, 1, "docx")  # type: ignore[arg-type]
    assert room.case(dora.case_id).status == "signed"


def test_a_case_without_a_result_has_no_signed_version(room: ReadingRoom) -> None:
    assert room.signed_versions(room.add_case().case_id) == ()


def test_nobody_waits_for_ever(laboratory: Laboratory, room: ReadingRoom) -> None:
    analysis = asked(laboratory, room)

    with pytest.raises(NotDoneYetError, match="still waiting"):
        room.wait_for(analysis, timeout_s=0.0)


def test_a_failed_analysis_says_why(laboratory: Laboratory, room: ReadingRoom) -> None:
    analysis = asked(laboratory, room)
    ids = UUID(analysis.case_id), UUID(analysis.analysis_id)
    laboratory.jobs.start(*ids)
    laboratory.jobs.fail(*ids, "nothing on it is stained")

    with pytest.raises(AnalysisEndedError, match="failed: nothing on it is stained"):
        room.wait_for(analysis)
    with pytest.raises(NotFoundError, match="has no result"):
        room.count(analysis)


def test_a_cancelled_analysis_has_ended(laboratory: Laboratory, room: ReadingRoom) -> None:
    analysis = asked(laboratory, room)

    room.cancel(analysis)

    with pytest.raises(AnalysisEndedError, match="was cancelled"):
        room.wait_for(analysis)


def asked(laboratory: Laboratory, room: ReadingRoom) -> Analysis:
    case_id = opened(laboratory.browser("tom"))
    with_slide(laboratory.browser("tom"), case_id)
    return room.analyse(case_id)


def test_waiting_outlasts_a_lost_connection(
    laboratory: Laboratory, room: ReadingRoom, way: Way
) -> None:
    case_id, analysis_id = ready(laboratory)
    analysis = room.analysis(case_id, analysis_id)
    way.lose("GET", "/progress", "answer", "all")

    assert room.wait_for(analysis) == analysis
    assert [path for _, path in way.asked if path.endswith("/progress")] == [
        f"/api/cases/{case_id}/analyses/{analysis_id}/progress"
    ] * 3


def test_a_session_ends_with_the_block(
    laboratory: Laboratory, enter: Callable[..., ReadingRoom]
) -> None:
    with enter() as room:
        room.cases()

    assert laboratory.acts()[0] == "signed_out"
    assert room.sign_out() is None


@pytest.mark.parametrize("wait", [{"minutes": 20}, {"hours": 13}], ids=["locked", "over"])
def test_a_session_that_was_locked_or_ended_is_taken_up_again(
    laboratory: Laboratory, room: ReadingRoom, wait: dict[str, float]
) -> None:
    case = room.add_case(FACTS)
    laboratory.clock.wait(**wait)

    assert room.case(case.case_id) == case
    assert len(room.cases()) == 1


def test_a_long_worklist_is_read_in_parts(
    room: ReadingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [room.add_case({"accession": f"S26-{n}"}).case_id for n in range(5)]
    monkeypatch.setattr("marrowscope.client.reading_room._ROWS_AT_ONCE", 2)

    assert sorted(one.case_id for one in room.cases()) == sorted(made)
