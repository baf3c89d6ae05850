"""How imports and values of fee schedules are shown: text for a person, objects for JSON."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from marrowscope.cli.boundary import in_one_line
from marrowscope.cli.coding_fee_calls import Import, Values, name_of
from marrowscope.coding.fee_schedule import FeeEntry, FeeTable, GpciTable
from marrowscope.coding.fee_wording import GLOBAL_WORDS, PCTC_WORDS, STATUS_WORDS
from marrowscope.coding.release import FIRST_YEAR_WITH_VARIANTS
from marrowscope.evaluation.text_table import table_lines

MISSING = "–"
HEADINGS = (
    "release",
    "modifier",
    "status",
    "work",
    "PE non-fac",
    "PE fac",
    "malpractice",
    "total non-fac",
    "total fac",
    "PC/TC",
    "global",
    "$ a unit",
)
_N_LEFT = 3


def import_object(imported: Sequence[Import]) -> dict[str, Any]:
    """The keys of `import-fees --json`."""
    return {
        "tables": [
            {
                "kind": "gpci" if isinstance(one.table, GpciTable) else "relative values",
                "year": _year(one),
                "release": None if isinstance(one.table, GpciTable) else one.table.release.label,
                "variant": None if isinstance(one.table, GpciTable) else one.table.variant,
                "rows": _n_rows(one),
                "file": one.table.source.file,
                "member": one.table.source.member,
                "sha256": one.table.source.sha256,
                "archive_sha256": one.table.source.archive_sha256,
                "outcome": one.saved.outcome.value,
                "replaced_sha256": one.saved.replaced_sha256,
                "warnings": warnings_of(one),
            }
            for one in imported
        ]
    }


def import_text(imported: Sequence[Import]) -> str:
    """A line a table, and its warnings below it."""
    lines: list[str] = []
    for one in imported:
        source = one.table.source
        origin = f"{source.file}: {source.member}" if source.member else source.file
        lines.append(
            f"{name_of(one.table)}: {one.saved.outcome}, {_n_rows(one)} rows from "
            f"{in_one_line(origin)} (sha256 {source.sha256})"
        )
        if one.saved.replaced_sha256:
            lines.append(
                f"  replaced the table of the file with sha256 {one.saved.replaced_sha256}"
            )
        lines.extend(f"  warning: {warning}" for warning in warnings_of(one))
    return "\n".join(lines) + "\n"


def warnings_of(one: Import) -> list[str]:
    """What a person should know of a table that was imported all the same."""
    table, warnings = one.table, []
    if table.is_partial:
        warnings.append(f"partial file: {_n_rows(one)} rows")
    if not isinstance(table, FeeTable):
        return warnings
    if table.variant is None and table.release.year >= FIRST_YEAR_WITH_VARIANTS:
        warnings.append("neither title nor name tells whether this is the nonQPP or the QPP table")
    return warnings


def values_object(values: Values) -> dict[str, Any]:
    """The keys of `show --json`; numbers as decimal text."""
    return {
        "code": values.code,
        "rows": [_entry_object(entry) for entry in values.entries],
        "notes": [values.note] if values.note else [],
    }


def values_text(values: Values) -> str:
    """A table, and below it what its letters mean."""
    title = values.code if values.day is None else f"{values.code} on {values.day}"
    if not values.entries:
        return f"{title}: {values.note}\n"
    rows = [HEADINGS, *(_cells(entry) for entry in values.entries)]
    table = table_lines(rows, n_left=_N_LEFT)
    return "\n".join([title, "", *table, "", *_legend(values.entries)]) + "\n"


def _entry_object(entry: FeeEntry) -> dict[str, Any]:
    row = entry.row
    return {
        "year": entry.release.year,
        "release": entry.release.label,
        "variant": entry.variant,
        "modifier": row.modifier,
        "status": row.status,
        "work": _text(row.work),
        "pe_nonfacility": _text(row.pe_nonfacility),
        "pe_facility": _text(row.pe_facility),
        "malpractice": _text(row.malpractice),
        "total_nonfacility": _text(row.total_nonfacility),
        "total_facility": _text(row.total_facility),
        "pctc": row.pctc,
        "global": row.global_days,
        "conversion_factor": _text(row.conversion_factor),
    }


def _cells(entry: FeeEntry) -> tuple[str, ...]:
    row = entry.row
    return (
        f"{entry.release.label} {entry.variant or ''}".strip(),
        row.modifier or "",
        row.status,
        _text(row.work) or MISSING,
        (_text(row.pe_nonfacility) or MISSING) + (" NA" if row.is_na_nonfacility else ""),
        (_text(row.pe_facility) or MISSING) + (" NA" if row.is_na_facility else ""),
        _text(row.malpractice) or MISSING,
        _text(row.total_nonfacility) or MISSING,
        _text(row.total_facility) or MISSING,
        row.pctc or MISSING,
        row.global_days or MISSING,
        _text(row.conversion_factor) or MISSING,
    )


def _legend(entries: Sequence[FeeEntry]) -> list[str]:
    rows = [entry.row for entry in entries]
    lines = [f"status {one}: {STATUS_WORDS[one]}" for one in sorted({row.status for row in rows})]
    for one in sorted({row.pctc for row in rows if row.pctc}):
        lines.append(f"PC/TC {one}: {PCTC_WORDS.get(one, 'not described here')}")
    for one in sorted({row.global_days for row in rows if row.global_days}):
        lines.append(f"global {one}: {GLOBAL_WORDS.get(one, 'not described here')}")
    if any(row.is_na_nonfacility or row.is_na_facility for row in rows):
        lines.append("NA: the file marks this setting as not applicable to the service")
    return lines


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _year(one: Import) -> int:
    return one.table.year if isinstance(one.table, GpciTable) else one.table.release.year


def _n_rows(one: Import) -> int:
    return len(one.table.localities if isinstance(one.table, GpciTable) else one.table.rows)
