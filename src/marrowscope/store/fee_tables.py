"""Imported fee schedules and locality indices, side by side in one folder."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from marrowscope.coding.fee_schedule import FeeEntry, FeeTable, GpciTable, Locality
from marrowscope.coding.release import Release, Variant
from marrowscope.errors import UnreadableInputError
from marrowscope.store.fee_parquet import (
    encode_table,
    facts_of,
    fee_rows,
    localities,
    release_in,
    source_in,
    table_name,
)
from marrowscope.store.whole_files import alone_in, put_files, undisturbed_in

Table = FeeTable | GpciTable
Read = TypeVar("Read")

FOLDER = ("coding", "fees")
"""Below the home folder."""
_DAMAGE = (OSError, pa.ArrowException, ValueError, KeyError, TypeError, AttributeError)


class Outcome(StrEnum):
    """What an import did to one table."""

    IMPORTED = "imported"
    REPLACED = "replaced"
    ALREADY_HERE = "already here"


@dataclass(frozen=True, slots=True)
class Saved:
    """replaced_sha256: digest of the file whose table was replaced, else None."""

    outcome: Outcome
    replaced_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class StoredRelease:
    """A table of relative values that is here. sha256: of the file it was read from."""

    release: Release
    variant: Variant | None
    n_rows: int
    sha256: str


class FeeTables:
    """The tables below a home folder. Nothing is made there before the first is saved.

    Reading raises UnreadableInputError where a stored table is damaged.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home.joinpath(*FOLDER)

    def save(self, tables: Sequence[Table]) -> tuple[Saved, ...]:
        """Saves all tables or none, and says for each what that meant.

        A table of the same bytes as the one here changes nothing; another of the same release and
        variant, or year, replaces it. Raises OutputError where they cannot be written.
        """
        with alone_in(self._folder):
            saved = tuple(self._comparison(table) for table in tables)
            files = {
                table_name(table): encode_table(table)
                for table, one in zip(tables, saved, strict=True)
                if one.outcome is not Outcome.ALREADY_HERE
            }
            if files:
                put_files(files, self._folder)
        return saved

    def releases(self) -> list[StoredRelease]:
        """All tables of relative values, oldest first."""
        found = []
        with self._undisturbed():
            for path in self._paths("rvu-"):
                facts = self._read(path, _facts)
                release, variant = release_in(facts)
                sha256 = source_in(facts).sha256
                found.append(StoredRelease(release, variant, facts["n_rows"], sha256))
        return sorted(found, key=lambda one: (one.release, one.variant or ""))

    def entries(self, code: str) -> list[FeeEntry]:
        """The rows of a code in every release, in no order."""

        def read(path: Path) -> list[FeeEntry]:
            release, variant = release_in(_facts(path))
            table = pq.read_table(path, filters=[("code", "=", code)])
            return [FeeEntry(release, variant, row) for row in fee_rows(table)]

        with self._undisturbed():
            return [entry for path in self._paths("rvu-") for entry in self._read(path, read)]

    def localities(self, year: int) -> list[Locality]:
        """Geographic indices of a year; none where they were not imported."""
        with self._undisturbed():
            paths = [path for path in self._paths("gpci-") if path.stem == f"gpci-{year}"]
            return [
                one
                for path in paths
                for one in self._read(path, lambda path: localities(pq.read_table(path)))
            ]

    def _comparison(self, table: Table) -> Saved:
        path = self._folder / table_name(table)
        if not path.exists():
            return Saved(Outcome.IMPORTED)
        try:
            here = source_in(_facts(path)).sha256
        except _DAMAGE:
            return Saved(Outcome.REPLACED)
        if here == table.source.sha256:
            return Saved(Outcome.ALREADY_HERE)
        return Saved(Outcome.REPLACED, here)

    def _paths(self, start: str) -> list[Path]:
        return sorted(self._folder.glob(f"{start}*.parquet"))

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        if not self._folder.is_dir():
            yield
            return
        with undisturbed_in(self._folder):
            yield

    def _read(self, path: Path, read: Callable[[Path], Read]) -> Read:
        try:
            return read(path)
        except _DAMAGE as error:
            raise UnreadableInputError(
                f"{path.name}: this imported table is damaged; remove {path} and import it again"
            ) from error


def _facts(path: Path) -> dict[str, Any]:
    return facts_of(pq.read_schema(path).metadata)
