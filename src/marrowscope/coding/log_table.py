"""A table that somebody exported, as text by column name."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from marrowscope.errors import OversizedInputError, UnreadableInputError, UsageError

LARGEST_TABLE_BYTES = 20_000_000
MOST_ROWS = 200_000
DELIMITERS = (";", "\t", ",")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that is not blank: the line on which it begins, and a cell for each column."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogTable:
    """Column names as they stand in the first line, and the rows, their cells stripped.

    faults: (line, reason) of rows that have more or fewer cells than there are columns.
    """

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    faults: tuple[tuple[int, str], ...]


def read_table(data: bytes, name: str) -> LogTable:
    """The table in the bytes of a CSV file, of commas, semicolons or tabs. name: for messages.

    Raises UnreadableInputError where it is no UTF-8 text or broken off, OversizedInputError
    where it is too large, UsageError where it has no columns.
    """
    if len(data) > LARGEST_TABLE_BYTES:
        raise OversizedInputError(
            f"{name}: is larger than {LARGEST_TABLE_BYTES // 1_000_000} MB; import it in parts"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableInputError(
            f"{name}: is not text in UTF-8; save it as CSV UTF-8 and import that"
        ) from error
    try:
        return _table(list(_records(text)), name)
    except csv.Error as error:
        raise UnreadableInputError(
            f"{name}: is broken off or no table ({error}); export it again"
        ) from error


def _records(text: str) -> Iterator[TableRow]:
    """Every record that is not blank, with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    for record in reader:
        cells = tuple(cell.strip() for cell in record)
        if any(cells):
            yield TableRow(line, cells)
        line = reader.line_num + 1


def _delimiter(text: str) -> str:
    """The one that parts the first line with text into most cells."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(DELIMITERS, key=lambda one: len(next(csv.reader([head], delimiter=one), [])))


def _table(records: list[TableRow], name: str) -> LogTable:
    if not records:
        raise UsageError(f"{name}: is empty; it needs a line of column names and a row a service")
    if len(records) - 1 > MOST_ROWS:
        raise OversizedInputError(f"{name}: has more than {MOST_ROWS} rows; import it in parts")
    columns = _without_empty_end(records[0].cells)
    rows: list[TableRow] = []
    faults: list[tuple[int, str]] = []
    for record in records[1:]:
        cells = record.cells
        if len(cells) < len(columns) or any(cells[len(columns) :]):
            faults.append(
                (record.line, f"has {len(cells)} cells where the first line has {len(columns)}")
            )
        else:
            rows.append(TableRow(record.line, cells[: len(columns)]))
    return LogTable(columns, tuple(rows), tuple(faults))


def _without_empty_end(cells: tuple[str, ...]) -> tuple[str, ...]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]
