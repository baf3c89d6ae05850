"""Which column of a user's table holds what: given, remembered, or guessed from usual names."""

import csv
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from marrowscope.coding.log_dates import DateFormat
from marrowscope.errors import UsageError

FIELDS = ("date", "code", "units", "modifier", "place", "note", "accession")
NEEDED = ("date", "code")
SEVERAL = "modifier"
"""The one field that may be spread over several columns."""

ColumnMap: TypeAlias = Mapping[str, tuple[str, ...]]
"""Column names, as the table has them, by field."""

_USUAL: Mapping[str, frozenset[str]] = {
    "date": frozenset(
        {
            "date",
            "dos",
            "date of service",
            "service date",
            "servicedate",
            "day",
            "datum",
            "leistungsdatum",
            "tag",
        }
    ),
    "code": frozenset(
        {
            "code",
            "cpt",
            "cpt code",
            "cptcode",
            "hcpcs",
            "hcpcs code",
            "procedure",
            "procedure code",
            "ziffer",
        }
    ),
    "units": frozenset(
        {"units", "unit", "qty", "quantity", "count", "anzahl", "menge", "einheiten"}
    ),
    "modifier": frozenset({"modifier", "modifiers", "mod", "mods", "modifikator", "modifikatoren"}),
    "place": frozenset({"place", "location", "site", "place of service", "pos", "ort", "standort"}),
    "note": frozenset(
        {
            "note",
            "notes",
            "comment",
            "comments",
            "remark",
            "remarks",
            "notiz",
            "bemerkung",
            "kommentar",
        }
    ),
    "accession": frozenset(
        {
            "accession",
            "accession number",
            "accession no",
            "accession nr",
            "case number",
            "case no",
            "fallnummer",
            "eingangsnummer",
            "einsendenummer",
            "journalnummer",
        }
    ),
}
_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r" ?[1-9]$")


def given_columns(text: str) -> ColumnMap:
    """The map that `--columns` says: "date=Datum,code=CPT"; modifier may come several times.

    A name with a comma stands in quotes with its field: '"date=Date, of service"'. A field without
    a column, "note=", is not read. Raises UsageError.
    """
    found: dict[str, tuple[str, ...]] = {}
    for pair in next(csv.reader([text], skipinitialspace=True), []):
        name, equals, column = (part.strip() for part in pair.partition("="))
        if not equals:
            raise UsageError(f"--columns: {pair[:40]!r} is not FIELD=COLUMN, as date=Datum")
        field = name.lower()
        if field not in FIELDS:
            raise UsageError(f"--columns: no field is called {name[:40]!r}; {_fields_there_are()}")
        if field in found and field != SEVERAL:
            raise UsageError(f"--columns: {field} is given twice; keep one")
        found[field] = (*found.get(field, ()), *([column] if column else []))
    return found


def completed(given: ColumnMap, there: Sequence[str]) -> ColumnMap:
    """The given map, and for the fields it does not name what usual names suggest.

    Raises UsageError where a column is not there, is there twice, or a needed one is not told.
    """
    check_columns(given, there)
    taken = {column for names in given.values() for column in names}
    left = [column for column in there if column not in taken and _field_of(column) not in given]
    together = {**_suggested(left), **given}
    found = {field: names for field, names in together.items() if names}
    _check_needed(found, _columns_there_are(there))
    return found


def check_columns(columns: ColumnMap, there: Sequence[str]) -> None:
    """Raises UsageError where the table lacks a mapped column, or has it twice."""
    for column in (one for names in columns.values() for one in names):
        if column not in there:
            raise UsageError(f"no column is called {column[:40]!r}; {_columns_there_are(there)}")
        if there.count(column) > 1:
            raise UsageError(
                f"the column {column[:40]!r} is there twice; rename one and import again"
            )


def fits(columns: ColumnMap, there: Sequence[str]) -> bool:
    """Whether the table has each mapped column once, and no other that looks like a field."""
    mapped = {one for names in columns.values() for one in names}
    return all(there.count(one) == 1 for one in mapped) and not any(
        _field_of(one) for one in there if one not in mapped
    )


def guessed_columns(there: Sequence[str]) -> ColumnMap:
    """The map that usual names suggest, English or German. Raises UsageError where they do not."""
    found = _suggested(there)
    _check_needed(found, _columns_there_are(there))
    check_columns(found, there)
    return found


def _suggested(there: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for column in there:
        field = _field_of(column)
        if field is None:
            continue
        if field in found and field != SEVERAL:
            raise UsageError(
                f"{found[field][0][:40]!r} and {column[:40]!r} could both be the {field}; say "
                f"which with --columns {field}=COLUMN,…"
            )
        found[field] = (*found.get(field, ()), column)
    return found


def columns_text(columns: ColumnMap, form: DateFormat | None) -> str:
    """What is remembered of a table, as JSON. form: of its days where somebody said it."""
    return json.dumps({"columns": columns, "form": form}, ensure_ascii=False)


def columns_from_text(text: str) -> tuple[ColumnMap, DateFormat | None]:
    """What `columns_text` wrote."""
    values = json.loads(text)
    columns = {field: tuple(names) for field, names in values["columns"].items()}
    return columns, None if values["form"] is None else DateFormat(values["form"])


def _field_of(column: str) -> str | None:
    plain = unicodedata.normalize("NFC", column).casefold()
    name = _NOT_WORDS.sub(" ", plain).strip()
    for field, usual in _USUAL.items():
        if name in usual or (field == SEVERAL and _NUMBERED.sub("", name) in usual):
            return field
    return None


def _check_needed(found: ColumnMap, where: str) -> None:
    missing = [field for field in NEEDED if field not in found]
    if missing:
        raise UsageError(
            f"{where}: which column holds the {' and which the '.join(missing)}? Say it with "
            "--columns date=COLUMN,code=COLUMN"
        )


def _fields_there_are() -> str:
    return f"the fields are {', '.join(FIELDS)}"


def _columns_there_are(there: Sequence[str]) -> str:
    names = ", ".join(repr(name[:40]) for name in there[:20])
    return f"the first line has the columns {names or 'of no name'}"
