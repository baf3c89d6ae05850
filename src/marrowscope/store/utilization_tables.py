"""Utilization files of CMS on disk: one Parquet table a year, sorted by code, no provider's name.

A provider is kept as 64 bits of the MD5 of the NPI, so that the rows of one belong together. That
is no secrecy: whoever has the public list of NPIs finds each of them again.

DuckDB reads the file through a pipe: no path of a user reaches it, what is packed is never
unpacked on disk, and the bytes are counted while they come.
"""

import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from marrowscope.coding.benchmark import CodeUtilization
from marrowscope.coding.utilization_columns import (
    RULES,
    UtilizationLayout,
    layout_of,
    wrong_cell,
)
from marrowscope.errors import (
    EnvironmentProblemError,
    MarrowscopeError,
    OutputError,
    ResourceError,
    UnreadableInputError,
    UsageError,
)
from marrowscope.store.utilization_source import Advance, piped, sha256_of, unpacked
from marrowscope.store.utilization_sql import (
    COPYRIGHT_ROW_NPI,
    COUNTING,
    LONGEST_LINE,
    WRONG_CELL,
    UtilizationFacts,
    cells,
    collecting,
    writing,
)

YEARS = (2012, 2099)
"""The publisher begins with 2012."""
MEMORY_LIMIT = "400MB"
"""What DuckDB may hold, so that the process stays under 1 GiB; the rest goes to disk."""
THREADS = 2
SECONDS_BETWEEN_STOPS = 0.05
PARTIAL = ".partial-"
DISK_IS_FULL = re.compile(r"no space left|file too large|quota|max_temp_directory_size", re.I)
LINE = re.compile(r"CSV Error on Line: (\d+)")
WRONG_WIDTH = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")


def imported_years(folder: Path) -> tuple[int, ...]:
    """Years that have a table in the folder, ascending."""
    found = [path.stem for path in folder.glob("*.parquet")]
    return tuple(sorted(int(name) for name in found if re.fullmatch("[0-9]{4}", name)))


def facts_of(folder: Path, year: int) -> UtilizationFacts | None:
    """What is known of a year, None where it was not imported or its table is damaged."""
    try:
        with (folder / f"{year}.parquet").open("rb") as file:
            known = pq.read_metadata(file).metadata
        return UtilizationFacts(
            year,
            known[b"sha256"].decode("ascii"),
            int(known[b"n_rows"]),
            int(known[b"n_kept"]),
            int(known[b"n_of_organisations"]),
        )
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return None


def read_code(folder: Path, code: str, year: int | None = None) -> CodeUtilization:
    """Every row of a code in a year, the latest imported one where None.

    Raises UsageError where that year was not imported, EnvironmentProblemError where its table is
    damaged.
    """
    years = imported_years(folder)
    if not years:
        raise UsageError(
            "no utilization file is imported yet: download 'Medicare Physician & Other "
            "Practitioners, by Provider and Service' from data.cms.gov, then run coding "
            "import-utilization FILE --year Y"
        )
    asked = years[-1] if year is None else year
    if asked not in years:
        raise UsageError(
            f"no utilization file of {asked} is imported; there are {', '.join(map(str, years))}"
        )
    facts = facts_of(folder, asked)
    columns = ["provider", "state", "specialty", "services"]
    try:
        with (folder / f"{asked}.parquet").open("rb") as file:
            table = pq.read_table(file, columns=columns, filters=[("code", "=", code)])
        if facts is None:
            raise ValueError("no facts")
        lists = [table.column(name).to_pylist() for name in columns]
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise EnvironmentProblemError(
            f"the utilization table of {asked} is damaged; import its file again"
        ) from error
    return CodeUtilization(code, asked, facts.n_rows, *lists)


def import_utilization(
    path: Path, year: int, folder: Path, advance: Advance = lambda _megabytes: None
) -> tuple[UtilizationFacts, bool]:
    """Makes the table of a year from a CSV, plain or alone in a .zip or .gz; replaces an older one.

    Returns its facts, and False where the same file had been imported for that year before. The
    folder is made. Raises UsageError on an impossible year, UnreadableInputError or
    OversizedInputError where the file is not such a table, OutputError or ResourceError where
    this machine cannot hold it, EnvironmentProblemError while another import runs; then every
    table is as it was.
    """
    if not YEARS[0] <= year <= YEARS[1]:
        raise UsageError(f"--year: {year} is not between {YEARS[0]} and {YEARS[1]}")
    path = path.absolute()
    layout = _layout(path)
    digest = sha256_of(path)
    known = facts_of(folder, year)
    if known is not None and known.sha256 == digest:
        return known, False
    with _alone_in(folder) as staging:
        facts = _make_table(path, layout, year, digest, staging / "new.parquet", advance)
        with (staging / "new.parquet").open("rb") as file:
            os.fsync(file.fileno())
        (staging / "new.parquet").replace(folder / f"{year}.parquet")
    return facts, True


def _make_table(
    path: Path, layout: UtilizationLayout, year: int, digest: str, made: Path, advance: Advance
) -> UtilizationFacts:
    """Reads the file and writes its table into `made`, which is not there yet."""
    with _connected(made.parent / "spill") as database, _errors_translated(path.name):
        try:
            with piped(path, advance) as pipe:
                _execute(database, collecting(layout, pipe))
        except duckdb.InvalidInputException as error:
            if str(error).endswith(WRONG_CELL):
                raise UnreadableInputError(_wrong_cell(database, path, layout)) from error
            raise
        n_rows, n_others, n_kept = database.execute(COUNTING).fetchall()[0]
        if n_kept == 0:
            raise UnreadableInputError(
                f"{path.name}: holds no row of an individual provider; download it again"
            )
        facts = UtilizationFacts(year, digest, n_rows, n_kept, n_others)
        _execute(database, writing(facts, made))
    return facts


@contextmanager
def _connected(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, and in the folder `spill` where that is not enough."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": THREADS,
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(spill),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    database = duckdb.connect(":memory:", config=settings)
    try:
        yield database
    finally:
        while not _is_closed(database):
            database.interrupt()
            time.sleep(SECONDS_BETWEEN_STOPS)


def _is_closed(database: duckdb.DuckDBPyConnection) -> bool:
    """Closes it; False where its other thread goes on, which happens to the twice interrupted."""
    try:
        database.close()
    except duckdb.ResourceInUseException:
        return False
    return True


def _execute(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Runs a long query in another thread: DuckDB would swallow what a signal raises in it."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(database.execute, sql)
        try:
            running.result()
        except KeyboardInterrupt:
            database.interrupt()
            raise


def _wrong_cell(database: duckdb.DuckDBPyConnection, path: Path, layout: UtilizationLayout) -> str:
    """About the first one. Reads the file again, in order: only a refusal pays for row numbers."""
    database.execute("SET threads = 1; SET preserve_insertion_order = true")
    rules = " AND ".join(
        f"regexp_full_match({name}, '{rule}')" for name, (rule, _) in RULES.items()
    )
    with piped(path, lambda _megabytes: None) as pipe:
        found = database.execute(
            f"SELECT row, {', '.join(RULES)} FROM (SELECT row_number() OVER () + 1 AS row, * "
            f"FROM ({cells(layout, pipe)})) "
            f"WHERE npi != '{COPYRIGHT_ROW_NPI}' AND NOT ({rules}) LIMIT 1"
        ).fetchall()
    for row, *found_cells in found:
        for (name, (rule, _words)), text in zip(RULES.items(), found_cells, strict=True):
            if not re.fullmatch(rule, text):
                return wrong_cell(name, layout.labels[name], text, row, path.name)
    return f"{path.name}: was changed while it was read; try again"


@contextmanager
def _errors_translated(where: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise _translated(error, where) from error


def _translated(error: duckdb.Error, where: str) -> MarrowscopeError:
    """What DuckDB says, without the line of the file that it quotes."""
    said = str(error)
    is_of_machine = isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException)
    if is_of_machine and DISK_IS_FULL.search(said):
        return OutputError("disk full: the utilization table does not fit; free some space")
    if isinstance(error, duckdb.OutOfMemoryException):
        return ResourceError("not enough memory for the utilization table; close other programs")
    if isinstance(error, duckdb.IOException):
        return OutputError("the utilization table cannot be written; check the home folder")
    line, width = LINE.search(said), WRONG_WIDTH.search(said)
    place = f"{where}, line {line[1]}" if line else where
    wrong = f"has {width[2]} columns instead of {width[1]}" if width else "is no row of a CSV"
    return UnreadableInputError(
        f"{place}: {wrong}; the file is cut off or damaged, download it from CMS again"
    )


def _layout(path: Path) -> UtilizationLayout:
    with unpacked(path) as (table, _most_bytes):
        head = table.readline(LONGEST_LINE)
    if not head.endswith((b"\n", b"\r")):
        head = b""
    return layout_of(head, path.name)


@contextmanager
def _alone_in(folder: Path) -> Iterator[Path]:
    """A hidden folder inside `folder` for the one import that may run; it goes at the end.

    Where the import fails, so do the folders that were made for it.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left_behind in folder.glob(f"{PARTIAL}*"):
                shutil.rmtree(left_behind, ignore_errors=True)
            staging = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=folder))
            try:
                yield staging
            finally:
                shutil.rmtree(staging, ignore_errors=True)
        finally:
            os.close(lock)
    except MarrowscopeError:
        raise
    except BlockingIOError as error:
        raise EnvironmentProblemError(
            "another import of a utilization file is running; wait until it has ended"
        ) from error
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise OutputError(f"cannot write to {folder}: {reason}; check the home folder") from error
    finally:
        for one in missing:
            with suppress(OSError):
                one.rmdir()
