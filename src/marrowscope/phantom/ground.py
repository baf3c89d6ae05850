"""What lies under and over the cells: film, thick and particle tint, lack of focus, grain."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from marrowscope.geometry import DoubleArray, FloatArray, UInt8Array
from marrowscope.phantom.blocks import block_random
from marrowscope.phantom.layout import AreaKind, Layout
from marrowscope.phantom.looks import BODY_RGB, Rgb

_GLASS_RGB: Final[Rgb] = (236.0, 234.0, 237.0)
_TINT_RGB: Final[dict[AreaKind, Rgb]] = {
    AreaKind.THICK: (198.0, 184.0, 206.0),
    AreaKind.DEBRIS: (214.0, 200.0, 216.0),
    AreaKind.PARTICLE: (150.0, 128.0, 178.0),
}
_PITCH_UM: Final = 4.0
_GRAIN_PX: Final = 512
_MOTTLE_LEVELS: Final = 1.6
_NOISE_LEVELS: Final = 1.8
FOCUS_BLUR_UM: Final = 1.5
FOCUS_REACH_UM: Final = 6.0


class Ground:
    """Ground of one phantom at one scale; every method is a function of position."""

    def __init__(self, layout: Layout, um_per_px: float, seed: int) -> None:
        self._layout = layout
        self._um_per_px = um_per_px
        self._pitch_px = max(1, round(_PITCH_UM / um_per_px))
        self._grain = _grain_tile(seed)

    def film(self, left: int, top: int, width: int, height: int) -> UInt8Array:
        """Colour under the cells for an area in pixels: (height, width, 3)."""
        x_px, x_places = self._coarse(left, width)
        y_px, y_places = self._coarse(top, height)
        colours = self._colours(*np.meshgrid(x_px * self._um_per_px, y_px * self._um_per_px))
        if np.ptp(colours, axis=(0, 1)).max() == 0:
            flat = np.rint(colours[0, 0]).astype(np.uint8)
            return np.ascontiguousarray(np.broadcast_to(flat, (height, width, 3)))
        smooth = _between(colours.astype(np.float32), y_places, x_places)
        return np.asarray(np.rint(smooth).astype(np.uint8))

    def add_grain(self, pixels: UInt8Array, left: int, top: int) -> UInt8Array:
        """The picture with mottled film and camera noise, the same at the same place."""
        rows = (top + np.arange(pixels.shape[0])) % _GRAIN_PX
        columns = (left + np.arange(pixels.shape[1])) % _GRAIN_PX
        grain = self._grain.take(rows, axis=0).take(columns, axis=1)
        return np.asarray(cv2.add(pixels, grain, dtype=cv2.CV_8U), dtype=np.uint8)

    def is_blurred(self, left: int, top: int, width: int, height: int) -> bool:
        """True where an out-of-focus patch may reach the area."""
        scale = self._um_per_px
        bounds = (left * scale, top * scale, (left + width) * scale, (top + height) * scale)
        return any(
            patch.area.kind is AreaKind.OUT_OF_FOCUS and patch.reaches(*bounds)
            for patch in self._layout.patches
        )

    def defocus(self, pixels: UInt8Array, left: int, top: int) -> UInt8Array:
        """The picture, blurred within the out-of-focus patches and fading in over 15 µm."""
        height, width = pixels.shape[:2]
        x_px, x_places = self._coarse(left, width)
        y_px, y_places = self._coarse(top, height)
        x_um, y_um = np.meshgrid(x_px * self._um_per_px, y_px * self._um_per_px)
        depth_um = np.full(x_um.shape, -np.inf)
        for patch in self._layout.patches:
            if patch.area.kind is AreaKind.OUT_OF_FOCUS:
                depth_um = np.maximum(depth_um, patch.depth_um(x_um, y_um))
        coarse = np.clip(depth_um / 15, 0, 1)[..., None].astype(np.float32)
        share = _between(coarse, y_places, x_places)
        blurred = cv2.GaussianBlur(
            pixels, (0, 0), FOCUS_BLUR_UM / self._um_per_px, borderType=cv2.BORDER_REPLICATE
        )
        return np.asarray(np.rint(pixels * (1 - share) + blurred * share).astype(np.uint8))

    def _coarse(self, start: int, length: int) -> tuple[DoubleArray, DoubleArray]:
        """Grid positions over a run of pixels, and each pixel's place among them."""
        pitch = self._pitch_px
        first = start // pitch
        grid = np.arange(first, (start + length - 1) // pitch + 2)
        pixel = start + np.arange(length)
        # Exactly the same share wherever the run begins, so that tiles meet without a seam.
        place = (pixel // pitch - first) + (pixel % pitch) / pitch
        return np.asarray(grid * float(pitch), dtype=np.float64), place

    def _colours(self, x_um: DoubleArray, y_um: DoubleArray) -> DoubleArray:
        inside = _ramp(self._layout.body_depth_um(x_um, y_um) / 12)[..., None]
        colours = np.asarray(_GLASS_RGB) * (1 - inside) + np.asarray(BODY_RGB) * inside
        bounds = (float(x_um.min()), float(y_um.min()), float(x_um.max()), float(y_um.max()))
        for patch in self._layout.patches:
            if patch.area.kind not in _TINT_RGB or not patch.reaches(*bounds):
                continue
            share = _ramp(patch.depth_um(x_um, y_um) / 20 + 0.3)
            if patch.area.kind is AreaKind.PARTICLE:
                share = share * (0.85 + 0.15 * np.sin(x_um / 9) * np.sin(y_um / 11 + x_um / 23))
            light = np.asarray(_TINT_RGB[patch.area.kind]) / np.asarray(BODY_RGB)
            colours = colours * (1 - share[..., None] * (1 - light))
        return np.asarray(colours)


def _between(grid: FloatArray, y_places: DoubleArray, x_places: DoubleArray) -> FloatArray:
    """Linear interpolation of (rows, columns, channels) at rows y_places and columns x_places."""
    first = y_places.astype(np.int64)
    share = (y_places - first).astype(np.float32)[:, None, None]
    rows = grid[first] * (1 - share) + grid[first + 1] * share
    first = x_places.astype(np.int64)
    share = (x_places - first).astype(np.float32)[None, :, None]
    return np.asarray(rows[:, first] * (1 - share) + rows[:, first + 1] * share)


def _ramp(values: DoubleArray) -> DoubleArray:
    share = np.clip(values, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _grain_tile(seed: int) -> npt.NDArray[np.int16]:
    """Noise that repeats seamlessly, (512, 512, 3): slow mottle plus noise of the camera."""
    random = block_random(seed, "noise")
    wrapped = np.pad(random.standard_normal((_GRAIN_PX, _GRAIN_PX)), 32, mode="wrap")
    mottle = np.asarray(cv2.GaussianBlur(wrapped, (0, 0), 4.0)[32:-32, 32:-32])
    mottle = mottle / mottle.std() * _MOTTLE_LEVELS
    noise = random.standard_normal((_GRAIN_PX, _GRAIN_PX, 3)) * _NOISE_LEVELS
    return np.asarray(np.rint(mottle[..., None] + noise), dtype=np.int16)
