import fcntl
import gzip
import os
import resource
import signal
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coding.made_utilization import (
    NAMES,
    NAMES_BEFORE_2019,
    Row,
    one_each,
    text_of,
    write_many,
    write_rows,
)
from marrowscope.errors import (
    EnvironmentProblemError,
    MarrowscopeError,
    OutputError,
    OversizedInputError,
    UnreadableInputError,
    UsageError,
)
from marrowscope.store.utilization_tables import (
    facts_of,
    import_utilization,
    imported_years,
    read_code,
)

ROWS = one_each(20, 30, 40)


def imported(tmp_path: Path, rows: Sequence[Row], names: Sequence[str] = NAMES) -> Path:
    folder = tmp_path / "tables"
    import_utilization(write_rows(tmp_path / "made.csv", rows, names), 2023, folder)
    return folder


def services_in(folder: Path, code: str = "85097") -> list[Decimal]:
    return sorted(read_code(folder, code).services)


@pytest.mark.parametrize("names", [NAMES, NAMES_BEFORE_2019])
def test_a_file_is_kept_with_its_facts(names: Sequence[str], tmp_path: Path) -> None:
    folder = imported(tmp_path, ROWS, names)

    facts = facts_of(folder, 2023)
    assert facts is not None
    assert (facts.n_rows, facts.n_kept, facts.n_of_organisations) == (3, 3, 0)
    assert len(facts.sha256) == 64
    assert services_in(folder) == [20, 30, 40]
    assert imported_years(folder) == (2023,)


def test_places_of_service_are_summed(tmp_path: Path) -> None:
    both = [replace(ROWS[0], place=place, services=n) for place, n in (("F", "20"), ("O", "1.25"))]

    assert services_in(imported(tmp_path, [*both, ROWS[1]])) == [Decimal("21.25"), 30]


def test_organisations_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = imported(tmp_path, [*ROWS, replace(ROWS[0], npi="1999999999", entity="O")])

    facts = facts_of(folder, 2023)
    assert facts is not None
    assert (facts.n_rows, facts.n_kept, facts.n_of_organisations) == (4, 3, 1)
    assert services_in(folder) == [20, 30, 40]


def test_codes_are_text(tmp_path: Path) -> None:
    folder = imported(tmp_path, [replace(ROWS[0], code=code) for code in ("00100", "G0416")])

    assert services_in(folder, "00100") == [20]
    assert services_in(folder, "00101") == []


def test_a_provider_has_one_number_in_all_codes_and_no_name(tmp_path: Path) -> None:
    folder = imported(tmp_path, [ROWS[0], replace(ROWS[0], code="85060"), ROWS[1]])

    table = pq.read_table(folder / "2023.parquet")
    assert len(set(table.column("provider").to_pylist())) == 2
    assert table.column_names == [
        "provider",
        "state",
        "specialty",
        "code",
        "services",
        "beneficiaries",
    ]
    data = (folder / "2023.parquet").read_bytes()
    assert b"Surname" not in data
    assert b"1000000001" not in data


def test_a_code_is_read_from_the_latest_year_unless_another_is_asked_for(tmp_path: Path) -> None:
    folder = imported(tmp_path, ROWS)
    import_utilization(write_rows(tmp_path / "older.csv", one_each(7)), 2022, folder)

    assert read_code(folder, "85097").year == 2023
    assert read_code(folder, "85097", 2022).services == [7]
    with pytest.raises(UsageError, match="no utilization file of 2021 is imported; there are 2022"):
        read_code(folder, "85097", 2021)


def test_without_any_import_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no utilization file is imported yet: download"):
        read_code(tmp_path / "none", "85097")


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    folder = imported(tmp_path, ROWS)
    before = (folder / "2023.parquet").stat()

    facts, is_new = import_utilization(tmp_path / "made.csv", 2023, folder)

    assert not is_new
    assert facts == facts_of(folder, 2023)
    assert (folder / "2023.parquet").stat() == before


def test_another_file_of_the_year_replaces_the_first(tmp_path: Path) -> None:
    folder = imported(tmp_path, ROWS)

    _facts, is_new = import_utilization(write_rows(tmp_path / "b.csv", one_each(9)), 2023, folder)

    assert is_new
    assert services_in(folder) == [9]


def zipped(path: Path, *members: tuple[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return path


def test_packed_files_are_read_as_they_are(tmp_path: Path) -> None:
    folder, text = tmp_path / "tables", text_of(ROWS)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    archive = zipped(tmp_path / "a.zip", ("../../out.CSV", text), ("read me.txt", "made"))

    for year, path in ((2022, tmp_path / "a.csv.gz"), (2023, archive)):
        import_utilization(path, year, folder)
        assert services_in(folder) == [20, 30, 40]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv.gz", "a.zip", "tables"]


def test_a_name_with_the_signs_of_a_pattern_is_a_name(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a] * folder"
    import_utilization(write_rows(tmp_path / "a[1]*'.csv", ROWS), 2023, folder)

    assert services_in(folder) == [20, 30, 40]


def test_the_row_of_copyright_in_old_files_is_passed_over(tmp_path: Path) -> None:
    text = text_of(ROWS, NAMES_BEFORE_2019, "\t").splitlines()
    notice = "\t".join(["0000000001", *[""] * (len(NAMES_BEFORE_2019) - 1)])
    path = tmp_path / "old.txt"
    path.write_text("\n".join([text[0], notice, *text[1:]]), encoding="utf-8")

    facts, _is_new = import_utilization(path, 2013, tmp_path / "tables")

    assert facts.n_rows == 3


def test_names_in_another_encoding_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "made.csv"
    path.write_bytes(text_of(ROWS).replace("Made, Surname", "Jos\xe9").encode("latin-1"))

    assert import_utilization(path, 2023, tmp_path / "tables")[0].n_kept == 3


def spoilt(change: Callable[[str], str]) -> Callable[[Path], Path]:
    def write(tmp_path: Path) -> Path:
        path = tmp_path / "bad.csv"
        path.write_text(change(text_of([*ROWS, *one_each(1, code="85060")])), encoding="utf-8")
        return path

    return write


def with_row(**cells: str) -> Callable[[Path], Path]:
    return lambda tmp_path: write_rows(tmp_path / "bad.csv", [*ROWS, replace(ROWS[0], **cells)])


def cut_gzip(tmp_path: Path) -> Path:
    path = tmp_path / "bad.csv.gz"
    path.write_bytes(gzip.compress(text_of(one_each(*range(3000))).encode())[:-400])
    return path


def damaged_zip(tmp_path: Path) -> Path:
    path = zipped(tmp_path / "bad.zip", ("a.csv", text_of(one_each(*range(3000)))))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    return path


def not_there(tmp_path: Path) -> Path:
    return tmp_path / "bad.csv"


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (spoilt(lambda text: text[:-40]), r"bad.csv, line 5: has \d+ columns instead of 28"),
        (spoilt(lambda text: text + '1000000009,"cut'), "bad.csv, line 6: .* cut off or damaged"),
        (spoilt(lambda text: text.replace("Tot_Srvcs", "Sum")), "lacks the columns Tot_Srvcs"),
        (spoilt(lambda text: text.splitlines()[0] + "\n"), "holds no row of an individual"),
        (spoilt(lambda _: "word\n" * 20), "bad.csv: lacks the columns"),
        (spoilt(lambda _: "\0" * 100_000), "bad.csv: is not a table in CSV"),
        (spoilt(lambda _: ""), "bad.csv: is not a table in CSV"),
        (spoilt(lambda text: text + "x" * 100_000), "bad.csv, line 6: "),
        (with_row(services="-3"), "bad.csv, row 5, column Tot_Srvcs: '-3' is not a number of serv"),
        (with_row(services="many"), "row 5, column Tot_Srvcs: 'many'"),
        (with_row(services="1E+05"), r"row 5, column Tot_Srvcs: '1E\+05'"),
        (with_row(services=""), "row 5, column Tot_Srvcs: ''"),
        (with_row(beneficiaries="1.5"), "row 5, column Tot_Benes: '1.5' is not a whole number"),
        (with_row(code="100"), "row 5, column HCPCS_Cd: '100' is a code that a spreadsheet"),
        (with_row(npi="12"), "row 5, column Rndrng_NPI: '12' is not a provider's number"),
        (with_row(entity="X"), "row 5, column Rndrng_Prvdr_Ent_Cd: 'X' is not I or O"),
        (with_row(place="Z"), "row 5, column Place_Of_Srvc: 'Z' is not F or O"),
        (with_row(state="Ohio"), "row 5, column Rndrng_Prvdr_State_Abrvtn: 'Ohio'"),
        (cut_gzip, "bad.csv.gz: cannot be read, it is damaged, cut off"),
        (damaged_zip, "bad.zip: cannot be read, it is damaged, cut off"),
        (not_there, "bad.csv: there is no such file"),
        (
            lambda at: zipped(at / "bad.zip", ("a.csv", text_of(ROWS)), ("b.csv", text_of(ROWS))),
            "bad.zip: holds 2 CSV files instead of one",
        ),
        (lambda at: zipped(at / "bad.zip", ("a.pdf", "")), "bad.zip: holds 0 CSV files"),
    ],
)
def test_a_file_that_is_not_such_a_table_is_refused_and_changes_nothing(
    write: Callable[[Path], Path], message: str, tmp_path: Path
) -> None:
    folder = imported(tmp_path, ROWS)
    before = (folder / "2023.parquet").read_bytes()

    with pytest.raises(UnreadableInputError, match=message) as refusal:
        import_utilization(write(tmp_path), 2023, folder)

    assert "\n" not in str(refusal.value)
    assert "Surname" not in str(refusal.value)
    assert (folder / "2023.parquet").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["2023.parquet"]


def test_a_wrong_cell_far_down_is_found_in_its_row(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    n_rows = write_many(path, 30_000)
    with path.open("a", encoding="utf-8") as file:
        file.write(text_of([Row(services="-1")]).splitlines()[1] + "\n")

    with pytest.raises(UnreadableInputError, match=f"row {n_rows + 2}, column Tot_Srvcs: '-1'"):
        import_utilization(path, 2023, tmp_path / "tables")


@pytest.mark.parametrize("name", ["bomb.csv.gz", "bomb.zip"])
def test_what_unpacks_without_end_is_refused(name: str, tmp_path: Path) -> None:
    head, row = text_of(ROWS[:1]).splitlines(keepends=True)
    text = head + row * 1_000_000
    path = tmp_path / name
    if name.endswith("zip"):
        zipped(path, ("bomb.csv", text))
    else:
        path.write_bytes(gzip.compress(text.encode()))

    with pytest.raises(OversizedInputError, match=f"{name}: unpacks to far more"):
        import_utilization(path, 2023, tmp_path / "tables")

    assert not (tmp_path / "tables").exists()


@pytest.fixture
def largest_file_bytes() -> Iterator[Callable[[int], None]]:
    """Sets how large a file may grow, as a disk that fills up does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_tables_as_they_were(
    largest_file_bytes: Callable[[int], None], tmp_path: Path
) -> None:
    folder = imported(tmp_path, ROWS)
    write_many(tmp_path / "more.csv", 20_000)

    largest_file_bytes(10_000)
    with pytest.raises(OutputError, match="disk full"):
        import_utilization(tmp_path / "more.csv", 2023, folder)

    assert services_in(folder) == [20, 30, 40]
    assert [path.name for path in folder.iterdir()] == ["2023.parquet"]


def test_an_import_that_is_stopped_leaves_nothing_behind(tmp_path: Path) -> None:
    # Large enough not to be over before a busy machine hands the signal on.
    write_many(tmp_path / "many.csv", 200_000)

    stops = iter([signal.SIGINT])

    def stop(_megabytes: int) -> None:
        os.kill(os.getpid(), next(stops, 0))

    with pytest.raises(KeyboardInterrupt):
        import_utilization(tmp_path / "many.csv", 2023, tmp_path / "home" / "tables", stop)

    assert [path.name for path in tmp_path.iterdir()] == ["many.csv"]


def test_two_imports_at_once_do_not_mix(tmp_path: Path) -> None:
    folder = imported(tmp_path, ROWS)
    another = os.open(folder, os.O_RDONLY)
    fcntl.flock(another, fcntl.LOCK_EX)
    try:
        with pytest.raises(EnvironmentProblemError, match="another import of a utilization file"):
            import_utilization(write_rows(tmp_path / "b.csv", one_each(1)), 2022, folder)
    finally:
        os.close(another)

    assert imported_years(folder) == (2023,)


def test_what_a_killed_import_left_behind_goes_with_the_next(tmp_path: Path) -> None:
    left = tmp_path / "tables" / ".partial-old"
    left.mkdir(parents=True)

    imported(tmp_path, ROWS)

    assert not left.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "tables").write_text("in the way", encoding="utf-8")

    with pytest.raises(OutputError, match="cannot write to"):
        imported(tmp_path, ROWS)


def test_a_damaged_table_is_told_and_made_again(tmp_path: Path) -> None:
    folder = imported(tmp_path, ROWS)
    (folder / "2023.parquet").write_bytes(b"PAR1")

    with pytest.raises(MarrowscopeError, match="the utilization table of 2023 is damaged"):
        read_code(folder, "85097")
    assert import_utilization(tmp_path / "made.csv", 2023, folder)[1]
    assert services_in(folder) == [20, 30, 40]


@pytest.mark.parametrize("year", [1999, 20230])
def test_a_year_that_cannot_be_is_refused(year: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"--year: {year} is not between 2012 and 2099"):
        import_utilization(write_rows(tmp_path / "a.csv", ROWS), year, tmp_path / "tables")
