"""What a table is, told by its first rows and never by the name of its file."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from marrowscope.coding.delimited_text import decoded, delimiter_of
from marrowscope.coding.gpci import has_gpci_labels
from marrowscope.coding.rvu_columns import SEARCHED_ROWS, header_row
from marrowscope.coding.rvu_fixed_width import COMMENT, is_fixed_width

HEAD_BYTES = 1 << 16
_GPCI_ROWS = 20


class Kind(StrEnum):
    """The two tables that are read; a release's zip holds others too."""

    RELATIVE_VALUES = "relative values"
    GPCI = "GPCI"


class Form(IntEnum):
    """How a table is written; of one table in several forms the lowest is read."""

    CSV = 0
    XLSX = 1
    TABS = 2
    FIXED_WIDTH = 3


@dataclass(frozen=True, slots=True)
class Look:
    """What the first rows show. title: what stands above the column names, a line a row."""

    kind: Kind
    form: Form
    title: tuple[str, ...]


def look_at_text(head: bytes) -> Look | None:
    """None where the first bytes of a text file show neither table."""
    if b"\0" in head:
        return None
    text = decoded(head)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:SEARCHED_ROWS]
    delimiter = delimiter_of(text[:4000])
    form = Form.TABS if delimiter == "\t" else Form.CSV
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
    except csv.Error:
        return None
    if is_fixed_width(lines) and header_row(rows) is None:
        title = tuple(line[len(COMMENT) :] for line in lines if line.startswith(COMMENT))
        return Look(Kind.RELATIVE_VALUES, Form.FIXED_WIDTH, title)
    found = look_at_rows(rows, form)
    if found is not None and found.kind is Kind.GPCI and not _is_parted(rows):
        return Look(Kind.GPCI, Form.FIXED_WIDTH, found.title)
    return found


def look_at_rows(rows: Sequence[Sequence[str]], form: Form) -> Look | None:
    """None where the first rows of cells show neither table."""
    lines = [" ".join(filter(None, map(str.strip, row))) for row in rows[:SEARCHED_ROWS]]
    header = header_row(rows)
    if header is not None and any("RVU" in line.upper() for line in lines[: header + 1]):
        return Look(Kind.RELATIVE_VALUES, form, tuple(lines[:header]))
    for number, row in enumerate(rows[:_GPCI_ROWS]):
        if has_gpci_labels(row):
            return Look(Kind.GPCI, form, tuple(lines[:number]))
    if any(_is_title(line.upper()) for line in lines):
        return Look(Kind.RELATIVE_VALUES, form, tuple(lines))
    return None


def _is_title(line: str) -> bool:
    return "RELATIVE VALUE FILE" in line and "COPYRIGHT" not in line


def _is_parted(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the row with the labels has its columns in cells of their own."""
    header = next(row for row in rows if has_gpci_labels(row))
    return len([cell for cell in header if cell.strip()]) > 3
