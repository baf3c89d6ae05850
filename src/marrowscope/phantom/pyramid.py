"""A pyramid built from its finest tiles as they come, with one row of tiles a level in memory."""

import io
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from PIL import Image

from marrowscope.geometry import UInt8Array
from marrowscope.phantom.tiff import Picture

OVERVIEW_PX: Final = 1024
"""Halving stops at the first level whose long side is no longer than this."""


class PyramidBuilder:
    """Encodes and appends tiles of every level.

    append: writes bytes and returns their offset. Tiles of level 0 are added row by row; each
    level is half of the one before, rounded up.
    """

    def __init__(
        self,
        width_px: int,
        height_px: int,
        tile_px: int,
        jpeg_quality: int,
        append: Callable[[bytes], int],
    ) -> None:
        self._tile_px = tile_px
        self._quality = jpeg_quality
        self._append = append
        self._sizes = [(width_px, height_px)]
        while max(self._sizes[-1]) > OVERVIEW_PX:
            width, height = self._sizes[-1]
            self._sizes.append(((width + 1) // 2, (height + 1) // 2))
        self._grids = [(-(-w // tile_px), -(-h // tile_px)) for w, h in self._sizes]
        self._offsets = [np.zeros(w * h, dtype=np.int64) for w, h in self._grids]
        self._byte_counts = [np.zeros(w * h, dtype=np.int64) for w, h in self._grids]
        self._growing: dict[tuple[int, int, int], UInt8Array] = {}
        self._overview = np.zeros((self._sizes[-1][1], self._sizes[-1][0], 3), dtype=np.uint8)

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of tiles of level 0."""
        return self._grids[0]

    @property
    def overview(self) -> UInt8Array:
        """The coarsest level, (rows, columns, 3), once every tile has been added."""
        return self._overview

    def add(self, column: int, row: int, pixels: UInt8Array) -> None:
        """Takes one tile of level 0: (tile, tile, 3). What lies off the picture is left out."""
        self._add(0, column, row, pixels)

    def pictures(self) -> list[Picture]:
        """Every level, finest first."""
        return [
            Picture(
                width, height, (self._tile_px, self._tile_px), True,
                offsets.tolist(), counts.tolist(),
            )
            for (width, height), offsets, counts in zip(
                self._sizes, self._offsets, self._byte_counts, strict=True
            )
        ]  # fmt: skip

    def _add(self, level: int, column: int, row: int, pixels: UInt8Array) -> None:
        tile = self._tile_px
        width, height = self._sizes[level]
        visible = pixels[: min(tile, height - row * tile), : min(tile, width - column * tile)]
        # Readers show nothing beyond the picture, but halving and JPEG would mix it in.
        pixels = _filled_out(visible, tile)
        data = encode_jpeg(pixels, self._quality)
        number = row * self._grids[level][0] + column
        self._offsets[level][number] = self._append(data)
        self._byte_counts[level][number] = len(data)
        if level == len(self._sizes) - 1:
            top, left = row * tile, column * tile
            self._overview[top : top + visible.shape[0], left : left + visible.shape[1]] = visible
        else:
            self._grow_parent(level, column, row, pixels)

    def _grow_parent(self, level: int, column: int, row: int, pixels: UInt8Array) -> None:
        half = self._tile_px // 2
        key = (level + 1, column // 2, row // 2)
        if key not in self._growing:
            self._growing[key] = np.zeros((self._tile_px, self._tile_px, 3), dtype=np.uint8)
        top, left = (row % 2) * half, (column % 2) * half
        self._growing[key][top : top + half, left : left + half] = cv2.resize(
            pixels, (half, half), interpolation=cv2.INTER_AREA
        )
        columns, rows = self._grids[level]
        is_last_column = column % 2 == 1 or column == columns - 1
        is_last_row = row % 2 == 1 or row == rows - 1
        if is_last_column and is_last_row:
            self._add(*key, self._growing.pop(key))


def encode_jpeg(pixels: UInt8Array, quality: int) -> bytes:
    """One whole JPEG stream, YCbCr with chroma halved both ways."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    return buffer.getvalue()


def _filled_out(pixels: UInt8Array, tile_px: int) -> UInt8Array:
    """The tile at full size, its last row and column repeated where the picture has ended."""
    rows, columns = pixels.shape[:2]
    if (rows, columns) == (tile_px, tile_px):
        return pixels
    padding = ((0, tile_px - rows), (0, tile_px - columns), (0, 0))
    return np.pad(pixels, padding, mode="edge")
