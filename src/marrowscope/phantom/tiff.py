"""A TIFF container written in one pass: data in any order first, its directories at the end.

A pyramid drawn tile by tile yields tiles of all its levels interleaved. Library writers want one
level after the other, which would mean drawing twice or spooling to disk; TIFF itself lets the
data lie anywhere. Written after the TIFF 6.0 specification (1992), its Technical Note 2 (JPEG)
and the BigTIFF layout.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import BinaryIO, Final

_HEADER_BYTES: Final = 16
CLASSIC_LIMIT_BYTES: Final = 2**32 - 1


class Tag(IntEnum):
    """The tags used here."""

    SUBFILE_TYPE = 254
    WIDTH = 256
    HEIGHT = 257
    BITS_PER_SAMPLE = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    DESCRIPTION = 270
    STRIP_OFFSETS = 273
    SAMPLES_PER_PIXEL = 277
    ROWS_PER_STRIP = 278
    STRIP_BYTE_COUNTS = 279
    X_RESOLUTION = 282
    Y_RESOLUTION = 283
    PLANAR = 284
    RESOLUTION_UNIT = 296
    SOFTWARE = 305
    TILE_WIDTH = 322
    TILE_HEIGHT = 323
    TILE_OFFSETS = 324
    TILE_BYTE_COUNTS = 325
    CHROMA_SUBSAMPLING = 530


TagValue = str | Fraction | Sequence[int]

_SHORTS: Final = frozenset(
    {
        Tag.BITS_PER_SAMPLE,
        Tag.COMPRESSION,
        Tag.PHOTOMETRIC,
        Tag.SAMPLES_PER_PIXEL,
        Tag.PLANAR,
        Tag.RESOLUTION_UNIT,
        Tag.CHROMA_SUBSAMPLING,
    }
)
_PLACES: Final = frozenset(
    {Tag.STRIP_OFFSETS, Tag.STRIP_BYTE_COUNTS, Tag.TILE_OFFSETS, Tag.TILE_BYTE_COUNTS}
)


@dataclass(frozen=True, slots=True)
class Picture:
    """Where the JPEG parts of one picture lie in the file.

    part_px: width and height of a part. One part as large as the picture is a strip, else tiles,
    row by row. offsets, byte_counts: one entry a part.
    """

    width_px: int
    height_px: int
    part_px: tuple[int, int]
    is_tiled: bool
    offsets: Sequence[int]
    byte_counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Directory:
    """One picture with what is said of it. subfile_type: 0 full picture, 1 reduced, 9 macro.

    um_per_px: None writes no resolution.
    """

    picture: Picture
    description: str
    subfile_type: int
    um_per_px: float | None

    def tags(self) -> dict[Tag, TagValue]:
        """All tags, in the order that TIFF asks for."""
        picture = self.picture
        tags: dict[Tag, TagValue] = {
            Tag.SUBFILE_TYPE: (self.subfile_type,),
            Tag.WIDTH: (picture.width_px,),
            Tag.HEIGHT: (picture.height_px,),
            Tag.BITS_PER_SAMPLE: (8, 8, 8),
            Tag.COMPRESSION: (7,),  # JPEG, each part a whole stream
            Tag.PHOTOMETRIC: (6,),  # YCbCr
            Tag.DESCRIPTION: self.description,
            Tag.SAMPLES_PER_PIXEL: (3,),
            Tag.PLANAR: (1,),
            Tag.SOFTWARE: "Marrowscope phantom (SYNTHETIC)",
            Tag.CHROMA_SUBSAMPLING: (2, 2),
        }
        if picture.is_tiled:
            tags[Tag.TILE_WIDTH] = (picture.part_px[0],)
            tags[Tag.TILE_HEIGHT] = (picture.part_px[1],)
            tags[Tag.TILE_OFFSETS] = picture.offsets
            tags[Tag.TILE_BYTE_COUNTS] = picture.byte_counts
        else:
            tags[Tag.ROWS_PER_STRIP] = (picture.part_px[1],)
            tags[Tag.STRIP_OFFSETS] = picture.offsets
            tags[Tag.STRIP_BYTE_COUNTS] = picture.byte_counts
        if self.um_per_px is not None:
            per_cm = Fraction(1e4 / self.um_per_px).limit_denominator(10_000)
            tags[Tag.X_RESOLUTION] = tags[Tag.Y_RESOLUTION] = per_cm
            tags[Tag.RESOLUTION_UNIT] = (3,)  # centimetre
        return dict(sorted(tags.items()))


class TiffContainer:
    """Appends to an open file; it is a TIFF once `finish` has run. Little-endian.

    `classic_limit_bytes`: larger files become BigTIFF. Raises OSError where the file does.
    """

    def __init__(self, file: BinaryIO, classic_limit_bytes: int = CLASSIC_LIMIT_BYTES) -> None:
        self._file = file
        self._limit = classic_limit_bytes
        self._end = _HEADER_BYTES
        file.write(bytes(_HEADER_BYTES))

    def append(self, data: bytes) -> int:
        """Writes a part and returns its offset."""
        offset = self._end
        self._file.write(data)
        self._end += len(data)
        return offset

    def finish(self, directories: Sequence[Directory]) -> None:
        """Writes the directories, chained in this order, and the header that points to them."""
        # Directories cost at most 16 bytes a part and a few kilobytes of text each.
        room = sum(16 * len(one.picture.offsets) + 8_192 for one in directories)
        layout = _BIG if self._end + room > self._limit else _CLASSIC
        self._align()
        first = self._end
        for number, directory in enumerate(directories):
            is_last = number == len(directories) - 1
            self.append(_packed(directory, self._end, layout, is_last))
            self._align()
        self._file.seek(0)
        self._file.write(layout.header(first))

    def _align(self) -> None:
        self.append(bytes(-self._end % 8))


@dataclass(frozen=True, slots=True)
class _Layout:
    """Struct codes in which classic TIFF and BigTIFF differ, and the type code of an offset."""

    count: str
    offset: str
    offset_type: int

    def header(self, first: int) -> bytes:
        if self.offset == "Q":
            return struct.pack("<2sHHHQ", b"II", 43, 8, 0, first)
        return struct.pack("<2sHI", b"II", 42, first)


_CLASSIC: Final = _Layout("H", "I", 4)
_BIG: Final = _Layout("Q", "Q", 16)


def _packed(directory: Directory, start: int, layout: _Layout, is_last: bool) -> bytes:
    """The directory's bytes for position `start`: entries, link to the next, long values."""
    tags = directory.tags()
    word = struct.calcsize("<" + layout.offset)
    entries_end = struct.calcsize("<" + layout.count) + len(tags) * (4 + 2 * word) + word
    entries, extra = b"", bytes(-entries_end % 8)
    for tag, value in tags.items():
        kind, count, data = _value_bytes(tag, value, layout)
        if len(data) > word:
            place = start + entries_end + len(extra)
            extra += data + bytes(-len(data) % 8)
            data = struct.pack("<" + layout.offset, place)
        entries += struct.pack("<HH" + layout.offset, tag, kind, count) + data.ljust(word, b"\0")
    following = 0 if is_last else start + entries_end + len(extra)
    following += -following % 8
    head = struct.pack("<" + layout.count, len(tags))
    return head + entries + struct.pack("<" + layout.offset, following) + extra


def _value_bytes(tag: Tag, value: TagValue, layout: _Layout) -> tuple[int, int, bytes]:
    """Type code, count and bytes of a tag's value."""
    if isinstance(value, str):
        text = value.encode("ascii", "replace") + b"\0"
        return 2, len(text), text
    if isinstance(value, Fraction):
        return 5, 1, struct.pack("<II", value.numerator, value.denominator)
    if tag in _SHORTS:
        return 3, len(value), struct.pack(f"<{len(value)}H", *value)
    if tag in _PLACES:
        return layout.offset_type, len(value), struct.pack(f"<{len(value)}{layout.offset}", *value)
    return 4, len(value), struct.pack(f"<{len(value)}I", *value)
