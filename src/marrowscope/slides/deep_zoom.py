"""A picture as a pyramid of square tiles, as deep-zoom viewers ask for them.

The last level is the picture at full size, each one before is half as large, the first is one
pixel. Tiles do not overlap; those of the last column and row are cut off.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.slides.model import Picture
from marrowscope.slides.resampling import WHITE

TILE_PX = 512
LARGEST_PADDED_PX = 2048
"""Side of a square whose level-0 pixels are laid on white by themselves: 12 MB."""


@dataclass(frozen=True, slots=True)
class Tile:
    """box: what it shows, in level-0 pixels, all of it inside the picture. out_*_px: its size."""

    box: PixelBox
    out_width_px: int
    out_height_px: int


@dataclass(frozen=True, slots=True)
class DeepZoom:
    """The levels and tiles of a picture of this level-0 size."""

    width_px: int
    height_px: int
    tile_px: int = TILE_PX

    @property
    def n_levels(self) -> int:
        """As many as it takes to halve the longer side down to one pixel."""
        return (max(self.width_px, self.height_px) - 1).bit_length() + 1

    def level_size(self, level: int) -> tuple[int, int]:
        """Width and height of a level in its own pixels. Raises ValueError for none there is."""
        if not 0 <= level < self.n_levels:
            raise ValueError(f"there is no level {level} of {self.n_levels}")
        step = self._level0_per_px(level)
        return -(-self.width_px // step), -(-self.height_px // step)

    def tile(self, level: int, column: int, row: int) -> Tile | None:
        """None where there is no such tile."""
        if not 0 <= level < self.n_levels or column < 0 or row < 0:
            return None
        width, height = self.level_size(level)
        left, top = column * self.tile_px, row * self.tile_px
        if left >= width or top >= height:
            return None
        step = self._level0_per_px(level)
        out_width, out_height = min(self.tile_px, width - left), min(self.tile_px, height - top)
        x, y = left * step, top * step
        # A level's last pixel may stand for fewer level-0 pixels; viewers stretch it the same way.
        box = PixelBox(
            x,
            y,
            min(out_width * step, self.width_px - x),
            min(out_height * step, self.height_px - y),
        )
        return Tile(box, out_width, out_height)

    def _level0_per_px(self, level: int) -> int:
        return 1 << (self.n_levels - 1 - level)


def read_tile(picture: Picture, level: int, column: int, row: int) -> UInt8Array | None:
    """(rows, columns, 3) RGB; None where there is no such tile. Raises as `Picture.read`."""
    tile = DeepZoom(picture.width_px, picture.height_px).tile(level, column, row)
    if tile is None:
        return None
    return picture.read(tile.box, tile.out_width_px, tile.out_height_px)


def read_square(
    picture: Picture, x_px: float, y_px: float, side_px: float, out_px: int
) -> UInt8Array:
    """The square around a level-0 point, `side_px` level-0 pixels a side: (out_px, out_px, 3) RGB.

    Where it is shrunk its edges lie on whole level-0 pixels: nobody sees half of one there, and
    it reads three times as fast. What lies outside the picture is white. Raises as `Picture.read`.
    """
    left, top = x_px - side_px / 2, y_px - side_px / 2
    if side_px < out_px:
        return picture.read(PixelBox(left, top, side_px, side_px), out_px, out_px)
    x, y, side = round(left), round(top), round(side_px)
    is_inside = x >= 0 and y >= 0 and x + side <= picture.width_px and y + side <= picture.height_px
    if is_inside or side > LARGEST_PADDED_PX:
        return picture.read(PixelBox(x, y, side, side), out_px, out_px)
    return _shrunk(_padded(picture, x, y, side), out_px)


def _padded(picture: Picture, x: int, y: int, side: int) -> UInt8Array:
    """Level-0 pixels on white; quicker than fading what is cut by the edge of the picture."""
    pixels = np.full((side, side, 3), WHITE, dtype=np.uint8)
    left, top = max(x, 0), max(y, 0)
    width = min(x + side, picture.width_px) - left
    height = min(y + side, picture.height_px) - top
    if width > 0 and height > 0:
        inside = picture.read(PixelBox(left, top, width, height), width, height)
        pixels[top - y : top - y + height, left - x : left - x + width] = inside
    return pixels


def _shrunk(pixels: UInt8Array, out_px: int) -> UInt8Array:
    shrunk = cv2.resize(pixels, (out_px, out_px), interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, dtype=np.uint8)
