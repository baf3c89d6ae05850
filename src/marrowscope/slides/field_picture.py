"""Camera fields: JPEG, PNG, WebP and flat TIFF, decoded whole with Pillow when first read."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

from PIL import Image, ImageFile

from marrowscope.errors import OversizedInputError, UnreadableInputError
from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.slides.completeness import is_cut_short
from marrowscope.slides.decoded_cache import DecodedCache
from marrowscope.slides.file_names import shown
from marrowscope.slides.foreign_warnings import header_warnings_dropped
from marrowscope.slides.limits import check_flat_size
from marrowscope.slides.opened_picture import OpenedPicture, says_synthetic
from marrowscope.slides.pillow_image import PILLOW_ERRORS, open_image, picture_format, to_rgb
from marrowscope.slides.pixel_spacing import (
    MICROMETRES_PER_INCH,
    PixelSpacing,
    micrometres_per_unit,
    number,
    plausible_spacing,
    spacing_of_resolution_tag,
)
from marrowscope.slides.resampling import Level, Patch, read_resampled
from marrowscope.slides.tiff_layout import check_complete, read_layout

# About 17 fields of 2560 x 1920: enough for four threads and the neighbours they go on to.
CACHE_BYTES = 256_000_000

_ORIENTATION_TAG = 0x0112
_DESCRIPTION_TAG = 270
_X_RESOLUTION_TAG, _Y_RESOLUTION_TAG = 282, 283
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = frozenset({5, 6, 7, 8})


class FieldPicture:
    """One camera field; its file is opened only while it is decoded."""

    def __init__(
        self,
        path: Path,
        name: str,
        size: tuple[int, int],
        orientation: int,
        um_per_px: float | None,
        cache: DecodedCache,
    ) -> None:
        """size: (width, height) in px after turning. orientation: EXIF 1 to 8."""
        self._path = path
        self._name = name
        self._width_px, self._height_px = size
        self._orientation = orientation
        self._um_per_px = um_per_px
        self._cache = cache
        self._decoding = threading.Lock()

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
        """The one level there is."""
        return (Level(self._width_px, self._height_px, 1.0, 1.0),)

    def read(self, box: PixelBox, out_width: int, out_height: int) -> UInt8Array:
        """See `Picture.read`."""
        return read_resampled(self, box, out_width, out_height)

    def read_level(self, index: int, x_px: int, y_px: int, w_px: int, h_px: int) -> Patch:
        """See `LevelSource.read_level`; a view of the decoded field."""
        pixels = self._decoded()
        return Patch(x_px, y_px, pixels[y_px : y_px + h_px, x_px : x_px + w_px])

    def verify(self) -> None:
        """Decodes the field; raises UnreadableInputError if any of it is damaged."""
        self._decoded()

    def close(self) -> None:
        """Forgets the decoded pixels; no file is held open."""
        self._cache.drop(self)

    def _decoded(self) -> UInt8Array:
        with self._decoding:
            pixels = self._cache.get(self)
            if pixels is None:
                pixels = self._decode()
                self._cache.put(self, pixels)
            return pixels

    def _decode(self) -> UInt8Array:
        try:
            with self._path.open("rb") as stream, _open(stream) as image:
                check_flat_size(shown(self._name), *image.size)
                turn = _TURNS.get(self._orientation)
                pixels = to_rgb(image if turn is None else image.transpose(turn))
        except FileNotFoundError as error:
            raise UnreadableInputError(
                f"{shown(self._name)}: the file is gone since it was opened; put it back and rerun"
            ) from error
        except PILLOW_ERRORS as error:
            raise _damaged(self._name) from error
        if pixels.shape != (self._height_px, self._width_px, 3):
            raise UnreadableInputError(
                f"{shown(self._name)}: the file was replaced since it was opened; rerun"
            )
        return pixels


def open_field(path: Path, name: str, cache: DecodedCache) -> OpenedPicture:
    """A camera field with its header read; `cache` is shared with the slide's other fields.

    Raises UnreadableInputError (unknown, damaged, cut short, gone), OversizedInputError.
    """
    try:
        with path.open("rb") as stream, _open(stream) as image:
            check_flat_size(shown(name), *image.size)
            _check_complete(stream, image, name, path)
            with header_warnings_dropped():
                orientation = _header(image).get(_ORIENTATION_TAG, 1)
                texts = _descriptions(image)
                spacing = _spacing(image, texts)
            width, height = image.size
    except Image.DecompressionBombError as error:
        raise OversizedInputError(
            f"{shown(name)}: declares more pixels than will be decoded at once; "
            "convert it to a tiled pyramidal TIFF"
        ) from error
    except PILLOW_ERRORS as error:
        # Our own refusals are OSErrors too and say more.
        if isinstance(error, UnreadableInputError):
            raise
        raise _damaged(name) from error
    if orientation in _SIDEWAYS:
        width, height = height, width
        spacing = None if spacing is None else spacing.transposed()
    um_per_px = None if spacing is None else spacing.um_per_px
    field = FieldPicture(path, name, (width, height), orientation, um_per_px, cache)
    return OpenedPicture(field, spacing, synthetic=says_synthetic(*texts))


def _open(stream: IO[bytes]) -> ImageFile.ImageFile:
    file_format = picture_format(stream.read(16))
    if file_format is None:
        raise ValueError("neither JPEG, PNG, TIFF nor WebP")
    stream.seek(0)
    return open_image(stream, file_format)


def _damaged(name: str) -> UnreadableInputError:
    return UnreadableInputError(
        f"{shown(name)}: cannot be read as a picture, it is damaged or cut short; "
        "replace it, or leave it out with --skip-unreadable"
    )


def _check_complete(stream: IO[bytes], image: ImageFile.ImageFile, name: str, path: Path) -> None:
    if image.format == "TIFF":
        check_complete(read_layout(path, name), path, name)
    elif is_cut_short(stream, str(image.format), path.stat().st_size):
        raise _damaged(name)


def _header(image: ImageFile.ImageFile) -> Image.Exif:
    # The PNG reader's own method would decode the picture, to look behind its pixels.
    return Image.Image.getexif(image)


def _descriptions(image: ImageFile.ImageFile) -> tuple[str, ...]:
    """Free texts of the header: TIFF description, PNG text chunks, JPEG comment."""
    texts = [value for value in image.info.values() if isinstance(value, str)]
    comment = image.info.get("comment")
    if isinstance(comment, bytes):
        texts.append(comment.decode("latin-1"))
    description = _header(image).get(_DESCRIPTION_TAG)
    if isinstance(description, str):
        texts.append(description)
    return tuple(texts)


def _spacing(image: ImageFile.ImageFile, texts: Sequence[str]) -> PixelSpacing | None:
    imagej = next((text for text in texts if text.startswith("ImageJ=")), None)
    if imagej is not None:
        return _imagej_spacing(image, imagej)
    dots_per_inch = image.info.get("dpi")
    if dots_per_inch is None:
        return None
    x, y = (float(value) for value in cast("tuple[float, float]", dots_per_inch))
    if not (x > 0 and y > 0):
        return None
    return spacing_of_resolution_tag(MICROMETRES_PER_INCH / x, MICROMETRES_PER_INCH / y)


def _imagej_spacing(image: ImageFile.ImageFile, description: str) -> PixelSpacing | None:
    """ImageJ names the unit in its description and counts pixels a unit in the resolution tags."""
    fields = dict(line.split("=", 1) for line in description.splitlines() if "=" in line)
    unit_um = micrometres_per_unit(fields.get("unit", ""))
    exif = _header(image)
    x, y = (number(str(exif.get(tag))) for tag in (_X_RESOLUTION_TAG, _Y_RESOLUTION_TAG))
    if unit_um is None or not x or not y or x < 0 or y < 0:
        return None
    return plausible_spacing(unit_um / x, unit_um / y)
