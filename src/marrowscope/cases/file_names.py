"""Names that files and slides of a case may have."""

import re
import unicodedata
from typing import Final

from marrowscope.cases.facts import is_invisible
from marrowscope.errors import UsageError

LONGEST_PART_BYTES: Final = 200
"""Below the 255 that file systems take, so that a number can be added."""
LONGEST_SLIDE_NAME: Final = 128
_PARTING: Final = re.compile(r"[/\\:]")
FIELD_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"})
"""Of files that can be a camera field."""


def checked_file_name(text: str) -> str:
    """A file's name, or `folder/name` for a part of a slide that has a folder of parts.

    Raises UsageError where it could lead anywhere else, is hidden or cannot be shown.
    """
    name = unicodedata.normalize("NFC", text)
    parts = name.split("/")
    if len(parts) > 2 or not all(map(_is_good, parts)):
        raise UsageError("this file's name cannot be used; rename the file and try again")
    return name


def checked_slide_name(text: str) -> str:
    """A slide's name with single blanks. Raises UsageError."""
    name = re.sub(" +", " ", unicodedata.normalize("NFC", text)).strip()
    if not name or len(name) > LONGEST_SLIDE_NAME:
        raise UsageError(f"the name of a slide has 1 to {LONGEST_SLIDE_NAME} characters")
    if any(map(is_invisible, name)):
        raise UsageError("the name of a slide must not hold invisible or control characters")
    return name


def as_folder_name(slide_name: str) -> str:
    """A checked slide name that a folder can have."""
    name = _PARTING.sub("-", slide_name)
    while len(name.encode("utf-8")) > LONGEST_PART_BYTES:
        name = name[:-1]
    return f"_{name}" if name.startswith(".") else name


def different(names: list[str]) -> list[str]:
    """The names, with a number after those that were there before, whatever their case."""
    seen: set[str] = set()
    result: list[str] = []
    for name in names:
        free, n = name, 1
        while free.casefold() in seen:
            n += 1
            stem, dot, suffix = name.rpartition(".")
            free = f"{stem} ({n}){dot}{suffix}" if stem else f"{name} ({n})"
        seen.add(free.casefold())
        result.append(free)
    return result


def _is_good(part: str) -> bool:
    try:
        n_bytes = len(part.encode("utf-8"))
    except UnicodeEncodeError:
        return False
    return (
        0 < n_bytes <= LONGEST_PART_BYTES
        and not part.startswith(".")
        and part == part.strip()
        and "\\" not in part
        and not any(map(is_invisible, part))
    )
