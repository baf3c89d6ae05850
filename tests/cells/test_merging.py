import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from marrowscope.cells import Detections, concatenated, seen_once


def detections(rows: list[tuple[float, float, float, float]]) -> Detections:
    """Of (x, y, side, score)."""
    x, y, side, score = np.array(rows, dtype=float).reshape(-1, 4).T
    return Detections.of_cells(x, y, side, side, score)


def test_the_better_of_two_views_of_a_cell_stays() -> None:
    found = detections([(100, 100, 40, 0.7), (102, 101, 42, 0.9), (300, 100, 40, 0.8)])
    assert seen_once(found).tolist() == [False, True, True]


def test_touching_cells_stay_two() -> None:
    found = detections([(100, 100, 40, 0.9), (138, 100, 40, 0.9)])
    assert seen_once(found).all()


def test_equal_scores_are_settled_by_place() -> None:
    found = detections([(102, 100, 40, 0.9), (100, 100, 40, 0.9)])
    assert seen_once(found).tolist() == [False, True]


def test_a_small_cell_beside_a_large_one_stays() -> None:
    found = detections([(100, 100, 120, 0.9), (175, 100, 30, 0.9)])
    assert seen_once(found).all()


def test_nothing_and_one_are_fine() -> None:
    assert len(seen_once(concatenated([]))) == 0
    assert seen_once(detections([(1, 1, 10, 0.5)])).tolist() == [True]


cells = st.lists(
    st.tuples(st.floats(0, 400), st.floats(0, 400), st.floats(20, 60), st.floats(0.3, 1.0)),
    max_size=25,
    unique=True,
)


@given(cells, st.randoms())
def test_the_order_of_reading_changes_nothing(rows: list, random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    kept = {row for row, keep in zip(rows, seen_once(detections(rows)), strict=True) if keep}
    again = {
        row for row, keep in zip(shuffled, seen_once(detections(shuffled)), strict=True) if keep
    }
    assert kept == again


@given(cells)
def test_what_stays_is_one_a_cell(rows: list) -> None:
    found = detections(rows)
    keep = seen_once(found)
    kept = detections([row for row, stays in zip(rows, keep, strict=True) if stays])
    assert seen_once(kept).all()
