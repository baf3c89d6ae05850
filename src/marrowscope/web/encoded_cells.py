"""The cells of analyses as JSON, made once: they never change, and there may be 100,000."""

import gzip
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final
from uuid import UUID

MOST_KEPT: Final = 4
"""Analyses that were asked for last; one of 100,000 cells takes about 12 MB."""
_LEVEL: Final = 4
"""Of compression: a higher one takes longer than it saves on the way."""


@dataclass(frozen=True, slots=True)
class EncodedCells:
    """The same JSON twice: as it is, and compressed."""

    plain: bytes
    gzipped: bytes


class KeptCells:
    """Remembers while the server runs. May be asked from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, EncodedCells] = OrderedDict()
        self._lock = Lock()

    def of(self, analysis_id: UUID, encode: Callable[[], bytes]) -> EncodedCells:
        """Those of an analysis. encode: makes them where they are not at hand."""
        # Who asks for the same meanwhile waits, instead of making it again.
        with self._lock:
            found = self._kept.get(analysis_id)
            if found is None:
                plain = encode()
                found = EncodedCells(plain, gzip.compress(plain, _LEVEL, mtime=0))
                self._kept[analysis_id] = found
            self._kept.move_to_end(analysis_id)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return found
