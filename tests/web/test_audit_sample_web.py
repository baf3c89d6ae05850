"""A random audit in place of seeing every cell."""

from typing import Any

import httpx
import pytest
from case_acts import code_of
from sign_out_acts import CHOSEN, UNDECIDED, Reading, reading
from web_laboratory import Laboratory


@pytest.fixture
def dora(laboratory: Laboratory) -> Reading:
    return reading(laboratory)


def ask(read: Reading, wanted: Any) -> httpx.Response:
    return read.browser.ask("POST", f"{read.analysis}/audit", {"wanted": wanted})


def draw(read: Reading, wanted: int = 5) -> Any:
    answer = ask(read, wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_before_it_is_drawn_it_says_what_nobody_can_know(dora: Reading) -> None:
    answer = dora.audit()
    assert not answer["is_drawn"]
    assert not answer["is_complete"]
    assert (answer["n_drawn"], answer["cell_ids"], answer["strata"]) == (0, [], [])
    assert answer["estimate"] is None
    assert answer["suggested"] == len(CHOSEN)
    assert f"{len(CHOSEN)} of {len(CHOSEN)} cells were not seen" in answer["blind_spot"]
    assert answer["may_draw"]


def test_cells_are_drawn_seen_and_estimated(dora: Reading) -> None:
    dora.see(*UNDECIDED)
    drawn = draw(dora)
    assert drawn == dora.audit()
    assert drawn["n_drawn"] == len(drawn["cell_ids"]) == len(drawn["missing"])
    assert set(drawn["cell_ids"]) <= set(CHOSEN) - set(UNDECIDED)
    assert sum(one["n"] for one in drawn["strata"]) == len(CHOSEN) - len(UNDECIDED)
    assert sum(one["n_sampled"] for one in drawn["strata"]) == drawn["n_drawn"]
    first, *rest = drawn["cell_ids"]

    dora.see(*rest)
    almost = dora.audit()
    assert (almost["n_seen"], almost["missing"]) == (len(rest), [first])
    assert almost["estimate"] is None
    dora.see(first)
    done = dora.audit()

    assert done["is_complete"]
    assert len(done["estimate"]) == 13
    for row in done["estimate"]:
        assert row["outer_low"] <= row["low"] <= row["percent"] <= row["high"]
        assert row["high"] <= row["outer_high"]
        assert row["low"] <= row["audit_low"] <= row["audit_high"] <= row["high"]


def test_undecided_cells_are_drawn_whole_under_their_own_name(dora: Reading) -> None:
    drawn = draw(dora)
    stratum = next(one for one in drawn["strata"] if one["class_id"] == "undecided")
    assert stratum["label"] == "Undecided"
    assert stratum["n"] == stratum["n_sampled"] == len(UNDECIDED)


def test_a_larger_audit_holds_the_smaller_one_and_no_other_can_be_drawn(dora: Reading) -> None:
    small = draw(dora, 1)
    answer = ask(dora, 1)
    assert code_of(answer) == (422, "refused")
    assert "ask for more cells" in answer.json()["error"]["message"]
    # What was seen since then changes nothing in what is drawn.
    dora.see(*small["cell_ids"][:3])
    if small["n_drawn"] < len(CHOSEN):
        larger = draw(dora, 500)
        assert set(small["cell_ids"]) < set(larger["cell_ids"])
        assert larger["n_seen"] == 3
    first, *_ = reversed(dora.entries("audit_drawn"))
    assert first.values()["n_cells"] == small["n_drawn"]


@pytest.mark.parametrize("wanted", [0, -1, 1_000_001, "many", 1.5, None])
def test_numbers_that_cannot_be_meant(dora: Reading, wanted: Any) -> None:
    assert code_of(ask(dora, wanted)) == (422, "invalid")
    assert not dora.audit()["is_drawn"]


def test_more_than_is_sensible_is_refused(dora: Reading) -> None:
    assert code_of(ask(dora, 2001)) == (422, "refused")


def test_where_every_cell_was_seen_there_is_nothing_to_draw(dora: Reading) -> None:
    dora.see(*CHOSEN)
    answer = dora.audit()
    assert (answer["blind_spot"], answer["may_draw"]) == ("", False)
    assert "nothing to audit" in answer["why_not"]
    assert code_of(ask(dora, 5)) == (422, "refused")


def test_a_reader_without_the_right_draws_nothing(laboratory: Laboratory) -> None:
    dora = reading(laboratory, purpose="teaching")
    lara = dora.as_("lara")
    assert not lara.audit()["may_draw"]
    assert code_of(ask(lara, 5)) == (403, "not_allowed")
    assert not dora.audit()["is_drawn"]
