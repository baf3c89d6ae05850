"""OME-TIFF, and every other TIFF pyramid that OpenSlide does not open, read tile by tile.

Pyramids lie in SubIFDs or in reduced-size directories; tiles or strips; RGB interleaved, planar,
or as three pages.
"""

import os
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.slides.decoded_cache import DecodedCache
from marrowscope.slides.file_names import shown
from marrowscope.slides.limits import check_pyramid_size, check_segment_size
from marrowscope.slides.ome_xml import read_ome_xml
from marrowscope.slides.opened_picture import OpenedPicture, says_synthetic
from marrowscope.slides.resampling import WHITE, Level, Patch, level0_per_px, read_resampled
from marrowscope.slides.tiff_layout import OTHER_IMAGE, TiffLayout, TiffPlane, check_complete
from marrowscope.slides.tiff_segment import check_decodable, decode_segment

# 80 tiles of 512 x 512: the tiles that neighbouring reads of four threads share.
CACHE_BYTES = 64_000_000


class OmeTiffPicture:
    """One TIFF pyramid, held open until `close`."""

    def __init__(self, path: Path, name: str, layout: TiffLayout, um_per_px: float | None) -> None:
        self._name = name
        self._um_per_px = um_per_px
        self._planes = layout.levels
        first = layout.levels[0][0]
        self._width_px, self._height_px = first.width_px, first.height_px
        self._levels = tuple(_level(level[0], first) for level in layout.levels)
        self._cache = DecodedCache(CACHE_BYTES)
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_RDONLY)
        self._closing = weakref.finalize(self, os.close, self._file)

    @property
    def name(self) -> str:
        """Path below the inputs' common folder, with forward slashes."""
        return self._name

    @property
    def width_px(self) -> int:
        """Level-0 width."""
        return self._width_px

    @property
    def height_px(self) -> int:
        """Level-0 height."""
        return self._height_px

    @property
    def um_per_px(self) -> float | None:
        """Scale from the file's own metadata; None where it has none."""
        return self._um_per_px

    @property
    def levels(self) -> Sequence[Level]:
        """Level 0 first."""
        return self._levels

    def read(self, box: PixelBox, out_width: int, out_height: int) -> UInt8Array:
        """See `Picture.read`."""
        return read_resampled(self, box, out_width, out_height)

    def read_level(self, index: int, x_px: int, y_px: int, w_px: int, h_px: int) -> Patch:
        """See `LevelSource.read_level`."""
        pixels = np.empty((h_px, w_px, 3), dtype=np.uint8)
        plane = self._planes[index][0]
        width, height = plane.segment_width_px, plane.segment_height_px
        for row in range(y_px // height, (y_px + h_px - 1) // height + 1):
            top, bottom = max(y_px, row * height), min(y_px + h_px, (row + 1) * height)
            for column in range(x_px // width, (x_px + w_px - 1) // width + 1):
                left, right = max(x_px, column * width), min(x_px + w_px, (column + 1) * width)
                segment = self._segment(index, row, column)
                pixels[top - y_px : bottom - y_px, left - x_px : right - x_px] = segment[
                    top - row * height : bottom - row * height,
                    left - column * width : right - column * width,
                ]
        return Patch(x_px, y_px, pixels)

    def close(self) -> None:
        """Gives the file back."""
        with self._lock:
            self._closing()

    def _segment(self, index: int, row: int, column: int) -> UInt8Array:
        key = (index, row, column)
        pixels = self._cache.get(key)
        if pixels is None:
            pixels = self._decode(index, row, column)
            self._cache.put(key, pixels)
        return pixels

    def _decode(self, index: int, row: int, column: int) -> UInt8Array:
        """One segment in RGB, whether its channels lie together or apart."""
        level = self._planes[index]
        plane = level[0]
        place = row * plane.n_columns + column
        if len(level) == 1 and not plane.is_planar:
            return self._decode_one(plane, place, row)
        if plane.is_planar:
            apart = plane.n_rows * plane.n_columns
            channels = [self._decode_one(plane, place + c * apart, row) for c in range(3)]
        else:
            channels = [self._decode_one(channel, place, row) for channel in level]
        return np.dstack([channel[:, :, 0] for channel in channels])

    def _decode_one(self, plane: TiffPlane, place: int, row: int) -> UInt8Array:
        n_rows = plane.segment_height_px
        if not plane.is_tiled:
            n_rows = min(n_rows, plane.height_px - row * n_rows)
        n_bytes = int(plane.n_bytes[place])
        if n_bytes == 0:
            return np.full((n_rows, plane.segment_width_px, 3), WHITE, dtype=np.uint8)
        data = self._bytes(int(plane.offsets[place]), n_bytes)
        pixels = decode_segment(plane, data, n_rows, self._name)
        if pixels.shape[:2] != (n_rows, plane.segment_width_px):
            raise UnreadableInputError(
                f"{shown(self._name)}: a tile has another size than declared; export it again"
            )
        return pixels

    def _bytes(self, offset: int, n_bytes: int) -> bytes:
        with self._lock:
            if not self._closing.alive:
                raise UnreadableInputError(
                    f"{shown(self._name)}: was closed before this read; open the slide again"
                )
            data = os.pread(self._file, n_bytes, offset)
        if len(data) < n_bytes:
            raise UnreadableInputError(f"{shown(self._name)}: the file is cut short; copy it again")
        return data


def open_tiff_pyramid(path: Path, name: str, layout: TiffLayout) -> OpenedPicture:
    """A TIFF pyramid whose layout was read before.

    Raises UnreadableInputError (cut short, not RGB, a stack, unknown compression),
    OversizedInputError.
    """
    for plane in (plane for level in layout.levels for plane in level):
        check_pyramid_size(shown(name), plane.width_px, plane.height_px)
        check_segment_size(shown(name), plane.segment_width_px, plane.segment_height_px)
        check_decodable(plane, name)
    check_complete(layout, path, name)
    first = layout.levels[0][0]
    facts = read_ome_xml(layout.description, first.width_px, first.height_px)
    if facts.n_planes > 1:
        raise UnreadableInputError(
            f"{shown(name)}: holds a stack of {facts.n_planes} planes; export the sharpest one"
        )
    spacing = facts.spacing if layout.is_ome else layout.spacing
    um_per_px = None if spacing is None else spacing.um_per_px
    # Where the XML has names for the images beside the slide, these are the better ones.
    unnamed = {OTHER_IMAGE} if facts.private_images else set()
    return OpenedPicture(
        OmeTiffPicture(path, name, layout, um_per_px),
        spacing,
        tuple(sorted({*layout.private_images, *facts.private_images} - unnamed)),
        says_synthetic(layout.description),
    )


def _level(plane: TiffPlane, first: TiffPlane) -> Level:
    return Level(
        plane.width_px,
        plane.height_px,
        level0_per_px(first.width_px, plane.width_px),
        level0_per_px(first.height_px, plane.height_px),
    )
