"""The texts of a report, which several people may write."""

import json

import pytest
from case_acts import code_of, opened
from sign_out_acts import CHOSEN, Reading, reading
from web_laboratory import Laboratory

from marrowscope.cases.report_text import REPORT_HEADINGS


@pytest.fixture
def dora(laboratory: Laboratory) -> Reading:
    return reading(laboratory)


def text_of(read: Reading, heading: str, what: str = "text") -> str:
    return next(str(one[what]) for one in read.texts()["headings"] if one["id"] == heading)


def test_every_heading_is_there_and_empty_first(dora: Reading) -> None:
    answer = dora.texts()
    assert [one["id"] for one in answer["headings"]] == [one.heading_id for one in REPORT_HEADINGS]
    assert {one["text"] for one in answer["headings"]} == {""}
    assert all(one["hint"] and one["longest"] for one in answer["headings"])
    assert answer["may_change"]


def test_texts_are_kept_as_they_are_written(dora: Reading) -> None:
    after = dora.write(conclusion="  As counted.\r\nNo more. ", comment="", iron="not received")
    assert text_of(dora, "conclusion") == "As counted.\nNo more."
    assert text_of(dora, "iron") == "not received"
    assert after == dora.texts()
    dora.write(conclusion="As counted.\nNo more.")
    assert text_of(dora, "iron") == ""
    newest, first = dora.entries("report_text_changed")
    assert (first.values(), newest.values()) == (
        {"headings": ["conclusion", "iron"]}, {"headings": ["iron"]},
    )  # fmt: skip
    assert "counted" not in json.dumps([first.values(), newest.values()])


def test_the_same_texts_again_write_nothing(dora: Reading) -> None:
    dora.write(conclusion="As counted.")
    dora.write(conclusion=" As counted. ")
    assert len(dora.entries("report_text_changed")) == 1


def test_who_comes_second_is_told_and_loses_nothing_of_the_first(dora: Reading) -> None:
    version = dora.texts()["version"]
    tom = dora.as_("tom")
    tom.write(conclusion="Tom's words.")

    answer = dora.put_texts(version, conclusion="Dora's words.")

    assert code_of(answer) == (409, "case_changed")
    assert text_of(dora, "conclusion") == "Tom's words."


def test_what_else_happens_to_the_case_disturbs_nobody_who_writes(dora: Reading) -> None:
    version = dora.texts()["version"]
    tom = dora.as_("tom")
    tom.acknowledge_all()
    assert tom.call().status_code == 200
    tom.see(*CHOSEN[:3])

    assert dora.put_texts(version, conclusion="Dora's words.").status_code == 200


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({"hat": "red"}, "no such heading"),
        ({"iron": "x" * 1001}, "Iron stain: at most 1000"),
        ({"conclusion": "a\u200bb"}, "Conclusion: must not hold invisible"),
    ],
    ids=["unknown", "long", "invisible"],
)
def test_texts_that_are_refused(dora: Reading, texts: dict[str, str], reason: str) -> None:
    answer = dora.put_texts(**texts)
    assert code_of(answer) == (422, "refused")
    assert reason in answer.json()["error"]["message"]
    assert dora.entries("report_text_changed") == []


def test_the_machine_offers_words_once_every_cell_was_seen(dora: Reading) -> None:
    assert text_of(dora, "erythropoiesis", "offered") == ""
    dora.see(*CHOSEN)
    row = next(
        one
        for one in dora.get(f"{dora.analysis}/review")["count"]["categories"]
        if one["category"] == "erythroblasts"
    )
    offered = text_of(dora, "erythropoiesis", "offered")
    assert row["upper_percent"] > row["percent"]
    assert offered == (
        f"Erythroblasts {row['printed_percent']} to {row['upper_percent']:.1f} %; the higher "
        "figures with every undecided cell."
    )
    assert text_of(dora, "conclusion", "offered") == ""
    # What is offered is nobody's word until a person takes it over.
    assert text_of(dora, "erythropoiesis") == ""


def test_a_reader_without_the_right_writes_nothing(laboratory: Laboratory) -> None:
    dora = reading(laboratory, purpose="teaching")
    lara = dora.as_("lara")
    assert not lara.texts()["may_change"]
    assert code_of(lara.put_texts(conclusion="x")) == (403, "not_allowed")
    assert text_of(dora, "conclusion") == ""


def test_texts_can_be_begun_before_the_analysis(laboratory: Laboratory) -> None:
    browser = laboratory.browser("tom")
    early = Reading(laboratory, browser, opened(browser), "")
    early.write(aspirate="dry tap")
    assert text_of(early, "aspirate") == "dry tap"
    assert {one["offered"] for one in early.texts()["headings"]} == {""}
