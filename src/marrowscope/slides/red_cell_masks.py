"""Where empty background lies and where red cells lie, at a known scale. Pure image work."""

import cv2
import numpy as np

from marrowscope.geometry import BoolArray, DoubleArray, UInt8Array
from marrowscope.slides.red_cell_outlines import (
    BLUE,
    GREEN,
    MAX_DENSITY,
    MIN_BLUE_TO_GREEN,
    MIN_DENSITY,
)

# A grey level is background where this share of the picture has it, within the tolerance.
MIN_BACKGROUND_SHARE = 0.03
BACKGROUND_TOLERANCE = 0.06  # natural optical density, to either side
RED_CELL_UM = 7.2
# Thinner than this share of a cell is no cell: fibres, rims of nuclei, strokes of writing.
THINNEST_SHARE = 0.55


def background_mask(pixels: UInt8Array) -> BoolArray:
    """Where the picture shows empty background: the brightest shade that many pixels share.

    pixels: (rows, columns, 3), RGB. Returns (rows, columns). Fat holes and plasma both count as
    background; where fat holes are many they decide, being brighter.
    """
    smooth = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.0), dtype=np.uint8)
    density = _density(smooth, _background_level(smooth))
    mask: BoolArray = np.abs(density).max(axis=2) <= BACKGROUND_TOLERANCE
    return mask


def red_cell_mask(pixels: UInt8Array, um_per_px: float) -> BoolArray:
    """Where red cells lie, free or overlapping, pale centres included.

    pixels: (rows, columns, 3), RGB, at `um_per_px`, which should be 0.2 to 1. Returns (rows,
    columns). What has the colour of red cells but is thinner than about half a cell is left out.
    """
    stained = _haemoglobin_mask(pixels)
    return _thick_part(stained, RED_CELL_UM / um_per_px)


def _haemoglobin_mask(pixels: UInt8Array) -> BoolArray:
    """Pixels darker than the background that take up blue light as haemoglobin does."""
    smooth = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.0), dtype=np.uint8)
    density = _density(smooth, _background_level(smooth))
    strongest = np.maximum(density[:, :, GREEN], density[:, :, BLUE])
    mask: BoolArray = (
        (strongest >= 1.5 * MIN_DENSITY)
        & (strongest <= MAX_DENSITY)
        & (density[:, :, BLUE] >= MIN_BLUE_TO_GREEN * density[:, :, GREEN])
    )
    return mask


def _background_level(smooth: UInt8Array) -> DoubleArray:
    """Colour of the background, (3,): the brightest green level that is a peak and not rare."""
    green = smooth[:, :, GREEN]
    counts = np.bincount(green.ravel(), minlength=256).astype(np.float64)
    about = np.convolve(counts, np.ones(9), mode="same")
    common = about >= MIN_BACKGROUND_SHARE * green.size
    highest = 255
    while highest > 0 and not common[highest]:
        highest -= 1
    while highest > 0 and about[highest - 1] >= about[highest]:
        highest -= 1
    near = np.abs(green.astype(np.int16) - highest) <= 4
    level: DoubleArray = np.median(smooth[near].reshape(-1, 3), axis=0).astype(np.float64)
    return level


def _density(smooth: UInt8Array, level: DoubleArray) -> DoubleArray:
    """Natural optical density of every pixel and channel below the colour `level`."""
    density: DoubleArray = np.log((level + 1) / (smooth.astype(np.float64) + 1))
    return density


def _filled(stained: BoolArray, diameter_px: float) -> BoolArray:
    """The mask with holes no larger than a cell filled: pale centres, and platelets on top."""
    holes = (~stained).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(holes, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] <= np.pi / 4 * diameter_px**2
    small[0] = False
    filled: BoolArray = stained | small[labels]
    return filled


def _thick_part(stained: BoolArray, diameter_px: float) -> BoolArray:
    filled = _filled(stained, diameter_px).astype(np.uint8)
    side = max(3, round(THINNEST_SHARE * diameter_px) | 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    thick: BoolArray = cv2.morphologyEx(filled, cv2.MORPH_OPEN, disc) > 0
    return thick
