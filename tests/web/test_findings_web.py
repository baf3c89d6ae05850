"""Findings of the count as it is now; who saw them, and who was told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from case_acts import code_of
from sign_out_acts import CELLS, CHOSEN, IDS, Reading, reading
from web_laboratory import Laboratory

from fakes.made_result import SLIDES

RULE = "F-APL-triage"


@pytest.fixture
def dora(laboratory: Laboratory) -> Reading:
    return reading(laboratory)


def found(answer: Any, key: str) -> Any:
    return next(one for one in answer["findings"] if one["key"] == key)


def test_findings_follow_the_review(dora: Reading) -> None:
    before = found(dora.findings(), "F-BLAST-20")
    decided = [one for one in CHOSEN if CELLS.texts("class_id")[IDS.index(one)] != "BLAST_NOS"]
    dora.name("BLAST_NOS", *decided[:12])

    after = found(dora.findings(), "F-BLAST-20")

    assert after["k"] >= before["k"] + 10
    assert after["state"] == "met"
    assert after["is_critical"]
    assert after["needs_acknowledgement"]
    assert after["acknowledged"] is None
    assert set(decided[:12]) <= set(after["evidence"])
    assert after["percent"] == pytest.approx(100 * after["k"] / after["n"], abs=1e-4)
    assert after["low"] < after["percent"] < after["high"]
    assert after["threshold_percent"] == 20
    assert after["slide"] == ""


def test_the_triage_is_there_for_each_slide_and_what_was_not_assessed_too(dora: Reading) -> None:
    answer = dora.findings()
    keys = {one["key"] for one in answer["findings"]}
    assert {RULE, *(f"{RULE} {slide}" for slide in SLIDES)} <= keys
    on_slide = found(answer, f"{RULE} {SLIDES[0]}")
    assert (on_slide["slide"], on_slide["rule_id"]) == (SLIDES[0], RULE)
    missed = {one["what"]: one for one in answer["not_assessed"]}
    assert missed["Dysplasia"]["mistaken_for"] is None
    assert any(one["mistaken_for"] for one in answer["not_assessed"])
    sentence = found(answer, "F-BLAST-20")["sentence"]
    # Age and indication are facts of this case.
    assert "Not given" not in sentence or "age" not in sentence.partition("Not given")[2]


def test_a_finding_is_acknowledged_once(dora: Reading) -> None:
    before = dora.findings()
    assert before["n_to_acknowledge"] > 0
    key = next(one["key"] for one in before["findings"] if one["needs_acknowledgement"])

    after = dora.acknowledge(key, "seen, called")

    assert after["n_to_acknowledge"] == before["n_to_acknowledge"] - 1
    said = found(after, key)["acknowledged"]
    assert (said["by_name"], said["comment"]) == ("Dora Invented", "seen, called")
    assert not found(after, key)["needs_acknowledgement"]
    body = {"key": key, "comment": ""}
    again = dora.as_("tom").browser.ask("POST", f"{dora.analysis}/findings/acknowledgements", body)
    assert code_of(again) == (422, "refused")
    assert found(dora.findings(), key)["acknowledged"] == said
    [entry] = dora.entries("finding_acknowledged")
    assert entry.values()["rule_id"] == found(after, key)["rule_id"]
    assert "seen, called" not in str(entry.values())


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"key": "F-NOTHING", "comment": ""}, (404, "not_found")),
        ({"key": "F-BLAST-20 smear-9", "comment": ""}, (404, "not_found")),
        ({"key": "", "comment": ""}, (422, "invalid")),
        ({"key": RULE, "comment": "x" * 1001}, (422, "refused")),
        ({"key": RULE, "comment": "\x00"}, (422, "refused")),
        ({"key": RULE, "hat": "red"}, (422, "invalid")),
    ],
    ids=["unknown", "unknown slide", "empty", "long", "invisible", "misspelt"],
)
def test_what_cannot_be_acknowledged(
    dora: Reading, body: dict[str, str], refusal: tuple[int, str]
) -> None:
    path = f"{dora.analysis}/findings/acknowledgements"
    assert code_of(dora.browser.ask("POST", path, body)) == refusal
    assert dora.entries("finding_acknowledged") == []


def test_who_was_told_is_kept(dora: Reading) -> None:
    answer = dora.call(note="will see the patient", told="  Dr R.  Lindqvist ")
    assert answer.status_code == 200
    [call] = answer.json()["calls"]
    assert call == dora.findings()["calls"][0]
    assert (call["told"], call["by_means"], call["was_read_back"], call["note"]) == (
        "Dr R. Lindqvist", "telephone", True, "will see the patient",
    )  # fmt: skip
    assert call["by_name"] == "Dora Invented"
    assert dora.call(rule_id="", was_read_back=False).status_code == 200
    assert len(dora.findings()["calls"]) == 2
    assert "Lindqvist" not in str([one.values() for one in dora.entries("critical_call_made")])


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"told": " "}, (422, "refused")),
        ({"by_means": ""}, (422, "refused")),
        ({"rule_id": "F-NOTHING"}, (404, "not_found")),
        ({"at_time": "2026-03-02T08:00:00"}, (422, "invalid")),
        ({"at_time": datetime(2027, 1, 1, tzinfo=UTC).isoformat()}, (422, "refused")),
        ({"note": "x" * 1001}, (422, "refused")),
    ],
    ids=["nobody", "no means", "unknown", "no zone", "to come", "long"],
)
def test_calls_that_cannot_be(
    dora: Reading, change: dict[str, Any], refusal: tuple[int, str]
) -> None:
    assert code_of(dora.call(**change)) == refusal
    assert dora.findings()["calls"] == []


def test_a_reader_without_the_right_looks_only(laboratory: Laboratory) -> None:
    dora = reading(laboratory, purpose="teaching")
    for who in ("lara", "limo"):
        other = dora.as_(who)
        answer = other.findings()
        assert not answer["may_acknowledge"]
        assert "role" in answer["why_not"]
        body = {"key": RULE, "comment": ""}
        path = f"{dora.analysis}/findings/acknowledgements"
        assert code_of(other.browser.ask("POST", path, body)) == (403, "not_allowed")
        assert code_of(other.call()) == (403, "not_allowed")
    assert dora.as_("tom").findings()["may_acknowledge"]


def test_a_critical_finding_puts_a_case_on_top_until_somebody_saw_it(
    laboratory: Laboratory,
) -> None:
    dora = reading(laboratory)
    shown = dora.get("/api/cases")["cases"]
    # What the machine left behind here names a rule of its own.
    assert [one["n_critical"] for one in shown] == [1]
    assert dora.get(dora.case)["n_critical"] == 1
