"""Brings every white to one common white, so that a lamp is not mistaken for a stain."""

import numpy as np

from marrowscope.geometry import DoubleArray, UInt8Array

COMMON_WHITE = 235.0
"""Grey level that empty background is brought to."""
DARKEST_WHITE = 120.0
"""Background darker than this in a channel is not believed: it is probably no background."""


def white_balanced(pixels: UInt8Array, white_rgb: tuple[float, float, float]) -> UInt8Array:
    """`pixels` (..., 3) with each channel scaled so that `white_rgb` becomes the common white."""
    gain = COMMON_WHITE / np.clip(np.asarray(white_rgb, dtype=np.float32), DARKEST_WHITE, 255.0)
    table = np.clip(np.arange(256, dtype=np.float32)[:, None] * gain, 0, 255).round()
    table = table.astype(np.uint8)
    return np.stack([table[pixels[..., channel], channel] for channel in range(3)], axis=-1)


def brightest_rgb(pixels: UInt8Array, percentile: float = 96.0) -> tuple[float, float, float]:
    """Colour of the brightest part of a picture (rows, columns, 3), channel by channel.

    A stand-in for the background where a picture is too small to look for it.
    """
    values: DoubleArray = np.percentile(pixels.reshape(-1, 3), percentile, axis=0)
    return (float(values[0]), float(values[1]), float(values[2]))
