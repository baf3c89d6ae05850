"""What goes wrong with `marrowscope.sqlite`, in words for a person."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from marrowscope.errors import OutputError

_BUSY: Final = "another program is writing {path}; nothing was changed, try again"
_READ_ONLY: Final = "{path} is read-only; give yourself the right to write there"
_FAULTS: Final = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: _BUSY,
        sqlite3.SQLITE_LOCKED: _BUSY,
        sqlite3.SQLITE_FULL: "the disk is full: nothing was changed in {path}; free some space",
        sqlite3.SQLITE_READONLY: _READ_ONLY,
        sqlite3.SQLITE_PERM: _READ_ONLY,
        sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened; check the rights of its folder",
        sqlite3.SQLITE_NOTADB: (
            "{path} is not Marrowscope's database; move it away or restore a backup"
        ),
        sqlite3.SQLITE_CORRUPT: "{path} is damaged; restore a backup",
        sqlite3.SQLITE_IOERR: "{path} cannot be read or written; check the disk",
    }
)
_OTHER: Final = "{path} cannot be used ({problem}); check the disk or restore a backup"
_BUGS: Final = (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
"""Not the disk's doing: a rule of the tables was broken, which is to look like what it is."""
_PRIMARY: Final = 0xFF
"""The bits of an SQLite error that name its kind."""


@contextmanager
def faults_named(path: Path) -> Iterator[None]:
    """Raises OutputError, in one line, for whatever SQLite raises in the block."""
    try:
        yield
    except sqlite3.Error as error:
        if isinstance(error, _BUGS):
            raise
        raise _named(error, path) from error
    except DBAPIError as error:
        if isinstance(error.orig, _BUGS) or not isinstance(error.orig, sqlite3.Error):
            raise
        raise _named(error.orig, path) from error
    except PoolTimeoutError as error:
        raise OutputError(_BUSY.format(path=path)) from error


def not_ours(path: Path) -> OutputError:
    """For a file that is a database, but of some other program."""
    return OutputError(_FAULTS[sqlite3.SQLITE_NOTADB].format(path=path))


def _named(error: sqlite3.Error, path: Path) -> OutputError:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    problem = " ".join(str(error).split())
    return OutputError(_FAULTS.get(code, _OTHER).format(path=path, problem=problem))
