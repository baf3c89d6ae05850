"""Opens pictures with Pillow and turns every kind of pixel into 8-bit RGB."""

import struct
import zlib
from typing import IO

import numpy as np
from PIL import Image, ImageFile, _imaging
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from marrowscope.geometry import UInt8Array
from marrowscope.slides.foreign_warnings import drop_libtiff_messages, header_warnings_dropped

drop_libtiff_messages(str(_imaging.__file__))

# What Pillow raises on damaged files, from reading its plugins: beside OSError (truncated) and
# SyntaxError (not of this format) the errors of the code that walks the bytes.
PILLOW_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    ZeroDivisionError,
    AssertionError,
    struct.error,
    zlib.error,
)

_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "TIFF": TiffImageFile,
    "WebP": WebPImageFile,
}
_SIXTEEN_BIT_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I")


def picture_format(head: bytes) -> str | None:
    """`JPEG`, `PNG`, `TIFF` or `WebP` by the first 16 bytes of a file, else None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "TIFF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    return None


def open_image(stream: IO[bytes], file_format: str) -> ImageFile.ImageFile:
    """The image with its header read and no pixel decoded.

    The reader is called itself, not through `Image.open`: that would look at a process-wide
    pixel limit, and we have our own. Raises one of PILLOW_ERRORS.
    """
    with header_warnings_dropped():
        return _READERS[file_format](stream)


def to_rgb(image: Image.Image) -> UInt8Array:
    """Decodes to (rows, columns, 3) RGB: 16 bits scaled to 8, transparency laid on white.

    Colour profiles are not applied. Raises one of PILLOW_ERRORS, ValueError for pixels that
    cannot be a picture of a smear (floating point, more than 16 bits).
    """
    if image.mode in _SIXTEEN_BIT_MODES:
        return _grey_from_16_bit(np.asarray(image))
    if image.mode == "F":
        raise ValueError("floating-point pixels")
    if image.has_transparency_data:
        opaque = Image.new("RGBA", image.size, "white")
        opaque.alpha_composite(image.convert("RGBA"))
        return np.array(opaque.convert("RGB"))
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _grey_from_16_bit(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> UInt8Array:
    wide = values.astype(np.int64)
    if wide.min() < 0 or wide.max() > 65_535:
        raise ValueError("pixels of more than 16 bits")
    grey = ((wide + 128) // 257).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
