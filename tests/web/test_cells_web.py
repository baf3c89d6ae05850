"""The cells of a finished analysis in columns, one cell, and the regions."""

from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from case_acts import asked, code_of, opened, ready, with_slide
from web_laboratory import Browser, Laboratory

from fakes.made_result import CLASS_IDS, FIELDS, SLIDES, UM_PER_PX, made_analysis
from marrowscope.cases.viewing_order import abnormality
from marrowscope.vocabulary import all_classes, class_ids
from marrowscope.web.cell_answers import CellsAnswer

CELLS = made_analysis().cells
COLUMNS = (
    "cell_id", "source", "x_px", "y_px", "w_px", "h_px", "class_index", "probability",
    "second_index", "second_probability", "is_undecided", "in_count", "why_not", "strangeness",
    "abnormality",
)  # fmt: skip
PLACES = ("cells", "cells/s1-000003", "regions")


def path_of(case_id: str, analysis_id: str, place: str) -> str:
    return f"/api/cases/{case_id}/analyses/{analysis_id}/{place}"


def read(laboratory: Laboratory, place: str, who: str = "tom", **facts: Any) -> Any:
    answer = laboratory.browser(who).ask("GET", path_of(*ready(laboratory, **facts), place))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_cells_are_columns_of_the_table(laboratory: Laboratory) -> None:
    got = read(laboratory, "cells")

    CellsAnswer.model_validate(got, strict=False)
    assert {len(got[name]) for name in COLUMNS} == {CELLS.n_cells}
    assert got["slides"] == list(SLIDES)
    assert got["sources"] == [
        {"name": f"{slide}/{field}", "slide": slide, "um_per_px": UM_PER_PX}
        for slide in SLIDES
        for field in FIELDS
    ]
    assert got["class_ids"] == list(CLASS_IDS)
    assert got["cell_id"] == CELLS.texts("cell_id").tolist()
    names = [got["sources"][place]["name"] for place in got["source"]]
    assert names == CELLS.texts("source").tolist()
    for name in ("x_px", "y_px", "w_px", "h_px"):
        assert got[name] == pytest.approx(CELLS.numbers(name))
    assert [CLASS_IDS[one] for one in got["class_index"]] == CELLS.texts("class_id").tolist()
    assert got["probability"] == pytest.approx(CELLS.numbers("probability"), abs=6e-4)
    assert got["why_not"] == CELLS.texts("why_not").tolist()
    assert set(got["why_not"]) == {"", "class", "region", "cut", "limit"}
    assert got["strangeness"] == pytest.approx(CELLS.numbers("strangeness"), abs=6e-4)


def test_the_next_likeliest_class_is_another(laboratory: Laboratory) -> None:
    got = read(laboratory, "cells")

    expected = np.sort(CELLS.probabilities(), axis=1)[:, -2]
    assert got["second_probability"] == pytest.approx(expected, abs=6e-4)
    rows = np.arange(CELLS.n_cells)
    picked = CELLS.probabilities()[rows, got["second_index"]]
    assert picked == pytest.approx(expected)
    assert all(a != b for a, b in zip(got["class_index"], got["second_index"], strict=True))


def test_what_is_counted_and_what_is_undecided(laboratory: Laboratory) -> None:
    got = read(laboratory, "cells")

    in_count, undecided = np.array(got["in_count"]), np.array(got["is_undecided"])
    counts = made_analysis().counts
    assert in_count.sum() == counts.counted + counts.removed
    assert (in_count & undecided).sum() == counts.abstained > 0
    # A machine that says "not classifiable" has not decided.
    unclassed = np.array(got["class_index"]) == CLASS_IDS.index("UNCLASS")
    assert undecided[unclassed].all()
    assert unclassed.any()


def test_likely_blasts_are_the_most_abnormal(laboratory: Laboratory) -> None:
    got = read(laboratory, "cells")

    expected = abnormality(CELLS.probabilities(), CLASS_IDS)
    assert got["abnormality"] == pytest.approx(expected, abs=6e-4)
    class_index = np.array(got["class_index"])
    mean = [
        np.array(got["abnormality"])[class_index == CLASS_IDS.index(name)].mean()
        for name in ("BLAST_NOS", "SEG")
    ]
    assert mean[0] > mean[1]


def test_the_whole_vocabulary_can_be_given(laboratory: Laboratory) -> None:
    classes = read(laboratory, "cells")["classes"]

    assert [one["class_id"] for one in classes] == list(class_ids())
    assert [one["reading_order"] for one in classes] == list(range(len(all_classes())))
    modelled = {one["class_id"] for one in classes if one["is_modelled"]}
    assert modelled == set(CLASS_IDS) - {"UNCLASS"}
    mast = next(one for one in classes if one["class_id"] == "MAST")
    assert mast == {
        "class_id": "MAST",
        "label": "Mast cell",
        "category": "mast cells",
        "lineage": "mast",
        "counting": "counted",
        "is_modelled": False,
        "mistaken_for": "basophil or not identifiable",
        "reading_order": mast["reading_order"],
    }


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "identity", ""])
def test_cells_come_packed_where_the_browser_unpacks(laboratory: Laboratory, accepted: str) -> None:
    ids = ready(laboratory)
    tom = laboratory.browser("tom")

    answer = tom.ask("GET", path_of(*ids, "cells"), headers={"Accept-Encoding": accepted})

    is_packed = "gzip" in accepted
    assert answer.headers.get("content-encoding") == ("gzip" if is_packed else None)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    n_sent, n_plain = int(answer.headers["content-length"]), len(answer.content)
    assert (n_sent < n_plain / 2) if is_packed else (n_sent == n_plain)
    assert len(answer.json()["cell_id"]) == CELLS.n_cells


def test_cells_are_made_once(laboratory: Laboratory) -> None:
    case_id, analysis_id = ready(laboratory)
    tom = laboratory.browser("tom")
    first = tom.ask("GET", path_of(case_id, analysis_id, "cells"))
    (folder_of(laboratory, case_id, analysis_id) / "cells.parquet").write_bytes(b"spoilt")

    again = tom.ask("GET", path_of(case_id, analysis_id, "cells"))

    assert again.status_code == 200
    assert again.content == first.content


def test_one_cell_says_more(laboratory: Laboratory) -> None:
    case_id, analysis_id = ready(laboratory)
    tom = laboratory.browser("tom")
    cell = CELLS.arrow.slice(1, 1).to_pylist()[0]

    answer = tom.ask("GET", path_of(case_id, analysis_id, f"cells/{cell['cell_id']}"))

    assert answer.status_code == 200, answer.text
    got = answer.json()
    probabilities = [one["probability"] for one in got["probabilities"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1, abs=0.01)
    assert got["probabilities"][0]["class_id"] == cell["class_id"]
    assert {one["class_id"] for one in got["probabilities"]} == set(CLASS_IDS)
    assert got["x_um"] == pytest.approx(cell["x_px"] * UM_PER_PX, abs=0.01)
    assert got["y_um"] == pytest.approx(cell["y_px"] * UM_PER_PX, abs=0.01)
    assert (got["slide"], got["source"]) == (cell["slide"], cell["source"])
    assert (got["seen"], got["history"]) == (None, [])


def test_the_size_of_a_nucleus(laboratory: Laboratory) -> None:
    ids = ready(laboratory)
    tom = laboratory.browser("tom")
    outlined = [bool(rings) for rings in CELLS.arrow.column("nucleus").to_pylist()]
    assert set(outlined) == {True, False}

    for place in (outlined.index(True), outlined.index(False)):
        cell_id = CELLS.texts("cell_id")[place]
        got = tom.ask("GET", path_of(*ids, f"cells/{cell_id}")).json()
        # A square of 60 px, 6 µm, has the area of a circle of 6.8 µm.
        assert got["nucleus_um"] == (6.8 if outlined[place] else None)


def test_regions(laboratory: Laboratory) -> None:
    got = read(laboratory, "regions")["regions"]

    made = made_analysis().regions
    assert [one["region_id"] for one in got] == [one.region_id for one in made]
    assert [one["counted"] for one in got] == [one.counted for one in made]
    assert {one["counted"] for one in got} == {True, False}
    assert [one["source"] for one in got] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert got[1] == {
        "region_id": "r00001",
        "source": 0,
        "slide": "smear-1",
        "x_px": 800.0,
        "y_px": 0.0,
        "w_px": 800.0,
        "h_px": 1920.0,
        "verdict": "countable",
        "counted": made[1].counted,
        "read": True,
    }


@pytest.mark.parametrize("cell_id", ["s1-999999", "added-00000000", "x" * 65, "%00"])
def test_there_is_no_such_cell(laboratory: Laboratory, cell_id: str) -> None:
    ids = ready(laboratory)

    answer = laboratory.browser("tom").ask("GET", path_of(*ids, f"cells/{cell_id}"))

    assert answer.status_code in {404, 422}
    assert "\n" not in answer.json()["error"]["message"]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_there_before_the_end(laboratory: Laboratory, place: str) -> None:
    tom = laboratory.browser("tom")
    case_id = opened(tom)
    with_slide(tom, case_id)
    analysis_id = asked(tom, case_id)

    assert code_of(tom.ask("GET", path_of(case_id, analysis_id, place))) == (404, "not_found")
    laboratory.jobs.start(UUID(case_id), UUID(analysis_id))
    assert code_of(tom.ask("GET", path_of(case_id, analysis_id, place))) == (404, "not_found")
    assert "case_read" not in laboratory.acts()


@pytest.mark.parametrize("place", PLACES)
def test_a_trainee_reads_teaching_alone(laboratory: Laboratory, place: str) -> None:
    lara = laboratory.browser("lara")
    shut, open_ = ready(laboratory), ready(laboratory, purpose="teaching")

    refused = lara.ask("GET", path_of(*shut, place))

    assert code_of(refused) == (404, "not_found")
    # As where there is no such case.
    unknown = lara.ask("GET", path_of(str(uuid4()), shut[1], place))
    assert unknown.json() == refused.json()
    assert lara.ask("GET", path_of(*open_, place)).status_code == 200


@pytest.mark.parametrize("place", PLACES)
def test_nobody_reads_without_a_session(laboratory: Laboratory, place: str) -> None:
    answer = laboratory.stranger().ask("GET", path_of(*ready(laboratory), place))

    assert code_of(answer) == (401, "not_signed_in")


@pytest.mark.parametrize("name", ["cells.parquet", "analysis.json"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_damaged_result(laboratory: Laboratory, name: str, is_there: bool) -> None:
    case_id, analysis_id = ready(laboratory)
    path = folder_of(laboratory, case_id, analysis_id) / name
    path.write_bytes(b"neither")
    if not is_there:
        path.unlink()

    answer = laboratory.browser("tom").ask("GET", path_of(case_id, analysis_id, "cells"))

    assert code_of(answer) == (503, "damaged_result")
    message = answer.json()["error"]["message"]
    assert message.startswith(name)
    assert "analyse" in message


def reads_of(laboratory: Laboratory, what: str) -> list[dict[str, Any]]:
    entries = laboratory.audit.entries(None, 500)
    return [one.values() for one in entries if one.values().get("what") == what]


def test_a_session_that_looks_at_cells_is_audited_once(laboratory: Laboratory) -> None:
    case_id, analysis_id = ready(laboratory)
    tom, dora = laboratory.browser("tom"), laboratory.browser("dora")

    for cell_id in CELLS.texts("cell_id")[:5]:
        look_at(tom, path_of(case_id, analysis_id, f"cells/{cell_id}"))
    look_at(tom, path_of(case_id, analysis_id, "regions"))

    assert reads_of(laboratory, "cells") == [{"what": "cells", "analysis_id": analysis_id}]
    look_at(dora, path_of(case_id, analysis_id, "regions"))
    assert len(reads_of(laboratory, "cells")) == 2


def test_loading_all_cells_is_audited_each_time(laboratory: Laboratory) -> None:
    ids = ready(laboratory)
    tom = laboratory.browser("tom")

    for _ in range(2):
        look_at(tom, path_of(*ids, "cells"))
    look_at(tom, path_of(*ids, "cells/s1-000003"))

    assert len(reads_of(laboratory, "cells")) == 2


def look_at(browser: Browser, path: str) -> None:
    assert browser.ask("GET", path).status_code == 200


def folder_of(laboratory: Laboratory, case_id: str, analysis_id: str) -> Any:
    return laboratory.parts.files.analysis_folder(UUID(case_id), UUID(analysis_id))
