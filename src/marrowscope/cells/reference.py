"""The slide as its own reference: its white and its red cells, whoever the patient is."""

from collections.abc import Sequence

import cv2
import numpy as np

from marrowscope.cells.model import SlideReference
from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.slides.model import Picture
from marrowscope.slides.red_cell_masks import background_mask, red_cell_mask

REFERENCE_UM_PER_PX = 1.0
N_AREAS = 8
"""Regions looked at: the first in sampling order, so that no cell's class can matter."""
N_CROPS = 256
"""Single-cell pictures looked at, the first in order."""
MIN_BACKGROUND_PX = 2000
MIN_RED_CELL_PX = 2000
"""µm² at 1 µm/px; about 50 red cells. With less, the shipped reference is used."""


def _median_rgb(pixels: list[UInt8Array], n_least: int) -> tuple[float, float, float] | None:
    together = np.concatenate(pixels) if pixels else np.zeros((0, 3), dtype=np.uint8)
    if len(together) < n_least:
        return None
    red, green, blue = np.median(together, axis=0)
    return (float(red), float(green), float(blue))


def slide_reference(areas: Sequence[tuple[Picture, PixelBox]], um_per_px: float) -> SlideReference:
    """Median colour of background and of red cells over the first areas of a slide.

    areas: pictures and level-0 boxes in sampling order; the first `N_AREAS` are used.
    um_per_px: the slide's scale.
    """
    white: list[UInt8Array] = []
    red_cells: list[UInt8Array] = []
    for picture, box in areas[:N_AREAS]:
        width = max(8, round(box.w_px * um_per_px / REFERENCE_UM_PER_PX))
        height = max(8, round(box.h_px * um_per_px / REFERENCE_UM_PER_PX))
        pixels = picture.read(box, width, height)
        white.append(pixels[background_mask(pixels)])
        red_cells.append(pixels[red_cell_mask(pixels, REFERENCE_UM_PER_PX)])
    return SlideReference(
        white_rgb=_median_rgb(white, MIN_BACKGROUND_PX),
        red_cell_rgb=_median_rgb(red_cells, MIN_RED_CELL_PX),
        n_pixels=sum(len(part) for part in white),
    )


def reference_of_crops(crops: Sequence[UInt8Array], um_per_px: float) -> SlideReference:
    """The reference of a slide of which nothing but pictures of single cells is left.

    crops: pictures (rows, columns, 3) in a fixed order; the first `N_CROPS` are used.
    um_per_px: their scale.
    """
    white: list[UInt8Array] = []
    red_cells: list[UInt8Array] = []
    factor = um_per_px / REFERENCE_UM_PER_PX
    for crop in crops[:N_CROPS]:
        size = (max(8, round(crop.shape[1] * factor)), max(8, round(crop.shape[0] * factor)))
        pixels = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        white.append(pixels[background_mask(pixels)])
        red_cells.append(pixels[red_cell_mask(pixels, REFERENCE_UM_PER_PX)])
    return SlideReference(
        white_rgb=_median_rgb(white, MIN_BACKGROUND_PX),
        red_cell_rgb=_median_rgb(red_cells, MIN_RED_CELL_PX),
        n_pixels=sum(len(part) for part in white),
    )
