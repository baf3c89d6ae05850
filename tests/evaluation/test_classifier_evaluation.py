import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from fakes.colour_classifier import ColourClassifier, classifier_card, coloured_cell
from marrowscope.cells.stain import brightest_rgb
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.cell_pictures import CellPicture
from marrowscope.evaluation.classifier_evaluation import (
    ClassifierEvaluation,
    evaluate_classifier,
)
from marrowscope.evaluation.classifier_json import cells_table, evaluation_object
from marrowscope.evaluation.classifier_naming import (
    BATCH,
    NOTHING_KNOWN,
    centred_crop,
    reference_of_set,
)
from marrowscope.evaluation.classifier_page import picture_uri, render_classifier_page
from marrowscope.evaluation.classifier_sets import NEVER_NAMED_OF_CELLS, CellSet, LabelledCell
from marrowscope.evaluation.classifier_text import evaluation_text
from marrowscope.progress import NoProgress

CUT_SHORT, BROKEN = "cut short", "broken"
SAID = {
    "BLAST_NOS": ["BLAST_NOS"] * 4 + ["LYMPH"],
    "LYMPH": ["LYMPH"] * 5 + ["ARTEFACT"],
    "PROERY": ["ERY_NOS"] * 3,
    "MEGA": ["BLAST_NOS", "SEG"],
    "SEG": ["SEG", BROKEN, CUT_SHORT],
}


def cell_set(
    said: Mapping[str, list[str]] = SAID, name: str = "made", is_one_slide: bool = True
) -> CellSet:
    cells, looks = [], {}
    for truth, names in said.items():
        for number, looks_like in enumerate(names):
            path = f"{truth}/{number}.png"
            cells.append(LabelledCell(path, truth, 0.2))
            looks[path] = looks_like

    def read(cell: LabelledCell) -> CellPicture | None:
        look = looks[cell.path]
        if look == BROKEN:
            return None
        seen = cell.truth if look == CUT_SHORT else look
        return CellPicture(coloured_cell(seen), is_truncated=look == CUT_SHORT)

    return CellSet(
        name,
        tuple(cells),
        read,
        n_least=3,
        is_one_slide=is_one_slide,
        never_named=NEVER_NAMED_OF_CELLS if is_one_slide else frozenset(),
        skipped={"other": 4} if is_one_slide else {},
    )


def evaluated(*sets: CellSet, classifier: ColourClassifier | None = None) -> ClassifierEvaluation:
    return evaluate_classifier(
        classifier or ColourClassifier(), classifier_card(), sets or (cell_set(),), NoProgress()
    )


def rows_of(evaluation: ClassifierEvaluation) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(cells_table(evaluation))))


def test_the_object_holds_the_contract() -> None:
    found = evaluation_object(evaluated(), "9.9")

    made = found["sets"]["made"]
    assert made["n"] == 14
    assert made["accuracy"] == pytest.approx(12 / 14, abs=1e-4)
    assert made["balanced_accuracy"] == pytest.approx((4 / 5 + 5 / 6 + 1) / 3, abs=1e-4)
    assert set(made["per_class"]) == {"BLAST_NOS", "LYMPH", "ERY_NOS"}
    assert made["per_class"]["ERY_NOS"]["recall"] == 1.0
    assert made["confusion"] == {
        "class_ids": ["BLAST_NOS", "LYMPH", "ERY_NOS"],
        "counts": [[4, 1, 0], [1, 5, 0], [0, 0, 3]],
    }
    assert made["coverage"] == 1.0
    assert {"macro_f1", "weighted_f1", "ece"} <= set(made)
    assert made["merged"] == {"ERY_NOS": ["PROERY", "ERY_NOS"]}
    assert made["not_modelled"]["MEGA"]["n"] == 2
    assert made["too_few"] == {"SEG": 2}
    assert (made["n_cells"], made["unreadable"], made["truncated"]) == (19, 1, 1)
    assert (made["skipped"], made["n_skipped"]) == ({"other": 4}, 4)
    assert found["model"]["sha256"] == "cd" * 32
    json.dumps(found, allow_nan=False)


def test_a_folder_of_cells_is_one_slide_and_is_scored_without_its_reference_too() -> None:
    classifier = ColourClassifier()
    evaluation = evaluated(classifier=classifier)

    made = evaluation_object(evaluation, "9.9")["sets"]["made"]
    reference, n_cells = reference_of_set(cell_set())
    assert made["slide_reference"]["source"] == "slide"
    assert made["slide_reference"]["n_cells"] == n_cells == 17
    assert made["slide_reference"]["white_rgb"] == list(reference.white_rgb or ())
    without = made["without_slide_reference"]
    assert {"n", "accuracy", "macro_f1", "per_class", "confusion", "coverage"} <= set(without)
    assert made["scales"] is None
    assert {given for _, given in classifier.shown} == {reference, NOTHING_KNOWN}


def test_a_slide_that_shows_too_little_says_that_the_shipped_reference_was_used() -> None:
    tiny = cell_set({"SEG": ["SEG"] * 3})
    dark = replace(
        tiny, read=lambda _: CellPicture(np.full((40, 40, 3), (60, 20, 90), dtype=np.uint8))
    )
    made = evaluation_object(evaluated(dark), "9.9")["sets"]["made"]
    assert made["slide_reference"]["source"] == "shipped"
    assert made["slide_reference"]["shipped_used_for"] == ["white_rgb", "red_cell_rgb"]
    assert "the shipped reference was used" in render_classifier_page(evaluated(dark), "9.9")


def test_cells_of_a_data_folder_are_their_own_reference_and_scored_at_other_scales() -> None:
    classifier = ColourClassifier()
    made = evaluation_object(evaluated(cell_set(is_one_slide=False), classifier=classifier), "9.9")[
        "sets"
    ]["made"]

    assert made["slide_reference"] == {"source": "each cell", "n_cells": 1}
    assert made["without_slide_reference"] is None
    assert set(made["scales"]) == {"as_is", "0.25", "0.5"}
    assert made["scales"]["as_is"]["n"] == made["n"]
    assert made["scales"]["0.5"]["n_reduced"] == 18
    whites = {reference.white_rgb for _, reference in classifier.shown}
    assert brightest_rgb(coloured_cell("SEG")) in whites


def test_cells_are_shown_in_batches_and_none_is_lost() -> None:
    classifier = ColourClassifier()
    many = cell_set({"SEG": ["SEG"] * 40, "LYMPH": ["LYMPH"] * 5})

    evaluation = evaluated(many, classifier=classifier)

    assert [n for n, _ in classifier.shown] == [BATCH, BATCH, 13, 13]
    assert evaluation.sets[0].score.n == 45
    assert evaluation.sets[0].score.forced.means.accuracy == 1.0


def test_every_file_has_a_row() -> None:
    rows = rows_of(evaluated())

    assert list(rows[0])[:5] == ["path", "truth", "class", "probability", "abstained"]
    assert len(rows) == 19
    by_path = {row["path"]: row for row in rows}
    assert by_path["BLAST_NOS/4.png"]["class"] == "LYMPH"
    assert by_path["BLAST_NOS/4.png"]["abstained"] == "false"
    assert float(by_path["BLAST_NOS/4.png"]["probability"]) == pytest.approx(0.9, abs=1e-3)
    assert by_path["SEG/1.png"] == {
        "path": "SEG/1.png",
        "truth": "SEG",
        "class": "",
        "probability": "0.000000",
        "abstained": "true",
        "set": "made",
        "flags": "unreadable",
    }
    assert by_path["SEG/2.png"]["flags"] == "truncated"
    assert by_path["PROERY/0.png"]["class"] == "ERY_NOS"
    assert by_path["MEGA/0.png"]["class"] == "BLAST_NOS"


def test_the_best_guess_of_a_folder_of_cells_is_a_nucleated_cell() -> None:
    of_cells = {row["path"]: row for row in rows_of(evaluated())}
    of_data = {row["path"]: row for row in rows_of(evaluated(cell_set(is_one_slide=False)))}
    assert of_cells["LYMPH/5.png"]["class"] == "BLAST_NOS"
    assert float(of_cells["LYMPH/5.png"]["probability"]) < 0.05
    assert of_data["LYMPH/5.png"]["class"] == "ARTEFACT"


def test_the_guess_is_given_also_when_abstaining() -> None:
    rows = rows_of(evaluated(classifier=ColourClassifier(sure_of={"LYMPH": 0.4})))
    lymph = [row for row in rows if row["truth"] == "LYMPH"]
    assert {row["class"] for row in lymph[:5]} == {"LYMPH"}
    assert {row["abstained"] for row in lymph[:5]} == {"true"}


def test_strange_cells_are_abstained_on() -> None:
    rows = rows_of(evaluated(classifier=ColourClassifier(strange=("LYMPH",))))
    assert {row["abstained"] for row in rows if row["class"] == "LYMPH"} == {"true"}


def test_the_costliest_mistake_comes_first_and_abstentions_are_none() -> None:
    said = {"BLAST_NOS": ["LYMPH"], "SEG": ["ERY_NOS", "PROMY"], "MEGA": ["BLAST_NOS"]}
    evaluation = evaluated(
        cell_set(said), classifier=ColourClassifier(sure_of={"PROMY": 0.5, "ERY_NOS": 0.99})
    )
    (one,) = evaluation.sets
    assert [(m.cell.truth, m.called) for m in one.mistakes] == [
        ("BLAST_NOS", "LYMPH"),
        ("MEGA", "BLAST_NOS"),
        ("SEG", "ERY_NOS"),
    ]


def test_the_page_is_one_file_that_says_what_was_found() -> None:
    page = render_classifier_page(evaluated(), "9.9")

    for words in ("colour-classifier", "cd" * 32, "Research use only", "Never saw a cell"):
        assert words in page
    assert "http" not in page
    assert "<script" not in page
    assert page.count("data:image/webp;base64,") == 4
    assert "PROERY, ERY_NOS as ERY_NOS" in page
    assert "own reference measured on 17 cells" in page
    assert "1 cannot be read" in page


def test_a_set_of_which_nothing_can_be_scored_has_a_page_and_a_text() -> None:
    evaluation = evaluated(cell_set({"SEG": ["SEG"], "MEGA": ["SEG"]}))
    made = evaluation_object(evaluation, "9.9")["sets"]["made"]
    assert (made["n"], made["accuracy"], made["ece"]) == (0, None, None)
    assert made["confusion"] == {"class_ids": [], "counts": []}
    assert "none is scored" in render_classifier_page(evaluation, "9.9")
    assert "none is scored" in evaluation_text(evaluation)


def test_names_are_escaped() -> None:
    strange = replace(
        cell_set({"SEG": ["LYMPH"]}), name="<b>", cells=(LabelledCell("a/<i>.png", "SEG", 0.1),)
    )
    shown = replace(strange, read=lambda _: CellPicture(coloured_cell("LYMPH")))
    page = render_classifier_page(evaluated(shown), "9.9")
    assert "&lt;b&gt;" in page
    assert "<i>.png" not in page


def test_the_same_set_gives_the_same_bytes() -> None:
    first, second = (
        (
            json.dumps(evaluation_object(one, "9.9")),
            cells_table(one),
            render_classifier_page(one, "9.9"),
        )
        for one in (evaluated(), evaluated())
    )
    assert first == second


def test_the_text_is_a_table() -> None:
    text = evaluation_text(evaluated(cell_set(), cell_set(name="data", is_one_slide=False)))
    lines = text.splitlines()
    assert lines[0] == "colour-classifier 7 at a threshold of 0.6"
    row = next(line for line in lines if line.startswith("made"))
    assert row.split()[1:4] == ["14", "3", "0.857"]
    assert any("without its own reference" in line for line in lines)
    assert any(line.strip().startswith("at 0.5 µm/px") for line in lines)
    assert "Blasts: 5; recalled 80.0 %" in text
    assert text.endswith("Research use only.\n")


def test_a_set_without_one_picture_is_refused() -> None:
    with pytest.raises(UnreadableInputError, match="none of its 2 files is a picture"):
        evaluated(cell_set({"SEG": [BROKEN, BROKEN]}))


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (3000, 2000)])
@pytest.mark.parametrize("um_per_px", [0.01, 0.25, 10.0])
def test_a_crop_of_any_size_becomes_one_of_the_model(
    shape: tuple[int, int], um_per_px: float
) -> None:
    pixels = np.full((*shape, 3), 90, dtype=np.uint8)
    crop = centred_crop(pixels, um_per_px, ColourClassifier())
    assert crop.shape == (32, 32, 3)
    assert (crop == 90).all()


@pytest.mark.parametrize("side", [3, 40, 2000])
def test_pictures_of_the_page_are_small(side: int) -> None:
    uri = picture_uri(np.full((side, side, 3), 90, dtype=np.uint8), 0.1)
    assert uri.startswith("data:image/webp;base64,")
    assert len(uri) < 3000


def test_what_hints_at_a_wrong_call_is_said() -> None:
    cells = cell_set()
    gaps = " / ".join(evaluated(cells).not_measured)
    assert "4 files of made" in gaps
    assert "other" in gaps
    assert "µm across" not in gaps
    wrong = replace(
        cells,
        cells=tuple(replace(cell, um_per_px=2.0) for cell in cells.cells),
        unmatched=("mono",),
    )
    gaps = " / ".join(evaluated(wrong).not_measured)
    assert "its pictures would be 240 µm across" in gaps
    assert "rows of the map that match no folder: mono" in gaps
