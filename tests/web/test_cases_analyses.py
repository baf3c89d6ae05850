"""Asking for an analysis, following it, and ending it."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from case_acts import asked, code_of, opened, ready, with_slide
from web_laboratory import Laboratory

from fakes.fake_cases import FakeProgress
from marrowscope.progress import EarlyCell
from marrowscope.vocabulary import cell_class


def test_an_analysis_waits_runs_and_is_ready(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    slide_id = with_slide(tom, case_id)["slide_id"]

    answer = tom.ask(
        "POST", f"/api/cases/{case_id}/analyses", {"um_per_px": 0.25, "count_target": 200}
    )

    assert answer.status_code == 202
    analysis = answer.json()
    assert analysis["status"] == "waiting"
    assert (analysis["um_per_px"], analysis["count_target"]) == (0.25, 200)
    assert (analysis["slide_ids"], analysis["asked_by_name"]) == ([slide_id], "Tom Invented")
    analysis_id = analysis["analysis_id"]
    path = f"/api/cases/{case_id}/analyses/{analysis_id}/progress"
    assert tom.ask("GET", path).json() == {
        "analysis_id": analysis_id,
        "status": "waiting",
        "message": "",
        "progress": None,
        "first_cells": [],
    }
    laboratory.jobs.start(UUID(case_id), UUID(analysis_id))
    running = tom.ask("GET", path).json()
    assert running["status"] == "running"
    assert (running["progress"]["stage"], running["progress"]["cells_found"]) == (
        "finding cells",
        140,
    )
    laboratory.jobs.finish(UUID(case_id), UUID(analysis_id))
    done = tom.ask("GET", path).json()
    assert (done["status"], done["progress"], done["first_cells"]) == ("finished", None, [])
    case = tom.ask("GET", f"/api/cases/{case_id}").json()
    assert (case["status"], case["result_id"]) == ("ready", analysis_id)
    assert case["is_result_outdated"] is False
    assert case["analyses"][0]["summary"]["n_counted"] == 500


def test_the_first_cells_of_a_running_analysis_are_told_to_who_may_see_the_case(
    laboratory: Laboratory,
) -> None:
    tom, lara = laboratory.browser("tom"), laboratory.browser("lara")
    case_id = opened(tom)
    with_slide(tom, case_id)
    analysis_id = asked(tom, case_id)
    path = f"/api/cases/{case_id}/analyses/{analysis_id}/progress"
    laboratory.jobs.start(UUID(case_id), UUID(analysis_id))
    laboratory.jobs.running[UUID(analysis_id)] = FakeProgress(
        first_cells=(
            EarlyCell("Smear A", "a/1.jpg", 120.5, 80.0, 0.25),
            EarlyCell("Smear A", "a/1.jpg", 300.0, 90.0, 0.25, "ERY_NOS"),
            EarlyCell("Smear A", "a/2.jpg", 10.0, 20.0, 0.25, "SEG", is_undecided=True),
        )
    )

    cells = tom.ask("GET", path).json()["first_cells"]

    assert cells[0] == {
        "slide": "Smear A",
        "source": "a/1.jpg",
        "x_px": 120.5,
        "y_px": 80.0,
        "um_per_px": 0.25,
        "class_id": None,
        "label": "",
        "is_undecided": False,
    }
    assert [(one["class_id"], one["label"], one["is_undecided"]) for one in cells[1:]] == [
        ("ERY_NOS", cell_class("ERY_NOS").label, False),
        ("SEG", cell_class("SEG").label, True),
    ]
    # Neither the worklist nor the case is the heavier for them, and a case of others has none.
    assert "first_cells" not in tom.ask("GET", "/api/cases").text
    assert "first_cells" not in tom.ask("GET", f"/api/cases/{case_id}").text
    assert code_of(lara.ask("GET", path)) == (404, "not_found")
    assert code_of(laboratory.stranger().ask("GET", path)) == (401, "not_signed_in")

    tom.ask("POST", path.replace("/progress", "/cancel"))
    assert tom.ask("GET", path).json()["first_cells"] == []


def test_a_failed_analysis_says_why(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    with_slide(tom, case_id)
    analysis_id = asked(tom, case_id)
    laboratory.jobs.start(UUID(case_id), UUID(analysis_id))
    laboratory.jobs.fail(UUID(case_id), UUID(analysis_id), "smear.tif: not a smear; check it")

    case = tom.ask("GET", f"/api/cases/{case_id}").json()

    assert case["status"] == "failed"
    assert case["analyses"][0]["message"] == "smear.tif: not a smear; check it"
    again = asked(tom, case_id)
    assert again != analysis_id


def test_an_analysis_is_cancelled(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    with_slide(tom, case_id)
    path = f"/api/cases/{case_id}/analyses/{asked(tom, case_id)}/cancel"

    assert tom.ask("POST", path).status_code == 204
    assert tom.ask("GET", f"/api/cases/{case_id}").json()["status"] == "cancelled"
    assert code_of(tom.ask("POST", path)) == (422, "refused")


def test_one_analysis_at_a_time_and_none_without_slides(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    path = f"/api/cases/{case_id}/analyses"

    assert code_of(tom.ask("POST", path, {})) == (422, "refused")
    with_slide(tom, case_id)
    asked(tom, case_id)
    assert code_of(tom.ask("POST", path, {})) == (422, "refused")


@pytest.mark.parametrize(
    "body",
    [
        {"um_per_px": 0},
        {"um_per_px": -1},
        {"um_per_px": 11},
        {"um_per_px": "NaN"},
        {"count_target": 0},
        {"count_target": 2_000_000},
        {"count_target": 1.5},
        {"site": "x"},
        [],
    ],
)
def test_what_cannot_be_asked_for(laboratory: Laboratory, body: Any) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    with_slide(tom, case_id)

    assert tom.ask("POST", f"/api/cases/{case_id}/analyses", body).status_code == 422
    assert tom.ask("GET", f"/api/cases/{case_id}").json()["analyses"] == []


def test_an_analysis_of_another_case_is_not_there(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id, analysis_id = ready(laboratory)
    other = opened(tom)

    for path in (
        f"/api/cases/{other}/analyses/{analysis_id}",
        f"/api/cases/{case_id}/analyses/{uuid4()}",
    ):
        for asked_for in ("progress", "report", "files/analysis.json"):
            answer = tom.ask("GET", f"{path}/{asked_for}")
            assert code_of(answer) == (404, "not_found")
        assert code_of(tom.ask("POST", f"{path}/cancel")) == (404, "not_found")


def test_a_slide_that_is_being_analysed_stays(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    slide_id = with_slide(tom, case_id)["slide_id"]
    asked(tom, case_id)

    answer = tom.ask("DELETE", f"/api/cases/{case_id}/slides/{slide_id}")

    assert code_of(answer) == (422, "refused")
