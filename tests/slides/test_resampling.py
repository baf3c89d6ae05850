import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowscope.errors import UsageError
from marrowscope.geometry import PixelBox
from marrowscope.slides.resampling import PIECE_PX, Level, Patch, level0_per_px, read_resampled
from slides.made_slides import smooth_pixels


class ArraySource:
    """A pyramid held in memory that notes the largest piece it was asked for."""

    def __init__(self, *arrays: np.ndarray) -> None:
        self._arrays = arrays
        height, width = arrays[0].shape[:2]
        self.levels = tuple(
            Level(a.shape[1], a.shape[0], width / a.shape[1], height / a.shape[0]) for a in arrays
        )
        self.read_indices: set[int] = set()
        self.largest_px = 0

    def read_level(self, index, x_px, y_px, w_px, h_px):
        array = self._arrays[index]
        assert x_px >= 0 and x_px + w_px <= array.shape[1]
        assert y_px >= 0 and y_px + h_px <= array.shape[0]
        self.read_indices.add(index)
        self.largest_px = max(self.largest_px, w_px * h_px)
        return Patch(x_px, y_px, array[y_px : y_px + h_px, x_px : x_px + w_px])


def ramp(width: int, height: int) -> np.ndarray:
    """Red is 2x, green is 2y, at pixel centres: any linear resampling must keep the plane."""
    y, x = np.mgrid[0:height, 0:width]
    return np.dstack([2 * x, 2 * y, np.zeros_like(x)]).astype(np.uint8)


def test_whole_area_at_full_size_is_the_picture_itself():
    pixels = smooth_pixels(90, 70)
    assert np.array_equal(
        read_resampled(ArraySource(pixels), PixelBox(0, 0, 90, 70), 90, 70), pixels
    )


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_shrinking_by_a_whole_number_is_the_mean_of_the_covered_pixels(factor):
    pixels = smooth_pixels(150, 120)
    out = read_resampled(ArraySource(pixels), PixelBox(30, 30, 60, 60), 60 // factor, 60 // factor)
    blocks = pixels[30:90, 30:90].reshape(60 // factor, factor, 60 // factor, factor, 3)
    assert np.abs(out - blocks.mean(axis=(1, 3))).max() <= 0.51


@settings(max_examples=40, deadline=None)
@given(
    x=st.floats(5, 40),
    y=st.floats(5, 40),
    size=st.floats(20, 60),
    out=st.integers(7, 90),
)
def test_any_box_keeps_its_place(x, y, size, out):
    """On a linear ramp every output pixel must show the value at the centre of what it covers."""
    pixels = read_resampled(ArraySource(ramp(120, 120)), PixelBox(x, y, size, size), out, out)
    centres = (np.arange(out) + 0.5) * size / out
    expected_x, expected_y = 2 * (x + centres - 0.5), 2 * (y + centres - 0.5)
    # 1 grey level is half a pixel here; rounding alone is up to half a grey level, twice.
    assert np.abs(pixels[:, :, 0] - expected_x[None, :]).max() < 1.1
    assert np.abs(pixels[:, :, 1] - expected_y[:, None]).max() < 1.1
    # Halves are rounded up twice: a mean of up to half a grey level, a quarter of a pixel.
    assert abs((pixels[:, :, 0] - expected_x[None, :]).mean()) < 0.6


def test_what_lies_outside_is_white_and_the_border_fades_by_its_share():
    black = np.zeros((40, 40, 3), np.uint8)
    out = read_resampled(ArraySource(black), PixelBox(-20, -20, 80, 80), 40, 40)
    assert (out[:10] == 255).all() and (out[30:] == 255).all()
    assert (out[10:30, 10:30] == 0).all()
    faded = read_resampled(ArraySource(black), PixelBox(-1.5, 0, 6, 6), 3, 3)
    assert faded[1, 0, 0] == pytest.approx(191, abs=1)
    assert (read_resampled(ArraySource(black), PixelBox(500, 0, 6, 6), 3, 3) == 255).all()


def test_the_level_just_fine_enough_is_read():
    fine = np.full((400, 400, 3), 10, np.uint8)
    middle = np.full((100, 100, 3), 90, np.uint8)
    coarse = np.full((25, 25, 3), 200, np.uint8)
    source = ArraySource(fine, middle, coarse)
    whole = PixelBox(0, 0, 400, 400)
    assert read_resampled(source, whole, 200, 200)[5, 5, 0] == 10
    assert read_resampled(source, whole, 100, 100)[5, 5, 0] == 90
    assert read_resampled(source, whole, 30, 30)[5, 5, 0] == 90
    assert read_resampled(source, whole, 25, 25)[5, 5, 0] == 200
    # Sizes of levels are rounded: half a percent too coarse still serves.
    assert read_resampled(source, PixelBox(0, 0, 398, 398), 100, 100)[5, 5, 0] == 90


def test_a_picture_without_low_levels_is_read_in_bounded_pieces():
    pixels = np.empty((300, 20_000, 3), np.uint8)
    pixels[:] = (np.arange(20_000) // 100)[None, :, None]
    source = ArraySource(pixels)
    out = read_resampled(source, PixelBox(0, 0, 20_000, 300), 200, 3)
    assert source.largest_px <= (PIECE_PX + 2) ** 2
    assert np.abs(out[1, :, 0].astype(int) - np.arange(200)).max() <= 1


def test_one_output_pixel_may_cover_more_than_a_piece():
    pixels = np.zeros((10, 5 * PIECE_PX, 3), np.uint8)
    pixels[:, : PIECE_PX * 5 // 2] = 200
    source = ArraySource(pixels)
    out = read_resampled(source, PixelBox(0, 0, 5 * PIECE_PX, 10), 1, 1)
    assert out[0, 0, 0] == pytest.approx(100, abs=2)
    assert source.largest_px <= (PIECE_PX + 2) * 12


def test_pieces_join_without_a_seam():
    pixels = cv2.resize(smooth_pixels(640, 64), (4800, 480), interpolation=cv2.INTER_LINEAR)
    box = PixelBox(3.3, 2.1, 4700, 400)
    out = read_resampled(ArraySource(pixels), box, 3000, 256).astype(int)
    steps = np.abs(np.diff(out, axis=1)).max(axis=(0, 2))
    seam = int(PIECE_PX / (4700 / 3000))
    assert steps[seam - 1] <= np.median(steps) + 3


@pytest.mark.parametrize(
    ("box", "out"),
    [
        (PixelBox(0, 0, 0, 5), (4, 4)),
        (PixelBox(0, 0, 5, -1), (4, 4)),
        (PixelBox(float("nan"), 0, 5, 5), (4, 4)),
        (PixelBox(0, 0, 5, 5), (0, 4)),
    ],
)
def test_an_area_without_size_is_wrong_use(box, out):
    with pytest.raises(UsageError):
        read_resampled(ArraySource(np.zeros((9, 9, 3), np.uint8)), box, *out)


@pytest.mark.parametrize(
    ("level0", "level", "expected"),
    [(20_001, 5_000, 4.0), (20_001, 5_001, 4.0), (2050, 512, 4.0), (900, 300, 3.0), (100, 40, 2.5)],
)
def test_level_sizes_rounded_by_the_writer_do_not_stretch_the_scale(level0, level, expected):
    assert level0_per_px(level0, level) == expected
