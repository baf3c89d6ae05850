"""A director says what was validated, and the report stops being for research alone."""

from typing import Any

import pytest
from case_acts import code_of
from sign_out_acts import Reading, reading
from web_laboratory import PASSWORD, SYSTEM, Laboratory

from marrowscope import assembly_sign_out
from marrowscope.reports.case_report import CaseReport

SCANNER, STAIN = "Aperio GT 450", "May-Grünwald-Giemsa"
RESEARCH = "Research use only. Not for patient care."
BODY = {
    "scanner": SCANNER,
    "stain": STAIN,
    "concluded_on": "2026-02-03",
    "n_cases": 64,
    "concordance_percent": "96.9",
    "evidence": "QM folder 12.4",
    "password": PASSWORD,
}


@pytest.fixture
def dora(laboratory: Laboratory) -> Reading:
    """A clinical case whose two slides were made as the validation will say."""
    read = reading(laboratory, purpose="clinical")
    describe(read, SCANNER, STAIN)
    return read


def describe(read: Reading, scanner: str, stain: str, which: slice = slice(None)) -> None:
    tom = read.as_("tom").browser
    for slide in read.get(read.case)["slides"][which]:
        path = f"{read.case}/slides/{slide['slide_id']}/made-with"
        answer = tom.ask("PUT", path, {"scanner": scanner, "stain": stain})
        assert answer.status_code == 200, answer.text
        assert (answer.json()["scanner"], answer.json()["stain"]) == (scanner, stain)


def validate(read: Reading, **other: Any) -> Any:
    answer = read.browser.ask("POST", "/api/validations", BODY | other)
    assert answer.status_code == 201, answer.text
    return answer.json()


def use_of(read: Reading) -> str:
    answer = read.browser.ask("GET", f"{read.analysis}/report-preview.txt")
    return " ".join(answer.text.split("***")[0].split())


def test_the_report_says_what_was_validated(dora: Reading) -> None:
    assert use_of(dora) == RESEARCH
    made = validate(dora)
    assert made["remarks"] == []
    assert made["is_of_this_system"]
    said = (
        "Not FDA-cleared. Validated by this laboratory for scanner Aperio GT 450, stain "
        "May-Grünwald-Giemsa, Marrowscope 0.1 on 3 Feb 2026."
    )
    assert use_of(dora) == said

    dora.match_labels()
    dora.ready_to_sign()
    dora.sign()
    page, text = dora.report(1).text, dora.file(1, "report.txt").text
    assert said in page
    assert "Not for patient care" not in page + text
    assert [one.act for one in dora.entries("validation_recorded")] == ["validation_recorded"]


def test_what_is_signed_for_research_bears_it_across_every_page(dora: Reading) -> None:
    dora.match_labels()
    dora.ready_to_sign()
    dora.sign()
    page = dora.report(1).text
    assert RESEARCH in page
    assert '<div class="ghost" aria-hidden="true"><span>Not for patient care</span>' in page


@pytest.mark.parametrize("which", ["scanner", "one slide", "purpose"])
def test_what_it_does_not_cover_stays_research(
    laboratory: Laboratory, dora: Reading, which: str
) -> None:
    validate(dora)
    if which == "scanner":
        describe(dora, "another one", STAIN)
    elif which == "one slide":
        describe(dora, "", "", slice(1))
    else:
        dora = reading(laboratory, purpose="research")
        describe(dora, SCANNER, STAIN)
    assert use_of(dora) == RESEARCH


def test_once_withdrawn_new_reports_are_for_research_and_signed_ones_stand(dora: Reading) -> None:
    made = validate(dora)
    dora.match_labels()
    dora.ready_to_sign()
    dora.sign()
    before = dora.files(1)

    path = f"/api/validations/{made['validation_id']}/withdrawal"
    body = {"reason": "new lamp", "password": PASSWORD}
    ended = dora.send("POST", path, body)
    assert (ended["withdrawn_reason"], ended["withdrawn_by"]) == ("new lamp", "Dora Invented")
    assert dora.files(1) == before
    dora.reopen("look again")
    assert use_of(dora) == RESEARCH
    assert code_of(dora.browser.ask("POST", path, body)) == (422, "refused")
    [listed] = dora.get("/api/validations")["validations"]
    assert listed == ended


def withdraw(read: Reading, validation_id: str) -> None:
    body = {"reason": "new lamp", "password": PASSWORD}
    read.send("POST", f"/api/validations/{validation_id}/withdrawal", body)


def ways(read: Reading) -> dict[str, str]:
    return {way["kind"]: way["use"] for way in read.sign_out()["ways"]}


def test_nobody_signs_another_use_than_was_shown(dora: Reading) -> None:
    made = validate(dora)
    dora.match_labels()
    dora.ready_to_sign()
    shown = ways(dora)["final"]
    assert shown.startswith("Not FDA-cleared. Validated by this laboratory")
    withdraw(dora, made["validation_id"])

    assert code_of(dora.ask_to_sign(use=shown)) == (409, "case_changed")
    assert dora.sign_out()["versions"] == []
    assert ways(dora)["final"] == RESEARCH
    dora.sign()
    assert RESEARCH in dora.report(1).text


def test_a_validation_withdrawn_while_a_report_is_typeset_counts(
    dora: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = validate(dora)
    dora.match_labels()
    dora.ready_to_sign()
    typeset = assembly_sign_out._rendered

    def withdrawn_meanwhile(report: CaseReport) -> dict[str, bytes]:
        withdraw(dora, made["validation_id"])
        return typeset(report)

    monkeypatch.setattr(assembly_sign_out, "_rendered", withdrawn_meanwhile)
    assert code_of(dora.ask_to_sign()) == (409, "case_changed")
    assert dora.sign_out()["versions"] == []


def test_an_addendum_keeps_what_the_report_said(dora: Reading) -> None:
    made = validate(dora)
    dora.match_labels()
    dora.ready_to_sign()
    said = ways(dora)["final"]
    dora.sign()
    withdraw(dora, made["validation_id"])
    assert ways(dora)["addendum"] == said
    dora.sign("addendum", addendum="Iron: absent.")
    assert said in dora.report(2).text


def test_all_see_it_and_a_director_alone_records_it(laboratory: Laboratory, dora: Reading) -> None:
    validate(dora, n_cases=12)
    seen = laboratory.browser("tom").ask("GET", "/api/validations").json()
    assert seen["may_record"] is False
    assert seen["slide_kinds"] == [{"scanner": SCANNER, "stain": STAIN, "n_slides": 2}]
    assert [one["sha256"] for one in seen["system"]["models"]] == [
        one.sha256 for one in SYSTEM.models
    ]
    assert seen["validations"][0]["remarks"] == ["fewer than the 60 cases of the guideline"]
    for who in ("tom", "ada", "lara", "limo"):
        answer = laboratory.browser(who).ask("POST", "/api/validations", BODY)
        assert code_of(answer) == (403, "not_allowed")


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"password": "another one entirely"}, 403),
        ({"scanner": " "}, 422),
        ({"concluded_on": "2026-03-03"}, 422),
        ({"n_cases": 0}, 422),
        ({"concordance_percent": "101"}, 422),
        ({"concordance_percent": "NaN"}, 422),
        ({"evidence": ""}, 422),
        ({"sure": True}, 422),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_makes_no_validation(dora: Reading, other: dict[str, Any], status: int) -> None:
    answer = dora.browser.ask("POST", "/api/validations", BODY | other)
    assert answer.status_code == status
    assert dora.get("/api/validations")["validations"] == []
    assert dora.entries("validation_recorded") == []
