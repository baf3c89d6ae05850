"""Reads an area of a pyramid at any size, in pieces, without shifting it.

A pixel is a square: pixel i of a level covers i to i + 1, so the centre of an output pixel is
mapped to the centre of what it covers. Shrinking averages over the covered area, enlarging
interpolates bilinearly. A piece of at most about 2048 x 2048 level pixels is in memory at a time,
however large the area and however few levels the pyramid has.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from marrowscope.errors import UsageError
from marrowscope.geometry import DoubleArray, PixelBox, UInt8Array

WHITE = 255
PIECE_PX = 2048
# A level up to 1 % coarser than asked for still serves: sizes of levels are rounded.
LEVEL_TOLERANCE = 1.01
_ALIGNED_PX = 1e-6


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a pyramid; `level0_per_px_*` are level-0 pixels a pixel of this level."""

    width_px: int
    height_px: int
    level0_per_px_x: float
    level0_per_px_y: float


@dataclass(frozen=True, slots=True)
class Patch:
    """Pixels of one level, (rows, columns, 3) RGB; (x_px, y_px) is their corner in that level."""

    x_px: float
    y_px: float
    pixels: UInt8Array


class LevelSource(Protocol):
    """What a file family must offer so that any area can be read from it."""

    @property
    def levels(self) -> Sequence[Level]:
        """Level 0 first, then ever coarser ones."""

    def read_level(self, index: int, x_px: int, y_px: int, w_px: int, h_px: int) -> Patch:
        """An area of level `index`, wholly inside it."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """One axis of a piece: `n` output pixels that start at `start_px` of the level."""

    start_px: float
    px_per_output: float
    n: int
    level_px: int

    @property
    def end_px(self) -> float:
        return self.start_px + self.px_per_output * self.n

    @property
    def meets_picture(self) -> bool:
        """True where some of the piece lies inside the level."""
        return self.end_px > 0 and self.start_px < self.level_px

    @property
    def is_aligned(self) -> bool:
        """True where the piece starts and ends on pixel borders inside the level."""
        return (
            abs(self.start_px - round(self.start_px)) < _ALIGNED_PX
            and abs(self.end_px - round(self.end_px)) < _ALIGNED_PX
            and self.px_per_output >= 1 - _ALIGNED_PX
            and self.start_px > -_ALIGNED_PX
            and self.end_px < self.level_px + _ALIGNED_PX
        )

    def needed(self, margin_px: int) -> tuple[int, int]:
        """First and past-last level pixel to read; at least one, inside the level."""
        first = math.floor(self.start_px + _ALIGNED_PX) - margin_px
        last = math.ceil(self.end_px - _ALIGNED_PX) + margin_px
        first = min(max(first, 0), self.level_px - 1)
        return first, min(max(last, first + 1), self.level_px)

    def covered(self) -> DoubleArray:
        """(n,) share of each output pixel that lies inside the level, 0 to 1."""
        edges = self.start_px + self.px_per_output * np.arange(self.n + 1, dtype=np.float64)
        inside = np.clip(edges, 0, self.level_px)
        share: DoubleArray = np.diff(inside) / self.px_per_output
        return share


def level0_per_px(level0_px: int, level_px: int) -> float:
    """Level-0 pixels a pixel of a level, from the two sizes along one axis.

    A power of two, or else a whole number, where the level's size is that fraction rounded up or
    down: writers halve a pyramid and drop or pad the odd last row, so the plain quotient of the
    sizes would shift what lies far from the corner.
    """
    quotient = level0_px / level_px
    for whole in (2 ** max(0, round(math.log2(quotient))), max(1, round(quotient))):
        if abs(level0_px - whole * level_px) < whole:
            return float(whole)
    return quotient


def check_request(box: PixelBox, out_width: int, out_height: int) -> None:
    """Raises UsageError if the box or the output has no area or is not finite."""
    if not all(math.isfinite(value) for value in (box.x_px, box.y_px, box.w_px, box.h_px)):
        raise UsageError("the area to read is not finite; give finite level-0 pixels")
    if box.w_px <= 0 or box.h_px <= 0 or out_width < 1 or out_height < 1:
        raise UsageError("the area to read and its output must be larger than 0 pixels")


def read_resampled(
    source: LevelSource, box: PixelBox, out_width: int, out_height: int
) -> UInt8Array:
    """The area `box` (level-0 pixels) as (out_height, out_width, 3) RGB; white outside."""
    check_request(box, out_width, out_height)
    index = _level_for(source.levels, box.w_px / out_width, box.h_px / out_height)
    level = source.levels[index]
    step_x = box.w_px / level.level0_per_px_x / out_width
    step_y = box.h_px / level.level0_per_px_y / out_height
    reduce_x, reduce_y = math.ceil(step_x / PIECE_PX), math.ceil(step_y / PIECE_PX)
    if reduce_x > 1 or reduce_y > 1:
        # One output pixel covers more than a piece: read a finer picture first, then shrink it.
        finer = read_resampled(source, box, out_width * reduce_x, out_height * reduce_y)
        return _shrink(finer, out_width, out_height)
    start_x, start_y = box.x_px / level.level0_per_px_x, box.y_px / level.level0_per_px_y
    out = np.full((out_height, out_width, 3), WHITE, dtype=np.uint8)
    rows, columns = max(1, int(PIECE_PX / step_y)), max(1, int(PIECE_PX / step_x))
    for row in range(0, out_height, rows):
        n_rows = min(rows, out_height - row)
        y = _Axis(start_y + row * step_y, step_y, n_rows, level.height_px)
        for column in range(0, out_width, columns):
            n_columns = min(columns, out_width - column)
            x = _Axis(start_x + column * step_x, step_x, n_columns, level.width_px)
            if x.meets_picture and y.meets_picture:
                out[row : row + n_rows, column : column + n_columns] = _piece(source, index, x, y)
    return out


def _level_for(levels: Sequence[Level], wanted_x: float, wanted_y: float) -> int:
    """The coarsest level that is still as fine as wanted; level 0 if none is."""
    fitting = [
        index
        for index, level in enumerate(levels)
        if level.level0_per_px_x <= wanted_x * LEVEL_TOLERANCE
        and level.level0_per_px_y <= wanted_y * LEVEL_TOLERANCE
    ]
    return max(fitting, key=lambda index: levels[index].level0_per_px_x, default=0)


def _piece(source: LevelSource, index: int, x: _Axis, y: _Axis) -> UInt8Array:
    aligned = x.is_aligned and y.is_aligned
    left, right = x.needed(0 if aligned else 1)
    top, bottom = y.needed(0 if aligned else 1)
    patch = source.read_level(index, left, top, right - left, bottom - top)
    if aligned and patch.x_px == left and patch.y_px == top:
        return _shrink(patch.pixels, x.n, y.n)
    return _blend_white(_interpolated(patch, x, y), x, y)


def _shrink(pixels: UInt8Array, out_width: int, out_height: int) -> UInt8Array:
    if pixels.shape[:2] == (out_height, out_width):
        return pixels
    return _uint8(cv2.resize(pixels, (out_width, out_height), interpolation=cv2.INTER_AREA))


def _interpolated(patch: Patch, x: _Axis, y: _Axis) -> UInt8Array:
    """The piece at its exact place: bilinear to a grid no coarser than the level, then averaged."""
    fold_x = max(1, math.ceil(x.px_per_output - _ALIGNED_PX))
    fold_y = max(1, math.ceil(y.px_per_output - _ALIGNED_PX))
    step_x, step_y = x.px_per_output / fold_x, y.px_per_output / fold_y
    # Centre of grid pixel i lies at start + (i + 0.5) * step, pixel j of the patch at j + 0.5.
    offset_x = x.start_px - patch.x_px + 0.5 * step_x - 0.5
    offset_y = y.start_px - patch.y_px + 0.5 * step_y - 0.5
    grid = cv2.warpAffine(
        patch.pixels,
        np.array([[step_x, 0.0, offset_x], [0.0, step_y, offset_y]], dtype=np.float64),
        (x.n * fold_x, y.n * fold_y),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return _shrink(_uint8(grid), x.n, y.n)


def _blend_white(pixels: UInt8Array, x: _Axis, y: _Axis) -> UInt8Array:
    """Fades output pixels to white by the share of them that lies outside the picture."""
    share_x, share_y = x.covered(), y.covered()
    if share_x.min() > 1 - _ALIGNED_PX and share_y.min() > 1 - _ALIGNED_PX:
        return pixels
    share = np.outer(share_y, share_x)[:, :, np.newaxis]
    return _uint8(np.rint(WHITE + (pixels.astype(np.float64) - WHITE) * share))


def _uint8(array: npt.NDArray[np.generic]) -> UInt8Array:
    return np.ascontiguousarray(array, dtype=np.uint8)
