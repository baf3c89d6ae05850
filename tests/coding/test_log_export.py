import csv
import io
from decimal import Decimal

import openpyxl
import pytest
from made_log import MADE_VALUES, entered, service

from marrowscope.coding.log_export import COLUMNS, NO_VALUE, harmless, log_csv, log_xlsx
from marrowscope.coding.log_values import ValuedEntry, valued
from marrowscope.coding.work_log import fold

EVIL = ("=1+1", "+1", "-1", "@SUM(A1)")


def made_entries() -> tuple[ValuedEntry, ...]:
    events = [
        entered(number, values=service(note=text, place=text, accession=text), reader="=me")
        for number, text in enumerate(EVIL)
    ]
    events.append(entered(8, values=service("00100", note='Blöd; "so", \'n')))
    return valued(fold(events).entries, MADE_VALUES)


def test_a_csv_has_a_row_an_entry_with_value_and_release() -> None:
    data = log_csv(made_entries())

    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 5
    assert (rows[0]["work_rvu"], rows[0]["release"]) == ("1.11", "2025A")
    assert rows[4]["code"] == "00100"
    assert rows[4]["note"] == 'Blöd; "so", \'n'
    assert (rows[4]["work_rvu"], rows[4]["release"]) == ("", NO_VALUE)


@pytest.mark.parametrize("text", [*EVIL, "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_no_cell_of_a_csv_or_xlsx_is_a_formula() -> None:
    for row in csv.reader(io.StringIO(log_csv(made_entries()).decode())):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)
    sheet = openpyxl.load_workbook(io.BytesIO(log_xlsx(made_entries()))).worksheets[0]
    for row in sheet.iter_rows():
        assert not any(cell.data_type == "f" for cell in row)
        assert not any(str(cell.value).startswith(("=", "+", "-", "@")) for cell in row)


def test_an_xlsx_keeps_codes_as_text_and_values_as_numbers() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(log_xlsx(made_entries()))).worksheets[0]

    rows = [dict(zip(COLUMNS, row, strict=True)) for row in sheet.iter_rows(values_only=True)]

    assert tuple(rows[0].values()) == COLUMNS
    assert Decimal(str(rows[1]["work_rvu"])) == Decimal("1.11")
    assert (rows[5]["code"], rows[5]["work_rvu"], rows[5]["release"]) == ("00100", None, NO_VALUE)


def test_an_empty_log_has_a_head() -> None:
    assert log_csv([]).decode() == ",".join(COLUMNS) + "\n"
    assert openpyxl.load_workbook(io.BytesIO(log_xlsx([]))).worksheets[0].max_row == 1
