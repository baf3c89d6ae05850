import numpy as np
import pytest

from fakes.pictures import ArrayPicture
from marrowscope.cells.reference import slide_reference
from marrowscope.geometry import PixelBox
from whole.made_smears import GLASS, RED_CELL, drawn_field

WHOLE = PixelBox(0, 0, 480, 480)


def reference_of(*fields: np.ndarray):
    pictures = [ArrayPicture(f"{n}.png", pixels) for n, pixels in enumerate(fields)]
    return slide_reference([(picture, WHOLE) for picture in pictures], um_per_px=0.25)


def test_white_and_red_cells_come_back() -> None:
    found = reference_of(*(drawn_field(n) for n in range(4)))
    assert found.white_rgb == pytest.approx(GLASS, abs=3)
    assert found.red_cell_rgb == pytest.approx(RED_CELL, abs=12)


def test_the_cells_on_the_slide_do_not_matter() -> None:
    few = reference_of(*(drawn_field(n, n_cells=1) for n in range(4)))
    many = reference_of(*(drawn_field(n, n_cells=36) for n in range(4)))
    assert few.white_rgb == pytest.approx(many.white_rgb, abs=2)
    assert few.red_cell_rgb == pytest.approx(many.red_cell_rgb, abs=6)


def test_too_little_of_either_is_none() -> None:
    dark = np.full((480, 480, 3), (70, 40, 110), dtype=np.uint8)
    tiny = slide_reference([(ArrayPicture("a.png", dark), PixelBox(0, 0, 60, 60))], 0.25)
    assert tiny.red_cell_rgb is None


def test_only_the_first_areas_count() -> None:
    fields = [drawn_field(n) for n in range(8)]
    dark = np.full((480, 480, 3), 90, dtype=np.uint8)
    assert reference_of(*fields) == reference_of(*fields, dark, dark)
