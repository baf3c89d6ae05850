import numpy as np
import pytest

from marrowscope.slides.red_cell_masks import background_mask, red_cell_mask
from slides import drawn_red_cells as drawn

UM_PER_PX = 0.4
DIAMETER_PX = 7.2 / UM_PER_PX


def smear(**options):
    return drawn.field(3, DIAMETER_PX, side_px=240, n_across=8, spread=0.0, **options)


def test_background_and_red_cells_share_the_field():
    field = smear()
    background, cells = background_mask(field), red_cell_mask(field, UM_PER_PX)
    expected = 64 * np.pi / 4 * DIAMETER_PX**2 / field[:, :, 0].size
    assert cells.mean() == pytest.approx(expected, rel=0.15)
    assert background.mean() == pytest.approx(1 - expected, abs=0.08)
    assert not (background & cells).any()
    assert np.abs(np.median(field[background], axis=0) - drawn.GLASS).max() <= 2
    assert np.abs(np.median(field[cells], axis=0) - drawn.RED_CELL).max() <= 5


def test_pale_centres_belong_to_their_cells():
    cells = red_cell_mask(smear(), UM_PER_PX)
    assert cells[15::30, 15::30].all()


def test_nuclei_and_platelets_belong_to_neither():
    field = smear(n_nuclei=40, n_platelets=24)
    assert red_cell_mask(field, UM_PER_PX).mean() < 0.01
    assert not background_mask(field)[field[:, :, 1] < 120].any()


def test_thin_strokes_in_the_colour_of_red_cells_are_left_out():
    field = smear(n_nuclei=64)
    field[28:32, :] = drawn.RED_CELL
    assert red_cell_mask(field, UM_PER_PX)[28:32].mean() < 0.05


def test_fat_holes_do_not_turn_plasma_into_red_cells():
    field = smear(n_nuclei=60)
    field[60:130, 60:130] = (244, 240, 244)
    assert background_mask(field)[:30, 2:-2].mean() > 0.3
    assert red_cell_mask(field, UM_PER_PX).mean() < 0.05


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_even_picture_is_background_alone(shade):
    field = np.full((40, 50, 3), shade, np.uint8)
    assert background_mask(field).all()
    assert not red_cell_mask(field, UM_PER_PX).any()
