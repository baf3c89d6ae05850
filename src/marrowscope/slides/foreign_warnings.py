"""Keeps what Pillow, libtiff, pydicom and tifffile say about odd metadata off standard error.

What matters of it comes back as one of our own errors. `warnings.catch_warnings` changes
process-wide state, so all our uses of it stand behind one lock and enclose only the reading of
headers, never the decoding of pixels.
"""

import ctypes
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.RLock()


@contextmanager
def header_warnings_dropped() -> Iterator[None]:
    """Inside, warnings are dropped in every thread; one thread at a time may be inside."""
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def drop_log_messages(logger_name: str) -> None:
    """Stops a library's logger from printing through Python's handler of last resort."""
    logger = logging.getLogger(logger_name)
    if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        logger.addHandler(logging.NullHandler())
    logger.propagate = False


def drop_libtiff_messages(extension_module: str) -> None:
    """Stops the libtiff behind a compiled module from writing to standard error.

    extension_module: file of the module that is linked to it. What went wrong still reaches us as
    the module's exception. Where libtiff is built in without a name of its own, it goes on
    talking, which spoils a script's output but no result.
    """
    library = ctypes.CDLL(extension_module)
    for handler in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
        if hasattr(library, handler):
            set_handler = getattr(library, handler)
            set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
            set_handler(None)
