"""Other tests of a case through the API: asked for, pending when signed, added afterwards."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from case_acts import code_of, opened
from sign_out_acts import Reading, reading
from web_laboratory import Laboratory

from marrowscope.reports.case_report_json import decode_case_report

RESULT = "CD34+ blasts 12 %, Invented, Anna."


@pytest.fixture
def dora(laboratory: Laboratory) -> Reading:
    return reading(laboratory)


def asked(read: Reading, kind: str = "flow_cytometry", words: str = "") -> Any:
    return read.send("POST", f"{read.case}/tests", {"kind": kind, "words": words})


def ask_result(
    read: Reading, test_id: str, result: str = RESULT, n_results: int = 0
) -> httpx.Response:
    body = {"n_results": n_results, "result": result}
    return read.browser.ask("POST", f"{read.case}/tests/{test_id}/results", body)


def resulted(read: Reading, test_id: str, result: str = RESULT, n_results: int = 0) -> Any:
    answer = ask_result(read, test_id, result, n_results)
    assert answer.status_code == 200, answer.text
    return answer.json()


def dropped(read: Reading, test_id: str, n_results: int = 0) -> Any:
    body = {"n_results": n_results, "reason": "No bone in the biopsy of Anna."}
    return read.send("POST", f"{read.case}/tests/{test_id}/dropping", body)


def counts(read: Reading) -> dict[str, int]:
    """As case and worklist say them, which is the same."""
    case, row = read.get(read.case)["tests"], read.get("/api/cases")["cases"][0]["tests"]
    assert case == row
    return {str(name): int(n) for name, n in case.items()}


def test_a_case_has_no_other_tests_until_somebody_asks(dora: Reading) -> None:
    answer = dora.get(f"{dora.case}/tests")
    assert (answer["tests"], answer["offered_addendum"], answer["may_change"]) == ([], "", True)
    assert [one["id"] for one in answer["kinds"] if one["needs_words"]] == ["other"]
    assert len(answer["kinds"]) == 7
    assert counts(dora) == {"n_pending": 0, "n_unreported": 0}

    answer = asked(dora, "fish", " BCR::ABL1 ")

    [test] = answer["tests"]
    assert (test["name"], test["status"], test["is_news"]) == ("FISH, BCR::ABL1", "pending", False)
    assert test["asked_by_name"] == "Dora Invented"
    assert dora.get(f"{dora.case}/tests") == answer
    assert counts(dora) == {"n_pending": 1, "n_unreported": 0}


def test_a_signed_report_says_what_is_pending_and_an_addendum_what_came_out(dora: Reading) -> None:
    flow = asked(dora)["tests"][0]["test_id"]
    fish = asked(dora, "fish")["tests"][1]["test_id"]
    iron = asked(dora, "iron_stain")["tests"][2]["test_id"]
    dropped(dora, asked(dora, "trephine")["tests"][3]["test_id"])
    resulted(dora, iron, "Stores 2+.")
    preview = dora.browser.ask("GET", f"{dora.analysis}/report-preview").text
    assert "Pending: flow cytometry (asked for 2 Mar 2026), FISH (asked for" in preview
    dora.ready_to_sign()
    dora.sign()

    text = dora.file(1, "report.txt").text
    assert "Pending when signed: flow cytometry (asked for 2 Mar 2026), FISH" in text
    assert "Stores 2+." in text
    assert "Taken off: No bone in the biopsy of Anna." in text
    [iron_now] = [one for one in dora.get(f"{dora.case}/tests")["tests"] if one["test_id"] == iron]
    assert (iron_now["status"], iron_now["results"][0]["version"]) == ("reported", 1)
    assert counts(dora) == {"n_pending": 2, "n_unreported": 0}
    first = dora.files(1)

    dora.laboratory.clock.wait(minutes=3)
    answer = resulted(dora, flow)

    assert answer["offered_addendum"] == f"Flow cytometry: {RESULT}"
    assert counts(dora) == {"n_pending": 1, "n_unreported": 1}
    assert dora.get(dora.case)["status"] == "signed"
    dora.sign("addendum", addendum=f"{answer['offered_addendum']} As expected.")
    assert counts(dora) == {"n_pending": 1, "n_unreported": 0}
    assert dora.get(f"{dora.case}/tests")["offered_addendum"] == ""
    assert dora.files(1) == first
    added = decode_case_report(dora.file(2, "report.json").content)
    before = decode_case_report(first["report.json"])
    assert (added.result, added.findings) == (before.result, before.findings)
    assert [one.in_version for one in added.tests] == [2, None, 1, None]
    words = dora.file(2, "report.txt").text
    assert "Pending when signed: FISH (asked for 2 Mar 2026)." in words
    assert words.count("CD34+ blasts 12 %") == 2  # In the addendum and under the tests.

    corrected = resulted(dora, flow, "CD34+ blasts 2 %.", 1)
    test = corrected["tests"][0]
    assert (test["status"], test["is_news"]) == ("resulted", True)
    assert [one["version"] for one in test["results"]] == [2, None]
    assert corrected["offered_addendum"].startswith("Flow cytometry, in place of the result in")
    assert fish in {one["test_id"] for one in corrected["tests"] if one["status"] == "pending"}


def test_while_nothing_final_is_signed_no_addendum_is_offered(dora: Reading) -> None:
    flow = asked(dora)["tests"][0]["test_id"]
    assert resulted(dora, flow)["offered_addendum"] == ""
    dora.ready_to_sign()
    dora.sign()
    dora.reopen("a slip")
    assert resulted(dora, flow, "Another one.", 1)["offered_addendum"] == ""
    assert counts(dora) == {"n_pending": 0, "n_unreported": 1}
    dora.sign("amended")
    assert counts(dora) == {"n_pending": 0, "n_unreported": 0}
    assert "Another one." in dora.file(2, "report.txt").text


def test_what_came_meanwhile_is_seen_before_one_signs(dora: Reading) -> None:
    flow = asked(dora)["tests"][0]["test_id"]
    dora.ready_to_sign()
    before = dora.sign_out()
    resulted(dora.as_("tom"), flow)
    versions = {name: before[name] for name in ("review_version", "case_version")}
    assert code_of(dora.ask_to_sign(**versions)) == (409, "case_changed")
    dora.sign()
    assert RESULT in " ".join(dora.file(1, "report.txt").text.split())


def test_nobody_writes_over_a_result_that_they_did_not_see(dora: Reading) -> None:
    flow = asked(dora)["tests"][0]["test_id"]
    tom = dora.as_("tom")
    resulted(tom, flow)
    second = ask_result(dora, flow, "Something else.")
    assert code_of(second) == (422, "refused")
    assert "changed meanwhile" in second.json()["error"]["message"]
    body = {"n_results": 0, "reason": "not needed"}
    answer = dora.browser.ask("POST", f"{dora.case}/tests/{flow}/dropping", body)
    assert code_of(answer) == (422, "refused")


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "horoscope"},
        {"kind": "other", "words": ""},
        {"kind": "fish", "words": "x" * 121},
        {"kind": "fish", "words": "a\x00b"},
        {"kind": "fish", "hurry": True},
    ],
    ids=["kind", "no words", "long", "control character", "unknown field"],
)
def test_a_test_that_makes_no_sense_is_refused(dora: Reading, body: dict[str, Any]) -> None:
    assert dora.browser.ask("POST", f"{dora.case}/tests", body).status_code == 422
    assert dora.get(f"{dora.case}/tests")["tests"] == []


def test_what_is_not_there_is_unknown(dora: Reading) -> None:
    assert ask_result(dora, str(uuid4())).status_code == 404
    other = opened(dora.laboratory.browser("tom"), accession="S26-2")
    flow = asked(dora)["tests"][0]["test_id"]
    path = f"/api/cases/{other}/tests/{flow}/results"
    answer = dora.browser.ask("POST", path, {"n_results": 0, "result": "x"})
    assert code_of(answer) == (404, "not_found")
    assert dora.browser.ask("GET", f"/api/cases/{uuid4()}/tests").status_code == 404


def test_a_case_without_an_analysis_has_tests_too(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom, accession="S26-9")
    answer = tom.ask("POST", f"/api/cases/{case_id}/tests", {"kind": "cytogenetics"})
    assert answer.json()["tests"][0]["name"] == "cytogenetics"


def test_who_only_reads_asks_for_nothing(dora: Reading) -> None:
    flow = asked(dora)["tests"][0]["test_id"]
    limo = dora.as_("limo")
    shown = limo.get(f"{dora.case}/tests")
    assert len(shown["tests"]) == 1
    assert not shown["may_change"]
    assert "asks for no tests" in shown["why_not"]
    assert ask_result(limo, flow).status_code == 403
    body = {"kind": "fish", "words": ""}
    assert limo.browser.ask("POST", f"{dora.case}/tests", body).status_code == 403
    lara = dora.as_("lara")
    assert lara.browser.ask("GET", f"{dora.case}/tests").status_code == 404


def test_the_audit_names_no_words(dora: Reading) -> None:
    test_id = asked(dora, "other", "HLA of Anna")["tests"][0]["test_id"]
    resulted(dora, test_id)
    dropped(dora, test_id, 1)
    [asking] = dora.entries("test_requested")
    assert asking.values() == {"test_id": test_id, "test_kind": "other"}
    [resulting] = dora.entries("test_resulted")
    assert resulting.values() == {"test_id": test_id, "n_results": 1}
    [dropping] = dora.entries("test_dropped")
    assert dropping.values() == {"test_id": test_id, "n_results": 1}
    for entry in (asking, resulting, dropping):
        assert "Anna" not in json.dumps(entry.values())
        assert (entry.actor_name, entry.about) == ("dora", dora.case_id)
    dora.get(f"{dora.case}/tests")
    assert {"what": "tests"} in [one.values() for one in dora.entries("case_read")]
