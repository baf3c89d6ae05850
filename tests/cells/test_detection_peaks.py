import numpy as np
import pytest

from marrowscope.cells.detection_peaks import find_peaks


def maps_with(*cells: tuple[float, float, float, float, float], side: int = 64) -> np.ndarray:
    """Output maps of a network that sees (x, y, w, h, score) cells, in input pixels."""
    maps = np.zeros((10, side, side), dtype=np.float32)
    rows, columns = np.mgrid[:side, :side]
    for x, y, w, h, score in cells:
        column, row = int(x / 2), int(y / 2)
        distance = (columns - column) ** 2 + (rows - row) ** 2
        maps[0] = np.maximum(maps[0], score * np.exp(-distance / 8.0))
        maps[1, row, column], maps[2, row, column] = np.log(w / 2), np.log(h / 2)
        maps[3, row, column], maps[4, row, column] = x / 2 - column, y / 2 - row
    return maps


def test_centre_and_size_come_back() -> None:
    peaks = find_peaks(maps_with((31.4, 50.8, 24.0, 20.0, 0.9)), 0.3)
    assert peaks.x.tolist() == pytest.approx([31.4], abs=1e-4)
    assert peaks.y.tolist() == pytest.approx([50.8], abs=1e-4)
    assert (peaks.w[0], peaks.h[0]) == pytest.approx((24.0, 20.0), abs=1e-4)
    assert peaks.score[0] == pytest.approx(0.9)


def test_weak_peaks_are_left_out() -> None:
    maps = maps_with((30, 30, 20, 20, 0.9), (90, 90, 20, 20, 0.2))
    assert len(find_peaks(maps, 0.3).score) == 1


def test_touching_cells_stay_two() -> None:
    maps = maps_with((40, 40, 16, 16, 0.9), (56, 40, 16, 16, 0.8))
    assert find_peaks(maps, 0.3).x.tolist() == pytest.approx([40, 56])


def test_two_peaks_in_one_cell_are_one() -> None:
    maps = maps_with((40, 40, 30, 30, 0.9), (47, 40, 30, 30, 0.8))
    assert find_peaks(maps, 0.3).x.tolist() == pytest.approx([40])


def test_best_score_first() -> None:
    maps = maps_with((20, 20, 16, 16, 0.5), (90, 90, 16, 16, 0.9))
    assert find_peaks(maps, 0.3).score.tolist() == pytest.approx([0.9, 0.5])


def test_nothing_seen_is_an_empty_result() -> None:
    assert len(find_peaks(np.zeros((10, 64, 64), dtype=np.float32), 0.3).x) == 0
