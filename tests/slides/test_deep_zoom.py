import io

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fakes.pictures import ArrayPicture
from marrowscope.slides import open_slide
from marrowscope.slides.deep_zoom import (
    LARGEST_PADDED_PX,
    TILE_PX,
    DeepZoom,
    read_square,
    read_tile,
)
from marrowscope.slides.jpeg import encode_jpeg
from slides.made_slides import smooth_pixels

SIZES = st.integers(1, 200_000)


def test_a_picture_halves_down_to_one_pixel() -> None:
    zoom = DeepZoom(1100, 700)
    assert zoom.n_levels == 12
    assert zoom.level_size(11) == (1100, 700)
    assert zoom.level_size(10) == (550, 350)
    assert zoom.level_size(8) == (138, 88)
    assert zoom.level_size(0) == (1, 1)
    assert DeepZoom(1, 1).n_levels == 1
    assert DeepZoom(512, 3).n_levels == 10
    for level in (-1, 12):
        with pytest.raises(ValueError, match=f"no level {level} of 12"):
            zoom.level_size(level)


def test_the_last_tiles_are_cut_off() -> None:
    zoom = DeepZoom(1100, 700)
    corner = zoom.tile(11, 2, 1)
    assert corner is not None
    assert (corner.out_width_px, corner.out_height_px) == (76, 188)
    assert (corner.box.x_px, corner.box.y_px, corner.box.w_px, corner.box.h_px) == (
        1024, 512, 76, 188,
    )  # fmt: skip
    quarter = zoom.tile(9, 0, 0)
    assert quarter is not None
    assert (quarter.out_width_px, quarter.out_height_px) == (275, 175)
    assert (quarter.box.w_px, quarter.box.h_px) == (1100, 700)


@pytest.mark.parametrize(
    ("level", "column", "row"),
    [(-1, 0, 0), (12, 0, 0), (11, 3, 0), (11, 0, 2), (11, -1, 0), (11, 0, -1), (0, 1, 0)],
    ids=str,
)
def test_there_is_no_tile_outside(level: int, column: int, row: int) -> None:
    assert DeepZoom(1100, 700).tile(level, column, row) is None
    assert read_tile(ArrayPicture("a", smooth_pixels(1100, 700)), level, column, row) is None


@given(SIZES, SIZES, st.data())
def test_tiles_cover_every_level_once(width: int, height: int, data: st.DataObject) -> None:
    zoom = DeepZoom(width, height)
    level = data.draw(st.integers(0, zoom.n_levels - 1))
    level_width, level_height = zoom.level_size(level)
    columns, rows = -(-level_width // TILE_PX), -(-level_height // TILE_PX)
    across = [zoom.tile(level, column, 0) for column in range(columns)]
    down = [zoom.tile(level, 0, row) for row in range(rows)]
    assert sum(tile.out_width_px for tile in across if tile) == level_width
    assert sum(tile.out_height_px for tile in down if tile) == level_height
    # Without gap or overlap in level-0 pixels, and nothing outside the picture.
    edges = [(tile.box.x_px, tile.box.x_px + tile.box.w_px) for tile in across if tile]
    assert [start for start, _ in edges] == [0, *(end for _, end in edges[:-1])]
    assert edges[-1][1] == width
    assert zoom.tile(level, columns, 0) is None
    assert zoom.tile(level, 0, rows) is None


def test_tiles_put_together_are_the_picture(tmp_path, writer, closing) -> None:
    pixels = smooth_pixels(1300, 1100)
    picture = closing(open_slide(writer(tmp_path, pixels, 0.25))).pictures[0]
    zoom = DeepZoom(picture.width_px, picture.height_px)
    rows = []
    for row in range(3):
        tiles = [read_tile(picture, zoom.n_levels - 1, column, row) for column in range(3)]
        rows.append(np.hstack([tile for tile in tiles if tile is not None]))
    whole = np.vstack(rows)
    assert whole.shape == (1100, 1300, 3)
    assert np.abs(whole.astype(int) - pixels).mean() < 3
    small = read_tile(picture, zoom.n_levels - 3, 0, 0)
    assert small is not None
    assert small.shape == (275, 325, 3)
    # The average of sixteen pixels, at their place.
    means = pixels.reshape(275, 4, 325, 4, 3).mean(axis=(1, 3))
    assert np.abs(small - means).mean() < 3


def test_a_square_is_centred_and_white_outside() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[40:60, 90:110] = (200, 10, 60)
    picture = ArrayPicture("a", pixels)
    middle = read_square(picture, 100, 50, 20, 40)
    assert middle.shape == (40, 40, 3)
    assert (middle == (200, 10, 60)).all()
    corner = read_square(picture, 0, 0, 40, 40)
    assert (corner[:20] == 255).all()
    assert (corner[:, :20] == 255).all()
    assert (corner[20:, 20:] == 0).all()
    assert (read_square(picture, -5000, 50, 20, 16) == 255).all()


@pytest.mark.parametrize(
    ("x_px", "y_px", "side_px"),
    [
        (100, 50, 60), (100.4, 50.3, 59.7), (10, 50, 60), (190.2, 50, 60), (100, 3.6, 60),
        (100, 99, 60), (0, 0, 47.1), (200, 100, 60), (100, 50, 400), (-100, 50, 60), (100, 300, 60),
    ],
    ids=str,
)  # fmt: skip
def test_a_shrunk_square_is_the_mean_of_its_pixels_and_white_outside(
    x_px: float, y_px: float, side_px: float
) -> None:
    pixels = smooth_pixels(200, 100)
    shown = read_square(ArrayPicture("a", pixels), x_px, y_px, side_px, 20)
    around = np.pad(pixels, ((400, 400), (400, 400), (0, 0)), constant_values=255)
    left, top = round(x_px - side_px / 2) + 400, round(y_px - side_px / 2) + 400
    side = round(side_px)
    whole = around[top : top + side, left : left + side]
    wanted = cv2.resize(whole, (20, 20), interpolation=cv2.INTER_AREA)
    assert np.abs(shown.astype(int) - wanted).max() <= 1


def test_a_square_of_any_size_is_read_a_piece_at_a_time(tmp_path, writer, closing) -> None:
    pixels = smooth_pixels(600, 400)
    picture = closing(open_slide(writer(tmp_path, pixels, 0.25))).pictures[0]
    shown = read_square(picture, 300, 200, 4 * LARGEST_PADDED_PX, 64).astype(int)
    inside = shown.min(axis=2) < 250
    rows, columns = np.nonzero(inside)
    # 600 x 400 px of 8192 are 4.7 x 3.1 of 64, in the middle.
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (29, 34, 30, 33)


@pytest.mark.parametrize("full_colour", [True, False], ids=["crop", "tile"])
def test_a_jpeg_is_baseline_and_keeps_colours_in_their_places(full_colour: bool) -> None:
    pixels = np.full((48, 64, 3), (180, 60, 120), np.uint8)
    pixels[:, 32:] = (20, 90, 200)
    data = encode_jpeg(pixels, full_colour=full_colour)
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (64, 48))
    assert "progressive" not in image.info
    factors = {layer[1:3] for layer in image.layer}
    assert factors == ({(1, 1)} if full_colour else {(2, 2), (1, 1)})
    assert np.abs(np.asarray(image).astype(int) - pixels).mean() < 3
