from decimal import Decimal
from pathlib import Path

import pytest

from coding.made_fee_files import csv_of, gpci_sheet, gpci_wide_txt, xlsx_of
from marrowscope.coding.fee_files import read_fee_file
from marrowscope.coding.fee_schedule import GpciTable, Locality
from marrowscope.coding.release import Release
from marrowscope.errors import InputRefusedError, UsageError

AS_CSV = csv_of(gpci_sheet())


def read(data: bytes, name: str = "GPCI.csv", given: Release | None = None) -> GpciTable:
    (table,) = read_fee_file(name, data, given)
    assert isinstance(table, GpciTable)
    return table


def test_localities_are_read_with_their_indices() -> None:
    table = read(AS_CSV)

    assert table.year == 2025
    assert table.localities[1] == Locality(
        contractor="02001",
        state="AK",
        number="01",
        name="PLACE 1",
        work=Decimal(1),
        work_without_floor=None,
        practice=Decimal("0.851"),
        malpractice=Decimal("0.575"),
    )


def test_every_form_of_the_table_says_the_same() -> None:
    sheet = gpci_sheet()
    wanted = read(AS_CSV).localities

    assert read(csv_of(sheet, comma="\t")).localities == wanted
    assert read(csv_of(sheet, mark=b"\xef\xbb\xbf")).localities == wanted
    assert read(xlsx_of(sheet)).localities == wanted
    assert read(gpci_wide_txt()).localities == wanted


def test_files_of_before_2021_have_no_state() -> None:
    table = read(csv_of(gpci_sheet(2019, with_state=False)))

    assert table.year == 2019
    assert {one.state for one in table.localities} == {None}


def test_a_second_work_index_is_the_one_without_the_floor() -> None:
    one = read(csv_of(gpci_sheet(2026, two_work=True))).localities[0]

    assert (one.work, one.work_without_floor) == (Decimal(1), Decimal("0.981"))


def test_a_year_that_only_the_name_or_the_user_tells_is_taken() -> None:
    no_year = AS_CSV.replace(b"2025 ", b"")

    assert read(no_year, "GPCI2024.csv").year == 2024
    assert read(no_year, "a.csv", Release(2023, 1)).year == 2023
    with pytest.raises(UsageError, match="nothing tells the year"):
        read(no_year, "a.csv")
    with pytest.raises(UsageError, match="is of 2025, --release says 2023A"):
        read(AS_CSV, "a.csv", Release(2023, 1))


@pytest.mark.parametrize(
    ("found", "put", "message"),
    [
        (b"02001,", b"2001,", "row 5, column A: '2001': re-saved by a spreadsheet"),
        (b"AK,01,", b"AK,1,", "row 5, column C: '1': re-saved by a spreadsheet"),
        (b"0.851", b"-0.851", "row 5, column F: '-0.851' is no index"),
        (b"0.851", b"85.1", "expected a number from 0.1 to 5"),
        (b"0.852,0.575", b"0.852", "row 6, column G: '' is no index"),
        (b"2025 MP GPCI", b"MALPRACTICE", "columns are missing: malpractice"),
        (b"2025 MP GPCI", b"2025 PE GPCI", "practice is there 2 times"),
        (b"2025 MP GPCI", b"2024 MP GPCI", "several years: 2024, 2025"),
        (b"02001,AK,01", b"02000,AK,00", "there twice"),
        (b"AK,01", b"Alaska,01", "no state of two letters"),
    ],
)
def test_what_does_not_hold_is_refused(found: bytes, put: bytes, message: str) -> None:
    assert found in AS_CSV

    with pytest.raises(InputRefusedError) as caught:
        read(AS_CSV.replace(found, put))

    assert message in str(caught.value)


def test_a_wide_text_of_other_columns_is_refused() -> None:
    with pytest.raises(InputRefusedError, match="use the CSV file"):
        read(gpci_wide_txt().replace(b"2025 PE GPCI2025 MP GPCI", b"2025 MP GPCI2025 PE GPCI"))
    with pytest.raises(InputRefusedError, match="row 5"):
        read(gpci_wide_txt().replace(b"0.851 ", b" "))


def test_the_published_indices_are_read(shared_data: Path) -> None:
    path = shared_data / "cms" / "GPCI2025.csv"

    table = read(path.read_bytes(), path.name)

    assert table.year == 2025
    assert len(table.localities) == 109
    alaska = next(one for one in table.localities if one.state == "AK")
    assert (alaska.name, alaska.work) == ("ALASKA", Decimal("1.5"))
