"""Reads one crop from a file of its own."""

import io
from pathlib import Path

from marrowscope.errors import OversizedInputError, UnreadableInputError
from marrowscope.geometry import UInt8Array
from marrowscope.slides.completeness import is_cut_short
from marrowscope.slides.file_names import shown
from marrowscope.slides.limits import check_flat_size
from marrowscope.slides.pillow_image import PILLOW_ERRORS, open_image, picture_format, to_rgb

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"})


def is_picture_name(name: str) -> bool:
    """True where the extension is that of a picture read here."""
    return Path(name).suffix.lower() in SUFFIXES


def picture_pixels(path: Path, name: str) -> UInt8Array:
    """(rows, columns, 3), RGB, transparency laid on white.

    Raises UnreadableInputError (gone, empty, damaged, cut short), OversizedInputError.
    """
    try:
        data = path.read_bytes()
        file_format = picture_format(data[:16])
        if file_format is None:
            raise ValueError("neither JPEG, PNG, TIFF nor WebP")
        stream = io.BytesIO(data)
        if is_cut_short(stream, file_format, len(data)):
            raise ValueError("cut short")
        stream.seek(0)
        with open_image(stream, file_format) as image:
            check_flat_size(shown(name), *image.size)
            return to_rgb(image)
    except OversizedInputError:
        raise
    except PILLOW_ERRORS as error:
        raise UnreadableInputError(
            f"{shown(name)}: cannot be read as a picture, it is missing, damaged or cut short; "
            "copy it again or take it out"
        ) from error
