"""Cheap signs that a picture file was cut short, looked for before anything is decoded."""

import struct
from typing import IO

_TAIL_BYTES = 65_536
_JPEG_END = b"\xff\xd9"
_JPEG_SCAN = 0xDA
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


def is_cut_short(stream: IO[bytes], file_format: str, n_bytes: int) -> bool:
    """True where the end that the format promises is missing. TIFF is judged by its layout."""
    if file_format == "JPEG":
        return not _has_jpeg_end(stream, n_bytes)
    if file_format == "PNG":
        stream.seek(max(0, n_bytes - _TAIL_BYTES))
        return b"IEND" not in stream.read()
    if file_format == "WebP":
        stream.seek(4)
        (declared,) = struct.unpack("<I", stream.read(4))
        return bool(declared + 8 > n_bytes)
    return False


def _has_jpeg_end(stream: IO[bytes], n_bytes: int) -> bool:
    """True where an end mark follows the first scan; a thumbnail's in the header does not count."""
    scan = _jpeg_scan_start(stream)
    if scan is None:
        return False
    # The tail first: the mark is nearly always there, and the fields of a case are many.
    for start in (max(scan, n_bytes - _TAIL_BYTES), scan):
        stream.seek(start)
        if _JPEG_END in stream.read():
            return True
    return False


def _jpeg_scan_start(stream: IO[bytes]) -> int | None:
    """Where the entropy-coded bytes begin; None where the header is damaged."""
    position = 2
    while True:
        stream.seek(position)
        head = stream.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            return None
        if head[1] == 0xFF or head[1] in _JPEG_WITHOUT_LENGTH:
            position += 1 if head[1] == 0xFF else 2
            continue
        position += 2 + int.from_bytes(head[2:4], "big")
        if head[1] == _JPEG_SCAN:
            return position
