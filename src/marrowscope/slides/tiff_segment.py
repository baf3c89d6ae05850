"""Decodes one tile or strip of a TIFF file, by handing it to Pillow as a TIFF file of its own.

That way libtiff does the work (JPEG with shared tables, LZW, deflate, predictors, YCbCr), and no
further codec library is needed.
"""

import io
import struct

from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import UInt8Array
from marrowscope.slides.file_names import shown
from marrowscope.slides.pillow_image import PILLOW_ERRORS, open_image, to_rgb
from marrowscope.slides.tiff_layout import TiffPlane

_WEBP = 50001
_COMPRESSIONS = {
    1: "none",
    5: "LZW",
    7: "JPEG",
    8: "deflate",
    32773: "PackBits",
    32946: "deflate",
    34925: "LZMA",
    50000: "Zstandard",
    _WEBP: "WebP",
}
_UNREADABLE_COMPRESSIONS = {
    6: "old-style JPEG",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34712: "JPEG 2000",
    34892: "12-bit JPEG",
    34934: "JPEG XR",
    22610: "JPEG XR",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
_SHORT, _LONG, _BYTES = 3, 4, 7
_MIN_IS_BLACK = 1
# White is zero, black is zero, RGB, YCbCr; not palettes, CIELab or sensor mosaics.
_PHOTOMETRIC = (0, 1, 2, 6)
_UNSIGNED = 1


def check_decodable(plane: TiffPlane, name: str) -> None:
    """Raises UnreadableInputError if the pixels are of a kind or compression we cannot read."""
    if plane.compression not in _COMPRESSIONS:
        compression = _UNREADABLE_COMPRESSIONS.get(plane.compression, f"no. {plane.compression}")
        raise UnreadableInputError(
            f"{shown(name)}: its TIFF compression ({compression}) is not read here; "
            "export it with JPEG or deflate tiles"
        )
    if (
        plane.bits_per_sample not in (8, 16)
        or plane.sample_format != _UNSIGNED
        or plane.samples_per_pixel not in (1, 3, 4)
        or plane.photometric not in _PHOTOMETRIC
    ):
        raise UnreadableInputError(
            f"{shown(name)}: its {plane.samples_per_pixel} channel(s) of {plane.bits_per_sample} "
            "bits are not plain grey or RGB; export it as RGB with 8 bits"
        )


def decode_segment(plane: TiffPlane, data: bytes, n_rows: int, name: str) -> UInt8Array:
    """One segment of `n_rows` rows as (n_rows, segment width, 3) RGB.

    Raises UnreadableInputError if its bytes are damaged.
    """
    # Pillow's libtiff is built without WebP, but a WebP tile is a whole WebP file.
    is_webp = plane.compression == _WEBP
    file_format = "WebP" if is_webp else "TIFF"
    try:
        with open_image(
            io.BytesIO(data if is_webp else _as_file(plane, data, n_rows)), file_format
        ) as image:
            return to_rgb(image)
    except PILLOW_ERRORS as error:
        raise UnreadableInputError(
            f"{shown(name)}: a tile is damaged; copy or export the file again"
        ) from error


def _as_file(plane: TiffPlane, data: bytes, n_rows: int) -> bytes:
    """A classic TIFF file with one strip."""
    samples = 1 if plane.is_planar else plane.samples_per_pixel
    photometric = plane.photometric if samples > 1 or not plane.is_planar else _MIN_IS_BLACK
    order = plane.byte_order
    tags: dict[int, tuple[int, bytes]] = {
        256: (_LONG, struct.pack(f"{order}I", plane.segment_width_px)),
        257: (_LONG, struct.pack(f"{order}I", n_rows)),
        258: (_SHORT, struct.pack(f"{order}{samples}H", *[plane.bits_per_sample] * samples)),
        259: (_SHORT, struct.pack(f"{order}H", plane.compression)),
        262: (_SHORT, struct.pack(f"{order}H", photometric)),
        277: (_SHORT, struct.pack(f"{order}H", samples)),
        278: (_LONG, struct.pack(f"{order}I", n_rows)),
        279: (_LONG, struct.pack(f"{order}I", len(data))),
        284: (_SHORT, struct.pack(f"{order}H", 1)),
        317: (_SHORT, struct.pack(f"{order}H", plane.predictor)),
    }
    if plane.extra_samples and not plane.is_planar:
        n_extra = len(plane.extra_samples)
        tags[338] = (_SHORT, struct.pack(f"{order}{n_extra}H", *plane.extra_samples))
    if plane.jpeg_tables is not None:
        tags[347] = (_BYTES, plane.jpeg_tables)
    if plane.subsampling is not None and samples > 1:
        tags[530] = (_SHORT, struct.pack(f"{order}2H", *plane.subsampling))
    return _with_directory(order, tags, data)


def _with_directory(order: str, tags: dict[int, tuple[int, bytes]], data: bytes) -> bytes:
    """Header, directory, tag values over 4 bytes, then the strip."""
    width_of = {_SHORT: 2, _LONG: 4, _BYTES: 1}
    n_tags = len(tags) + 1
    values_at = 8 + 2 + 12 * n_tags + 4
    n_value_bytes = sum(len(value) + len(value) % 2 for _, value in tags.values() if len(value) > 4)
    tags[273] = (_LONG, struct.pack(f"{order}I", values_at + n_value_bytes))
    directory, values = bytearray(), bytearray()
    for tag, (kind, value) in sorted(tags.items()):
        directory += struct.pack(f"{order}HHI", tag, kind, len(value) // width_of[kind])
        if len(value) <= 4:
            directory += value.ljust(4, b"\0")
        else:
            directory += struct.pack(f"{order}I", values_at + len(values))
            values += value + b"\0" * (len(value) % 2)
    magic = b"II" if order == "<" else b"MM"
    header = magic + struct.pack(f"{order}HI", 42, 8) + struct.pack(f"{order}H", n_tags)
    return bytes(header + directory + b"\0\0\0\0" + values + data)
