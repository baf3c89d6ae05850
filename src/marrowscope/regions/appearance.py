"""What an area looks like at low power, in numbers, and whether cells can be counted there."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from marrowscope.geometry import DoubleArray, FloatArray, UInt8Array


class Verdict(StrEnum):
    """Whether a region is countable, or why not, in a reader's words."""

    COUNTABLE = "countable"
    BACKGROUND = "background"
    NO_CELLS = "no nucleated cells"
    THICK = "thick"
    DEBRIS = "stain debris"
    STRANGE = "not stained like a smear"
    BLURRED = "out of focus"


LOW_POWER_UM_PER_PX = 4.0
"""A nucleus is 2 px across: enough to see how much of an area nuclei cover, no more."""

COVERED_DENSITY = 0.06
"""Optical density (green) above which something lies on the glass."""
NUCLEAR_DENSITY = 0.30
DEBRIS_DENSITY = 1.15
"""Darker than any nucleus in all three channels."""

MIN_COVERED_SHARE = 0.02
MIN_NUCLEAR_SHARE = 0.0015
"""About one nucleus of 8 µm in a region of 200 µm."""
MAX_NUCLEAR_SHARE = 0.60
MAX_MEAN_DENSITY = 0.62
CLEAR_DENSITY = 0.08
MIN_CLEAR_SHARE = 0.18
"""In a monolayer glass shows between the cells. In 99 of 100 marrow fields that people chose to
photograph, at least this share of the area was clearer than `CLEAR_DENSITY`."""
MAX_DEBRIS_SHARE = 0.06
MAX_STRANGE_SHARE = 0.5
"""These limits were set by eye on marrow fields and phantoms; they are policy, logged with every
analysis by the software version, not facts about marrow."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """Shares (0 to 1) of an area's pixels, and its mean optical density in green.

    covered: not empty glass. clear: glass, if tinted. nuclear: dark and purple. debris: darker
    than nuclei. strange: of the covered part, what is yellow, orange, brown or leaf green, as no
    Romanowsky stain is.
    """

    covered: float
    clear: float
    nuclear: float
    debris: float
    strange: float
    mean_density: float


def density(pixels: UInt8Array, white_rgb: tuple[float, float, float]) -> FloatArray:
    """Optical density (log10) of each channel against the slide's white; same shape."""
    white = np.asarray(white_rgb, dtype=np.float32)
    return np.log10(white / np.maximum(pixels.astype(np.float32), 1.0)).clip(0.0, 3.0)


def white_of(overview: UInt8Array) -> tuple[float, float, float]:
    """Colour of the brightest part of an overview (rows, columns, 3), channel by channel.

    Not darker than 100 in any channel: a picture without empty glass has no white to show.
    """
    values: DoubleArray = np.percentile(overview.reshape(-1, 3), 97, axis=0).clip(100, 255)
    return (float(values[0]), float(values[1]), float(values[2]))


def appearance(pixels: UInt8Array, white_rgb: tuple[float, float, float]) -> Appearance:
    """The numbers of one area, given its low-power pixels (rows, columns, 3)."""
    absorbed = density(pixels, white_rgb)
    red, green, blue = absorbed[..., 0], absorbed[..., 1], absorbed[..., 2]
    covered = absorbed.max(axis=2) > COVERED_DENSITY
    n_covered = max(int(covered.sum()), 1)
    purple = (green > NUCLEAR_DENSITY) & (green > blue + 0.04) & (green > red - 0.05)
    strange = covered & (blue > 1.35 * green + 0.04)
    return Appearance(
        covered=float(covered.mean()),
        clear=float((green < CLEAR_DENSITY).mean()),
        nuclear=float(purple.mean()),
        debris=float((absorbed.min(axis=2) > DEBRIS_DENSITY).mean()),
        strange=float(strange.sum() / n_covered),
        mean_density=float(green.mean()),
    )


def verdict_of(seen: Appearance) -> Verdict:
    """Whether an area with this appearance is countable, or the first reason why not."""
    reasons = (
        (seen.covered < MIN_COVERED_SHARE, Verdict.BACKGROUND),
        (seen.debris > MAX_DEBRIS_SHARE, Verdict.DEBRIS),
        (seen.strange > MAX_STRANGE_SHARE, Verdict.STRANGE),
        (seen.nuclear > MAX_NUCLEAR_SHARE, Verdict.THICK),
        (seen.mean_density > MAX_MEAN_DENSITY, Verdict.THICK),
        (seen.nuclear < MIN_NUCLEAR_SHARE, Verdict.NO_CELLS),
        (seen.clear < MIN_CLEAR_SHARE, Verdict.THICK),
    )
    return next((verdict for applies, verdict in reasons if applies), Verdict.COUNTABLE)


MIN_SHARPNESS = 0.15
"""Steepest edges rise by more than this part of the contrast a pixel. Sharp fields of four sources
have 0.17 to 0.36; blurred by a Gaussian of 1 µm they have 0.12 to 0.19, of 2 µm 0.08 to 0.12."""
MIN_CONTRAST = 25.0
"""Grey levels; with less there is nothing to judge focus by."""


def sharpness(pixels: UInt8Array) -> float | None:
    """How steep the steepest edges are, as part of the contrast a pixel of 0.5 µm.

    pixels: (rows, columns, 3) at 0.5 µm/px. None where the contrast is too small to tell.
    """
    green = cv2.GaussianBlur(pixels[..., 1], (0, 0), 0.7).astype(np.float32)
    low, high = np.percentile(green, (0.5, 99.5))
    if high - low < MIN_CONTRAST:
        return None
    across = cv2.Sobel(green, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(green, cv2.CV_32F, 0, 1, scale=0.125)
    steepness = np.percentile(np.hypot(across, down), 99.5)
    return float(steepness / (high - low))


def is_blurred(pixels: UInt8Array) -> bool:
    """True where an area at 0.5 µm/px shows contrast but no steep edge."""
    found = sharpness(pixels)
    return found is not None and found < MIN_SHARPNESS
