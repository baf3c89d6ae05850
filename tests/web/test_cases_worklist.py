"""The worklist: what it shows, in which order, and how often that is written down."""

from typing import Any
from uuid import UUID

import pytest
from case_acts import asked, opened, ready, with_slide
from web_laboratory import Laboratory


def listed(laboratory: Laboratory, query: str = "", user_name: str = "tom") -> list[str]:
    """Accession numbers."""
    answer = laboratory.browser(user_name).ask("GET", f"/api/cases{query}")
    assert answer.status_code == 200, answer.text
    return [case["accession"] for case in answer.json()["cases"]]


@pytest.fixture
def four(laboratory: Laboratory) -> Laboratory:
    tom = laboratory.browser("tom")
    for facts in (
        {"accession": "A-1", "patient_name": "Müller, Ina", "purpose": "clinical"},
        {"accession": "A-2", "patient_name": "Invented, Joan", "patient_id": "77"},
        {"accession": "B-3", "priority": "urgent"},
        {"accession": "B-4", "purpose": "teaching"},
    ):
        opened(tom, **facts)
        laboratory.clock.wait(seconds=1)
    return laboratory


def test_an_empty_worklist(laboratory: Laboratory) -> None:
    assert laboratory.browser("tom").ask("GET", "/api/cases").json() == {
        "n": 0,
        "n_found": 0,
        "cases": [],
    }
    assert "worklist_read" not in laboratory.acts()


def test_urgent_cases_come_first_then_the_oldest(four: Laboratory) -> None:
    assert listed(four) == ["B-3", "A-1", "A-2", "B-4"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?search=muller", ["A-1"]),
        ("?search=joan%20invented", ["A-2"]),
        ("?search=77", ["A-2"]),
        ("?search=b-", ["B-3", "B-4"]),
        ("?search=%25", []),
        ("?purpose=teaching", ["B-4"]),
        ("?purpose=clinical&search=a", ["A-1"]),
        ("?priority=urgent", ["B-3"]),
        ("?status=new", ["B-3", "A-1", "A-2", "B-4"]),
        ("?status=ready", []),
        ("?limit=2", ["B-3", "A-1"]),
        ("?limit=2&skip=2", ["A-2", "B-4"]),
        ("?search=b-&skip=1", ["B-4"]),
        ("?skip=9", []),
    ],
)
def test_it_is_searched_and_filtered(four: Laboratory, query: str, found: list[str]) -> None:
    assert listed(four, query) == found


@pytest.mark.parametrize(
    "query",
    [
        "?status=lost",
        "?purpose=profit",
        "?priority=1",
        "?limit=0",
        "?limit=5001",
        "?skip=-1",
        f"?search={'x' * 201}",
    ],
)
def test_filters_that_there_are_not(four: Laboratory, query: str) -> None:
    answer = four.browser("tom").ask("GET", f"/api/cases{query}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


def test_a_part_of_it_says_how_many_there_are_and_audits_what_it_shows(four: Laboratory) -> None:
    tom = four.browser("tom")
    answer = tom.ask("GET", "/api/cases?search=b-&limit=1").json()
    assert (answer["n"], answer["n_found"], len(answer["cases"])) == (4, 2, 1)
    [read] = [one for one in four.audit.entries() if one.act == "worklist_read"]
    assert read.values()["cases"] == [answer["cases"][0]["case_id"]]


def test_a_line_says_how_far_a_case_is(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom, accession="A-1")
    with_slide(tom, case_id)

    def line() -> dict[str, Any]:
        (found,) = tom.ask("GET", "/api/cases").json()["cases"]
        return dict(found)

    assert (line()["status"], line()["n_slides"], line()["progress"]) == ("new", 1, None)
    analysis_id = asked(tom, case_id)
    assert (line()["status"], line()["progress"]) == ("waiting", None)
    laboratory.jobs.start(UUID(case_id), UUID(analysis_id))
    running = line()
    assert running["status"] == "running"
    assert running["progress"] == {
        "stage": "finding cells",
        "done": 3,
        "total": 12,
        "cells_found": 140,
        "seconds": 4.5,
        "seconds_left": 13.5,
    }
    assert running["summary"] is None
    laboratory.jobs.finish(UUID(case_id), UUID(analysis_id))
    done = line()
    assert (done["status"], done["progress"]) == ("ready", None)
    assert done["summary"] == {
        "n_found": 812,
        "n_counted": 500,
        "n_undecided": 12,
        "n_removed": 3,
        "area_mm2": 0.61,
        "is_scale_estimated": False,
        "me": {"value": 3.0, "low": 2.39, "high": 3.76, "formula": "ICSH 2008"},
        "findings": [
            {
                "rule_id": "apl",
                "state": "met",
                "is_critical": True,
                "sentence": "Look at once.",
            },
            {"rule_id": "near", "state": "near", "is_critical": False, "sentence": "Perhaps."},
        ],
    }


@pytest.mark.parametrize("summary", [{}, {"counts": None, "me": {}, "findings": None}])
def test_a_summary_of_an_older_version_is_shown_as_far_as_it_goes(
    laboratory: Laboratory, summary: dict[str, Any]
) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    with_slide(tom, case_id)
    analysis_id = asked(tom, case_id)
    laboratory.jobs.start(UUID(case_id), UUID(analysis_id))
    laboratory.jobs.finish(UUID(case_id), UUID(analysis_id), summary)

    (line,) = tom.ask("GET", "/api/cases").json()["cases"]

    assert line["summary"]["n_counted"] is None
    assert line["summary"]["findings"] == []


def test_a_session_is_audited_once_for_each_case(four: Laboratory) -> None:
    def entries() -> list[list[str]]:
        read = [one for one in four.audit.entries(None, 100) if one.act == "worklist_read"]
        return [one.values()["cases"] for one in reversed(read)]

    listed_ids = [str(case.case_id) for case in four.cases.cases()]
    tom = four.browser("tom")
    # The same application: what was shown is known as long as the server runs.
    tom.ask("GET", "/api/cases?search=a-1")
    tom.ask("GET", "/api/cases")
    tom.ask("GET", "/api/cases")
    assert [sorted(one) for one in entries()] == [
        [listed_ids[0]],
        sorted(listed_ids[1:]),
    ]
    new = opened(tom)
    tom.ask("GET", "/api/cases")
    assert entries()[2:] == [[new]]


def test_who_is_asked_by_a_page_alone_falls_asleep(laboratory: Laboratory) -> None:
    case_id, analysis_id = ready(laboratory)
    tom = laboratory.browser("tom")
    progress = f"/api/cases/{case_id}/analyses/{analysis_id}/progress"

    for _ in range(4):
        laboratory.clock.wait(minutes=4)
        answers = [
            tom.ask("GET", progress).status_code,
            tom.ask("GET", "/api/cases", headers={"X-Unattended": "1"}).status_code,
        ]

    assert answers == [423, 423]


def test_who_looks_at_the_worklist_is_awake(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")

    for _ in range(4):
        laboratory.clock.wait(minutes=10)
        assert tom.ask("GET", "/api/cases").status_code == 200
