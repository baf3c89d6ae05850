"""Taking over to a later analysis what one did in an earlier one, through the API."""

import pytest
from case_acts import code_of, with_slide
from sign_out_acts import CHOSEN, Reading, analysed, reading
from web_laboratory import Laboratory


@pytest.fixture
def dora(laboratory: Laboratory) -> Reading:
    return reading(laboratory)


def later(read: Reading) -> Reading:
    return Reading(
        read.laboratory, read.browser, read.case_id, analysed(read.laboratory, read.case_id)
    )


def offer(read: Reading) -> dict[str, object]:
    answer: dict[str, object] = read.get(f"{read.analysis}/review/earlier")
    return answer


NOTHING = {"ended_at": None, "n_cells": 0, "n_named": 0, "n_lost": 0}


def test_a_first_analysis_has_nothing_to_take_over(dora: Reading) -> None:
    assert offer(dora) == NOTHING
    answer = dora.browser.ask("POST", f"{dora.analysis}/review/earlier", {"since": 0})
    assert code_of(answer) == (404, "not_found")


def test_names_and_looks_go_over_once(dora: Reading) -> None:
    first, second, third, *_ = CHOSEN
    dora.name("PLASMA", first)
    dora.see(second, third)
    dora.review({"kind": "tag", "cell_ids": [third], "tag": "auer", "is_set": True})
    newer = later(dora)
    found = offer(newer)
    assert found["ended_at"] is not None
    assert (found["n_cells"], found["n_named"], found["n_lost"]) == (3, 1, 0)

    changes = dora.send("POST", f"{newer.analysis}/review/earlier", {"since": 0})

    review = newer.get(f"{newer.analysis}/review")
    assert review["version"] == changes["version"]
    assert review["named"][first]["class_id"] == "PLASMA"
    assert set(review["seen"]) == {first, second, third}
    assert review["tags"] == {third: ["auer"]}
    assert offer(newer)["n_cells"] == 0
    again = dora.browser.ask("POST", f"{newer.analysis}/review/earlier", {"since": 0})
    assert code_of(again) == (404, "not_found")


def test_everybody_takes_over_their_own(dora: Reading) -> None:
    dora.name("PLASMA", *CHOSEN[:2])
    newer = later(dora)
    assert offer(newer.as_("tom")) == NOTHING
    assert offer(newer)["n_named"] == 2


def test_who_saw_no_cell_first_takes_over_too(dora: Reading) -> None:
    first, second, *_ = CHOSEN
    dora.see(first, second)
    tom = dora.as_("tom")
    tom.name("PLASMA", first)
    tom.review({"kind": "tag", "cell_ids": [second], "tag": "auer", "is_set": True})
    newer = later(tom)
    assert (offer(newer)["n_cells"], offer(newer)["n_named"]) == (2, 1)

    tom.send("POST", f"{newer.analysis}/review/earlier", {"since": 0})

    review = newer.get(f"{newer.analysis}/review")
    assert review["named"][first]["class_id"] == "PLASMA"
    assert review["tags"] == {second: ["auer"]}


def test_what_was_undone_is_not_offered(dora: Reading) -> None:
    dora.see(CHOSEN[0])
    tom = dora.as_("tom")
    tom.name("PLASMA", CHOSEN[0])
    tom.review({"kind": "undo"})
    assert offer(later(tom)) == NOTHING


def test_a_signed_case_takes_nothing_over(dora: Reading) -> None:
    dora.name("PLASMA", CHOSEN[0])
    newer = later(dora)
    newer.ready_to_sign()
    newer.sign()
    answer = newer.browser.ask("POST", f"{newer.analysis}/review/earlier", {"since": 0})
    assert code_of(answer) == (409, "signed")


def test_another_slide_takes_nothing_away(dora: Reading) -> None:
    dora.name("PLASMA", *CHOSEN[:2])
    with_slide(dora.laboratory.browser("tom"), dora.case_id, name="third")
    newer = later(dora)
    assert offer(newer)["n_named"] == 2
