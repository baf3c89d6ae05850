import json
from collections.abc import Sequence

import numpy as np
import pytest

from fakes.known_detector import KnownDetector, card, spots
from marrowscope.errors import OversizedInputError
from marrowscope.evaluation.detector_evaluation import (
    MAX_PERTURBED_FIELDS,
    DetectorEvaluation,
    chosen_fields,
    evaluate_detector,
    evaluation_object,
)
from marrowscope.evaluation.detector_page import (
    MAX_DRAWN_FIELDS,
    jpeg_uri,
    render_detector_page,
    worst_first,
)
from marrowscope.evaluation.detector_scores import detect_on_field
from marrowscope.evaluation.detector_text import evaluation_text
from marrowscope.evaluation.evaluation_sets import FieldSet
from marrowscope.evaluation.image_sets import Box, BoxedField
from marrowscope.evaluation.marrow_truth import Agreement
from marrowscope.evaluation.perturbations import PERTURBATIONS
from marrowscope.geometry import UInt8Array
from marrowscope.progress import NoProgress

CELL = Box("nucleated", 30, 30, 20, 20)
OTHER = Box("nucleated", 70, 70, 20, 20)
FOUND = spots((40, 40, 20, 0.9), (20, 80, 10, 0.5))


def pixels(_field: BoxedField) -> UInt8Array:
    return np.full((100, 120, 3), 210, dtype=np.uint8)


def boxed(path: str, *boxes: Box) -> BoxedField:
    return BoxedField(path, "made", "test", 0.25, "CC BY 4.0", boxes)


def fields(name: str = "made", n: int = 1, is_fully_boxed: bool = True) -> FieldSet:
    found = tuple(boxed(f"{name}/{i}.png", CELL, OTHER) for i in range(n))
    return FieldSet(name, found, pixels, is_fully_boxed)


def evaluated(sets: Sequence[FieldSet], with_perturbations: bool = False) -> DetectorEvaluation:
    return evaluate_detector(
        KnownDetector(FOUND),
        card(),
        sets,
        NoProgress(),
        split="test",
        truth_agreement=Agreement(3, 40, 41, 0.95, 0.85, 0.9),
        with_perturbations=with_perturbations,
    )


def test_the_object_holds_what_was_asked_for() -> None:
    found = evaluation_object(evaluated([fields(), fields("partly", is_fully_boxed=False)]), "9.9")

    made = found["sets"]["made"]
    assert (made["n"], made["recall"], made["precision"], made["f1"]) == (2, 0.5, 0.5, 0.5)
    assert (made["merges"], made["splits"], made["ap"]) == (0.0, 0.0, 0.5)
    assert (made["n_intact"], made["recall_intact"], made["n_cut"]) == (2, 0.5, 0)
    assert made["by_kind"]["nucleated"] == {
        "n": 2,
        "recall": 0.5,
        "called": {"nucleated": 1, "smudged": 0, "megakaryocyte": 0},
    }
    assert (made["licence"], made["n_missed"], made["n_false"]) == ("CC BY 4.0", 1, 1)
    partly = found["sets"]["partly"]
    assert (partly["recall"], partly["precision"], partly["f1"], partly["ap"]) == (
        0.5,
        None,
        None,
        None,
    )
    assert found["truth_agreement"]["f1"] == 0.95
    assert found["perturbations"] is None
    assert found["model"]["sha256"] == "ab" * 32
    assert any("precision, F1" in gap and "partly" in gap for gap in found["not_measured"])
    json.dumps(found, allow_nan=False)


def test_an_empty_field_has_no_shares() -> None:
    empty = FieldSet("empty", (boxed("a.png"),), pixels)

    score = evaluation_object(evaluated([empty]), "9.9")["sets"]["empty"]

    assert (score["n"], score["recall"], score["ap"], score["merges"]) == (0, None, None, None)
    assert score["precision"] == 0.0


def test_perturbed_fields_are_scored_in_the_pixels_of_the_field_as_it_was() -> None:
    evaluation = evaluated([fields(), fields("partly", is_fully_boxed=False)], True)

    (robustness,) = evaluation.robustness
    assert (robustness.image_set, robustness.n, robustness.n_fields) == ("made", 2, 1)
    assert (robustness.untouched.f1, robustness.untouched.recall) == (0.5, 0.5)
    written = evaluation_object(evaluation, "9.9")["perturbations"]["made"]
    for way in PERTURBATIONS:
        assert [level["strength"] for level in written[way.name]] == list(way.strengths)
        assert {(level["f1"], level["recall"]) for level in written[way.name]} == {(0.5, 0.5)}


def test_a_view_of_a_perturbed_field_still_speaks_of_the_field_as_it_was() -> None:
    detector = KnownDetector(FOUND)
    evaluate_detector(detector, card(), [fields()], NoProgress(), with_perturbations=True)

    assert {view.level0_per_px for view in detector.views} == {2.0}
    assert {view.um_per_px for view in detector.views} == {0.5}
    assert {view.pixels.shape for view in detector.views} == {(50 + 64, 60 + 64, 3)}
    assert {(view.x_px, view.y_px) for view in detector.views} == {(-64.0, -64.0)}


def test_what_is_centred_in_the_white_around_a_field_is_not_of_the_field() -> None:
    detector = KnownDetector({"a.png": spots((-2.0, 40.0, 30.0, 0.9), (40.0, 40.0, 30.0, 0.9))})

    found = detect_on_field(detector, "a.png", np.zeros((100, 120, 3), dtype=np.uint8), 0.25)

    assert found.x_px.tolist() == [40.0]


def test_the_same_fields_are_chosen_each_time() -> None:
    many = fields(n=100).fields

    chosen = chosen_fields(many)

    assert len(set(chosen)) == MAX_PERTURBED_FIELDS
    assert chosen == chosen_fields(many)
    assert list(chosen) == [field for field in many if field in chosen]


def test_the_page_is_one_file_that_says_what_the_model_is() -> None:
    page = render_detector_page(evaluated([fields()], True), "9.9")

    for words in ("known-detector", "ab" * 32, "Research use only", "Never saw a smear", "0.95"):
        assert words in page
    assert "http" not in page
    assert "<script" not in page
    assert page.count("data:image/jpeg;base64,") == 1
    assert page.count('class="chart"') == len(PERTURBATIONS)
    assert "1 found" in page
    assert "1 missed" in page
    assert "1 false" in page


def test_the_same_evaluation_gives_the_same_page() -> None:
    first, second = (render_detector_page(evaluated([fields()]), "9.9") for _ in range(2))
    assert first == second


def test_names_of_fields_are_escaped() -> None:
    strange = FieldSet("<b>", (boxed("<i>.png", CELL),), pixels)

    page = render_detector_page(evaluated([strange]), "9.9")

    assert "<b>x" not in page
    assert "&lt;i&gt;.png" in page
    assert "<i>.png" not in page


def test_at_most_forty_fields_of_a_set_are_drawn() -> None:
    page = render_detector_page(evaluated([fields(n=MAX_DRAWN_FIELDS + 5)]), "9.9")

    assert page.count("<figure>") == MAX_DRAWN_FIELDS
    assert "5 are not drawn" in page


def test_the_worst_fields_come_first() -> None:
    detector = KnownDetector({"good": spots((40, 40, 20, 0.9)), "false": FOUND})
    one = FieldSet(
        "made",
        (boxed("good", CELL), boxed("empty", CELL, OTHER), boxed("false", CELL)),
        pixels,
    )
    evaluation = evaluate_detector(detector, card(), [one], NoProgress())

    worst = worst_first(evaluation.sets[0])

    assert [result.field.path for result in worst] == ["empty", "false", "good"]


def test_cells_that_were_found_where_nothing_is_boxed_are_not_called_false() -> None:
    page = render_detector_page(evaluated([fields(is_fully_boxed=False)]), "9.9")

    assert "1 not judged" in page
    assert "1 false" not in page


@pytest.mark.parametrize("side", [40, 2000])
def test_pictures_are_made_smaller_and_never_larger(side: int) -> None:
    uri = jpeg_uri(np.full((side, side, 3), 90, dtype=np.uint8))

    assert uri.startswith("data:image/jpeg;base64,")
    assert len(uri) < 20_000


def test_the_text_is_a_table() -> None:
    text = evaluation_text(evaluated([fields(), fields("partly", is_fully_boxed=False)], True))

    lines = text.splitlines()
    assert lines[0] == "known-detector 7 at a score of 0.3, test split"
    row = next(line for line in lines if line.startswith("partly"))
    assert row.split()[1:8] == ["1", "2", "0.500", "–", "–", "–", "0.000"]
    assert "JPEG quality" in text
    assert "Two passes over 3 fields" in text
    assert text.endswith("Research use only.\n")


def test_a_field_larger_than_any_camera_takes_is_refused() -> None:
    with pytest.raises(OversizedInputError, match="check the scale"):
        detect_on_field(KnownDetector(FOUND), "a.png", np.zeros((100, 120, 3), np.uint8), 30.0)
