"""Entries of the work log as a table for other programs, CSV or XLSX: no cell is a formula."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC
from decimal import Decimal
from typing import TypeAlias

from marrowscope.coding.log_values import ValuedEntry

COLUMNS = (
    "date",
    "code",
    "modifiers",
    "units",
    "place",
    "note",
    "accession",
    "reader",
    "work_rvu_of_one",
    "work_rvu",
    "release",
    "entered_at",
    "entry",
)
NO_VALUE = "no value in force"
SHEET = "work log"
WIDTHS = (12, 8, 11, 7, 18, 30, 16, 12, 16, 11, 18, 28, 38)
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cell: TypeAlias = str | int | Decimal | None


def harmless(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def log_csv(entries: Sequence[ValuedEntry]) -> bytes:
    """A CSV file in UTF-8: a line of COLUMNS and a line an entry, decimals with a point.

    Without a value in force both RVU columns are empty and the release is NO_VALUE.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(["" if cell is None else cell for cell in row] for row in _rows(entries))
    return file.getvalue().encode("utf-8")


def log_xlsx(entries: Sequence[ValuedEntry]) -> bytes:
    """The same table as one sheet of an Excel file; codes and dates are text."""
    from openpyxl import Workbook  # noqa: PLC0415 - loaded only by who writes or reads a sheet
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - see above

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    sheet.freeze_panes = "A2"
    for number, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for row_number, row in enumerate([COLUMNS, *_rows(entries)], start=1):
        for column_number, value in enumerate(row, start=1):
            if value is None:
                continue
            cell = sheet.cell(row_number, column_number, value)
            if isinstance(value, str):
                cell.data_type = "s"
                cell.number_format = "@"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _rows(entries: Sequence[ValuedEntry]) -> Iterator[tuple[Cell, ...]]:
    for one in entries:
        entry, service = one.entry, one.entry.service
        yield (
            service.day.isoformat(),
            service.code,
            " ".join(service.modifiers),
            service.units,
            harmless(service.place),
            harmless(service.note),
            harmless(service.accession),
            harmless(entry.reader),
            None if one.value is None else one.value.work_rvu,
            one.work_rvu,
            NO_VALUE if one.value is None else one.value.release,
            entry.recorded_at.astimezone(UTC).isoformat(),
            str(entry.entry_id),
        )
