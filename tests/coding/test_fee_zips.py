import contextlib
import io
import tracemalloc
import zipfile

import pytest

from coding.made_fee_files import (
    csv_of,
    gpci_sheet,
    gpci_wide_txt,
    pprrvu_csv,
    pprrvu_txt,
    row,
    sheet_of,
    title_of,
    xlsx_of,
    zip_of,
)
from marrowscope.coding.fee_files import LARGEST_TABLE_BYTES, MOST_MEMBERS, read_fee_file
from marrowscope.coding.fee_schedule import FeeTable
from marrowscope.coding.release import Release
from marrowscope.errors import InputRefusedError, OversizedInputError

ROWS = [row("85060"), row("85097")]
CSV = pprrvu_csv(ROWS)
XLSX = xlsx_of(sheet_of(ROWS, title_of(2025, 4)))
OTHERS = {
    "OPPSCAP_Oct.csv": b"HCPCS,MOD,PROCSTAT,CARRIER,LOCALITY,FACILITY PRICE\n85097,,A,1,0,1.00\n",
    "ANES2025.csv": b"Contractor,Locality,Locality name,2025 Anesthesia CF\n1,2,A,20\n",
    "25LOCCO.csv": b"Contractor,Locality Number,State,Fee Schedule Area,Counties\n",
    "RVU25D.pdf": b"%PDF-1.7",
    "layout.docx": zip_of({"word/document.xml": "<w/>"}),
}


def members_used(data: bytes, name: str = "RVU25D.zip") -> list[str | None]:
    return [one.source.member for one in read_fee_file(name, data)]


def test_the_tables_of_a_release_are_found_among_others() -> None:
    data = zip_of(OTHERS | {"a/PPRRVU.csv": CSV, "a/GPCI2025.csv": csv_of(gpci_sheet())})

    assert members_used(data) == ["a/PPRRVU.csv", "a/GPCI2025.csv"]


def test_csv_is_preferred_then_xlsx_then_text() -> None:
    text = pprrvu_txt(ROWS)

    assert members_used(zip_of({"p.txt": text, "p.xlsx": XLSX, "p.csv": CSV})) == ["p.csv"]
    assert members_used(zip_of({"p.txt": text, "p.xlsx": XLSX})) == ["p.xlsx"]
    assert members_used(zip_of({"p.txt": text, "g.txt": gpci_wide_txt()})) == ["p.txt", "g.txt"]


def test_the_name_of_the_zip_tells_the_release_of_a_text() -> None:
    (table,) = read_fee_file("rvu24b-0401.zip", zip_of({"p.txt": pprrvu_txt(ROWS)}))

    assert isinstance(table, FeeTable)
    assert table.release == Release(2024, 2)


def test_the_digest_is_that_of_the_table_and_of_the_zip() -> None:
    (inside,) = read_fee_file("a.zip", zip_of({"p.csv": CSV}))
    (alone,) = read_fee_file("p.csv", CSV)

    assert inside.source.sha256 == alone.source.sha256
    assert alone.source.archive_sha256 is None
    assert inside.source.archive_sha256 not in (None, inside.source.sha256)


def test_two_tables_of_the_same_form_are_refused() -> None:
    with pytest.raises(InputRefusedError, match=r"two tables of the same kind, a\.csv and b\.csv"):
        read_fee_file("a.zip", zip_of({"a.csv": CSV, "b.csv": CSV}))


def test_a_zip_without_a_table_is_refused() -> None:
    for members in (OTHERS, {}):
        with pytest.raises(InputRefusedError, match="holds no PPRRVU and no GPCI table"):
            read_fee_file("a.zip", zip_of(members))


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.98])
@pytest.mark.parametrize("data", [zip_of({"p.csv": CSV}), XLSX], ids=["zip", "xlsx"])
def test_a_truncated_zip_or_workbook_is_refused(data: bytes, kept: float) -> None:
    with pytest.raises(InputRefusedError, match="damaged"):
        read_fee_file("a.zip", data[: int(kept * len(data))])


def test_changed_bytes_in_a_zip_are_refused() -> None:
    data = bytearray(zip_of({"p.csv": CSV}))
    data[200] ^= 0xFF

    with pytest.raises(InputRefusedError, match="damaged"):
        read_fee_file("a.zip", bytes(data))


def test_a_zip_bomb_is_refused_before_it_unpacks() -> None:
    bomb = zip_of({"PPRRVU2025_Oct.csv": CSV + b"\n" * LARGEST_TABLE_BYTES})
    assert len(bomb) < 100_000

    with pytest.raises(OversizedInputError, match="unpacks to 64"):
        read_fee_file("a.zip", bomb)


def test_a_zip_of_too_many_files_is_refused() -> None:
    data = zip_of({f"{n}.txt": b"" for n in range(MOST_MEMBERS + 1)})

    with pytest.raises(OversizedInputError, match="far more than a release holds"):
        read_fee_file("a.zip", data)


def test_paths_in_a_zip_lead_nowhere() -> None:
    assert members_used(zip_of({"../../etc/PPRRVU.csv": CSV})) == ["../../etc/PPRRVU.csv"]


def test_a_protected_zip_is_refused() -> None:
    file = io.BytesIO(zip_of({"p.csv": CSV}))
    with zipfile.ZipFile(file) as archive:
        start = archive.infolist()[0].header_offset
    data = bytearray(file.getvalue())
    data[start + 6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(InputRefusedError, match="protected"):
        read_fee_file("a.zip", bytes(data))


def test_a_member_that_understates_its_size_unpacks_to_no_more_than_it_says() -> None:
    data = bytearray(zip_of({"p.csv": CSV + b"\n" * 20_000_000}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = len(CSV).to_bytes(4, "little")
    tracemalloc.start()
    try:
        with contextlib.suppress(InputRefusedError):
            read_fee_file("RVU25D.zip", bytes(data))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 5_000_000
