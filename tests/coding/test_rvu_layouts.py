from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coding.made_fee_files import (
    WIDTH,
    csv_of,
    many_rows,
    pprrvu_csv,
    pprrvu_txt,
    row,
    sheet_of,
    title_of,
    xlsx_of,
    zip_of,
)
from marrowscope.coding.fee_files import read_fee_file
from marrowscope.coding.fee_schedule import FeeRow, FeeTable
from marrowscope.coding.release import Release, Variant

ROWS = [
    row("00100", status="J", work="0.00", practice=("0.00", "0.00"), malpractice="0.00"),
    row("0855T", status="C", work="0.00", practice=("0.00", "0.00"), pctc="3", global_days="ZZZ"),
    row("85097"),
    row("88305", na_facility="NA"),
    row("88305", "26"),
    row("G0416", "TC", work="0.00"),
]


def read(name: str, data: bytes) -> FeeTable:
    (table,) = read_fee_file(name, data)
    assert isinstance(table, FeeTable)
    return table


def rows_of(name: str, data: bytes) -> tuple[FeeRow, ...]:
    return read(name, data).rows


def test_a_row_is_read_without_its_descriptor() -> None:
    assert rows_of("f.csv", pprrvu_csv([row("85097", "26")])) == (
        FeeRow(
            code="85097",
            modifier="26",
            status="A",
            work=Decimal("0.90"),
            pe_nonfacility=Decimal("1.10"),
            is_na_nonfacility=False,
            pe_facility=Decimal("0.40"),
            is_na_facility=False,
            malpractice=Decimal("0.04"),
            total_nonfacility=Decimal("2.04"),
            total_facility=Decimal("1.34"),
            pctc="0",
            global_days="XXX",
            conversion_factor=Decimal("32.1000"),
        ),
    )


@pytest.mark.parametrize("year", range(2019, 2027))
@pytest.mark.parametrize("quarter", [1, 2, 3, 4])
def test_the_title_tells_the_release_and_no_copyright_line_does(year: int, quarter: int) -> None:
    assert read("f.csv", pprrvu_csv(ROWS, year, quarter)).release == Release(year, quarter)


def test_every_form_of_a_table_says_the_same() -> None:
    sheet = sheet_of(ROWS, title_of(2025, 4))
    wanted = rows_of("f.csv", csv_of(sheet))

    assert [one.code for one in wanted] == ["00100", "0855T", "85097", "88305", "88305", "G0416"]
    assert rows_of("f.csv", csv_of(sheet, mark=b"\xef\xbb\xbf")) == wanted
    assert rows_of("f.csv", csv_of(sheet, end="\n")) == wanted
    assert rows_of("f.csv", csv_of(sheet, end="\r")) == wanted
    assert rows_of("f.txt", csv_of(sheet, comma="\t")) == wanted
    assert rows_of("f", csv_of(sheet_of(ROWS, title_of(2025, 4), n_stacked=3))) == wanted
    assert rows_of("f.xlsx", xlsx_of(sheet)) == wanted
    assert rows_of("PPRRVU2025_Oct.txt", pprrvu_txt(ROWS)) == wanted
    assert rows_of("PPRRVU2025_Oct.txt", pprrvu_txt(ROWS, end="\n")) == wanted


def test_kind_is_told_by_content_and_not_by_name() -> None:
    sheet = sheet_of(ROWS, title_of(2025, 4))

    assert rows_of("f.zip", csv_of(sheet)) == rows_of("f.csv", xlsx_of(sheet))


def test_latin_1_is_read() -> None:
    one = row("85097", descriptor="Prélèvement ñ")

    assert rows_of("f.csv", pprrvu_csv([one])) == rows_of("f.csv", pprrvu_csv([row("85097")]))


@given(st.permutations(range(WIDTH)))
def test_columns_may_stand_in_any_order(order: list[int]) -> None:
    moved = csv_of(sheet_of(ROWS, title_of(2025, 4), order))

    assert rows_of("f.csv", moved) == rows_of("f.csv", pprrvu_csv(ROWS))


def test_na_and_blank_are_no_value_and_never_zero() -> None:
    (one,) = rows_of(
        "f.csv",
        pprrvu_csv([row(pe_nonfacility="NA", total_nonfacility="", conversion_factor="")]),
    )

    assert one.pe_nonfacility is one.total_nonfacility is one.conversion_factor is None
    assert one.total_facility == Decimal("1.34")


@pytest.mark.parametrize("total", ["NA", "", "0.94", "2.04"])
def test_a_total_with_an_unknown_part_may_be_unknown_or_any_that_fits(total: str) -> None:
    made = row(pe_nonfacility="NA", total_nonfacility=total)

    assert len(rows_of("f.csv", pprrvu_csv([made]))) == 1


def test_a_practice_expense_marked_na_may_carry_a_number() -> None:
    (one,) = rows_of("f.csv", pprrvu_csv([row(na_facility="NA")]))

    assert one.is_na_facility
    assert one.pe_facility == Decimal("0.40")


def test_rounding_of_a_hundredth_adds_up() -> None:
    (one,) = rows_of("f.csv", pprrvu_csv([row(total_facility="1.35")]))

    assert one.total_facility == Decimal("1.35")


def test_numbers_keep_two_decimals_at_least() -> None:
    (one,) = rows_of("f.csv", pprrvu_csv([row(work="1", practice=("1.1", "0"), malpractice="0")]))

    assert [str(n) for n in (one.work, one.pe_nonfacility, one.pe_facility)] == [
        "1.00",
        "1.10",
        "0.00",
    ]


def test_codes_stored_as_numbers_that_show_their_zeros_are_read() -> None:
    sheet = sheet_of([row("00100"), row("85097")], title_of(2025, 4))

    codes = [one.code for one in rows_of("f.xlsx", xlsx_of(sheet, zip_format_column=0))]
    assert codes == ["00100", "85097"]


def test_a_workbook_whose_elements_bear_a_prefix_is_read() -> None:
    def prefixed(xml: str) -> str:
        for name in ("worksheet", "sheetData", "row", "c", "v"):
            for end in (" ", ">"):
                xml = xml.replace(f"<{name}{end}", f"<x:{name}{end}")
            xml = xml.replace(f"</{name}>", f"</x:{name}>")
        return xml.replace("xmlns=", "xmlns:x=").replace("<sheetData/>", "<x:sheetData/>")

    sheet = sheet_of(ROWS, title_of(2025, 4))
    assert rows_of("f.xlsx", xlsx_of(sheet, change=prefixed)) == rows_of("f", csv_of(sheet))


def test_a_workbook_of_another_writer_is_read(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="needs openpyxl")
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    for cells in sheet_of(ROWS, title_of(2025, 4)):
        typed = [float(c) if n > 4 and "." in c else c or None for n, c in enumerate(cells)]
        page.append(typed)
    book.save(tmp_path / "f.xlsx")

    read_back = rows_of("f.xlsx", (tmp_path / "f.xlsx").read_bytes())
    assert read_back == rows_of("f.csv", pprrvu_csv(ROWS))


def test_both_variants_of_2026_are_two_tables_of_one_release() -> None:
    tables = read_fee_file(
        "RVU26A.zip",
        zip_of(
            {
                "PPRRVU2026_Jan_nonQPP.csv": pprrvu_csv([row(factor="33.40")], 2026, 1),
                "PPRRVU2026_Jan_nonQPP.txt": pprrvu_txt([row(factor="33.40")]),
                "PPRRVU2026_Jan_QPP.csv": pprrvu_csv([row(factor="33.57")], 2026, 1),
            }
        ),
    )

    assert [(one.release.label, one.variant) for one in tables if isinstance(one, FeeTable)] == [
        ("2026A", Variant.NON_QPP),
        ("2026A", Variant.QPP),
    ]


@pytest.mark.parametrize("form", ["csv", "txt", "xlsx"])
def test_twenty_thousand_rows_are_read_and_none_is_lost(form: str) -> None:
    rows = many_rows(20_000)
    data = {
        "csv": lambda: pprrvu_csv(rows),
        "txt": lambda: pprrvu_txt(rows),
        "xlsx": lambda: xlsx_of(sheet_of(rows, title_of(2025, 4))),
    }[form]()

    table = read(f"PPRRVU2025_Oct.{form}", data)

    assert len(table.rows) == 20_000
    assert not table.is_partial


def test_the_published_samples_agree_and_hold_the_known_values(shared_data: Path) -> None:
    folder = shared_data / "cms"
    tables = [
        read(path.name, path.read_bytes())
        for path in (folder / "PPRRVU2025_Oct.sample.csv", folder / "PPRRVU2025_Oct.sample.txt")
    ]

    assert tables[0].rows == tables[1].rows
    assert {one.release.label for one in tables} == {"2025D"}
    assert len(tables[0].rows) == 364
    of_code = {(one.code, one.modifier): one for one in tables[0].rows}
    assert str(of_code["85097", None].work) == "0.94"
    assert str(of_code["85097", None].total_facility) == "1.40"
    assert of_code["0855T", None].status == "C"
    assert of_code["85060", None].is_na_nonfacility
