"""Calls of the fee schedule: from files to stored tables, and from a code to its values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from marrowscope.coding.fee_files import LARGEST_FILE_BYTES, read_fee_file
from marrowscope.coding.fee_schedule import (
    FeeEntry,
    FeeTable,
    GpciTable,
    in_force,
    newest_first,
    why_none_in_force,
)
from marrowscope.coding.refusals import clipped
from marrowscope.coding.release import Release, parse_release
from marrowscope.errors import OversizedInputError, UnreadableInputError, UsageError
from marrowscope.store.fee_tables import FeeTables, Saved

Table = FeeTable | GpciTable

DOWNLOAD_PAGE = (
    "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files"
)
_CODE = re.compile(r"[0-9A-Z]{5}")


@dataclass(frozen=True, slots=True)
class Import:
    """A table that was read, and what saving it meant."""

    table: Table
    saved: Saved


@dataclass(frozen=True, slots=True)
class Values:
    """Rows of a code, newest first. note: why there are none on the day asked for, else "".

    day: None where every release was asked for.
    """

    code: str
    day: date | None
    entries: tuple[FeeEntry, ...]
    note: str = ""


def import_files(files: Sequence[Path], release: str | None, home: Path) -> tuple[Import, ...]:
    """Reads and checks all files, then saves all their tables or none. Raises MarrowscopeError."""
    given = None if release is None else parse_release(release)
    tables = distinct([table for path in files for table in _read(path, given)])
    saved = FeeTables(home).save(tables)
    return tuple(Import(*one) for one in zip(tables, saved, strict=True))


def distinct(tables: Sequence[Table]) -> list[Table]:
    """Without those that say the same again, as a CSV and a TXT of one release do.

    Raises UsageError where two of the same release and variant, or year, differ.
    """
    chosen: dict[object, Table] = {}
    for table in tables:
        first = chosen.setdefault(_identity(table), table)
        if _content(first) != _content(table):
            raise UsageError(
                f"{clipped(first.source.file)} and {clipped(table.source.file)} hold the same "
                f"table, {name_of(table)}, with different values; give only the right one"
            )
    return list(chosen.values())


def name_of(table: Table) -> str:
    """2025D, 2026A nonQPP, GPCI 2025."""
    if isinstance(table, GpciTable):
        return f"GPCI {table.year}"
    return f"{table.release.label} {table.variant or ''}".strip()


def look_up(code: str, day: date | None, home: Path) -> Values:
    """Values of a code in every release, or in that in force on a day.

    Raises UsageError where nothing was imported or no release has the code.
    """
    wanted = code.strip().upper()
    if not _CODE.fullmatch(wanted):
        raise UsageError(
            f"{clipped(code)!r} is no code; give five characters, such as 85097 or 0855T"
        )
    store = FeeTables(home)
    releases = [one.release for one in store.releases()]
    if not releases:
        raise UsageError(
            "no fee schedule was imported yet; download one from "
            f"{DOWNLOAD_PAGE} and give it to 'marrowscope coding import-fees'"
        )
    entries = newest_first(store.entries(wanted))
    if not entries:
        raise UsageError(
            f"{wanted} is in none of the imported releases ({_listed(releases)}); check the code, "
            "or import the release that has it"
        )
    if day is None:
        return Values(wanted, None, tuple(entries))
    valid = in_force(releases, day)
    then = tuple(entry for entry in entries if entry.release == valid)
    return Values(wanted, day, then, "" if then else why_none_in_force(wanted, day, releases))


def _read(path: Path, given: Release | None) -> tuple[Table, ...]:
    name = clipped(path.name)
    try:
        if not path.is_file():
            what = "is a folder; give the files in it" if path.is_dir() else "there is no such file"
            raise UnreadableInputError(f"{name}: {what}")
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise OversizedInputError(
                f"{name}: is far larger than a fee schedule; give the zip of one release"
            )
        data = path.read_bytes()
    except UnreadableInputError:
        raise
    except OSError as error:
        raise UnreadableInputError(
            f"{name}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    return read_fee_file(path.name, data, given)


def _identity(table: Table) -> object:
    if isinstance(table, GpciTable):
        return table.year
    return table.release, table.variant


def _content(table: Table) -> object:
    return table.localities if isinstance(table, GpciTable) else table.rows


def _listed(releases: Sequence[Release]) -> str:
    labels = [one.label for one in sorted(set(releases), reverse=True)]
    return ", ".join(labels[:8]) + (", …" if len(labels) > 8 else "")
