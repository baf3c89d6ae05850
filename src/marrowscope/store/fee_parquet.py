"""Fee tables as Parquet: one file a table, with where it came from in the file itself.

Numbers are kept as decimal text, exactly as published.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from marrowscope.coding.fee_schedule import FeeRow, FeeTable, GpciTable, Locality, Source
from marrowscope.coding.release import Release, Variant

Table = FeeTable | GpciTable

FACTS = b"marrowscope"
SCHEMA_VERSION = "1.0"
_FLAGS = frozenset({"is_na_nonfacility", "is_na_facility"})
_NUMBERS_OF_FEES = frozenset(
    {
        "work",
        "pe_nonfacility",
        "pe_facility",
        "malpractice",
        "total_nonfacility",
        "total_facility",
        "conversion_factor",
    }
)
_NUMBERS_OF_LOCALITIES = frozenset({"work", "work_without_floor", "practice", "malpractice"})
_ROWS_PER_GROUP = 4096
"""Small, so that one code is found without reading the others."""


def table_name(table: Table) -> str:
    """The file's name, the same for each table of that release and variant, or of that year."""
    if isinstance(table, GpciTable):
        return f"gpci-{table.year}.parquet"
    variant = f"-{table.variant}" if table.variant else ""
    return f"rvu-{table.release.label}{variant}.parquet"


def encode_table(table: Table) -> bytes:
    """The same table gives the same bytes with the same release of the Parquet library."""
    rows: Sequence[FeeRow | Locality]
    if isinstance(table, FeeTable):
        rows, names = table.rows, [field.name for field in fields(FeeRow)]
        facts: dict[str, object] = {
            "year": table.release.year,
            "quarter": table.release.quarter,
            "variant": table.variant,
        }
    else:
        rows, names = table.localities, [field.name for field in fields(Locality)]
        facts = {"year": table.year}
    facts |= {
        "schema_version": SCHEMA_VERSION,
        "n_rows": len(rows),
        "source": asdict(table.source),
    }
    columns = [pa.array([_stored(getattr(row, n)) for row in rows], _type(n)) for n in names]
    schema = pa.schema([pa.field(n, _type(n)) for n in names], {FACTS: json.dumps(facts).encode()})
    file = io.BytesIO()
    pq.write_table(
        pa.Table.from_arrays(columns, schema=schema),
        file,
        version="2.6",
        compression="zstd",
        row_group_size=_ROWS_PER_GROUP,
        write_statistics=True,
        store_schema=True,
    )
    return file.getvalue()


def facts_of(data: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """Facts from a file's metadata. Raises ValueError or KeyError where they are none of ours."""
    facts = json.loads((data or {})[FACTS])
    if not isinstance(facts, dict) or facts["schema_version"] != SCHEMA_VERSION:
        raise ValueError("facts of another kind")
    return facts


def source_in(facts: Mapping[str, Any]) -> Source:
    """Where the table came from."""
    return Source(**facts["source"])


def release_in(facts: Mapping[str, Any]) -> tuple[Release, Variant | None]:
    """Release and variant of a relative value table."""
    variant = facts["variant"]
    return Release(facts["year"], facts["quarter"]), Variant(variant) if variant else None


def fee_rows(table: pa.Table) -> list[FeeRow]:
    """Rows of relative values that were written by `encode_table`."""
    return [FeeRow(**_with_decimals(row, _NUMBERS_OF_FEES)) for row in table.to_pylist()]


def localities(table: pa.Table) -> list[Locality]:
    """Localities that were written by `encode_table`."""
    return [Locality(**_with_decimals(row, _NUMBERS_OF_LOCALITIES)) for row in table.to_pylist()]


def _stored(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def _type(name: str) -> pa.DataType:
    return pa.bool_() if name in _FLAGS else pa.string()


def _with_decimals(row: Mapping[str, Any], numbers: frozenset[str]) -> dict[str, Any]:
    return {
        name: Decimal(value) if name in numbers and value is not None else value
        for name, value in row.items()
    }
