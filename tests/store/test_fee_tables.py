import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coding.made_fee_files import DESCRIPTOR, csv_of, gpci_sheet, many_rows, pprrvu_csv, row
from marrowscope.coding.fee_files import read_fee_file
from marrowscope.coding.fee_schedule import FeeTable, GpciTable
from marrowscope.errors import OutputError, UnreadableInputError
from marrowscope.store.fee_tables import FeeTables, Outcome, Saved

OCTOBER = pprrvu_csv([row("85097"), row("88305", "26", na_facility="NA", pe_nonfacility="NA")])


def table_of(data: bytes, name: str = "f.csv") -> FeeTable | GpciTable:
    (table,) = read_fee_file(name, data)
    return table


def files_in(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file()
    }


def test_rows_come_back_as_they_were_read(tmp_path: Path) -> None:
    table = table_of(OCTOBER)
    assert isinstance(table, FeeTable)
    store = FeeTables(tmp_path)

    assert store.save([table]) == (Saved(Outcome.IMPORTED),)

    assert [one.row for one in store.entries("88305")] == [table.rows[1]]
    assert str(store.entries("85097")[0].row.work) == str(table.rows[0].work)
    (here,) = store.releases()
    assert (here.release, here.n_rows, here.sha256) == (table.release, 2, table.source.sha256)


def test_localities_come_back_by_year(tmp_path: Path) -> None:
    table = table_of(csv_of(gpci_sheet(2026, two_work=True)))
    assert isinstance(table, GpciTable)
    store = FeeTables(tmp_path)
    store.save([table])

    assert tuple(store.localities(2026)) == table.localities
    assert store.localities(2025) == []
    assert store.releases() == []


def test_an_empty_home_is_left_empty_by_reading(tmp_path: Path) -> None:
    store = FeeTables(tmp_path / "home")

    assert store.releases() == store.entries("85097") == store.localities(2025) == []
    assert not (tmp_path / "home").exists()


def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    store = FeeTables(tmp_path)
    store.save([table_of(OCTOBER)])
    before = files_in(tmp_path)

    assert store.save([table_of(OCTOBER, "other-name.csv")]) == (Saved(Outcome.ALREADY_HERE),)
    assert files_in(tmp_path) == before


def test_another_file_replaces_the_table_as_a_whole_and_tells_which(tmp_path: Path) -> None:
    store = FeeTables(tmp_path)
    first = table_of(OCTOBER)
    store.save([first])

    saved = store.save([table_of(pprrvu_csv([row("85060")]))])

    assert saved == (Saved(Outcome.REPLACED, first.source.sha256),)
    assert store.entries("85097") == []
    assert len(store.entries("85060")) == 1


def test_releases_and_variants_lie_side_by_side(tmp_path: Path) -> None:
    store = FeeTables(tmp_path)
    rows = [row("85097")]
    store.save(
        [
            table_of(pprrvu_csv(rows, 2026, 1), "PPRRVU2026_Jan_QPP.csv"),
            table_of(pprrvu_csv(rows, 2026, 1), "PPRRVU2026_Jan_nonQPP.csv"),
            table_of(pprrvu_csv(rows, 2019, 3)),
        ]
    )

    assert [(one.release.label, one.variant) for one in store.releases()] == [
        ("2019C", None),
        ("2026A", "QPP"),
        ("2026A", "nonQPP"),
    ]
    assert len(store.entries("85097")) == 3


def test_no_descriptor_is_stored(tmp_path: Path) -> None:
    FeeTables(tmp_path).save([table_of(OCTOBER)])
    (path,) = tmp_path.rglob("*.parquet")

    stored = pq.read_table(path)

    assert DESCRIPTOR not in str(stored.to_pylist()) + str(stored.schema.metadata)
    assert not [name for name in stored.column_names if "desc" in name]


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    for home in ("a", "b"):
        FeeTables(tmp_path / home).save([table_of(OCTOBER)])

    assert files_in(tmp_path / "a") == files_in(tmp_path / "b")


@contextmanager
def files_of_at_most(n_bytes: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_takes_no_more_leaves_every_table_as_it_was(tmp_path: Path) -> None:
    store = FeeTables(tmp_path)
    store.save([table_of(OCTOBER)])
    before = files_in(tmp_path)
    tables = [
        table_of(pprrvu_csv([row("85060")])),
        table_of(pprrvu_csv(many_rows(20_000), 2024, 1)),
    ]

    with files_of_at_most(20_000), pytest.raises(OutputError, match="disk is full"):
        store.save(tables)

    assert files_in(tmp_path) == before


def test_a_file_in_the_way_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "coding").write_text("mine")

    with pytest.raises(OutputError, match="a file is in the way"):
        FeeTables(tmp_path).save([table_of(OCTOBER)])

    assert files_in(tmp_path) == {"coding": b"mine"}


def test_two_imports_at_once_never_mix(tmp_path: Path) -> None:
    def both(work: str) -> list[FeeTable | GpciTable]:
        rows = [row("85097", work=work)]
        return [table_of(pprrvu_csv(rows, 2025, quarter)) for quarter in (1, 2, 3, 4)]

    imports = [both(f"0.{number:02d}") for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(FeeTables(tmp_path).save, imports))

    assert len({one.row.work for one in FeeTables(tmp_path).entries("85097")}) == 1
    assert len(files_in(tmp_path)) == 4


def test_what_a_killed_import_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "coding" / "fees" / ".partial" / "new"
    left.mkdir(parents=True)
    (left / "rvu-2025D.parquet").write_text("half")

    FeeTables(tmp_path).save([table_of(OCTOBER)])

    assert list(files_in(tmp_path)) == ["coding/fees/rvu-2025D.parquet"]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"nonsense" * 100])
def test_a_damaged_table_is_told_and_can_be_imported_again(tmp_path: Path, content: bytes) -> None:
    store = FeeTables(tmp_path)
    store.save([table_of(OCTOBER)])
    (path,) = tmp_path.rglob("*.parquet")
    path.write_bytes(content)

    with pytest.raises(UnreadableInputError, match="is damaged"):
        store.entries("85097")
    assert store.save([table_of(OCTOBER)]) == (Saved(Outcome.REPLACED),)
    assert len(store.entries("85097")) == 1
