"""How a TIFF file is laid out: its pyramid levels, where their tiles lie, and what else is inside.

Only headers are read, with tifffile; pixels are decoded in `tiff_segment`.
"""

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tifffile import TiffFile, TiffPage

from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import IntArray
from marrowscope.slides.file_names import shown
from marrowscope.slides.foreign_warnings import drop_log_messages
from marrowscope.slides.pixel_spacing import (
    MICROMETRES_PER_INCH,
    PixelSpacing,
    spacing_of_resolution_tag,
)
from marrowscope.slides.tiff_directories import has_all_directories

drop_log_messages("tifffile")

# What tifffile raises on damaged files, beside its own TiffFileError, which is a ValueError.
TIFF_ERRORS = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    ZeroDivisionError,
    AssertionError,
    RuntimeError,
    struct.error,
)

# A pyramid with its label and macro has under 20 directories; more are planes of a stack.
_MAX_PAGES = 64
_ASPECT_TOLERANCE = 0.02
# Thumbnails that cameras put beside a field are 8 times smaller and more; pyramids step by 2 or 4.
_MAX_PYRAMID_STEP = 4.5
_PRIVATE = re.compile(r"\b(label|macro|overview|barcode)", re.IGNORECASE)
_THUMBNAIL = re.compile(r"\bthumbnail\b", re.IGNORECASE)
_APERIO_MACRO_SUBFILE = 9
# Values of the ResolutionUnit tag: inch and centimetre.
_MICROMETRES_PER_RESOLUTION_UNIT = {2: MICROMETRES_PER_INCH, 3: 10_000.0}

OTHER_IMAGE = "other image"


@dataclass(frozen=True, slots=True)
class TiffPlane:
    """One directory of a TIFF file.

    segment_*: size of a tile, or of a strip. offsets, n_bytes: (planes x rows x columns,) where
    each segment lies; 0 bytes is a segment that was left out. The other fields are the values of
    the TIFF 6.0 tags of their names.
    """

    width_px: int
    height_px: int
    segment_width_px: int
    segment_height_px: int
    is_tiled: bool
    byte_order: str
    compression: int
    photometric: int
    predictor: int
    samples_per_pixel: int
    bits_per_sample: int
    sample_format: int
    is_planar: bool
    extra_samples: tuple[int, ...]
    subsampling: tuple[int, int] | None
    jpeg_tables: bytes | None
    offsets: IntArray
    n_bytes: IntArray

    @property
    def n_columns(self) -> int:
        """Segments side by side."""
        return -(-self.width_px // self.segment_width_px)

    @property
    def n_rows(self) -> int:
        """Segments one below the other."""
        return -(-self.height_px // self.segment_height_px)

    @property
    def n_segments(self) -> int:
        """Segments the directory must list."""
        planes = self.samples_per_pixel if self.is_planar else 1
        return planes * self.n_rows * self.n_columns


@dataclass(frozen=True, slots=True)
class TiffLayout:
    """What is in a TIFF file.

    levels: level 0 first; each is one plane of colour pixels, or three planes of R, G and B.
    private_images: names of images beside the pyramid. private_sizes: their (width, height).
    description: ImageDescription of level 0. spacing: by its resolution tags, None unless they are
    a microscope's. has_sub_levels: the pyramid lies in SubIFDs. end_of_data: first
    byte behind the last tile or strip of any image in the file.
    """

    levels: tuple[tuple[TiffPlane, ...], ...]
    private_images: tuple[str, ...]
    private_sizes: frozenset[tuple[int, int]]
    description: str
    spacing: PixelSpacing | None
    has_sub_levels: bool
    end_of_data: int
    is_ome: bool

    @property
    def is_pyramid_or_tiled(self) -> bool:
        """True for a whole slide, False for a camera field."""
        if self.levels[0][0].is_tiled:
            return True
        widths = [level[0].width_px for level in self.levels[:2]]
        return len(widths) > 1 and widths[0] <= _MAX_PYRAMID_STEP * widths[1]


def read_layout(path: Path, name: str) -> TiffLayout:
    """Raises UnreadableInputError if the headers are damaged or the file has gone."""
    try:
        with TiffFile(path) as tiff:
            return _layout(tiff)
    except TIFF_ERRORS as error:
        raise UnreadableInputError(
            f"{shown(name)}: its TIFF headers are damaged or cut short; copy or export it again"
        ) from error


def check_complete(layout: TiffLayout, path: Path, name: str) -> None:
    """Raises UnreadableInputError if directories or tiles are missing or beyond the file's end."""
    planes = [plane for level in layout.levels for plane in level]
    all_listed = all(
        min(len(plane.offsets), len(plane.n_bytes)) >= plane.n_segments for plane in planes
    )
    try:
        n_bytes = path.stat().st_size
        with path.open("rb") as stream:
            is_whole = all_listed and has_all_directories(stream, n_bytes)
    except OSError as error:
        raise UnreadableInputError(
            f"{shown(name)}: the file is gone since it was found; put it back and rerun"
        ) from error
    if not is_whole or layout.end_of_data > n_bytes:
        raise UnreadableInputError(
            f"{shown(name)}: the file is cut short, part of it lies beyond its end; copy it again"
        )


def _layout(tiff: TiffFile) -> TiffLayout:
    pages = _top_pages(tiff)
    main = max(pages, key=lambda page: page.imagewidth * page.imagelength)
    description = pages[0].description if pages[0].is_ome else main.description
    same_size = [page for page in pages if _size(page) == _size(main)]
    n_planes = 3 if main.samplesperpixel == 1 and len(same_size) == 3 else 1
    private = [page for page in pages if page is not main and _is_private(page, main)]
    reduced = [page for page in pages if page not in private and _is_level_of(page, main)]
    levels = [tuple(_plane(page, tiff.byteorder) for page in same_size[:n_planes])]
    if main.subifds:
        below = [_sub_pages(page) for page in same_size[:n_planes]]
        levels += [
            tuple(_plane(page, tiff.byteorder) for page in level)
            for level in zip(*below, strict=True)
            if _has_aspect_of(level[0], main)
        ]
    else:
        levels += [(_plane(page, tiff.byteorder),) for page in reduced]
    levels[1:] = sorted(levels[1:], key=lambda level: -level[0].width_px)
    return TiffLayout(
        levels=tuple(levels),
        private_images=tuple(sorted({_private_name(page) for page in private})),
        private_sizes=frozenset(_size(page) for page in private),
        description=description,
        spacing=_resolution_spacing(main),
        has_sub_levels=bool(main.subifds) and len(levels) > 1,
        end_of_data=max(_end_of_data(page) for page in _with_sub_pages(pages)),
        is_ome=bool(pages[0].is_ome),
    )


def _resolution_spacing(page: TiffPage) -> PixelSpacing | None:
    unit_um = _MICROMETRES_PER_RESOLUTION_UNIT.get(int(page.resolutionunit))
    x_per_unit, y_per_unit = page.resolution
    if unit_um is None or not (x_per_unit > 0 and y_per_unit > 0):
        return None
    return spacing_of_resolution_tag(unit_um / x_per_unit, unit_um / y_per_unit)


def _top_pages(tiff: TiffFile) -> list[TiffPage]:
    pages: list[TiffPage] = []
    for page in tiff.pages:
        if not isinstance(page, TiffPage) or page.imagewidth < 1 or page.imagelength < 1:
            raise ValueError("a directory without a picture")
        pages.append(page)
        if len(pages) == _MAX_PAGES:
            break
    if not pages:
        raise ValueError("no directory")
    return pages


def _sub_pages(page: TiffPage) -> list[TiffPage]:
    if page.pages is None:
        return []
    return [sub for sub in page.pages if isinstance(sub, TiffPage)]


def _with_sub_pages(pages: list[TiffPage]) -> list[TiffPage]:
    return pages + [sub for page in pages for sub in _sub_pages(page)]


def _end_of_data(page: TiffPage) -> int:
    return max(
        (a + b for a, b in zip(page.dataoffsets, page.databytecounts, strict=False)), default=0
    )


def _size(page: TiffPage) -> tuple[int, int]:
    return page.imagewidth, page.imagelength


def _has_aspect_of(page: TiffPage, main: TiffPage) -> bool:
    ratio_x = main.imagewidth / page.imagewidth
    ratio_y = main.imagelength / page.imagelength
    rounding = 1 / min(page.imagewidth, page.imagelength)
    return ratio_x > 1 and abs(ratio_x / ratio_y - 1) <= max(_ASPECT_TOLERANCE, rounding)


def _is_level_of(page: TiffPage, main: TiffPage) -> bool:
    return (
        page is not main
        and bool(page.is_reduced)
        and page.is_tiled == main.is_tiled
        and page.samplesperpixel == main.samplesperpixel
        and _has_aspect_of(page, main)
    )


def _is_private(page: TiffPage, main: TiffPage) -> bool:
    if _size(page) == _size(main) or _THUMBNAIL.search(page.description):
        return False
    if page.subfiletype == _APERIO_MACRO_SUBFILE or _PRIVATE.search(page.description):
        return True
    return not _is_level_of(page, main) and not _has_aspect_of(page, main)


def _private_name(page: TiffPage) -> str:
    """A fixed word: descriptions of these images can hold names of patients."""
    found = _PRIVATE.search(page.description)
    if found is not None:
        return found.group(1).lower()
    return "macro" if page.subfiletype == _APERIO_MACRO_SUBFILE else OTHER_IMAGE


def _plane(page: TiffPage, byte_order: str) -> TiffPlane:
    return TiffPlane(
        width_px=page.imagewidth,
        height_px=page.imagelength,
        segment_width_px=page.tilewidth if page.is_tiled else page.imagewidth,
        segment_height_px=(
            page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength)
        ),
        is_tiled=bool(page.is_tiled),
        byte_order=byte_order,
        compression=int(page.compression),
        photometric=int(page.photometric),
        predictor=int(page.predictor),
        samples_per_pixel=page.samplesperpixel,
        bits_per_sample=_one_value(page.bitspersample),
        sample_format=_one_value(page.sampleformat),
        is_planar=int(page.planarconfig or 1) == 2 and page.samplesperpixel > 1,
        extra_samples=tuple(int(value) for value in page.extrasamples),
        subsampling=page.subsampling and (page.subsampling[0], page.subsampling[1]),
        jpeg_tables=page.jpegtables,
        offsets=np.asarray(page.dataoffsets, dtype=np.int64),
        n_bytes=np.asarray(page.databytecounts, dtype=np.int64),
    )


def _one_value(values: int | Sequence[int]) -> int:
    if isinstance(values, int):
        return int(values)
    if len(set(values)) != 1:
        raise ValueError("channels of different kinds")
    return int(values[0])
