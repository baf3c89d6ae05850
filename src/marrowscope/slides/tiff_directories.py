"""Walks the chain of directories of a TIFF file to see whether the file was cut short.

Libraries stop at a broken link without a word and offer what came before it: a pyramid without
its lower levels, say. Layout: TIFF 6.0 section 2; BigTIFF as in libtiff.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

_SUB_DIRECTORIES = 330
# Size, place and description of the pixels; a private tag that points nowhere does no harm.
_NEEDED_TAGS = frozenset({256, 257, 258, 259, 270, 273, 278, 279, 322, 323, 324, 325, 347, 330})
_BYTES_OF_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 13: 4, 16: 8, 17: 8, 18: 8}
_MAX_DIRECTORIES = 1024
_BIG_MAGIC = 43


@dataclass(frozen=True, slots=True)
class _Form:
    """How numbers are stored: byte order, and the widths of classic TIFF or BigTIFF."""

    order: str
    is_big: bool

    @property
    def word(self) -> str:
        """Format of an offset."""
        return f"{self.order}{'Q' if self.is_big else 'I'}"

    @property
    def word_bytes(self) -> int:
        return 8 if self.is_big else 4

    @property
    def count(self) -> str:
        """Format of the number of tags that opens a directory."""
        return f"{self.order}{'Q' if self.is_big else 'H'}"


class _CutShortError(Exception):
    """Something lies beyond the end; never leaves this module."""


def has_all_directories(stream: IO[bytes], n_bytes: int) -> bool:
    """True where every directory, and what its needed tags point to, lies inside the file."""
    try:
        head = _read(stream, 0, 16 if n_bytes >= 16 else 8)
        order = "<" if head[:2] == b"II" else ">"
        form = _Form(order, struct.unpack_from(f"{order}H", head, 2)[0] == _BIG_MAGIC)
        (first,) = struct.unpack_from(form.word, head, 8 if form.is_big else 4)
        seen: set[int] = set()
        waiting = [first]
        while waiting and len(seen) < _MAX_DIRECTORIES:
            offset = waiting.pop()
            if offset != 0 and offset not in seen:
                seen.add(offset)
                waiting += _linked_directories(stream, n_bytes, form, offset)
    except (_CutShortError, struct.error):
        return False
    return len(seen) > 0


def _linked_directories(stream: IO[bytes], n_bytes: int, form: _Form, offset: int) -> Iterator[int]:
    """Where the next directory and the sub-directories of this one lie."""
    count_bytes = struct.calcsize(form.count)
    (n_tags,) = struct.unpack(form.count, _read(stream, offset, count_bytes))
    entry_bytes = 4 + 2 * form.word_bytes
    if n_tags * entry_bytes > n_bytes:
        raise _CutShortError
    entries = _read(stream, offset + count_bytes, n_tags * entry_bytes + form.word_bytes)
    for at in range(0, n_tags * entry_bytes, entry_bytes):
        tag, kind = struct.unpack_from(f"{form.order}HH", entries, at)
        (n_values,) = struct.unpack_from(form.word, entries, at + 4)
        size = n_values * _BYTES_OF_TYPE.get(kind, 1)
        value_at = at + 4 + form.word_bytes
        if tag in _NEEDED_TAGS and size > form.word_bytes:
            (value_offset,) = struct.unpack_from(form.word, entries, value_at)
            if value_offset + size > n_bytes:
                raise _CutShortError
        if tag == _SUB_DIRECTORIES:
            width = _BYTES_OF_TYPE.get(kind, 4)
            raw = entries[value_at : value_at + size]
            if size > form.word_bytes:
                raw = _read(stream, value_offset, size)
            yield from struct.unpack(f"{form.order}{n_values}{'Q' if width == 8 else 'I'}", raw)
    yield struct.unpack_from(form.word, entries, n_tags * entry_bytes)[0]


def _read(stream: IO[bytes], offset: int, n_bytes: int) -> bytes:
    stream.seek(offset)
    data = stream.read(n_bytes)
    if len(data) < n_bytes:
        raise _CutShortError
    return data
