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

# A grey level is common where it and its neighbours hold this share of the picture.
MIN_BACKGROUND_SHARE = 0.03
# Plasma on glass is up to this much denser than a fat hole (natural optical density); red cells
# begin above.
PLASMA_DENSITY = 0.10
BACKGROUND_TOLERANCE = 0.06  # natural optical density, to either side
MIN_RED_CELL_DENSITY = 1.5 * MIN_DENSITY  # single pixels are noisier than whole cells
RED_CELL_UM = 7.2
# Thinner than this share of a cell is no cell: fibres, rims of nuclei, strokes of writing.
THINNEST_SHARE = 0.55


def background_mask(pixels: UInt8Array) -> BoolArray:
    """Where the picture shows empty background: the most common of its brightest shades.

    pixels: (rows, columns, 3), RGB. Returns (rows, columns). Between cells this is glass with a
    film of plasma.
    """
    mask: BoolArray = np.abs(_background_density(pixels)).max(axis=2) <= BACKGROUND_TOLERANCE
    return mask


def red_cell_mask(pixels: UInt8Array, um_per_px: float) -> BoolArray:
    """Where red cells lie, free or overlapping, pale centres included.

    pixels: (rows, columns, 3), RGB, at `um_per_px`, which should be 0.2 to 1. Returns (rows,
    columns). Left out is what has the colour of red cells and is thinner than about half a cell,
    and nuclei and platelets that lie on them.
    """
    density = _background_density(pixels)
    strongest = np.maximum(density[:, :, GREEN], density[:, :, BLUE])
    takes_blue = density[:, :, BLUE] >= MIN_BLUE_TO_GREEN * density[:, :, GREEN]
    stained = strongest >= MIN_RED_CELL_DENSITY
    haemoglobin = stained & takes_blue & (strongest <= MAX_DENSITY)
    cell_px = RED_CELL_UM / um_per_px
    filled = _filled(haemoglobin, np.pi / 4 * cell_px**2)
    thick = _thick_part(filled, max(3, round(THINNEST_SHARE * cell_px) | 1))
    mask: BoolArray = thick & (haemoglobin | ~stained)
    return mask


def _background_density(pixels: UInt8Array) -> DoubleArray:
    """Natural optical density of every pixel and channel against the picture's background."""
    smooth = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.0), dtype=np.uint8)
    density: DoubleArray = np.log(
        (_background_colour(smooth) + 1) / (smooth.astype(np.float64) + 1)
    )
    return density


def _background_colour(smooth: UInt8Array) -> DoubleArray:
    """Colour of the background, (3,).

    Fat holes may be brighter than the plasma around cells and lie alone at the bright end; of
    the levels just below the brightest common one the most frequent is taken.
    """
    green = smooth[:, :, GREEN]
    counts = np.bincount(green.ravel(), minlength=256).astype(np.float64)
    about = np.convolve(counts, np.ones(9), mode="same")
    brightest = int(np.flatnonzero(about >= MIN_BACKGROUND_SHARE * green.size).max(initial=0))
    darkest = int(brightest * np.exp(-PLASMA_DENSITY))
    level = darkest + int(np.argmax(about[darkest : brightest + 1]))
    near = np.abs(green.astype(np.int16) - level) <= 4
    colour: DoubleArray = np.median(smooth[near].reshape(-1, 3), axis=0).astype(np.float64)
    return colour


def _filled(mask: BoolArray, largest_hole_px2: float) -> BoolArray:
    """The mask with its small holes filled: the pale centres of cells."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    is_small = stats[:, cv2.CC_STAT_AREA] <= largest_hole_px2
    is_small[0] = False
    filled: BoolArray = mask | is_small[labels]
    return filled


def _thick_part(mask: BoolArray, side_px: int) -> BoolArray:
    """What a disc of `side_px` can be moved over without leaving the mask."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side_px, side_px))
    thick: BoolArray = np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc)) > 0
    return thick
