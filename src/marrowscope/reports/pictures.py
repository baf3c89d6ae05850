"""Pictures for a report: cells at one true scale, and slides at low power, as JPEG."""

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.slides.model import Picture, Slide

_JPEG_QUALITY = 85
_SURROUND = 212
"""Grey level of the gallery's surround, so that nobody takes a missing part for glass."""
_OVERVIEW_QUALITY = 78


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A JPEG with its size in pixels."""

    data: bytes
    width_px: int
    height_px: int

    def data_uri(self) -> str:
        """The picture as it stands in a page, so that the page needs no other file."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.data).decode('ascii')}"


class PictureReader(Protocol):
    """Where a report gets its pictures from."""

    def crop(
        self, source: str, x_px: float, y_px: float, side_px: float, out_px: int
    ) -> EncodedPicture:
        """A square around a level-0 centre, `side_px` level-0 pixels wide, drawn `out_px` wide.

        What lies outside the picture is the neutral grey of the surround.
        Raises UnreadableInputError if the file has gone.
        """

    def overview(self, source: str, longest_px: int) -> EncodedPicture:
        """The whole picture, its longer side `longest_px` or its own size if that is less.

        Raises UnreadableInputError if the file has gone.
        """


class SlidePictures:
    """`PictureReader` over open slides; label and macro images cannot be reached through it."""

    def __init__(self, slides: Iterable[Slide]) -> None:
        self._pictures: dict[str, Picture] = {
            picture.name: picture for slide in slides for picture in slide.pictures
        }

    def crop(
        self, source: str, x_px: float, y_px: float, side_px: float, out_px: int
    ) -> EncodedPicture:
        """See `PictureReader`. Raises KeyError if no slide has a picture `source`."""
        box = PixelBox(x_px - side_px / 2, y_px - side_px / 2, side_px, side_px)
        picture = self._pictures[source]
        pixels = picture.read(box, out_px, out_px).copy()
        centres = (np.arange(out_px) + 0.5) * side_px / out_px
        across, down = box.x_px + centres, box.y_px + centres
        pixels[:, (across < 0) | (across > picture.width_px)] = _SURROUND
        pixels[(down < 0) | (down > picture.height_px)] = _SURROUND
        return encode_jpeg(pixels, _JPEG_QUALITY)

    def overview(self, source: str, longest_px: int) -> EncodedPicture:
        """See `PictureReader`. Raises KeyError if no slide has a picture `source`."""
        picture = self._pictures[source]
        width, height = picture.width_px, picture.height_px
        ratio = min(1.0, longest_px / max(width, height))
        out_width = max(1, round(width * ratio))
        out_height = max(1, round(height * ratio))
        pixels = picture.read(PixelBox(0, 0, width, height), out_width, out_height)
        return encode_jpeg(pixels, _OVERVIEW_QUALITY)


def encode_jpeg(pixels: UInt8Array, quality: int) -> EncodedPicture:
    """A baseline JPEG without metadata; pixels: (rows, columns, 3), RGB."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=0)
    return EncodedPicture(buffer.getvalue(), pixels.shape[1], pixels.shape[0])
