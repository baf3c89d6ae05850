"""Rows of a user's table as services, and the faults of those that are none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from marrowscope.coding.log_columns import ColumnMap
from marrowscope.coding.log_dates import DateFormat, day_in, format_of
from marrowscope.coding.log_service import (
    Service,
    check_day,
    quoted,
    read_code,
    read_modifiers,
    tidied,
)
from marrowscope.coding.log_table import LogTable, TableRow
from marrowscope.errors import UsageError

_UNITS = re.compile(r"([0-9]{1,4})([.,]0{1,2})?")
_BETWEEN_MODIFIERS = re.compile(r"[\s,;/+]+")
_MADE_HARMLESS = re.compile(r"'(?=[=+\-@\t])")


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A row that holds a service, and the line on which it begins."""

    line: int
    service: Service


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that holds none, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReadRows:
    """rows and faults in the order of lines. form: how the days were read."""

    rows: tuple[ServiceRow, ...]
    faults: tuple[RowFault, ...]
    form: DateFormat


def read_rows(
    table: LogTable, columns: ColumnMap, form: DateFormat | None, today: date
) -> ReadRows:
    """Every row as a service or as a fault. form: of the days, None to read it off them.

    Raises UsageError where the form is not given and cannot be told.
    """
    place_of = {name: place for place, name in enumerate(table.columns)}
    places = {field: [place_of[name] for name in names] for field, names in columns.items()}
    if form is None:
        days = (row.cells[places["date"][0]] for row in table.rows)
        form = format_of(days, columns["date"][0])
    rows: list[ServiceRow] = []
    faults = [RowFault(line, reason) for line, reason in table.faults]
    for row in table.rows:
        try:
            rows.append(ServiceRow(row.line, _service(row, places, form, today)))
        except UsageError as error:
            faults.append(RowFault(row.line, str(error)))
    return ReadRows(tuple(rows), tuple(sorted(faults, key=lambda fault: fault.line)), form)


def _service(
    row: TableRow, places: Mapping[str, Sequence[int]], form: DateFormat, today: date
) -> Service:
    def cell(field: str) -> str:
        text = " ".join(row.cells[place] for place in places.get(field, ()))
        return tidied(_MADE_HARMLESS.sub("", text, count=1))

    day_text, code = cell("date"), read_code(cell("code"))
    if not day_text:
        raise UsageError("has no date")
    if not code:
        raise UsageError("has no code")
    day = day_in(day_text, form)
    check_day(day, today)
    return Service(
        code=code,
        day=day,
        units=_units(cell("units")),
        modifiers=_modifiers(cell("modifier")),
        place=cell("place"),
        note=cell("note"),
        accession=cell("accession"),
    )


def _units(text: str) -> int:
    """Units in a cell; one where it is empty."""
    if not text:
        return 1
    match = _UNITS.fullmatch(text)
    if match is None:
        raise UsageError(f"{quoted(text)} units: give a whole number from 1 to 9999")
    return int(match[1])


def _modifiers(text: str) -> tuple[str, ...]:
    return read_modifiers(tuple(part for part in _BETWEEN_MODIFIERS.split(text) if part))
