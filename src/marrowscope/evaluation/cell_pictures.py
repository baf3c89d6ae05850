"""Reads pictures of single cells: any common format, and cut-short ones as far as they go."""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile

from marrowscope.geometry import UInt8Array
from marrowscope.slides.completeness import is_cut_short
from marrowscope.slides.foreign_warnings import header_warnings_dropped
from marrowscope.slides.pillow_image import PILLOW_ERRORS, open_image, picture_format, to_rgb

LARGEST_CELL_PX = 64_000_000
"""A picture of one cell has up to some 0.3 Mpx; what declares more than this is none."""
LARGEST_FILE_BYTES = 256_000_000
LARGEST_MENDED_BYTES = 64_000_000
_JPEG_END = b"\xff\xd9"
_CANNOT_BE_READ = (*PILLOW_ERRORS, Image.DecompressionBombError, AttributeError)
"""AttributeError: what Pillow raises where not even room for the pixels was made."""


@dataclass(frozen=True, slots=True)
class CellPicture:
    """Pixels (rows, columns, 3), RGB, and whether the file holds fewer than it promises.

    Where it does, the pixels that are missing are whatever the decoder leaves there.
    """

    pixels: UInt8Array
    is_truncated: bool = False


def read_cell_picture(path: Path) -> CellPicture | None:
    """The picture in a file; None where it is no picture or not one pixel of it decodes."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            return None
        data = path.read_bytes()
    except OSError:
        # Gone, a broken link, or not for us: a row without a name says so.
        return None
    return decode_cell_picture(data)


def decode_cell_picture(data: bytes) -> CellPicture | None:
    """The picture that a file's bytes hold, whatever the file is called; see above."""
    file_format = "BMP" if data.startswith(b"BM") else picture_format(data[:16])
    if file_format is None:
        return None
    whole = _decoded(data, file_format)
    if whole is not None:
        return CellPicture(whole, is_cut_short(io.BytesIO(data), file_format, len(data)))
    part = _decoded(_mended(data, file_format), file_format, is_part=True)
    # One colour throughout is what a decoder leaves that never came to a pixel.
    if part is None or (part == part[0, 0]).all():
        return None
    return CellPicture(part, is_truncated=True)


def _mended(data: bytes, file_format: str) -> bytes:
    """The bytes with an end put to them, for decoders that give nothing without one."""
    if file_format == "JPEG":
        return data + _JPEG_END
    if file_format == "WebP":
        declared = int.from_bytes(data[4:8], "little") + 8
        return data.ljust(min(declared, LARGEST_MENDED_BYTES), b"\0")
    return data


def _decoded(data: bytes, file_format: str, *, is_part: bool = False) -> UInt8Array | None:
    """(rows, columns, 3); None where it does not decode. is_part: give what there is of it."""
    try:
        with _opened(data, file_format) as image:
            if image.width * image.height > LARGEST_CELL_PX:
                return None
            if is_part:
                _load_what_there_is(image)
            with header_warnings_dropped():
                return to_rgb(image)
    except _CANNOT_BE_READ:
        return None


def _opened(data: bytes, file_format: str) -> ImageFile.ImageFile:
    stream = io.BytesIO(data)
    if file_format == "BMP":
        return BmpImageFile(stream)
    return open_image(stream, file_format)


def _load_what_there_is(image: ImageFile.ImageFile) -> None:
    try:
        image.load()
    except PILLOW_ERRORS:
        # The rows decoded so far stay; without tiles Pillow takes the picture for loaded.
        image.tile = []
