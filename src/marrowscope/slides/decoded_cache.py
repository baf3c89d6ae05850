"""A bounded memory of decoded pixels, shared by threads."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

from marrowscope.geometry import UInt8Array


class DecodedCache:
    """The most recently used pixel arrays, `max_bytes` of them in all, but at least one.

    Arrays that come out must not be written to.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._arrays: OrderedDict[Hashable, UInt8Array] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def n_bytes(self) -> int:
        """Bytes held now."""
        return self._n_bytes

    def get(self, key: Hashable) -> UInt8Array | None:
        """The array kept under `key`; None where it was never put or has been dropped."""
        with self._lock:
            array = self._arrays.get(key)
            if array is not None:
                self._arrays.move_to_end(key)
            return array

    def put(self, key: Hashable, array: UInt8Array) -> None:
        """Keeps the array; drops the longest unused ones beyond the bound."""
        array.flags.writeable = False
        with self._lock:
            self._drop(key)
            self._arrays[key] = array
            self._n_bytes += array.nbytes
            while self._n_bytes > self._max_bytes and len(self._arrays) > 1:
                self._drop(next(iter(self._arrays)))

    def drop(self, key: Hashable) -> None:
        """Forgets one array, if it is held."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: Hashable) -> None:
        array = self._arrays.pop(key, None)
        if array is not None:
            self._n_bytes -= array.nbytes
