from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marrowscope.cases.event_json import facts_from_json, facts_json
from marrowscope.cases.facts import LONGEST, OF_SEVERAL_LINES, CaseFacts, Priority, Purpose, checked
from marrowscope.cases.file_names import (
    as_folder_name,
    checked_file_name,
    checked_slide_name,
    different,
)
from marrowscope.errors import UsageError

FULL = CaseFacts(
    accession="S26-1",
    patient_name="Doe, Jané",
    patient_id="7",
    birth_date=date(1960, 2, 29),
    collected_on=date(2024, 5, 30),
    received_on=date(2024, 5, 31),
    site="right iliac crest",
    indication="anaemia\nleft shift",
    blood_blast_percent=Decimal("12.5"),
    purpose=Purpose.CLINICAL,
    priority=Priority.URGENT,
)


def test_nothing_needs_to_be_known() -> None:
    assert checked(CaseFacts()) == CaseFacts()
    assert facts_from_json({}) == CaseFacts()
    assert CaseFacts().purpose is Purpose.RESEARCH
    assert CaseFacts().priority is Priority.ROUTINE


def test_texts_are_trimmed_and_composed() -> None:
    facts = checked(
        replace(
            FULL, accession="  S26-1 ", patient_name="Doe,  Jane\u0301", indication=" a\r\nb\t "
        )
    )
    assert facts.accession == "S26-1"
    assert facts.patient_name == "Doe, Jan\u00e9"
    assert facts.indication == "a\nb"


@pytest.mark.parametrize("name", LONGEST)
def test_texts_have_a_longest_length_and_no_control_characters(name: str) -> None:
    assert getattr(checked(CaseFacts(**{name: "x" * LONGEST[name]})), name)
    for wrong in ("x" * (LONGEST[name] + 1), "a\x00b", "a\x1b[2Jb", "a\u202eb", "\ud800"):
        with pytest.raises(UsageError, match=name.replace("_", " ")) as raised:
            checked(CaseFacts(**{name: wrong}))
        assert wrong not in str(raised.value)
    if name not in OF_SEVERAL_LINES:
        with pytest.raises(UsageError):
            checked(CaseFacts(**{name: "a\nb"}))


@pytest.mark.parametrize("wrong", ["-0.1", "100.1", "NaN", "Infinity", "1.234"])
def test_a_percentage_is_one(wrong: str) -> None:
    with pytest.raises(UsageError, match="blast percent"):
        checked(CaseFacts(blood_blast_percent=Decimal(wrong)))


@pytest.mark.parametrize("text", ["0", "5", "5.0", "5.00", "0.5E1", "100"])
def test_a_percentage_has_one_text(text: str) -> None:
    percent = checked(CaseFacts(blood_blast_percent=Decimal(text))).blood_blast_percent
    assert percent == Decimal(text)
    assert str(percent) in {"0", "5", "100"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"collected_on": date(2024, 5, 31), "received_on": date(2024, 5, 30)},
        {"birth_date": date(2024, 5, 31), "collected_on": date(2024, 5, 30)},
        {"birth_date": date(2024, 5, 31), "received_on": date(2024, 5, 30)},
        {"birth_date": date(1066, 1, 1)},
    ],
)
def test_days_come_in_their_order(wrong: dict[str, date]) -> None:
    with pytest.raises(UsageError, match=r"date|received on"):
        checked(CaseFacts(**wrong))


def test_facts_survive_json() -> None:
    assert facts_from_json(facts_json(FULL)) == checked(FULL)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hat": "red"},
        {"accession": 7},
        {"birth_date": "31.5.2024"},
        {"purpose": "fun"},
        {"purpose": ""},
        {"sex": "yes"},
        {"blood_blast_percent": "many"},
        {"blood_blast_percent": 5},
    ],
)
def test_json_that_is_no_facts_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        facts_from_json(wrong)


@pytest.mark.parametrize("good", ["a.svs", "Fall 7 – Müller.mrxs", "x/Slidedat.ini", "数.tif"])
def test_good_names_of_files_stay(good: str) -> None:
    assert checked_file_name(good) == good


@pytest.mark.parametrize(
    "wrong",
    ["", ".", "..", "../x", "a/../b", "/etc/passwd", "a/b/c", "a\\b", ".hidden", "a/.b", "a\x00",
     "a\nb", " a", "a ", "x" * 201, "\ud800", "a/", "a\u202eb"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="name cannot be used"):
        checked_file_name(wrong)


@given(st.text(max_size=300))
def test_no_name_leads_out_of_its_folder(text: str) -> None:
    try:
        name = checked_file_name(text)
    except UsageError:
        return
    parts = name.split("/")
    assert len(parts) <= 2
    assert not any(part in {"", ".", ".."} or "\\" in part for part in parts)


def test_slides_have_names_that_folders_can_have() -> None:
    assert checked_slide_name("  A  1/2 ") == "A 1/2"
    assert as_folder_name("A 1/2") == "A 1-2"
    assert as_folder_name("..") == "_.."
    assert len(as_folder_name("ü" * 128).encode()) <= 200
    for wrong in ("", "  ", "x" * 129, "a\nb"):
        with pytest.raises(UsageError):
            checked_slide_name(wrong)


def test_names_that_are_the_same_get_a_number() -> None:
    assert different(["a.svs", "A.svs", "b", "b", "b"]) == [
        "a.svs", "A (2).svs", "b", "b (2)", "b (3)",
    ]  # fmt: skip


@given(st.lists(st.sampled_from(["a", "A", "a (2)", "b.x", "b (2).x"]), max_size=8))
def test_names_are_different_whatever_their_case(names: list[str]) -> None:
    made = different(names)
    assert len({name.casefold() for name in made}) == len(names)
