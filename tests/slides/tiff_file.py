"""Writes classic little-endian TIFF files tag by tag (TIFF 6.0), so that tests can make the JPEG
tiles, private images and damaged or lying headers that no library would write."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_SHORT, _LONG, _ASCII = 3, 4, 2
_FORMATS = {_SHORT: "H", _LONG: "I"}

NONE, JPEG, DEFLATE = 1, 7, 8
RGB, YCBCR = 2, 6


@dataclass(frozen=True)
class TiffImage:
    """One directory. tile: (width, height), or None for one strip. `below`: its SubIFDs."""

    width: int
    height: int
    segments: Sequence[bytes]
    tile: tuple[int, int] | None
    compression: int = NONE
    photometric: int = RGB
    description: str = ""
    subfiletype: int = 0
    below: Sequence["TiffImage"] = field(default=())


def write_tiff(path: Path, images: Sequence[TiffImage]) -> Path:
    """Pixels first, then a chain of directories."""
    out = bytearray(b"II*\0\0\0\0\0")
    link_at = 4
    for image in images:
        directory_at, link = _append(out, image)
        struct.pack_into("<I", out, link_at, directory_at)
        link_at = link
    path.write_bytes(out)
    return path


def _append(out: bytearray, image: TiffImage) -> tuple[int, int]:
    """Appends one image; returns where its directory begins and where its link to the next is."""
    below = [_append(out, sub)[0] for sub in image.below]
    offsets = []
    for segment in image.segments:
        offsets.append(len(out))
        out += segment
    sizes = [len(segment) for segment in image.segments]
    tags: dict[int, tuple[int, Sequence[int] | bytes]] = {
        254: (_LONG, [image.subfiletype]),
        256: (_LONG, [image.width]),
        257: (_LONG, [image.height]),
        258: (_SHORT, [8, 8, 8]),
        259: (_SHORT, [image.compression]),
        262: (_SHORT, [image.photometric]),
        277: (_SHORT, [3]),
        284: (_SHORT, [1]),
    }
    if image.description:
        tags[270] = (_ASCII, image.description.encode() + b"\0")
    if image.tile is None:
        tags |= {273: (_LONG, offsets), 278: (_LONG, [image.height]), 279: (_LONG, sizes)}
    else:
        tags |= {322: (_LONG, [image.tile[0]]), 323: (_LONG, [image.tile[1]])}
        tags |= {324: (_LONG, offsets), 325: (_LONG, sizes)}
    if image.photometric == YCBCR:
        tags[530] = (_SHORT, [1, 1])
    if below:
        tags[330] = (_LONG, below)
    return _append_directory(out, tags)


def _append_directory(
    out: bytearray, tags: dict[int, tuple[int, Sequence[int] | bytes]]
) -> tuple[int, int]:
    rows = bytearray()
    for tag, (kind, value) in sorted(tags.items()):
        raw = (
            value
            if isinstance(value, bytes)
            else struct.pack(f"<{len(value)}{_FORMATS[kind]}", *value)
        )
        rows += struct.pack("<HHI", tag, kind, len(value))
        if len(raw) <= 4:
            rows += raw.ljust(4, b"\0")
        else:
            out += b"\0" * (len(out) % 2)
            rows += struct.pack("<I", len(out))
            out += raw
    out += b"\0" * (len(out) % 2)
    at = len(out)
    out += struct.pack("<H", len(tags)) + rows + b"\0\0\0\0"
    return at, len(out) - 4
