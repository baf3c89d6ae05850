"""Whole slides that OpenSlide opens: SVS, NDPI, MRXS, SCN, BIF, tiled TIFF, DICOM and more."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from openslide import OpenSlide, OpenSlideError

from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.slides.file_names import shown
from marrowscope.slides.limits import check_pyramid_size
from marrowscope.slides.opened_picture import OpenedPicture, says_synthetic
from marrowscope.slides.pixel_spacing import (
    PixelSpacing,
    number,
    plausible_spacing,
    spacing_of_resolution_tag,
)
from marrowscope.slides.resampling import WHITE, Level, Patch, level0_per_px, read_resampled

GENERIC_TIFF = "generic-tiff"

# Every associated image may show the label, except the thumbnail, which is the slide made small.
_NOT_PRIVATE = frozenset({"thumbnail"})
_TEXT_PROPERTIES = ("openslide.comment", "tiff.ImageDescription", "dicom.ImageComments")
_OPAQUE = 255


class OpenSlidePicture:
    """One pyramid, held open until `close`."""

    def __init__(
        self,
        slide: OpenSlide,
        name: str,
        um_per_px: float | None,
        not_levels: frozenset[tuple[int, int]],
    ) -> None:
        """not_levels: sizes of images in the file that OpenSlide may take for levels."""
        self._slide = slide
        self._name = name
        self._um_per_px = um_per_px
        self._is_closed = False
        self._width_px, self._height_px = slide.dimensions
        # The indices in the file of the levels that belong to one pyramid.
        self._indices = _pyramid_indices(slide, not_levels)
        self._levels = tuple(_level(slide, index) for index in self._indices)

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
        if self._is_closed:
            raise UnreadableInputError(
                f"{shown(self._name)}: was closed before this read; open the slide again"
            )
        file_index = self._indices[index]
        # OpenSlide wants the corner in whole level-0 pixels and places it at corner / downsample.
        downsample = self._slide.level_downsamples[file_index]
        corner = round(x_px * downsample), round(y_px * downsample)
        try:
            rgba = np.asarray(self._slide.read_region(corner, file_index, (w_px, h_px)))
        except OpenSlideError as error:
            raise UnreadableInputError(
                f"{shown(self._name)}: part of it is damaged or missing; "
                "copy or export the file again"
            ) from error
        return Patch(corner[0] / downsample, corner[1] / downsample, _on_white(rgba))

    def close(self) -> None:
        """Gives the file back."""
        if not self._is_closed:
            self._is_closed = True
            self._slide.close()


def open_with_openslide(
    path: Path, name: str, not_levels: frozenset[tuple[int, int]] = frozenset()
) -> OpenedPicture:
    """A whole slide, or the DICOM series that a file belongs to.

    not_levels: (width, height) of images in the file that are no part of the pyramid.
    Raises UnreadableInputError, OversizedInputError.
    """
    try:
        slide = OpenSlide(path)
    except (OpenSlideError, OSError) as error:
        raise UnreadableInputError(
            f"{shown(name)}: cannot be opened as a whole slide ({_reason(error, path)}); "
            "copy or export it again"
        ) from error
    try:
        check_pyramid_size(shown(name), *slide.dimensions)
        properties = slide.properties
        spacing = _spacing(properties)
        um_per_px = None if spacing is None else spacing.um_per_px
        private = tuple(sorted(set(slide.associated_images) - _NOT_PRIVATE))
        synthetic = says_synthetic(*(properties.get(key) for key in _TEXT_PROPERTIES))
        return OpenedPicture(
            OpenSlidePicture(slide, name, um_per_px, not_levels), spacing, private, synthetic
        )
    except BaseException:
        slide.close()
        raise


def _reason(error: Exception, path: Path) -> str:
    """OpenSlide's words, without the folders that the slide lies in."""
    words = str(error).replace(f"{path.parent}/", "").replace(f"{path.resolve().parent}/", "")
    return shown(words)


def _spacing(properties: Mapping[str, str]) -> PixelSpacing | None:
    x, y = (number(properties.get(f"openslide.mpp-{axis}")) for axis in "xy")
    if properties.get("openslide.vendor") == GENERIC_TIFF:
        return spacing_of_resolution_tag(x, y)
    return plausible_spacing(x, y)


def _pyramid_indices(slide: OpenSlide, not_levels: frozenset[tuple[int, int]]) -> tuple[int, ...]:
    width, height = slide.dimensions
    indices = [0]
    for index in range(1, slide.level_count):
        w, h = slide.level_dimensions[index]
        downsample = slide.level_downsamples[index]
        off_x, off_y = abs(w - width / downsample), abs(h - height / downsample)
        # A level whose sides shrank differently is another image that slipped in.
        has_aspect = off_x <= max(1.5, 0.01 * w) and off_y <= max(1.5, 0.01 * h)
        if has_aspect and (w, h) not in not_levels:
            indices.append(index)
    return tuple(indices)


def _level(slide: OpenSlide, index: int) -> Level:
    width, height = slide.dimensions
    w, h = slide.level_dimensions[index]
    return Level(w, h, level0_per_px(width, w), level0_per_px(height, h))


def _on_white(rgba: UInt8Array) -> UInt8Array:
    """(rows, columns, 4) with straight alpha, laid on white: (rows, columns, 3)."""
    rgb = np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB), dtype=np.uint8)
    alpha = rgba[:, :, 3]
    if alpha.min() == _OPAQUE:
        return rgb
    share = alpha[:, :, np.newaxis].astype(np.float64) / _OPAQUE
    return np.rint(WHITE + (rgb.astype(np.float64) - WHITE) * share).astype(np.uint8)
