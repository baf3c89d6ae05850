"""Finds label files below a folder and reads them as text, numbers and JSON."""

import contextlib
import json
import math
from pathlib import Path

from marrowscope.errors import UnreadableInputError

_LEFT_BY_MACOS = "__MACOSX"


def files_below(folder: Path, *suffixes: str) -> list[Path]:
    """Files with one of the suffixes, given in lower case; sorted, hidden ones left out."""
    found = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == _LEFT_BY_MACOS for part in parts)
        if path.suffix.lower() in suffixes and not hidden and path.is_file():
            found.append(path)
    return sorted(found)


def text_of(path: Path, where: str) -> str:
    """The file as UTF-8 text without its byte order mark.

    Raises UnreadableInputError: gone, not readable, not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableInputError(f"{where}: is not text in UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise UnreadableInputError(
            f"{where}: cannot be read; check the path and its permissions"
        ) from error


def json_of(path: Path, where: str) -> object:
    """The value that a JSON file holds. Raises UnreadableInputError where it is damaged."""
    text = text_of(path, where)
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableInputError(
            f"{where}, line {error.lineno}: is damaged JSON; export it again"
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnreadableInputError(f"{where}: is damaged JSON; export it again") from error
    return value


def number_of(value: object, what: str, where: str) -> float:
    """A finite number given as text, integer or float.

    Raises UnreadableInputError, which calls the value `what`.
    """
    number = math.nan
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        with contextlib.suppress(ValueError, OverflowError):
            number = float(value)
    if not math.isfinite(number):
        raise UnreadableInputError(f"{where}: {what} is no finite number; correct it")
    return number
