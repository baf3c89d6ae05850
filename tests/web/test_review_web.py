"""Naming cells, seeing them, tags, missed cells, taking back; by several readers at once."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
import pytest
from case_acts import asked, code_of, opened, ready, with_slide
from pydantic import ValidationError
from web_laboratory import Browser, Laboratory

from fakes.made_result import SLIDES, made_analysis
from marrowscope.web.review_bodies import MOST_ACTS, MOST_CELLS, ActsRequest

ANALYSIS = made_analysis()
CELLS = ANALYSIS.cells
IDS = CELLS.texts("cell_id").tolist()
CHOSEN = np.isin(CELLS.texts("why_not"), ("", "class"))
DECIDED = CHOSEN & ~CELLS.mask("abstained")


def counted(class_id: str) -> list[str]:
    """Ids of decided cells of the count that the machine calls so."""
    return [IDS[one] for one in np.flatnonzero(DECIDED & (CELLS.texts("class_id") == class_id))]


SEGS, BLASTS = counted("SEG"), counted("BLAST_NOS")
UNDECIDED = [IDS[one] for one in np.flatnonzero(CHOSEN & CELLS.mask("abstained"))]


@dataclass
class Reader:
    """Somebody with the review of one analysis before them."""

    browser: Browser
    path: str

    def see_all(self) -> Any:
        answer = self.browser.ask("GET", self.path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, *acts: dict[str, Any], since: int = 0) -> httpx.Response:
        return self.browser.ask("POST", self.path, {"since": since, "acts": list(acts)})

    def do(self, *acts: dict[str, Any], since: int = 0) -> Any:
        answer = self.send(*acts, since=since)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def changes(self, since: int) -> Any:
        answer = self.browser.ask("GET", f"{self.path}/changes", params={"since": since})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def cell(self, cell_id: str) -> Any:
        path = self.path.removesuffix("review")
        answer = self.browser.ask("GET", f"{path}cells/{cell_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class Readers:
    """Tom and Dora look at the same."""

    laboratory: Laboratory
    case_id: str
    analysis_id: str

    def reader(self, who: str) -> Reader:
        path = f"/api/cases/{self.case_id}/analyses/{self.analysis_id}/review"
        return Reader(self.laboratory.browser(who), path)

    def n_events(self) -> int:
        ids = UUID(self.case_id), UUID(self.analysis_id)
        return self.laboratory.parts.reviews.review(*ids).n_events


@pytest.fixture
def readers(laboratory: Laboratory) -> Readers:
    return Readers(laboratory, *ready(laboratory))


@pytest.fixture
def tom(readers: Readers) -> Reader:
    return readers.reader("tom")


@pytest.fixture
def dora(readers: Readers) -> Reader:
    return readers.reader("dora")


def name(cell_ids: Sequence[str], class_id: str) -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": "name", "cell_ids": list(cell_ids), "class_id": class_id}


def see(cell_ids: Sequence[str]) -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": "see", "cell_ids": list(cell_ids)}


def tag(cell_ids: Sequence[str], *, is_set: bool) -> dict[str, Any]:
    given = {"cell_ids": list(cell_ids), "tag": "auer", "is_set": is_set}
    return {"id": str(uuid4()), "kind": "tag", **given}


def add(x_px: float, y_px: float, class_id: str, source: int = 0) -> dict[str, Any]:
    given = {"source": source, "x_px": x_px, "y_px": y_px, "class_id": class_id}
    return {"id": str(uuid4()), "kind": "add", **given}


def undo() -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": "undo"}


def redo() -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": "redo"}


def n_of(count: Any, category: str) -> int | None:
    found = next(row["n"] for row in count["categories"] if row["category"] == category)
    return None if found is None else int(found)


def test_before_anybody_did_anything_the_count_is_the_machine_s(tom: Reader) -> None:
    got = tom.see_all()

    empty = {"version": 0, "named": {}, "seen": [], "tags": {}, "added": []}
    assert {key: got[key] for key in empty} == empty
    assert (got["may_review"], got["why_not"]) == (True, "")
    assert (got["undo"], got["redo"]) == (None, None)
    count = got["count"]
    assert count["total"] == ANALYSIS.counts.counted
    assert count["target"] == 500
    assert count["n_found"] == CELLS.n_cells
    assert (count["n_seen"], count["n_to_see"]) == (0, int(CHOSEN.sum()))
    assert count["n_undecided"] == count["n_undecided_unseen"] == ANALYSIS.counts.abstained
    assert count["n_removed"] == ANALYSIS.counts.removed == sum(r["n"] for r in count["removed"])
    assert not count["is_fully_seen"]
    assert count["classifier_error"] == "classifier error on this scanner and stain is not known"
    for row, made in zip(count["categories"], ANALYSIS.differential, strict=True):
        for key in ("category", "n", "percent", "printed_percent", "low", "high", "upper_n"):
            assert row[key] == made[key]
        assert row["is_modelled"] is not made["not_modelled"]
        assert sum(one["n"] for one in row["classes"]) == (row["n"] or 0)
        assert row["n_seen"] == 0
    assert count["me"]["value"] == ANALYSIS.me["value"]
    assert [one["slide"] for one in count["slides"]] == list(SLIDES)
    assert [one["total"] for one in count["slides"]] == [
        one.counts.counted for one in ANALYSIS.by_slide
    ]
    assert count["advice"] == list(ANALYSIS.advice)


def test_a_name_moves_the_count(tom: Reader) -> None:
    before = tom.see_all()["count"]

    got = tom.do(name(SEGS[:2], "BLAST_MYELO"))

    count = got["count"]
    assert got["version"] == 1
    assert set(got["named"]) == set(got["seen"]) == set(SEGS[:2])
    assert got["named"][SEGS[0]] == {
        "class_id": "BLAST_MYELO",
        "by_name": "Tom Invented",
        "initials": "TO",
        "at": "2026-03-02T08:01:00Z",
    }
    assert n_of(count, "blasts") == (n_of(before, "blasts") or 0) + 2
    assert n_of(count, "segmented neutrophils") == len(SEGS) - 2
    assert count["total"] == before["total"]
    assert count["n_seen"] == 2
    blasts = next(row for row in count["categories"] if row["category"] == "blasts")
    assert blasts["n_seen"] == 2
    assert {"class_id": "BLAST_MYELO", "label": "Myeloblast", "n": 2} in blasts["classes"]
    assert got["undo"] == "2 cells to myeloblast"
    everything = tom.see_all()
    assert everything["named"] == got["named"]
    assert everything["count"] == count


def test_what_is_no_cell_leaves_the_count(tom: Reader) -> None:
    before = tom.see_all()["count"]

    count = tom.do(name(SEGS[:1], "ARTEFACT"), name(UNDECIDED[:1], "SMUDGE"))["count"]

    assert count["total"] == before["total"] - 2
    assert count["n_removed"] == before["n_removed"] + 2
    assert count["n_undecided"] == before["n_undecided"] - 1
    assert count["n_to_see"] == before["n_to_see"]


def test_who_cannot_name_a_cell_has_seen_it(tom: Reader) -> None:
    before = tom.see_all()["count"]

    count = tom.do(name([*UNDECIDED, SEGS[0]], "UNCLASS"))["count"]

    assert count["n_undecided"] == before["n_undecided"] + 1
    assert count["n_undecided_unseen"] == 0
    assert count["undecided"]["n_seen"] == count["undecided"]["n"] == count["n_undecided"]


def test_everything_seen(tom: Reader) -> None:
    everything = [IDS[one] for one in np.flatnonzero(CHOSEN)]
    almost = tom.do(see(everything[1:]))["count"]
    assert (almost["is_fully_seen"], almost["classifier_error"] != "") == (False, True)

    got = tom.do(see(everything), since=1)

    assert got["count"]["is_fully_seen"]
    assert got["count"]["n_seen"] == got["count"]["n_to_see"] == len(everything)
    assert got["count"]["classifier_error"] == ""
    # No class is unlooked-for once a person saw every cell.
    assert all(row["is_modelled"] for row in got["count"]["categories"])
    assert (got["undo"], got["named"]) == (None, {})


def test_a_tag(tom: Reader) -> None:
    got = tom.do(tag(BLASTS[:2], is_set=True), tag(BLASTS[:1], is_set=False))

    assert got["tags"] == {BLASTS[0]: [], BLASTS[1]: ["auer"]}
    assert got["undo"] == "Auer rod taken off 1 cell"
    assert tom.see_all()["tags"] == {BLASTS[1]: ["auer"]}
    assert tom.do(undo(), since=2)["tags"] == {BLASTS[0]: ["auer"]}
    assert tom.see_all()["undo"] == "Auer rod on 2 cells"


def test_a_missed_cell_counts_where_its_region_does(tom: Reader) -> None:
    before = tom.see_all()["count"]
    inside, outside = add(120.125, 300, "PLASMA"), add(2000, 300, "PLASMA", source=3)

    got = tom.do(inside, outside)

    first, second = got["added"]
    assert first == {
        "cell_id": f"added-{inside['id'][:8]}",
        "source": 0,
        "slide": "smear-1",
        "x_px": 120.12,
        "y_px": 300.0,
        "w_px": 150.0,
        "h_px": 150.0,
        "class_id": "PLASMA",
        "in_count": True,
        "by_name": "Tom Invented",
        "initials": "TO",
        "at": "2026-03-02T08:01:00Z",
    }
    assert (second["source"], second["slide"], second["in_count"]) == (3, "smear-2", False)
    assert got["undo"] == "added cell: plasma cell"
    assert got["count"]["n_found"] == before["n_found"] + 2
    assert got["count"]["total"] == before["total"] + 1
    assert n_of(got["count"], "plasma cells") == (n_of(before, "plasma cells") or 0) + 1

    renamed = tom.do(name([first["cell_id"]], "PLASMA_ABN"), since=2)
    assert renamed["added"] == got["added"]
    assert renamed["named"][first["cell_id"]]["class_id"] == "PLASMA_ABN"
    said = tom.cell(first["cell_id"])
    assert [one["class_id"] for one in said["history"]] == ["PLASMA", "PLASMA_ABN"]
    assert (said["probabilities"], said["strangeness"], said["nucleus_um"]) == ([], None, None)
    assert (said["x_um"], said["y_um"], said["source"]) == (12.01, 30.0, "smear-1/field-01.png")
    assert said["seen"] == {"by_name": "Tom Invented", "at": "2026-03-02T08:01:00Z"}

    gone = tom.do(undo(), undo(), undo(), since=3)
    assert gone["added"] == []
    assert gone["count"]["total"] == before["total"]


def test_taking_back_and_doing_again(tom: Reader) -> None:
    before = tom.see_all()["count"]
    tom.do(name(SEGS[:1], "BAND"), name(SEGS[:1], "META"))

    once = tom.do(undo(), since=2)
    assert once["named"][SEGS[0]]["class_id"] == "BAND"
    assert (once["undo"], once["redo"]) == ("1 cell to band neutrophil", "1 cell to metamyelocyte")
    twice = tom.do(undo(), since=3)
    assert twice["named"] == {SEGS[0]: None}
    assert twice["undo"] is None
    assert n_of(twice["count"], "segmented neutrophils") == len(SEGS)
    # Who took a cell back has seen it all the same.
    assert twice["count"]["n_seen"] == 1
    assert twice["count"]["total"] == before["total"]
    assert tom.do(redo(), redo(), since=4)["named"][SEGS[0]]["class_id"] == "META"


def test_an_undo_in_one_request_means_what_came_before_it(tom: Reader) -> None:
    got = tom.do(name(SEGS[:1], "BAND"), name(SEGS[1:2], "META"), undo(), undo(), redo())

    assert got["version"] == 5
    assert got["named"] == {SEGS[0]: got["named"][SEGS[0]], SEGS[1]: None}
    assert got["named"][SEGS[0]]["class_id"] == "BAND"


@pytest.mark.parametrize(("act", "code"), [(undo, "nothing_to_undo"), (redo, "nothing_to_redo")])
def test_nothing_to_take_back(readers: Readers, tom: Reader, act: Any, code: str) -> None:
    assert code_of(tom.send(act())) == (409, code)

    # All or nothing: the name that goes before it is not written either.
    tom.do(name(SEGS[:1], "BAND"))
    assert code_of(tom.send(name(SEGS[:1], "META"), redo())) == (409, "nothing_to_redo")
    assert readers.n_events() == 1


def test_nobody_takes_back_what_another_did(readers: Readers, tom: Reader, dora: Reader) -> None:
    tom.do(name(SEGS[:1], "BAND"))

    refused = dora.send(undo())

    assert code_of(refused) == (409, "nothing_to_undo")
    assert "load the review again" in refused.json()["error"]["message"]
    assert dora.see_all()["undo"] is None
    dora.do(name(SEGS[:1], "META"))
    back = dora.do(undo(), since=2)
    assert back["named"][SEGS[0]]["class_id"] == "BAND"
    assert back["named"][SEGS[0]]["by_name"] == "Tom Invented"
    assert readers.n_events() == 3


def test_what_is_sent_twice_is_done_once(readers: Readers, tom: Reader) -> None:
    acts = (
        name(SEGS[:1], "BAND"),
        see(BLASTS),
        tag(BLASTS, is_set=True),
        add(100, 100, "MONO"),
        undo(),
        redo(),
        undo(),
    )
    first = tom.do(*acts)
    readers.laboratory.clock.wait(minutes=1)

    again = tom.do(*acts)

    assert again == first
    assert again["version"] == readers.n_events() == len(acts)
    assert readers.laboratory.acts().count("cells_reviewed") == 1


def test_a_retry_that_comes_late_takes_nothing_more_back(readers: Readers, tom: Reader) -> None:
    tom.do(name(SEGS[:1], "BAND"), name(SEGS[:1], "META"))
    back = undo()
    tom.do(back, since=2)
    tom.do(name(SEGS[1:2], "META"), since=3)

    got = tom.do(back, since=4)

    assert got["version"] == readers.n_events() == 4
    assert got["undo"] == "1 cell to metamyelocyte"
    assert tom.see_all()["named"][SEGS[0]]["class_id"] == "BAND"


def test_a_retry_of_the_last_undo_is_no_conflict(readers: Readers, tom: Reader) -> None:
    back, again = undo(), redo()
    tom.do(name(SEGS[:1], "BAND"), back)

    assert tom.do(back, since=2)["version"] == 2
    tom.do(again, since=2)
    assert tom.do(back, again, since=3)["version"] == readers.n_events() == 3


def test_a_retry_does_not_stand_between_an_undo_and_its_redo(tom: Reader) -> None:
    act = name(SEGS[:1], "BAND")
    tom.do(act)
    tom.do(undo(), since=1)

    got = tom.do(act, redo(), since=2)

    assert (got["version"], got["named"][SEGS[0]]["class_id"]) == (3, "BAND")


def test_an_id_is_of_one_act(readers: Readers, tom: Reader, dora: Reader) -> None:
    act = name(SEGS[:1], "BAND")
    tom.do(act)

    assert code_of(tom.send({**act, "class_id": "META"})) == (422, "refused")
    assert code_of(dora.send(act)) == (422, "refused")
    assert readers.n_events() == 1


def test_a_second_reader_sees_what_changed(tom: Reader, dora: Reader) -> None:
    tom.do(name(SEGS[:2], "BAND"), tag(BLASTS[:1], is_set=True))
    known = dora.see_all()["version"]
    assert dora.changes(known)["named"] == {}
    tom.do(undo(), undo(), name(SEGS[2:3], "MAST"), see(BLASTS[1:2]), since=2)

    got = dora.changes(known)

    assert got["version"] == 6
    assert got["named"] == {SEGS[0]: None, SEGS[1]: None, SEGS[2]: got["named"][SEGS[2]]}
    assert got["named"][SEGS[2]]["by_name"] == "Tom Invented"
    assert got["tags"] == {BLASTS[0]: []}
    assert got["seen"] == [SEGS[2], BLASTS[1]]
    assert got["undo"] is None
    assert n_of(got["count"], "mast cells") == 1
    # The answer to an act tells what others did meanwhile too.
    mine = dora.do(see(BLASTS[:1]), since=5)
    assert mine["seen"] == [BLASTS[1], BLASTS[0]]


def test_changes_replayed_are_the_review(tom: Reader, dora: Reader) -> None:
    tom.do(name(SEGS, "BAND"), tag(BLASTS, is_set=True), add(50, 60, "MONO"))
    dora.do(name(SEGS[:2], "META"), see(UNDECIDED), tag(BLASTS[:1], is_set=False))
    tom.do(undo(), undo(), redo())
    dora.do(undo(), undo(), redo(), name(SEGS[1:2], "SEG"))
    whole = dora.see_all()

    named: dict[str, Any] = {}
    tags: dict[str, list[str]] = {}
    seen: set[str] = set()
    version = 0
    # In the steps in which a page might have asked; every answer is of the newest state.
    while version < whole["version"]:
        got = dora.changes(version)
        named |= got["named"]
        tags |= got["tags"]
        seen |= set(got["seen"])
        version += 4

    assert {key: one for key, one in named.items() if one is not None} == whole["named"]
    assert {key: one for key, one in tags.items() if one} == whole["tags"]
    assert seen == set(whole["seen"])
    assert got["added"] == whole["added"]


def test_a_page_of_another_past(tom: Reader) -> None:
    answer = tom.browser.ask("GET", f"{tom.path}/changes", params={"since": 7})

    assert code_of(answer) == (409, "ahead")


def test_acts_of_a_page_of_another_past_are_not_done(readers: Readers, tom: Reader) -> None:
    act = name(SEGS[:1], "BAND")

    assert code_of(tom.send(act, since=7)) == (409, "ahead")
    assert readers.n_events() == 0
    assert tom.do(act)["version"] == 1


def test_a_second_undo_that_comes_at_once_is_a_conflict(
    readers: Readers, tom: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was made of what the review was before the first."""
    tom.do(name(SEGS[:1], "BAND"))
    reviews = readers.laboratory.parts.reviews
    stale = reviews.review(UUID(readers.case_id), UUID(readers.analysis_id))
    tom.do(undo())
    monkeypatch.setattr(reviews, "review", lambda *_ids: stale)

    refused = tom.send(undo())

    assert code_of(refused) == (409, "review_changed")
    assert refused.json()["error"]["message"] == "this was taken back already"
    monkeypatch.undo()
    assert readers.n_events() == 2


def test_a_spot_is_added_once(readers: Readers, tom: Reader, dora: Reader) -> None:
    tom.do(add(100, 100, "MONO"))
    found = CELLS.numbers("x_px")[0], CELLS.numbers("y_px")[0]

    for act in (add(100, 100, "MONO"), add(120, 110, "SEG"), add(*found, "SEG")):
        refused = dora.send(act)
        assert code_of(refused) == (422, "refused")
        assert refused.json()["error"]["message"] == "a cell lies there already; name that one"
    assert readers.n_events() == 1
    assert len(dora.do(add(100, 131, "SEG"))["added"]) == 2


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (name(["s9-000000"], "SEG"), 404),
        (name([IDS[0]], "NEUTROPHIL"), 422),
        (name([IDS[0]], "RBC"), 422),
        (name([IDS[0], IDS[0]], "SEG"), 422),
        (name([], "SEG"), 422),
        (see(["s9-000000"]), 404),
        (see(["x" * 65]), 422),
        (tag([IDS[0]], is_set=True) | {"tag": "dysplastic"}, 422),
        (tag(["s9-000000"], is_set=True), 404),
        (add(10, 10, "SEG", source=4), 422),
        (add(2560, 10, "SEG"), 422),
        (add(10, 1920, "SEG"), 422),
        (add(-1, 10, "SEG"), 422),
        (add(10, 10, "RBC"), 422),
        (undo() | {"cell_ids": [IDS[0]]}, 422),
        (see([IDS[0]]) | {"kind": "sign"}, 422),
        (see([IDS[0]]) | {"id": "7"}, 422),
        ({"id": str(uuid4()), "kind": "name", "cell_ids": [IDS[0]]}, 422),
    ],
    ids=[
        "no such cell to name", "no such class", "red cell", "twice", "no cells",
        "no such cell to see", "long id", "no such tag", "no such cell to tag", "no such picture",
        "beyond the right edge", "beyond the lower edge", "negative", "red cell added",
        "undo of cells", "no such kind", "no id", "no class",
    ],
)  # fmt: skip
def test_one_wrong_act_and_none_is_done(
    readers: Readers, tom: Reader, wrong: dict[str, Any], status: int
) -> None:
    answer = tom.send(name(SEGS[:1], "BAND"), wrong)

    assert answer.status_code == status, answer.text
    message = answer.json()["error"]["message"]
    assert message
    assert "\n" not in message
    assert readers.n_events() == 0
    assert tom.see_all()["named"] == {}
    assert "cells_reviewed" not in readers.laboratory.acts()


@pytest.mark.parametrize("file", ["cells.parquet", "analysis.json"])
@pytest.mark.parametrize("is_there", [True, False], ids=["damaged", "gone"])
def test_damaged_files_of_the_server_are_no_fault_of_the_act(
    readers: Readers, tom: Reader, file: str, is_there: bool
) -> None:
    ids = UUID(readers.case_id), UUID(readers.analysis_id)
    path = readers.laboratory.parts.files.analysis_folder(*ids) / file
    path.write_bytes(b"neither")
    if not is_there:
        path.unlink()

    answer = tom.send(name(SEGS[:1], "BAND"))

    # A page tries again what ends so, and keeps what its reader did.
    assert code_of(answer) == (503, "damaged_result")
    said = answer.json()["error"]["message"]
    assert said.startswith(f"{file} of this analysis is ")
    assert [str(error) for error in readers.laboratory.notices] == [said]
    assert readers.n_events() == 0


def test_a_request_is_bounded() -> None:
    one = {"id": str(uuid4()), "kind": "see", "cell_ids": ["s1-000000"] * MOST_CELLS}
    assert (MOST_CELLS, MOST_ACTS) == (100_000, 1000)
    ActsRequest.model_validate({"since": 0, "acts": [one]})

    for acts in (
        [{**one, "cell_ids": [*one["cell_ids"], "s1-000001"]}],
        [undo() for _ in range(MOST_ACTS + 1)],
        [],
    ):
        with pytest.raises(ValidationError):
            ActsRequest.model_validate({"since": 0, "acts": acts})


def test_history_of_a_cell(readers: Readers, tom: Reader, dora: Reader) -> None:
    tom.do(see(SEGS[:1]))
    readers.laboratory.clock.wait(minutes=2)
    dora.do(name(SEGS[:1], "BAND"), undo(), name(SEGS[:1], "META"))

    got = dora.cell(SEGS[0])

    assert got["seen"] == {"by_name": "Tom Invented", "at": "2026-03-02T08:01:00Z"}
    at = "2026-03-02T08:03:00Z"
    assert got["history"] == [
        {
            "class_id": "BAND",
            "label": "Band neutrophil",
            "by_name": "Dora Invented",
            "at": at,
            "is_undone": True,
        },
        {
            "class_id": "META",
            "label": "Metamyelocyte",
            "by_name": "Dora Invented",
            "at": at,
            "is_undone": False,
        },
    ]


def test_who_may_review(readers: Readers) -> None:
    may = {}
    for who in ("tom", "dora", "ada", "limo"):
        reader = readers.reader(who)
        may[who] = reader.see_all()["may_review"]
        answer = reader.send(see([IDS[0]]))
        assert answer.status_code == (200 if may[who] else 403), who
    # The first account can read a case to its end alone.
    assert may == {"tom": True, "dora": True, "ada": True, "limo": False}
    why_not = readers.reader("limo").see_all()["why_not"]
    assert "role" in why_not
    assert code_of(readers.reader("limo").send(see([IDS[0]]))) == (403, "not_allowed")


def test_an_administrator_alone_does_not_review(readers: Readers) -> None:
    laboratory = readers.laboratory
    ada = laboratory.accounts.by_user_name("ada")
    assert ada is not None
    laboratory.accounts.change(ada.account_id, by=ada, roles=["administrator"])

    assert code_of(readers.reader("ada").send(see([IDS[0]]))) == (403, "not_allowed")
    assert readers.n_events() == 0


def test_a_trainee_looks_at_teaching_and_writes_nothing(laboratory: Laboratory) -> None:
    shut = Readers(laboratory, *ready(laboratory)).reader("lara")
    assert code_of(shut.browser.ask("GET", shut.path)) == (404, "not_found")
    changes = shut.browser.ask("GET", f"{shut.path}/changes", params={"since": 0})
    assert code_of(changes) == (404, "not_found")

    teaching = Readers(laboratory, *ready(laboratory, purpose="teaching"))
    lara = teaching.reader("lara")
    assert lara.see_all()["may_review"] is False
    assert code_of(lara.send(see([IDS[0]]))) == (403, "not_allowed")
    assert teaching.n_events() == 0


def test_a_request_of_another_page_writes_nothing(readers: Readers, tom: Reader) -> None:
    body = {"since": 0, "acts": [see([IDS[0]])]}

    answer = tom.browser.ask("POST", tom.path, body, csrf="of another session")

    assert code_of(answer) == (403, "csrf")
    assert readers.n_events() == 0


def test_a_lost_session_writes_nothing_and_the_same_acts_are_taken_later(
    readers: Readers, tom: Reader
) -> None:
    act = name(SEGS[:1], "BAND")
    readers.laboratory.clock.wait(hours=2)
    assert code_of(tom.send(act)) == (423, "locked")
    readers.laboratory.accounts.sign_out(readers.laboratory.tokens["tom"][0])
    assert code_of(tom.send(act)) == (401, "not_signed_in")
    assert readers.n_events() == 0
    assert tom.browser.sign_in("tom").status_code == 200

    assert tom.do(act)["named"][SEGS[0]]["class_id"] == "BAND"


def test_no_review_before_the_end(laboratory: Laboratory) -> None:
    browser = laboratory.browser("tom")
    case_id = opened(browser)
    with_slide(browser, case_id)
    waiting = Readers(laboratory, case_id, asked(browser, case_id))
    tom = waiting.reader("tom")

    assert code_of(browser.ask("GET", tom.path)) == (404, "not_found")
    assert code_of(tom.send(see([IDS[0]]))) == (404, "not_found")


def test_a_deleted_case_takes_no_more(readers: Readers, tom: Reader) -> None:
    tom.do(see([IDS[0]]))
    readers.laboratory.cases.delete(UUID(readers.case_id), None, "made by mistake", by=None)

    assert code_of(tom.send(see([IDS[1]]))) == (404, "not_found")
    assert code_of(tom.browser.ask("GET", tom.path)) == (404, "not_found")


def test_each_request_that_writes_is_audited_without_naming_a_patient(
    readers: Readers, tom: Reader
) -> None:
    tom.do(name(SEGS[:1], "BAND"), see(BLASTS), undo())

    entries = readers.laboratory.audit.entries(None, 100)
    entry = next(one for one in entries if one.act == "cells_reviewed")
    assert (entry.actor_name, entry.about) == ("tom", readers.case_id)
    details = entry.values()
    assert details["analysis_id"] == readers.analysis_id
    assert sum(details["acts"].values()) == 3
    assert SEGS[0] not in json.dumps(details)
    assert readers.laboratory.audit.verify().broken_at is None


def test_looking_at_a_review_is_audited_once_a_session(readers: Readers, tom: Reader) -> None:
    for _ in range(3):
        tom.see_all()
        tom.changes(0)

    entries = readers.laboratory.audit.entries(None, 100)
    read = Counter(one.act for one in entries if one.values().get("what") == "cells")
    assert read == {"case_read": 1}


def test_reviews_of_two_analyses_are_apart(readers: Readers, tom: Reader) -> None:
    laboratory = readers.laboratory
    newer = asked(tom.browser, readers.case_id)
    laboratory.jobs.start(UUID(readers.case_id), UUID(newer))
    laboratory.jobs.finish(UUID(readers.case_id), UUID(newer))
    other = Readers(laboratory, readers.case_id, newer).reader("tom")
    tom.do(name(SEGS[:1], "BAND"))

    assert other.see_all()["version"] == 0
    assert code_of(other.send(undo())) == (409, "nothing_to_undo")


def test_a_review_outlives_the_server(readers: Readers, tom: Reader) -> None:
    done = tom.do(name(SEGS[:1], "BAND"), add(100, 100, "MONO"))
    # Another app on the same home, as after a restart.
    whole = readers.reader("dora").see_all()

    assert whole["named"] == done["named"]
    assert whole["added"] == done["added"]
    assert whole["count"] == done["count"]
