"""Names of inputs: in which order they come, and how a message shows them."""

import re
from pathlib import Path

from marrowscope.errors import UnreadableInputError

_DIGITS = re.compile(r"([0-9]+)")
_SHOWN_LENGTH = 120

NaturalKey = tuple[tuple[tuple[int, int, str], ...], str]


def natural_key(name: str) -> NaturalKey:
    """Sort key that puts `field 2` before `field 10`, the same on every machine and locale."""
    pieces = tuple(
        (0, int(piece), "") if index % 2 else (1, 0, piece)
        for index, piece in enumerate(_DIGITS.split(name.casefold()))
    )
    return pieces, name


def shown(name: str) -> str:
    """The name on one line of a message: no control characters, at most 120 characters."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in name)
    return clean if len(clean) <= _SHOWN_LENGTH else f"{clean[:_SHOWN_LENGTH]}…"


def check_name(path: Path) -> None:
    """Raises UnreadableInputError if the name cannot be written into a result as UTF-8."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnreadableInputError(
            f"{shown(path.name)}: the file or folder name is not valid UTF-8; rename it"
        ) from error
