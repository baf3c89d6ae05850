"""Nucleated cells as they lie in the picture: whole pixels, boxes, countable or not."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from marrowscope.geometry import BoolArray, DoubleArray, IntArray
from marrowscope.phantom.bank import SpriteBank
from marrowscope.phantom.layout import AreaKind, Layout
from marrowscope.phantom.sites import CellSites

_CLEAR_OF_BORDER_UM: Final = 6.0
"""A countable cell keeps this much trail around it, so that no border of areas cuts it."""


@dataclass(frozen=True, slots=True)
class PlacedCells:
    """Columns, one entry a cell whose centre lies in the picture.

    number: within its block. x_px, y_px: centre of the whole-cell box; w_px, h_px: that box, cut
    off at the border of the picture. look: index of the class; area: index into the layout's.
    """

    number: IntArray
    x_px: DoubleArray
    y_px: DoubleArray
    w_px: DoubleArray
    h_px: DoubleArray
    look: IntArray
    area: IntArray
    countable: BoolArray


def sprite_corner(
    x_um: float, y_um: float, shape: tuple[int, ...], um_per_px: float
) -> tuple[int, int]:
    """Left and top pixel of a sprite of this (rows, columns, ...) shape centred on a position."""
    left = math.floor(x_um / um_per_px - shape[1] / 2 + 0.5)
    top = math.floor(y_um / um_per_px - shape[0] / 2 + 0.5)
    return left, top


def place(
    sites: CellSites,
    bank: SpriteBank,
    layout: Layout,
    um_per_px: float,
    size_px: tuple[int, int],
) -> PlacedCells:
    """Truth of one block's cells. size_px: width and height of the picture.

    A cell whose centre lies outside the picture is left out.
    """
    boxes = np.zeros((sites.x_um.size, 4))
    keys = zip(sites.look, sites.variant, sites.orientation, strict=True)
    for index, (look, variant, orientation) in enumerate(keys):
        sprite = bank.sprite(int(look), int(variant), int(orientation))
        corner = sprite_corner(sites.x_um[index], sites.y_um[index], sprite.light.shape, um_per_px)
        boxes[index] = (
            corner[0] + sprite.box[0],
            corner[1] + sprite.box[1],
            sprite.box[2],
            sprite.box[3],
        )
    return _boxed(sites, boxes, layout, um_per_px, size_px)


def _boxed(
    sites: CellSites,
    boxes: DoubleArray,
    layout: Layout,
    um_per_px: float,
    size_px: tuple[int, int],
) -> PlacedCells:
    size = np.asarray(size_px, dtype=np.float64)
    start, end = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    whole = ((start >= 0) & (end <= size)).all(axis=1)
    start, end = np.maximum(start, 0), np.minimum(end, size)
    full_centre = boxes[:, :2] + boxes[:, 2:] / 2
    inside = ((full_centre >= 0) & (full_centre < size)).all(axis=1)
    centre, sides = (start + end) / 2, end - start
    countable = whole & _amid_trail(centre * um_per_px, sites.radius_um, layout)
    return PlacedCells(
        number=np.flatnonzero(inside),
        x_px=centre[inside, 0],
        y_px=centre[inside, 1],
        w_px=sides[inside, 0],
        h_px=sides[inside, 1],
        look=sites.look[inside],
        area=layout.area_index(*(centre[inside] * um_per_px).T),
        countable=countable[inside],
    )


def _amid_trail(centre_um: DoubleArray, radius_um: DoubleArray, layout: Layout) -> BoolArray:
    """True where the cell and a rim around it lie on trail, whichever trail."""
    is_trail = np.array([area.kind is AreaKind.TRAIL for area in layout.areas])
    angles = np.arange(8) * np.pi / 4
    reach_um = (radius_um + _CLEAR_OF_BORDER_UM)[:, None]
    x_um = np.column_stack([centre_um[:, 0], centre_um[:, :1] + reach_um * np.cos(angles)])
    y_um = np.column_stack([centre_um[:, 1], centre_um[:, 1:] + reach_um * np.sin(angles)])
    areas = layout.area_index(x_um.ravel(), y_um.ravel()).reshape(x_um.shape)
    return np.asarray(is_trail[areas].all(axis=1))
