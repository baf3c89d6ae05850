import pytest

from coding.made_fee_files import (
    COLUMN,
    STACKED,
    WIDTH,
    changed,
    csv_of,
    many_rows,
    pprrvu_csv,
    pprrvu_txt,
    row,
    sheet_of,
    title_of,
    xlsx_of,
)
from marrowscope.coding.fee_files import read_fee_file
from marrowscope.errors import InputRefusedError

FIRST_ROW = 11
NAME = "PPRRVU2025_Oct.csv"


def refusal(data: bytes, name: str = NAME) -> str:
    with pytest.raises(InputRefusedError) as caught:
        read_fee_file(name, data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"total_facility": "1.36"}, "column M (FACILITY TOTAL)", "1.34"),
        ({"total_nonfacility": ""}, "column L (NON FACILITY TOTAL)", "work + practice"),
        ({"pe_facility": "NA", "total_facility": "0.90"}, "column M", "0.90 + NA + 0.04 = 0.94"),
        ({"pe_facility": "-0.40"}, "column I (FACILITY PE RVU)", "is negative"),
        ({"malpractice": "(0.04)"}, "column K (MP RVU)", "is negative"),
        ({"pe_facility": "0,40"}, "column I", "is no number"),
        ({"conversion_factor": "x"}, "column Y (CONV FACTOR)", "is no number"),
        ({"status": "Z"}, "column D (STATUS CODE)", "expected one of A, B, C"),
        ({"status": ""}, "column D", "expected one of"),
        ({"code": "100"}, "column A (HCPCS)", "re-saved by a spreadsheet"),
        ({"code": "5E+02"}, "column A", "codes lost their leading zeros"),
        ({"code": "0.00E+00"}, "column A", "use the file as downloaded"),
        ({"code": "0E5"}, "column A", "re-saved by a spreadsheet"),
        ({"code": "855T"}, "column A", "re-saved by a spreadsheet"),
        ({"code": "AB123"}, "column A", "expected five characters"),
        ({"modifier": "2"}, "column B (MOD)", "two letters or digits"),
        ({"global_days": "90"}, "column O (GLOB DAYS)", "re-saved by a spreadsheet"),
        ({"global_days": "XX"}, "column O", "three letters or digits"),
        ({"pctc": "12"}, "column N (PCTC IND)", "one digit"),
        ({"na_facility": "0.40"}, "column J", "neither NA nor empty"),
    ],
)
def test_a_wrong_cell_is_named_with_what_was_expected(
    cells: dict[str, str], column: str, expected: str
) -> None:
    message = refusal(pprrvu_csv([row("85060"), changed(row("85097"), **cells)]))

    assert message.startswith(f"{NAME}, row {FIRST_ROW + 1}, {column}")
    assert expected in message


def test_a_code_that_stands_twice_is_refused() -> None:
    message = refusal(pprrvu_csv([row("85097"), row("85060"), row("85097")]))

    assert "row 13" in message
    assert "85097 stands in row 11 already" in message


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_last_row_that_is_cut_off_is_refused(kept: float) -> None:
    whole = pprrvu_csv([row("85060"), row("85097", descriptor="none")])
    begin = whole.rindex(b"85097,")

    message = refusal(whole[: begin + int(kept * (len(whole) - begin))])

    assert "row 12" in message
    assert "the file was cut off" in message


def test_a_last_row_that_breaks_off_in_its_last_number_is_refused() -> None:
    assert "breaks off" in refusal(pprrvu_csv([row("85060"), row("85097")])[:-3])


def test_a_last_row_without_a_line_break_is_whole() -> None:
    read_fee_file(NAME, pprrvu_csv([row("85060"), row("85097")])[:-2])


def test_a_file_cut_off_inside_quotation_marks_is_refused() -> None:
    whole = pprrvu_csv([row("85060"), row("85097")])

    assert "cut off" in refusal(whole[: whole.rindex(b'"') - 3])


def test_a_text_of_fixed_width_that_is_cut_off_is_refused() -> None:
    whole = pprrvu_txt([row("85060"), row("85097")])

    for cut in (3, 40, 120):
        message = refusal(whole[:-cut], "PPRRVU2025_Oct.txt")
        assert "row 4: ends after" in message
        assert "expected 171" in message


def test_columns_of_fixed_width_that_moved_are_refused() -> None:
    whole = pprrvu_txt([row("85060"), row("85097")])
    moved = whole.replace(b"Invented words, 85097", b"Invented words,  85097")

    message = refusal(moved, "PPRRVU2025_Oct.txt")

    assert message.startswith("PPRRVU2025_Oct.txt, row 4, position")


def test_totals_of_fixed_width_must_add_up() -> None:
    made = [row("85060"), changed(row("85097"), total_facility="9.99")]

    message = refusal(pprrvu_txt(made), "PPRRVU2025_Oct.txt")

    assert "row 4, positions 97 to 102 (total facility)" in message


def test_missing_and_doubled_columns_are_named() -> None:
    without_work = [n for n in range(WIDTH) if n != COLUMN["work"]]
    doubled = [*range(WIDTH), COLUMN["malpractice"]]

    assert "columns are missing: WORK RVU;" in refusal(
        csv_of(sheet_of([row()], title_of(2025, 4), without_work))
    )
    assert "MP RVU is there 2 times (K, AF)" in refusal(
        csv_of(sheet_of([row()], title_of(2025, 4), doubled))
    )


def test_a_layout_of_the_future_is_refused() -> None:
    sheet = sheet_of([row()], title_of(2030, 1))
    last = 4 + len(STACKED)
    sheet[last] = [text.replace("RVU", "UNITS") for text in sheet[last]]
    assert "WORK RVU" in refusal(csv_of(sheet))

    sheet[last] = [text.replace("HCPCS", "SERVICE") for text in sheet[last]]
    assert "no row of column names" in refusal(csv_of(sheet))


def test_a_table_without_rows_is_refused() -> None:
    assert "no row follows" in refusal(pprrvu_csv([]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\xd0\xcf\x11\xe0rest", "old kind"),
        ("HCPCS".encode("utf-16"), "Unicode text"),
        (b"%PDF-1.7 ...", "neither a relative value file"),
        (b"HCPCS,MOD,PROCSTAT,CARRIER\n85097,,A,1\n", "neither a relative value file"),
        (bytes(range(256)) * 40, "neither a relative value file"),
        (b"PK\x03\x04 cut", "damaged"),
    ],
)
def test_a_file_of_another_kind_is_refused(data: bytes, message: str) -> None:
    assert message in refusal(data)


def test_a_workbook_re_saved_with_codes_as_numbers_is_refused() -> None:
    sheet = sheet_of([row("00100"), row("85097")], title_of(2025, 4))
    data = xlsx_of(sheet, zip_format_column=0, number_format="0")

    assert "column A (HCPCS): '100': re-saved by a spreadsheet" in refusal(data)


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ('<row r="7">', '<row r="1048576">'),
        ('r="C1"', 'r="XFD1"'),
        ("<sheetData>", "<sheetData><!DOCTYPE a>"),
        ("<worksheet", "<!DOCTYPE w [<!ENTITY a 'b'>]><worksheet"),
        ("</worksheet>", ""),
        ('t="s"><v>0<', 't="s"><v>999999<'),
    ],
)
def test_a_workbook_that_no_spreadsheet_writes_is_refused(found: str, put: str) -> None:
    data = xlsx_of(sheet_of([row()], title_of(2025, 4)), change=lambda xml: xml.replace(found, put))

    assert refusal(data)


def test_a_large_file_with_one_bad_row_is_refused_for_that_row() -> None:
    rows = many_rows(3_000)
    rows[2_499] = changed(rows[2_499], total_facility="999.99")

    assert f"row {FIRST_ROW + 2_499}, column M" in refusal(pprrvu_csv(rows))
