"""Cases: made, read, changed and deleted, by whom it is for."""

from typing import Any

import pytest
from case_acts import asked, code_of, opened, ready, with_slide
from web_laboratory import PASSWORD, Laboratory

FACTS: dict[str, Any] = {
    "accession": "S26-01234",
    "patient_name": "Invented, Joan",
    "patient_id": "MRN-0001",
    "birth_date": "1962-05-04",
    "sex": "female",
    "collected_on": "2026-03-01",
    "received_on": "2026-03-02",
    "site": "posterior iliac crest",
    "requester": "Dr. Made Up",
    "indication": "pancytopenia\nfor two months",
    "blood_count": "Hb 8.1 g/dl",
    "blood_blast_percent": 2.5,
    "prior_therapy": "none",
    "preparation": "EDTA",
    "purpose": "clinical",
    "priority": "urgent",
}
NOTHING_KNOWN = {
    name: "" for name, value in FACTS.items() if isinstance(value, str) and name != "sex"
} | {
    "birth_date": None,
    "sex": None,
    "collected_on": None,
    "received_on": None,
    "blood_blast_percent": None,
    "purpose": "research",
    "priority": "routine",
}

NOBODYS_ID = "5f3c1c2e-8f0e-4d43-9a57-0c2f1f7a9d11"


@pytest.mark.parametrize(("given", "kept"), [(FACTS, FACTS), ({}, NOTHING_KNOWN)])
def test_a_case_has_the_facts_it_was_given(
    laboratory: Laboratory, given: dict[str, Any], kept: dict[str, Any]
) -> None:
    tom = laboratory.browser("tom")

    answer = tom.ask("POST", "/api/cases", given)

    assert answer.status_code == 201
    case = answer.json()
    assert case["facts"] == kept
    assert (case["status"], case["version"]) == ("new", 1)
    assert (case["slides"], case["analyses"], case["result_id"]) == ([], [], None)
    assert case["opened_by_name"] == "Tom Invented"
    assert tom.ask("GET", f"/api/cases/{case['case_id']}").json() == case


@pytest.mark.parametrize(
    "wrong",
    [
        {"accession": "x" * 65},
        {"accession": "bell\u0007"},
        {"patient_name": "two\nlines"},
        {"birth_date": "1962-13-01"},
        {"birth_date": "yesterday"},
        {"birth_date": "2026-03-05"},
        {"received_on": "2026-02-01"},
        {"sex": "x"},
        {"purpose": "profit"},
        {"priority": 1},
        {"blood_blast_percent": 101},
        {"blood_blast_percent": "NaN"},
        {"blood_blast_percent": 1e300},
        {"indication": "i" * 2001},
        {"indication": "i" * 5000},
        {"site": None},
        {"version": 1},
        {"is_signed": True},
    ],
)
def test_facts_that_will_not_do(laboratory: Laboratory, wrong: dict[str, Any]) -> None:
    answer = laboratory.browser("tom").ask("POST", "/api/cases", FACTS | wrong)

    assert answer.status_code == 422
    assert "Invented" not in answer.text
    assert "\n" not in answer.json()["error"]["message"]
    assert laboratory.cases.cases() == ()


@pytest.mark.parametrize("user_name", ["tom", "dora", "ada"])
def test_who_adds_cases(laboratory: Laboratory, user_name: str) -> None:
    browser = laboratory.browser(user_name)

    case_id = opened(browser, accession="A-1")

    assert browser.ask("GET", f"/api/cases/{case_id}").status_code == 200


@pytest.mark.parametrize("user_name", ["lara", "limo"])
def test_who_only_reads_changes_nothing(laboratory: Laboratory, user_name: str) -> None:
    tom, browser = laboratory.browser("tom"), laboratory.browser(user_name)
    case_id = opened(tom, purpose="teaching")
    slide_id = with_slide(tom, case_id)["slide_id"]
    upload = tom.ask("POST", f"/api/cases/{case_id}/uploads", {"name": "a.tif", "n_bytes": 9})
    upload_id = upload.json()["upload_id"]
    analysis_id = asked(tom, case_id)
    before = tom.ask("GET", f"/api/cases/{case_id}").json()
    case = f"/api/cases/{case_id}"
    part = {"content": b"x", "headers": {"Upload-Offset": "0"}}

    answers = [
        browser.ask("POST", "/api/cases", {}),
        browser.ask("PUT", f"{case}/facts", {"version": 1, "facts": {}}),
        browser.ask("DELETE", case, {"reason": "why not", "password": PASSWORD}),
        browser.ask("POST", f"{case}/uploads", {"name": "a.tif", "n_bytes": 1}),
        browser.ask("GET", f"/api/uploads/{upload_id}"),
        browser.ask("PATCH", f"/api/uploads/{upload_id}", **part),
        browser.ask("POST", f"/api/uploads/{upload_id}/finish"),
        browser.ask("DELETE", f"/api/uploads/{upload_id}"),
        browser.ask("POST", f"{case}/slides", {"kind": "file", "upload_ids": [upload_id]}),
        browser.ask("DELETE", f"{case}/slides/{slide_id}"),
        browser.ask("POST", f"{case}/analyses", {}),
        browser.ask("POST", f"{case}/analyses/{analysis_id}/cancel"),
    ]

    assert {code_of(answer) for answer in answers} == {(403, "not_allowed")}
    assert tom.ask("GET", case).json() == before
    assert browser.ask("GET", case).status_code == 200


def test_a_trainee_sees_cases_of_teaching_only(laboratory: Laboratory) -> None:
    lara = laboratory.browser("lara")
    for purpose in ("research", "clinical", "archive"):
        case_id, analysis_id = ready(laboratory, purpose=purpose)
        below = f"/api/cases/{case_id}/analyses/{analysis_id}"
        for path in (
            f"/api/cases/{case_id}",
            f"{below}/progress",
            f"{below}/report",
            f"{below}/files/analysis.json",
        ):
            assert code_of(lara.ask("GET", path)) == (404, "not_found"), path
    case_id, analysis_id = ready(laboratory, purpose="teaching")
    below = f"/api/cases/{case_id}/analyses/{analysis_id}"

    assert lara.ask("GET", f"/api/cases/{case_id}").status_code == 200
    assert lara.ask("GET", f"{below}/progress").status_code == 200
    assert lara.ask("GET", f"{below}/report").status_code == 200
    assert lara.ask("GET", f"{below}/files/analysis.json").status_code == 200
    found = lara.ask("GET", "/api/cases").json()
    assert ([case["case_id"] for case in found["cases"]], found["n"]) == ([case_id], 1)


def test_a_case_for_teaching_that_is_so_no_longer(laboratory: Laboratory) -> None:
    tom, lara = laboratory.browser("tom"), laboratory.browser("lara")
    case_id = opened(tom, purpose="teaching")
    assert lara.ask("GET", f"/api/cases/{case_id}").status_code == 200

    tom.ask("PUT", f"/api/cases/{case_id}/facts", {"version": 1, "facts": {"purpose": "clinical"}})

    assert lara.ask("GET", f"/api/cases/{case_id}").status_code == 404


def test_changed_facts_have_a_new_version(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom, accession="A-1")

    answer = tom.ask("PUT", f"/api/cases/{case_id}/facts", {"version": 1, "facts": FACTS})

    assert answer.status_code == 200
    assert (answer.json()["version"], answer.json()["facts"]) == (2, FACTS)


@pytest.mark.parametrize("version", [0, 2, 99, -1])
def test_facts_of_another_version_are_not_overwritten(laboratory: Laboratory, version: int) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom, accession="A-1")

    answer = tom.ask("PUT", f"/api/cases/{case_id}/facts", {"version": version, "facts": FACTS})

    assert code_of(answer) == (409, "case_changed")
    assert tom.ask("GET", f"/api/cases/{case_id}").json()["facts"]["accession"] == "A-1"


@pytest.mark.parametrize(
    "body", [{}, {"facts": {}}, {"version": 1}, {"version": None, "facts": {}}]
)
def test_a_change_needs_version_and_facts(laboratory: Laboratory, body: dict[str, Any]) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)

    assert tom.ask("PUT", f"/api/cases/{case_id}/facts", body).status_code == 422


def test_an_administrator_deletes_with_password_and_reason(laboratory: Laboratory) -> None:
    case_id, analysis_id = ready(laboratory)
    ada = laboratory.browser("ada")
    path = f"/api/cases/{case_id}"

    wrong = ada.ask("DELETE", path, {"reason": "double", "password": "not the password"})
    assert code_of(wrong) == (403, "wrong_password")
    assert ada.ask("DELETE", path, {"password": PASSWORD}).status_code == 422
    assert ada.ask("DELETE", path, {"reason": " ", "password": PASSWORD}).status_code == 422
    assert ada.ask("GET", path).status_code == 200
    assert ada.ask("DELETE", path, {"reason": "double", "password": PASSWORD}).status_code == 204

    assert code_of(ada.ask("GET", path)) == (404, "not_found")
    report = f"{path}/analyses/{analysis_id}/report"
    assert code_of(ada.ask("GET", report)) == (404, "not_found")
    assert code_of(ada.ask("POST", f"{path}/analyses", {})) == (404, "not_found")
    assert ada.ask("GET", "/api/cases").json() == {"n": 0, "n_found": 0, "cases": []}
    assert laboratory.acts()[:1] == ["case_deleted"]


@pytest.mark.parametrize("user_name", ["tom", "dora"])
def test_others_delete_nothing(laboratory: Laboratory, user_name: str) -> None:
    browser = laboratory.browser(user_name)
    case_id = opened(browser)

    answer = browser.ask(
        "DELETE", f"/api/cases/{case_id}", {"reason": "double", "password": PASSWORD}
    )

    assert code_of(answer) == (403, "not_allowed")


def test_guesses_at_the_password_of_a_deletion_wait(laboratory: Laboratory) -> None:
    ada = laboratory.browser("ada")
    path = f"/api/cases/{opened(ada)}"
    for _ in range(5):
        ada.ask("DELETE", path, {"reason": "double", "password": "not the password"})

    answer = ada.ask("DELETE", path, {"reason": "double", "password": PASSWORD})

    assert code_of(answer) == (429, "wait")


@pytest.mark.parametrize("case_id", [NOBODYS_ID, "S26-01234", "..%2f..", "1"])
def test_a_case_that_is_not_there(laboratory: Laboratory, case_id: str) -> None:
    tom = laboratory.browser("tom")

    answer = tom.ask("GET", f"/api/cases/{case_id}")

    assert answer.status_code in {404, 422}
    change = {"version": 1, "facts": {}}
    assert tom.ask("PUT", f"/api/cases/{case_id}/facts", change).status_code in {404, 422}


def test_every_read_of_a_case_is_audited_without_naming_the_patient(
    laboratory: Laboratory,
) -> None:
    case_id, analysis_id = ready(laboratory, **FACTS)
    dora = laboratory.browser("dora")
    below = f"/api/cases/{case_id}/analyses/{analysis_id}"
    for path in (
        f"/api/cases/{case_id}",
        f"/api/cases/{case_id}",
        f"{below}/report",
        f"{below}/files/cells.parquet",
    ):
        assert dora.ask("GET", path).status_code == 200
    dora.ask("GET", "/api/cases?search=invented")
    dora.ask("GET", f"{below}/progress")

    entries = laboratory.audit.entries(None, 100)
    reads = [entry for entry in reversed(entries) if entry.act == "case_read"]
    assert {(entry.actor_name, entry.about) for entry in reads} == {("dora", case_id)}
    assert [entry.values()["what"] for entry in reads] == [
        "case",
        "case",
        "report.html",
        "cells.parquet",
    ]
    assert entries[0].act == "worklist_read"
    said = " ".join(f"{entry.about} {entry.values()}" for entry in entries)
    for secret in ("Invented, Joan", "S26-01234", "MRN-0001", "1962-05-04", "invented"):
        assert secret not in said.replace(" Invented", ""), secret


def test_what_cannot_be_recorded_is_not_shown(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom, **FACTS)

    def full(*_given: Any, **_named: Any) -> None:
        from marrowscope.errors import OutputError

        raise OutputError("the disk is full")

    laboratory.audit.append = full  # type: ignore[method-assign, assignment]

    for path in (f"/api/cases/{case_id}", "/api/cases"):
        answer = laboratory.browser("tom").ask("GET", path)
        assert code_of(answer) == (503, "unavailable")
        assert "Joan" not in answer.text
