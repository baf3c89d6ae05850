"""What is said of a user's table that is refused: file, row, column, and what was expected."""

from collections.abc import Mapping
from dataclasses import dataclass

from marrowscope.errors import UnreadableInputError

MOST_SHOWN = 60
AS_DOWNLOADED = "use the file as downloaded"
RE_SAVED = (
    "re-saved by a spreadsheet: codes lost their leading zeros; use the file as downloaded from CMS"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of a table stand. where: the file. columns: what a message calls each."""

    where: str
    columns: Mapping[str, str]

    def refusal(self, row: int, field: str, what: str) -> UnreadableInputError:
        """The error for one cell. row: as a person counts them, from 1."""
        column = self.columns.get(field, field)
        return UnreadableInputError(f"{self.where}, row {row}, {column}: {what}")


def clipped(text: str) -> str:
    """The text on one line of a message: no control characters, at most 60 characters."""
    clean = "".join(letter if letter.isprintable() else "?" for letter in text)
    return clean if len(clean) <= MOST_SHOWN else f"{clean[:MOST_SHOWN]}…"


def quoted(text: str) -> str:
    """A cell as a message shows it."""
    return f"'{clipped(text)}'"
