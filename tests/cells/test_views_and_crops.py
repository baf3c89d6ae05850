import numpy as np
import pytest

from fakes.pictures import ArrayPicture
from marrowscope.cells.model import Detections
from marrowscope.cells.reading import HALO_UM, crops_of, edge_mirrored, read_view, shrunk
from marrowscope.cells.stain import COMMON_WHITE, white_balanced
from marrowscope.geometry import PixelBox


def picture() -> ArrayPicture:
    rows, columns = np.mgrid[:800, :1000]
    ramp = np.stack([columns / 4, rows / 4, np.full(rows.shape, 90)], axis=-1)
    return ArrayPicture("a.png", ramp.astype(np.uint8))


def test_a_view_holds_the_region_and_its_halo() -> None:
    view = read_view(picture(), PixelBox(400, 200, 200, 100), 0.25, 0.25)
    halo_px = HALO_UM / 0.25
    assert (view.x_px, view.y_px) == (400 - halo_px, 200 - halo_px)
    assert view.pixels.shape[:2] == (100 + 2 * halo_px, 200 + 2 * halo_px)
    assert view.pixels[64, 64].tolist() == pytest.approx([100, 50, 90], abs=1)


@pytest.mark.parametrize("um_per_px", [0.1, 0.25, 0.5])
def test_a_view_has_the_asked_scale_whatever_the_slides(um_per_px: float) -> None:
    view = read_view(picture(), PixelBox(300, 300, 200, 200), um_per_px, 0.25)
    assert view.level0_per_px == pytest.approx(0.25 / um_per_px)
    side_um = view.pixels.shape[1] * 0.25
    assert side_um == pytest.approx(200 * um_per_px + 2 * HALO_UM, abs=1.01)


def test_halving_keeps_the_place() -> None:
    view = read_view(picture(), PixelBox(400, 200, 200, 100), 0.25, 0.25)
    half = shrunk(view, 0.5)
    assert half.level0_per_px == pytest.approx(2 * view.level0_per_px)
    assert half.pixels.shape[0] * 2 == view.pixels.shape[0]


def test_crops_are_centred_on_their_cell() -> None:
    view = read_view(picture(), PixelBox(400, 200, 200, 100), 0.25, 0.25)
    one = np.ones(1)
    found = Detections.of_cells(np.array([500.0]), np.array([250.0]), one, one, one)
    crops = crops_of(view, found, 96)
    assert crops.pixels.shape == (1, 96, 96, 3)
    assert crops.pixels[0, 48, 48].tolist() == pytest.approx([125, 62, 90], abs=1)


def test_beyond_the_edge_lies_the_mirror_image() -> None:
    source = picture()
    view = read_view(source, PixelBox(0, 0, 200, 200), 0.25, 0.25)
    assert view.pixels[10, 10].tolist() == [255, 255, 255]
    mirrored = edge_mirrored(view, source)
    assert np.array_equal(mirrored.pixels[64:, 64:], view.pixels[64:, 64:])
    assert np.array_equal(mirrored.pixels[100, 64 - 5], view.pixels[100, 64 + 5])


def test_a_picture_smaller_than_the_halo_is_mirrored_too() -> None:
    small = ArrayPicture("b.png", np.full((9, 7, 3), 120, dtype=np.uint8))
    view = edge_mirrored(read_view(small, PixelBox(0, 0, 7, 9), 0.25, 0.25), small)
    assert view.pixels.min() == view.pixels.max() == 120


def test_balancing_brings_white_to_the_common_white() -> None:
    pixels = np.array([[[200, 180, 160], [100, 90, 80]]], dtype=np.uint8)
    balanced = white_balanced(pixels, (200.0, 180.0, 160.0))
    assert balanced[0, 0].tolist() == [COMMON_WHITE] * 3
    assert balanced[0, 1].tolist() == pytest.approx([COMMON_WHITE / 2] * 3, abs=1)
