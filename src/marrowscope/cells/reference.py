"""The slide as its own reference: its white and its red cells, whoever the patient is."""

from collections.abc import Sequence

import cv2
import numpy as np

from marrowscope.cells.model import SlideReference
from marrowscope.geometry import BoolArray, PixelBox, UInt8Array
from marrowscope.regions.appearance import COVERED_DENSITY, NUCLEAR_DENSITY, density, white_of
from marrowscope.slides.model import Picture

REFERENCE_UM_PER_PX = 1.0
N_AREAS = 8
"""Regions looked at: the first in sampling order, so that no cell's class can matter."""
MIN_BACKGROUND_PX = 2000
MIN_RED_CELL_PX = 2000
"""µm² at 1 µm/px; about 50 red cells. With less, the shipped reference is used."""


def _median_rgb(pixels: list[UInt8Array], n_least: int) -> tuple[float, float, float] | None:
    together = np.concatenate(pixels) if pixels else np.zeros((0, 3), dtype=np.uint8)
    if len(together) < n_least:
        return None
    red, green, blue = np.median(together, axis=0)
    return (float(red), float(green), float(blue))


def _background_and_red_cells(pixels: UInt8Array) -> tuple[BoolArray, BoolArray]:
    """Where empty glass lies, and where what is coloured but too pale for a nucleus; masks.

    Cytoplasm is as pale as red cells, but rarer: the median over a slide is that of red cells.
    """
    absorbed = density(pixels, white_of(pixels)).max(axis=2)
    background = absorbed < COVERED_DENSITY / 2
    pale = (absorbed > 1.5 * COVERED_DENSITY) & (absorbed < NUCLEAR_DENSITY * 0.8)
    # The rim of every nucleus is pale too; what is one pixel wide is taken away.
    opened = cv2.morphologyEx(pale.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return background, opened > 0


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
        background, red = _background_and_red_cells(pixels)
        white.append(pixels[background])
        red_cells.append(pixels[red])
    return SlideReference(
        white_rgb=_median_rgb(white, MIN_BACKGROUND_PX),
        red_cell_rgb=_median_rgb(red_cells, MIN_RED_CELL_PX),
        n_pixels=sum(len(part) for part in white),
    )
