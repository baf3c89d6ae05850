import numpy as np
import pytest

from marrowscope.evaluation.matching import DetectionScore, match_centres


def boxes(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array([[x, y, side, side] for x, y, side in rows], dtype=float).reshape(-1, 4)


def test_a_centre_in_a_box_finds_its_cell() -> None:
    matches = match_centres(
        boxes((10, 10, 8), (30, 10, 8)), np.array([11.0, 60]), np.array([9.0, 60])
    )
    assert matches.truth.tolist() == [0, -1]
    assert matches.is_true.tolist() == [True, False]


def test_a_cell_found_twice_counts_once() -> None:
    matches = match_centres(boxes((10, 10, 8)), np.array([10.0, 11]), np.array([10.0, 11]))
    assert matches.n_found == 1
    assert matches.is_true.tolist() == [True, False]


def test_overlapping_boxes_share_nothing() -> None:
    truth = boxes((10, 10, 12), (14, 10, 12))
    matches = match_centres(truth, np.array([13.5, 10.5]), np.array([10.0, 10]))
    assert matches.truth.tolist() == [1, 0]


def test_nothing_to_match() -> None:
    assert match_centres(boxes(), np.array([1.0]), np.array([1.0])).is_true.tolist() == [False]
    assert match_centres(boxes((1, 1, 2)), np.zeros(0), np.zeros(0)).truth.tolist() == [-1]


def test_detection_scores_by_hand() -> None:
    score = DetectionScore(n=10, n_found=8, n_detections=16)
    assert (score.recall, score.precision) == (0.8, 0.5)
    assert score.f1 == pytest.approx(2 * 0.8 * 0.5 / 1.3)
    assert np.isnan(DetectionScore(0, 0, 0).recall)
