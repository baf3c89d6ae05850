"""Relative value table as text of fixed width: positions of CMS's record layout."""

import re
from collections.abc import Iterator, Sequence

from marrowscope.coding.fee_schedule import FeeRow
from marrowscope.coding.refusals import Layout, quoted
from marrowscope.coding.rvu_columns import FIELDS
from marrowscope.coding.rvu_rows import checked_rows
from marrowscope.errors import UnreadableInputError

COMMENT = "HDR"
POSITIONS = {
    "code": (1, 5),
    "modifier": (6, 7),
    "status": (58, 58),
    "work": (60, 65),
    "pe_nonfacility": (67, 72),
    "na_nonfacility": (73, 74),
    "pe_facility": (76, 81),
    "na_facility": (82, 83),
    "malpractice": (85, 89),
    "total_nonfacility": (91, 96),
    "total_facility": (97, 102),
    "pctc": (103, 103),
    "global_days": (104, 106),
    "conversion_factor": (133, 140),
}
"""First and last character, from 1. Positions 8 to 57 hold the descriptor, which is not read."""
EMPTY = (59, 66, 75, 84, 90, 141)
"""Characters between columns."""
SHORTEST_ROW = 140

_SLICES = tuple(slice(POSITIONS[field][0] - 1, POSITIONS[field][1]) for field in FIELDS)
_LOOKS_LIKE_A_ROW = re.compile(r"\s{0,3}[0-9A-Z]{5}")


def is_fixed_width(lines: Sequence[str]) -> bool:
    """Whether the first lines of a text look like this layout, perhaps a damaged one."""
    data = [line for line in lines if line.strip() and not line.startswith(COMMENT)]
    return bool(data) and len(data[0]) >= SHORTEST_ROW and bool(_LOOKS_LIKE_A_ROW.match(data[0]))


def read_fixed_width(text: str, where: str) -> tuple[FeeRow, ...]:
    """All rows by code. Raises UnreadableInputError with row and positions."""
    names = {
        field: f"positions {first} to {last} ({field.replace('_', ' ')})"
        for field, (first, last) in POSITIONS.items()
    }
    return checked_rows(_rows(text, where), Layout(where, names))


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    width = 0
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if not line.strip(" \x1a") or line.startswith(COMMENT):
            continue
        width = width or len(line)
        if len(line) < max(width, SHORTEST_ROW):
            raise UnreadableInputError(
                f"{where}, row {number}: ends after {len(line)} characters; expected "
                f"{max(width, SHORTEST_ROW)}; the file was cut off or re-saved; download it again"
            )
        for place in EMPTY:
            if line[place - 1 : place].strip():
                raise UnreadableInputError(
                    f"{where}, row {number}, position {place}: {quoted(line[place - 1])} stands "
                    "between two columns; expected a blank; were columns moved?"
                )
        yield number, [line[one] for one in _SLICES]
