"""A whole phantom as a function of position: the pixels and the truth of any part of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from marrowscope.geometry import DoubleArray, UInt8Array
from marrowscope.phantom.bank import Sprite, SpriteBank
from marrowscope.phantom.blocks import BLOCK_UM, blocks_over
from marrowscope.phantom.ground import FOCUS_REACH_UM, Ground
from marrowscope.phantom.layout import AreaKind, Layout, lay_out
from marrowscope.phantom.looks import BODY_RGB
from marrowscope.phantom.placed import PlacedCells, place, sprite_corner
from marrowscope.phantom.settings import PhantomSettings, check_size
from marrowscope.phantom.sites import CellField, CellSites
from marrowscope.phantom.stamp import Stamp
from marrowscope.phantom.strew import StrewnField, StrewnSites
from marrowscope.phantom.vacuoles import MAX_RADIUS_UM, VacuoleField

MAX_SPRITE_UM: Final = 16.0
"""Half of the largest sprite, rounded up."""

_SPRITE_REACH_UM: Final = 30.0 + MAX_SPRITE_UM
"""How far a sprite can reach from the block its candidate belongs to: a clump's other cells lie
up to 27 µm from the first."""


@dataclass(frozen=True, slots=True)
class BlockTruth:
    """The cells of one block: its place in the grid of blocks, and what lies there."""

    column: int
    row: int
    cells: PlacedCells


class Scene:
    """One phantom. The same arguments give the same pixels and truth, in any order of asking.

    Raises UsageError if the size, scale or seed is out of range.
    """

    def __init__(
        self,
        width_px: int,
        height_px: int,
        seed: int,
        um_per_px: float,
        settings: PhantomSettings,
    ) -> None:
        check_size(width_px, height_px, um_per_px, seed)
        self.width_px = width_px
        self.height_px = height_px
        self.um_per_px = um_per_px
        self.layout: Layout = lay_out(width_px * um_per_px, height_px * um_per_px, seed)
        n_columns = int(width_px * um_per_px / BLOCK_UM) + 5
        kept = 6 * n_columns + 32
        self._bank = SpriteBank(um_per_px, seed)
        self._vacuoles = VacuoleField(self.layout, seed, kept)
        self._cells = CellField(self.layout, settings, self._bank, self._vacuoles, seed, kept)
        self._strewn = StrewnField(self.layout, settings, self._cells, seed, kept)
        self._ground = Ground(self.layout, um_per_px, seed)
        self._stamp = Stamp(self.layout, um_per_px)

    def draw(self, left: int, top: int, width: int, height: int) -> UInt8Array:
        """Pixels of an area in level-0 pixels: (height, width, 3), RGB.

        The area may run over the border of the picture; the smear goes on there.
        """
        if not self._ground.is_blurred(left, top, width, height):
            pixels = self._sharp(left, top, width, height)
        else:
            rim = int(FOCUS_REACH_UM / self.um_per_px) + 1
            wide = self._sharp(left - rim, top - rim, width + 2 * rim, height + 2 * rim)
            wide = self._ground.defocus(wide, left - rim, top - rim)
            pixels = np.ascontiguousarray(wide[rim:-rim, rim:-rim])
        self._stamp.draw(pixels, left, top)
        return self._ground.add_grain(pixels, left, top)

    def truth(self) -> Iterator[BlockTruth]:
        """The nucleated cells of the whole picture, block by block, each cell once."""
        size_px = (self.width_px, self.height_px)
        scale = self.um_per_px
        # A clump may start in a block beside the picture and reach into it.
        right, bottom = size_px[0] * scale, size_px[1] * scale
        for column, row in blocks_over(
            -_SPRITE_REACH_UM,
            -_SPRITE_REACH_UM,
            right + _SPRITE_REACH_UM,
            bottom + _SPRITE_REACH_UM,
        ):
            sites = self._cells.block(column, row)
            if sites.x_um.size:
                yield BlockTruth(column, row, place(sites, self._bank, self.layout, scale, size_px))

    def countable_area_mm2(self) -> float:
        """Area of the trails in mm², summed over a grid of about 250,000 points."""
        width_um, height_um = self.layout.width_um, self.layout.height_um
        step_um = max((width_um * height_um / 250_000) ** 0.5, 1e-3)
        n_x, n_y = max(1, round(width_um / step_um)), max(1, round(height_um / step_um))
        x_um, y_um = np.meshgrid(
            (np.arange(n_x) + 0.5) * width_um / n_x, (np.arange(n_y) + 0.5) * height_um / n_y
        )
        is_trail = np.array([area.kind is AreaKind.TRAIL for area in self.layout.areas])
        share = is_trail[self.layout.area_index(x_um, y_um)].mean()
        return float(share * width_um * height_um * 1e-6)

    def _sharp(self, left: int, top: int, width: int, height: int) -> UInt8Array:
        pixels = self._ground.film(left, top, width, height)
        scale = self.um_per_px
        blocks = blocks_over(
            left * scale - _SPRITE_REACH_UM,
            top * scale - _SPRITE_REACH_UM,
            (left + width) * scale + _SPRITE_REACH_UM,
            (top + height) * scale + _SPRITE_REACH_UM,
        )
        for block in blocks:
            self._paste(pixels, left, top, _stack(self._strewn.block(*block)))
        for block in blocks:
            self._paste(pixels, left, top, _stack(self._cells.block(*block)))
        self._open_vacuoles(pixels, left, top)
        return pixels

    def _paste(self, pixels: UInt8Array, left: int, top: int, columns: DoubleArray) -> None:
        """Lets every sprite that meets the area absorb its light there."""
        scale = self.um_per_px
        from_left, from_top = columns[:2] - np.array([[left], [top]]) * scale
        near = (from_left > -MAX_SPRITE_UM) & (from_left < pixels.shape[1] * scale + MAX_SPRITE_UM)
        near &= (from_top > -MAX_SPRITE_UM) & (from_top < pixels.shape[0] * scale + MAX_SPRITE_UM)
        for x, y, kind, variant, orientation in columns[:, near].T.tolist():
            sprite = self._bank.sprite(int(kind), int(variant), int(orientation))
            corner_x, corner_y = sprite_corner(x, y, sprite.light.shape, scale)
            absorb(pixels, sprite, corner_x - left, corner_y - top)

    def _open_vacuoles(self, pixels: UInt8Array, left: int, top: int) -> None:
        scale = self.um_per_px
        height, width = pixels.shape[:2]
        middle_x, middle_y = (left + width / 2) * scale, (top + height / 2) * scale
        blocks = blocks_over(
            left * scale - MAX_RADIUS_UM, top * scale - MAX_RADIUS_UM,
            (left + width) * scale + MAX_RADIUS_UM, (top + height) * scale + MAX_RADIUS_UM,
        )  # fmt: skip
        for block in blocks:
            holes = self._vacuoles.block(*block)
            for x, y, radius in zip(holes.x_um, holes.y_um, holes.radius_um, strict=True):
                if abs(x - middle_x) < width * scale / 2 + radius + 1 and (
                    abs(y - middle_y) < height * scale / 2 + radius + 1
                ):
                    _clear_disc(
                        pixels, x / scale - left, y / scale - top, radius / scale, 0.5 / scale
                    )


def _stack(sites: CellSites | StrewnSites) -> DoubleArray:
    """Rows x_um, y_um, kind, variant, orientation; a column for each object."""
    kind = sites.look if isinstance(sites, CellSites) else sites.kind
    return np.stack([sites.x_um, sites.y_um, kind, sites.variant, sites.orientation])


def absorb(pixels: UInt8Array, sprite: Sprite, left: int, top: int) -> None:
    """Dims `pixels` by the sprite's light, its corner at (left, top). Changes them."""
    rows, columns = sprite.light.shape[:2]
    first_row, first_column = max(0, -top), max(0, -left)
    last_row = min(rows, pixels.shape[0] - top)
    last_column = min(columns, pixels.shape[1] - left)
    if first_row >= last_row or first_column >= last_column:
        return
    light = sprite.light[first_row:last_row, first_column:last_column]
    under = pixels[top + first_row : top + last_row, left + first_column : left + last_column]
    product = light * under
    product >>= 8
    under[:] = product


def _clear_disc(
    pixels: UInt8Array, x_px: float, y_px: float, radius_px: float, edge_px: float
) -> None:
    """Replaces a disc by clear film, with a soft edge."""
    reach = radius_px + 2 * edge_px
    rows = slice(max(0, int(y_px - reach)), max(0, int(y_px + reach) + 2))
    columns = slice(max(0, int(x_px - reach)), max(0, int(x_px + reach) + 2))
    part = pixels[rows, columns]
    y = rows.start + np.arange(part.shape[0])[:, None] - y_px
    x = columns.start + np.arange(part.shape[1])[None, :] - x_px
    share = np.clip((radius_px - np.hypot(x, y)) / edge_px + 0.5, 0, 1)[..., None]
    part[:] = np.rint(part * (1 - share) + np.asarray(BODY_RGB) * share)
