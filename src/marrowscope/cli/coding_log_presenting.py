"""Entries and totals of the work log, for people and as JSON."""

import json
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

from marrowscope.cli.printable import counted
from marrowscope.coding.log_values import Total, ValuedEntry
from marrowscope.evaluation.text_table import table_lines

JsonObject = dict[str, Any]

NO_VALUE = "no value"
SHORT_ID = 8


def entry_object(one: ValuedEntry) -> JsonObject:
    """An entry and its value; RVUs as decimal strings, null where no value is in force."""
    entry, service = one.entry, one.entry.service
    return {
        "id": str(entry.entry_id),
        "reader": entry.reader,
        "date": service.day.isoformat(),
        "code": service.code,
        "units": service.units,
        "modifiers": list(service.modifiers),
        "place": service.place,
        "note": service.note,
        "accession": service.accession,
        "entered_at": entry.recorded_at.astimezone(UTC).isoformat(),
        "corrected": entry.is_corrected,
        "work_rvu_of_one": None if one.value is None else plain(one.value.work_rvu),
        "work_rvu": None if one.work_rvu is None else plain(one.work_rvu),
        "release": None if one.value is None else one.value.release,
    }


def total_object(total: Total) -> JsonObject:
    """Sums; the work RVU as a decimal string, null where no entry has a value."""
    return {
        "entries": total.n_entries,
        "units": total.n_units,
        "work_rvu": None if total.work_rvu is None else plain(total.work_rvu),
        "entries_without_value": total.n_entries_without_value,
        "units_without_value": total.n_units_without_value,
    }


def entry_json(one: ValuedEntry) -> str:
    """One JSON object and a line break."""
    return json.dumps(entry_object(one)) + "\n"


def entry_line(one: ValuedEntry) -> str:
    """An entry in words: code, day, units, value, id."""
    service = one.entry.service
    modifiers = "".join(f"-{modifier}" for modifier in service.modifiers)
    worth = (
        "no value in force"
        if one.value is None or one.work_rvu is None
        else f"{plain(one.work_rvu)} wRVU ({one.value.release})"
    )
    return (
        f"{service.code}{modifiers} on {service.day}, {counted(service.units, 'unit')}, {worth}; "
        f"entry {one.entry.entry_id.hex[:SHORT_ID]}"
    )


def entries_text(entries: Sequence[ValuedEntry], *, with_reader: bool) -> str:
    """A table of entries; columns that are empty throughout are left out."""
    head = ["entry", "reader", "date", "code", "mod", "units", "wRVU", "release", "place"]
    head += ["accession", "note"]
    rows = [
        [
            one.entry.entry_id.hex[:SHORT_ID],
            one.entry.reader if with_reader else "",
            one.entry.service.day.isoformat(),
            one.entry.service.code,
            " ".join(one.entry.service.modifiers),
            str(one.entry.service.units),
            NO_VALUE if one.work_rvu is None else plain(one.work_rvu),
            "" if one.value is None else one.value.release,
            one.entry.service.place,
            one.entry.service.accession,
            one.entry.service.note,
        ]
        for one in entries
    ]
    kept = [place for place in range(len(head)) if any(row[place] for row in rows)]
    return table([[row[place] for place in kept] for row in [head, *rows]]) if rows else ""


def totals_text(totals: Sequence[Total], by: str) -> str:
    """A table of totals."""
    rows = [
        [
            total.name or f"(no {by})",
            str(total.n_entries),
            str(total.n_units),
            NO_VALUE if total.work_rvu is None else plain(total.work_rvu),
            str(total.n_entries_without_value or ""),
        ]
        for total in totals
    ]
    return table([[by, "entries", "units", "wRVU", "without value"], *rows]) if rows else ""


def total_line(total: Total) -> str:
    """The sums in words; how many entries have no value is always said."""
    line = f"{counted(total.n_entries, 'entry')}, {counted(total.n_units, 'unit')}: "
    if total.work_rvu is None:
        return line + "no value in force for any of them"
    line += f"{plain(total.work_rvu)} wRVU"
    if total.n_entries_without_value:
        line += (
            f"; no value in force for {counted(total.n_entries_without_value, 'entry')} "
            f"({counted(total.n_units_without_value, 'unit')})"
        )
    return line


def plain(number: Decimal) -> str:
    """A decimal without an exponent."""
    return f"{number:f}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as lines of aligned columns, the first one the head."""
    return "\n".join(table_lines(rows, n_left=len(rows[0]))) + "\n"
