"""The word SYNTHETIC in an empty corner of the picture, and invented label and macro images."""

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from marrowscope.geometry import BoolArray, UInt8Array
from marrowscope.phantom.layout import Layout
from marrowscope.phantom.looks import Rgb

STAMP: Final = "SYNTHETIC"
_INK_RGB: Final[Rgb] = (0.0, 118.0, 112.0)
"""A green-blue that no Romanowsky stain makes, so that no letter passes for a cell."""

_LETTER_PX: Final = 96
_LABEL_LINES: Final = (
    "SYNTHETIC PHANTOM",
    "NOT A REAL PERSON",
    "Name: TESTPATIENT, IMAGINARY",
    "Born: 1900-01-01",
    "Case: PHANTOM-0000",
)


class Stamp:
    """Draws the word in its corner on any part of the picture."""

    def __init__(self, layout: Layout, um_per_px: float) -> None:
        self._width_px = max(1, int(layout.stamp.width_um / um_per_px))
        self._height_px = max(1, int(layout.stamp.height_um / um_per_px))
        word = _word()
        self._word = word.T[:, ::-1] if layout.stamp.vertical else word

    def draw(self, pixels: UInt8Array, left: int, top: int) -> None:
        """Inks what of the word lies on `pixels`, whose corner is (left, top). Changes them."""
        if left >= self._width_px or top >= self._height_px:
            return
        rows = top + np.arange(min(pixels.shape[0], self._height_px - top))
        columns = left + np.arange(min(pixels.shape[1], self._width_px - left))
        word_rows = (rows + 0.5) / self._height_px * self._word.shape[0]
        word_columns = (columns + 0.5) / self._width_px * self._word.shape[1]
        ink = self._word[word_rows.astype(np.int64)][:, word_columns.astype(np.int64)]
        pixels[: rows.size, : columns.size][ink] = _INK_RGB


def _word() -> BoolArray:
    """The word with its rim, in the proportions of the layout's stamp box."""
    font = ImageFont.load_default(size=_LETTER_PX)
    left, top, right, bottom = (int(v) for v in font.getbbox(STAMP))
    picture = Image.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(picture).text((-left, -top), STAMP, fill=255, font=font, stroke_width=2)
    letters = np.asarray(picture) > 127
    rim_y = int(0.4 * letters.shape[0])
    rim_x = int(0.05 * letters.shape[1])
    return np.pad(letters, ((rim_y, rim_y), (rim_x, rim_x)))


def draw_label() -> UInt8Array:
    """A slide label that names an invented person: (rows, columns, 3), RGB."""
    picture = Image.new("RGB", (440, 260), (250, 248, 240))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=24)
    for number, line in enumerate(_LABEL_LINES):
        draw.text((16, 20 + 44 * number), line, fill=(20, 20, 20), font=font)
    return np.asarray(picture, dtype=np.uint8).copy()


def draw_macro(overview: UInt8Array) -> UInt8Array:
    """A whole glass slide with that label and the smear on it: (rows, columns, 3), RGB."""
    picture = Image.new("RGB", (1200, 420), (228, 232, 234))
    picture.paste(Image.fromarray(draw_label()).resize((400, 236)), (10, 92))
    smear = Image.fromarray(shrunk(overview, 720, 380))
    picture.paste(smear, (450 + (720 - smear.width) // 2, (420 - smear.height) // 2))
    return np.asarray(picture, dtype=np.uint8).copy()


def shrunk(pixels: UInt8Array, max_width: int, max_height: int) -> UInt8Array:
    """The picture at its aspect, reduced where it is larger than the limits."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((max_width, max_height))
    return np.asarray(picture, dtype=np.uint8).copy()
