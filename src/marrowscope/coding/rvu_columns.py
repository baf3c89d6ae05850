"""Finds the columns of a relative value table by their labels, stacked over several rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marrowscope.coding.refusals import Layout
from marrowscope.errors import UnreadableInputError

Row = Sequence[str]

MOST_HEADER_ROWS = 6
SEARCHED_ROWS = 60
FIELDS = (
    "code",
    "modifier",
    "status",
    "work",
    "pe_nonfacility",
    "na_nonfacility",
    "pe_facility",
    "na_facility",
    "malpractice",
    "total_nonfacility",
    "total_facility",
    "pctc",
    "global_days",
    "conversion_factor",
)
LABELS: Mapping[str, tuple[str, ...]] = {
    "code": ("HCPCS", "HCPCS CODE"),
    "modifier": ("MOD", "MODIFIER"),
    "status": ("STATUS CODE", "STATUS", "STATUS IND"),
    "work": ("WORK RVU", "WORK RVUS"),
    "pe_nonfacility": ("NON FAC PE RVU", "NON FACILITY PE RVU", "NON FAC PE RVUS"),
    "na_nonfacility": ("NON FAC NA INDICATOR", "NON FACILITY NA INDICATOR"),
    "pe_facility": ("FACILITY PE RVU", "FAC PE RVU", "FACILITY PE RVUS"),
    "na_facility": ("FACILITY NA INDICATOR", "FAC NA INDICATOR"),
    "malpractice": ("MP RVU", "MP RVUS", "MALPRACTICE RVU"),
    "total_nonfacility": ("NON FACILITY TOTAL", "NON FAC TOTAL"),
    "total_facility": ("FACILITY TOTAL", "FAC TOTAL"),
    "pctc": ("PCTC IND", "PC TC IND", "PCTC INDICATOR"),
    "global_days": ("GLOB DAYS", "GLOBAL DAYS"),
    "conversion_factor": ("CONV FACTOR", "CONVERSION FACTOR"),
}
OPTIONAL = frozenset({"na_nonfacility", "na_facility"})

_NOT_WORDS = re.compile(r"[^A-Z0-9]+")
_PREAMBLE = ("COPYRIGHT", "FEE SCHEDULE", "RELEASED")


@dataclass(frozen=True, slots=True)
class Columns:
    """index: of each field that was found. first_row: index of the first row of data.

    n_columns: how many the header has.
    """

    index: Mapping[str, int]
    first_row: int
    n_columns: int
    layout: Layout


def find_columns(rows: Sequence[Row], where: str) -> Columns:
    """rows: the first rows of the table, at least down to its header.

    Raises UnreadableInputError where there is no header, or a column is missing or there twice.
    """
    last = header_row(rows)
    if last is None:
        raise UnreadableInputError(
            f"{where}: no row of column names was found; expected one with HCPCS and MOD, as in "
            "the PPRRVU files of 2019 to 2026"
        )
    stacked = _stacked(rows[: last + 1])
    index: dict[str, int] = {}
    for field, labels in LABELS.items():
        places = [number for number, label in enumerate(stacked) if label in labels]
        if len(places) > 1:
            raise UnreadableInputError(
                f"{where}, row {last + 1}: the column {labels[0]} is there {len(places)} times "
                f"({', '.join(column_name(place) for place in places)}); expected once"
            )
        index.update((field, place) for place in places)
    missing = [LABELS[field][0] for field in FIELDS if field not in index and field not in OPTIONAL]
    if missing:
        raise UnreadableInputError(
            f"{where}, row {last + 1}: columns are missing: {', '.join(missing)}; expected those "
            "of the PPRRVU files of 2019 to 2026"
        )
    names = {
        field: f"column {column_name(place)} ({LABELS[field][0]})" for field, place in index.items()
    }
    width = max((number + 1 for number, label in enumerate(stacked) if label), default=0)
    return Columns(index, last + 1, width, Layout(where, names))


def header_row(rows: Sequence[Row]) -> int | None:
    """Index of the last row of the header: the one that names HCPCS and the modifier."""
    for number, row in enumerate(rows[:SEARCHED_ROWS]):
        words = {_words(cell) for cell in row}
        if words & set(LABELS["code"]) and words & set(LABELS["modifier"]):
            return number
    return None


def column_name(place: int) -> str:
    """0 -> "A", 26 -> "AA": as spreadsheets call their columns."""
    name = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def _stacked(rows: Sequence[Row]) -> list[str]:
    """The words of each column from the header's first row to its last, which is the last given."""
    header = [rows[-1]]
    for row in reversed(rows[-MOST_HEADER_ROWS:-1]):
        filled = [cell.upper() for cell in row if cell.strip()]
        if len(filled) < 2 or any(word in cell for cell in filled for word in _PREAMBLE):
            break
        header.insert(0, row)
    width = max(map(len, header))
    return [_words(" ".join(row[n] for row in header if n < len(row))) for n in range(width)]


def _words(text: str) -> str:
    return _NOT_WORDS.sub(" ", text.upper()).strip()
