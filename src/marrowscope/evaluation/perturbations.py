"""Fields as another microscope, stain, lamp or file would have given them. Pure.

Each way of changing a field has a strength with a unit of its own, and most have a strength that
changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np

from marrowscope.geometry import DoubleArray, UInt8Array

HAEMATOXYLIN = (0.65, 0.70, 0.29)
EOSIN = (0.07, 0.99, 0.11)
"""Optical density of the two stains in red, green, blue (Ruifrok & Johnston 2001). The azures of
a marrow stain lie near haematoxylin."""


@dataclass(frozen=True, slots=True)
class ScaledPixels:
    """A field (rows, columns, 3), RGB, and its scale."""

    pixels: UInt8Array
    um_per_px: float


Change: TypeAlias = Callable[[ScaledPixels, float, np.random.Generator], ScaledPixels]


@dataclass(frozen=True, slots=True)
class Perturbation:
    """One way in which fields differ. neutral: the strength that changes nothing, if there is one.

    apply: the field so changed, from the field, a strength and a source of chance.
    """

    name: str
    title: str
    unit: str
    strengths: tuple[float, ...]
    neutral: float | None
    apply: Change


def _stain_axes() -> DoubleArray:
    """(3, 3) unit rows: haematoxylin, eosin, and what neither explains."""
    first, second = (np.array(stain) / np.linalg.norm(stain) for stain in (HAEMATOXYLIN, EOSIN))
    third = np.cross(first, second)
    return np.stack([first, second, third / np.linalg.norm(third)])


_AXES = _stain_axes()
_AXES_INVERSE = np.linalg.inv(_AXES)


def rescaled(field: ScaledPixels, um_per_px: float) -> ScaledPixels:
    """The field as a camera of that scale gives it; sides are rounded to whole pixels."""
    factor = field.um_per_px / um_per_px
    rows, columns = field.pixels.shape[:2]
    size = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return ScaledPixels(_bytes(cv2.resize(field.pixels, size, interpolation=how)), um_per_px)


def stained(pixels: UInt8Array, haematoxylin: float, eosin: float) -> UInt8Array:
    """Optical density along each of the stains multiplied by the strengths; 1 changes nothing."""
    density = -np.log10((pixels.astype(np.float64) + 1.0) / 256.0)
    amounts = density @ _AXES_INVERSE * np.array([haematoxylin, eosin, 1.0])
    return _bytes(256.0 * 10.0 ** -(amounts @ _AXES) - 1.0)


def exposed(pixels: UInt8Array, factor: float) -> UInt8Array:
    """Every value times `factor`; white clips as in a camera."""
    return _bytes(pixels.astype(np.float64) * factor)


def with_gamma(pixels: UInt8Array, gamma: float) -> UInt8Array:
    """Values raised to `gamma`: above 1 darkens the middle tones."""
    return _bytes(255.0 * (pixels.astype(np.float64) / 255.0) ** gamma)


def warmed(pixels: UInt8Array, warmth: float) -> UInt8Array:
    """Red times 1 + `warmth`, blue times 1 - `warmth`: above 0 a yellow lamp, below a blue one."""
    return _bytes(pixels.astype(np.float64) * np.array([1.0 + warmth, 1.0, 1.0 - warmth]))


def blurred(field: ScaledPixels, sigma_um: float) -> UInt8Array:
    """Out of focus by a Gaussian of `sigma_um`."""
    if sigma_um <= 0:
        return field.pixels
    return _bytes(cv2.GaussianBlur(field.pixels, (0, 0), sigma_um / field.um_per_px))


def compressed(pixels: UInt8Array, quality: float) -> UInt8Array:
    """Written as JPEG of that quality, 1 to 100, and read again."""
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    return np.ascontiguousarray(_bytes(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])


def noisy(pixels: UInt8Array, sigma: float, random: np.random.Generator) -> UInt8Array:
    """With Gaussian noise of `sigma` grey levels in each channel."""
    return _bytes(pixels + random.normal(0.0, sigma, pixels.shape))


def _bytes(values: object) -> UInt8Array:
    array = np.asarray(values)
    return array if array.dtype == np.uint8 else np.clip(array.round(), 0, 255).astype(np.uint8)


def _of_pixels(change: Callable[[UInt8Array, float], UInt8Array]) -> Change:
    """A change of the pixels alone that needs no chance."""

    def apply(field: ScaledPixels, strength: float, _random: np.random.Generator) -> ScaledPixels:
        return ScaledPixels(change(field.pixels, strength), field.um_per_px)

    return apply


_STAIN = (0.6, 0.8, 1.0, 1.25, 1.5)

PERTURBATIONS: tuple[Perturbation, ...] = (
    Perturbation(
        "scale",
        "Scale of the camera",
        "µm/px",
        (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5),
        None,
        lambda field, strength, _random: rescaled(field, strength),
    ),
    Perturbation(
        "haematoxylin", "Blue stain", "×", _STAIN, 1.0, _of_pixels(lambda p, s: stained(p, s, 1.0))
    ),
    Perturbation(
        "eosin", "Red stain", "×", _STAIN, 1.0, _of_pixels(lambda p, s: stained(p, 1.0, s))
    ),
    Perturbation(
        "stain", "Both stains", "×", _STAIN, 1.0, _of_pixels(lambda p, s: stained(p, s, s))
    ),
    Perturbation(
        "exposure", "Exposure", "×", (0.6, 0.7, 0.85, 1.0, 1.15, 1.3), 1.0, _of_pixels(exposed)
    ),
    Perturbation("gamma", "Gamma", "", (0.6, 0.8, 1.0, 1.25, 1.6), 1.0, _of_pixels(with_gamma)),
    Perturbation(
        "warmth",
        "White point, blue to yellow",
        "",
        (-0.2, -0.1, 0.0, 0.1, 0.2),
        0.0,
        _of_pixels(warmed),
    ),
    Perturbation(
        "blur",
        "Out of focus",
        "µm",
        (0.0, 0.25, 0.5, 0.75, 1.0),
        0.0,
        lambda field, strength, _random: ScaledPixels(blurred(field, strength), field.um_per_px),
    ),
    Perturbation(
        "jpeg", "JPEG quality", "", (90.0, 70.0, 50.0, 35.0, 20.0), None, _of_pixels(compressed)
    ),
    Perturbation(
        "noise",
        "Noise",
        "grey levels",
        (0.0, 4.0, 8.0, 14.0, 20.0),
        0.0,
        lambda field, strength, random: ScaledPixels(
            noisy(field.pixels, strength, random), field.um_per_px
        ),
    ),
)
