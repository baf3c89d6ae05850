"""Relative value table from rows of cells, whatever file they came from."""

from collections.abc import Iterator, Sequence

from marrowscope.coding.delimited_text import check_whole, delimiter_of, text_rows
from marrowscope.coding.fee_schedule import FeeRow
from marrowscope.coding.rvu_columns import FIELDS, SEARCHED_ROWS, Columns, find_columns
from marrowscope.coding.rvu_rows import checked_rows

NumberedRow = tuple[int, Sequence[str]]


def read_delimited(text: str, where: str) -> tuple[FeeRow, ...]:
    """Rows of a text with commas or tabs. Raises UnreadableInputError with row and column."""
    rows = list(text_rows(text, delimiter_of(text[:4000]), where))
    columns = _columns(rows, where)
    check_whole(text, rows[columns.first_row :], columns.n_columns, where)
    return _checked(rows, columns)


def read_sheet(rows: Sequence[NumberedRow], where: str) -> tuple[FeeRow, ...]:
    """Rows of a sheet, whose empty cells at the end of a row may be absent."""
    return _checked(rows, _columns(rows, where))


def _columns(rows: Sequence[NumberedRow], where: str) -> Columns:
    return find_columns([cells for _number, cells in rows[:SEARCHED_ROWS]], where)


def _checked(rows: Sequence[NumberedRow], columns: Columns) -> tuple[FeeRow, ...]:
    return checked_rows(_chosen(rows, columns), columns.layout)


def _chosen(rows: Sequence[NumberedRow], columns: Columns) -> Iterator[tuple[int, list[str]]]:
    places = [columns.index.get(field) for field in FIELDS]
    for number, cells in rows[columns.first_row :]:
        width = len(cells)
        yield number, [cells[n] if n is not None and n < width else "" for n in places]
