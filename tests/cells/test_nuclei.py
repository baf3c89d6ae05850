import numpy as np
import pytest

from marrowscope.cells.detection_peaks import Peaks
from marrowscope.cells.nuclei import nucleus_area, nucleus_rings


def peaks(*cells: tuple[float, float, float, float]) -> Peaks:
    x, y, w, h = (np.array(column, dtype=float) for column in zip(*cells, strict=True))
    n = len(cells)
    return Peaks(x, y, w, h, np.ones(n), np.zeros(n, dtype=np.int64))


def cover(*discs: tuple[float, float, float], side: int = 64) -> np.ndarray:
    """A map with soft-edged discs (x, y, radius), all in pixels of the map."""
    rows, columns = np.mgrid[:side, :side] + 0.5
    away = [radius - np.hypot(columns - x, rows - y) + 0.5 for x, y, radius in discs]
    return np.clip(np.max(away, axis=0), 0.0, 1.0).astype(np.float32)


def test_a_round_nucleus_comes_back_with_its_area_and_place() -> None:
    (rings,) = nucleus_rings(cover((30.0, 20.0, 6.0)), peaks((60.0, 40.0, 36.0, 36.0)))
    (ring,) = rings
    middle = (ring.max(axis=0) + ring.min(axis=0)) / 2
    assert middle == pytest.approx([60.0, 40.0], abs=0.6)
    assert nucleus_area(rings) == pytest.approx(np.pi * 12.0**2, rel=0.1)


def test_a_segmented_nucleus_is_one_outline_of_several_rings() -> None:
    lobes = cover((26.0, 20.0, 3.0), (34.0, 20.0, 3.0))
    (rings,) = nucleus_rings(lobes, peaks((60.0, 40.0, 40.0, 30.0)))
    assert len(rings) == 2


def test_touching_nuclei_are_parted_between_their_cells() -> None:
    touching = cover((24.0, 20.0, 6.0), (36.0, 20.0, 6.0))
    left, right = nucleus_rings(touching, peaks((48.0, 40.0, 26.0, 26.0), (72.0, 40.0, 26.0, 26.0)))
    assert max(ring[:, 0].max() for ring in left) <= 60.0
    assert min(ring[:, 0].min() for ring in right) >= 60.0
    assert nucleus_area(left) == pytest.approx(nucleus_area(right), rel=0.1)


def test_a_nucleus_that_nobody_found_belongs_to_no_other_cell() -> None:
    two = cover((12.0, 20.0, 5.0), (44.0, 20.0, 5.0))
    (rings,) = nucleus_rings(two, peaks((24.0, 40.0, 26.0, 26.0)))
    assert max(ring[:, 0].max() for ring in rings) < 50.0


def test_without_chromatin_there_is_no_outline() -> None:
    assert nucleus_rings(cover((50.0, 50.0, 5.0)), peaks((20.0, 20.0, 20.0, 20.0))) == [()]


def test_a_cell_at_the_edge_of_the_view_has_the_part_that_shows() -> None:
    (rings,) = nucleus_rings(cover((0.0, 20.0, 6.0)), peaks((2.0, 40.0, 20.0, 26.0)))
    assert all(ring.min() >= 0 for ring in rings)
    assert nucleus_area(rings) == pytest.approx(np.pi * 12.0**2 / 2, rel=0.2)


def test_no_cells_no_outlines() -> None:
    nothing = np.zeros(0)
    none = Peaks(nothing, nothing, nothing, nothing, nothing, nothing.astype(np.int64))
    assert nucleus_rings(cover((20.0, 20.0, 6.0)), none) == []


def test_outlines_stay_in_their_cells_box_and_go_round_one_way() -> None:
    random = np.random.default_rng(4)
    noisy = random.uniform(0.0, 1.0, (64, 64)).astype(np.float32)
    cells = peaks(*((x, y, 22.0, 18.0) for x, y in random.uniform(0, 128, (30, 2))))
    for rings, x, y in zip(nucleus_rings(noisy, cells), cells.x, cells.y, strict=True):
        for ring in rings:
            assert np.all(np.abs(ring - [x, y]) <= [11.0 + 1e-9, 9.0 + 1e-9])
    (rings,) = nucleus_rings(cover((30.0, 20.0, 6.0)), peaks((60.0, 40.0, 36.0, 36.0)))
    xs, ys = rings[0].T
    assert np.sum(xs * np.roll(ys, -1) - np.roll(xs, -1) * ys) > 0
