import numpy as np
import pytest

from fakes.known_detector import spots
from marrowscope.cells import Detections
from marrowscope.evaluation.detector_scores import (
    FieldDetections,
    SetScore,
    curve_of_set,
    outcome,
    precision_recall,
    set_score,
)
from marrowscope.evaluation.field_truth import field_truth
from marrowscope.evaluation.image_sets import Box, BoxedField

SIDE = 200


def box(x: float, y: float, side: float, label: str = "nucleated") -> Box:
    """By its centre."""
    return Box(label, x - side / 2, y - side / 2, side, side)


def field(found: Detections, *boxes: Box) -> FieldDetections:
    one = BoxedField("f.png", "made", "test", 0.5, "none", boxes)
    return FieldDetections(one, field_truth(boxes, SIDE, SIDE), found)


def score_of(*fields: FieldDetections, is_fully_boxed: bool = True) -> SetScore:
    outcomes = [outcome(one, 0.3) for one in fields]
    return set_score(fields, outcomes, curve_of_set(fields), is_fully_boxed=is_fully_boxed)


def test_counts_by_hand() -> None:
    cells = [box(40, 40, 20), box(100, 40, 20), box(40, 100, 20), box(100, 100, 20)]
    found = spots((41, 39, 20, 0.9), (100, 45, 20, 0.8), (160, 160, 20, 0.7), (40, 100, 20, 0.2))

    score = score_of(field(found, *cells))

    assert (score.n, score.n_detections, score.n_fields) == (4, 3, 1)
    assert (score.recall, score.precision) == (0.5, pytest.approx(2 / 3, abs=1e-4))
    assert score.f1 == pytest.approx(4 / 7, abs=1e-4)
    assert score.recall_limits == pytest.approx((0.15, 0.85), abs=1e-3)


def test_average_precision_by_hand() -> None:
    # Best first: right, wrong, right, right, wrong; 4 true cells, one never found.
    # Recall 1/4, 1/4, 2/4, 3/4, 3/4; precision 1, 1/2, 2/3, 3/4, 3/5.
    # Envelope: 1 up to 1/4, then 3/4 up to 3/4: 1/4 + 1/2 * 3/4 = 0.625.
    curve = precision_recall(
        np.array([0.5, 0.9, 0.8, 0.7, 0.6]), np.array([False, True, False, True, True]), 4
    )

    assert curve.recall.tolist() == [0.25, 0.25, 0.5, 0.75, 0.75]
    assert curve.precision.tolist() == pytest.approx([1, 1 / 2, 2 / 3, 3 / 4, 3 / 5])
    assert curve.average_precision == pytest.approx(0.625)


def test_equal_scores_are_one_threshold() -> None:
    curve = precision_recall(np.array([0.9, 0.9, 0.5]), np.array([False, True, True]), 2)

    assert curve.recall.tolist() == [0.5, 1.0]
    assert curve.average_precision == pytest.approx(0.5 * 2 / 3 + 0.5 * 2 / 3)


def test_no_detection_has_an_average_precision_of_zero() -> None:
    score = score_of(field(spots(), box(40, 40, 20)))

    assert (score.ap, score.recall, score.precision, score.precision_limits) == (0, 0, None, None)


def test_average_precision_counts_what_lies_below_the_threshold() -> None:
    found = spots((40, 40, 20, 0.9), (100, 100, 20, 0.1))

    score = score_of(field(found, box(40, 40, 20), box(100, 100, 20)))

    assert (score.recall, score.ap) == (0.5, 1.0)


def test_in_the_curve_the_better_score_takes_the_cell() -> None:
    # The weaker detection lies nearer; it must not make the better one false.
    found = spots((40, 40, 20, 0.1), (44, 40, 20, 0.9))

    assert score_of(field(found, box(40, 40, 20))).ap == 1.0


def test_a_merge_by_hand() -> None:
    # One wide detection matched to the left cell holds the centre of the right one as well.
    found = spots((46, 40, 40, 0.9))

    score = score_of(field(found, box(40, 40, 16), box(58, 40, 16), box(150, 150, 16)))

    assert score.merges == pytest.approx(1 / 3, abs=1e-4)
    assert score.recall == pytest.approx(1 / 3, abs=1e-4)


def test_a_missed_cell_under_a_false_detection_is_no_merge() -> None:
    # The box of the detection holds the centre of the cell, but found no other cell.
    score = score_of(field(spots((60, 40, 60, 0.9)), box(40, 40, 16)))

    assert (score.merges, score.recall) == (0.0, 0.0)


def test_a_split_by_hand() -> None:
    found = spots((37, 40, 10, 0.9), (45, 40, 10, 0.8), (100, 100, 20, 0.9))

    score = score_of(field(found, box(40, 40, 20), box(100, 100, 20)))

    assert (score.splits, score.recall) == (0.5, 1.0)
    assert score.precision == pytest.approx(2 / 3, abs=1e-4)


def test_two_touching_cells_found_by_two_detections_are_neither_merged_nor_split() -> None:
    found = spots((40, 40, 20, 0.9), (52, 40, 20, 0.9))

    score = score_of(field(found, box(40, 40, 26), box(52, 40, 26)))

    assert (score.merges, score.splits, score.f1) == (0.0, 0.0, 1.0)


def test_nothing_counts_in_an_ignored_place() -> None:
    ignored = box(150, 150, 60, "ignore")
    hidden = box(150, 150, 16)
    found = spots((40, 40, 20, 0.9), (140, 150, 20, 0.9), (165, 165, 20, 0.9))

    score = score_of(field(found, box(40, 40, 20), ignored, hidden))

    assert (score.n, score.n_detections, score.recall, score.precision) == (1, 1, 1.0, 1.0)
    assert (score.ap, score.splits) == (1.0, 0.0)


def test_a_cell_at_the_rim_of_an_ignored_place_is_found_from_inside_it() -> None:
    found = spots((118, 150, 20, 0.9))
    cell = box(110, 150, 30)

    score = score_of(field(found, box(145, 150, 60, "ignore"), cell))

    assert (score.n, score.recall, score.precision, score.ap) == (1, 1.0, 1.0, 1.0)


def test_debris_is_no_cell() -> None:
    boxes = (box(40, 40, 20), box(100, 100, 20, "debris"), box(150, 150, 20, "debris"))
    found = spots((40, 40, 20, 0.9), (100, 100, 20, 0.9))

    score = score_of(field(found, *boxes))

    assert (score.n, score.recall, score.precision) == (1, 1.0, 0.5)
    assert (score.n_debris, score.debris_called_cells) == (2, 0.5)


def test_what_the_detector_calls_debris_finds_no_cell_and_is_not_false() -> None:
    found = spots((40, 40, 20, 0.9), (100, 100, 20, 0.9), (150, 150, 20, 0.9), debris=[0, 1])

    score = score_of(field(found, box(40, 40, 20), box(150, 150, 20)))

    assert (score.n_detections, score.recall, score.precision, score.ap) == (1, 0.5, 1.0, 0.5)


def test_red_cells_and_platelets_are_nothing() -> None:
    score = score_of(field(spots((40, 40, 20, 0.9)), box(40, 40, 20, "RBC"), box(9, 9, 4, "PLT")))

    assert (score.n, score.recall, score.precision, score.ap) == (0, None, 0.0, None)


def test_cut_cells_and_kinds_are_scored_apart() -> None:
    boxes = (
        box(40, 40, 20),
        box(100, 40, 20),
        box(5, 100, 12),
        box(100, 195, 10),
        box(150, 150, 30, "smudged"),
        box(60, 150, 60, "megakaryocyte"),
    )
    found = spots((40, 40, 20, 0.9), (5, 100, 10, 0.9), (150, 150, 30, 0.9))

    score = score_of(field(found, *boxes))

    assert (score.n_intact, score.recall_intact) == (2, 0.5)
    assert (score.n_cut, score.recall_cut) == (2, 0.5)
    kinds = {kind: (of_kind.n, of_kind.recall) for kind, of_kind in score.by_kind.items()}
    assert kinds == {"nucleated": (4, 0.5), "smudged": (1, 1.0), "megakaryocyte": (1, 0.0)}


def test_where_one_class_alone_is_boxed_there_is_no_precision() -> None:
    found = spots((40, 40, 20, 0.9), (150, 150, 20, 0.9))

    score = score_of(field(found, box(40, 40, 20)), is_fully_boxed=False)

    assert (score.recall, score.precision, score.f1, score.ap) == (1.0, None, None, None)


def test_fields_are_pooled() -> None:
    first = field(spots((40, 40, 20, 0.9)), box(40, 40, 20), box(90, 40, 20), box(140, 40, 20))
    second = field(spots((40, 40, 20, 0.9)), box(40, 40, 20))

    score = score_of(first, second)

    assert (score.n, score.n_fields, score.recall) == (4, 2, 0.5)
