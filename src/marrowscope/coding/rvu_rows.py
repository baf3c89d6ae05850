"""Checks each row of a relative value table: code, status, numbers, and totals that add up."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from marrowscope.coding.fee_schedule import FeeRow
from marrowscope.coding.refusals import AS_DOWNLOADED, RE_SAVED, Layout, quoted
from marrowscope.coding.rvu_columns import FIELDS
from marrowscope.errors import UnreadableInputError

MOST_ROWS = 200_000
TOLERANCE = Decimal("0.01")
STATUSES = frozenset("ABCDEFGHIJLMNPQRTX")

_CODE = re.compile(r"[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}")
_LOST_ZEROS = re.compile(r"[0-9]{1,4}[A-Z]?|[0-9]+(?:\.[0-9]*)?(?:E[+-]?[0-9]+)?")
_MODIFIER = re.compile(r"[0-9A-Z]{2}")
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{0,6})?|\.[0-9]{1,6}")
_NEGATIVE = re.compile(r"-\s*[0-9.]+|\([0-9.]+\)|[0-9.]+-")
_GLOBAL = re.compile(r"[0-9]{3}|[A-Z]{3}")
_PCTC = re.compile(r"[0-9]")
_CENTS = Decimal("0.01")
_TOTALS = (("total_nonfacility", "pe_nonfacility"), ("total_facility", "pe_facility"))


def checked_rows(rows: Iterable[tuple[int, Sequence[str]]], layout: Layout) -> tuple[FeeRow, ...]:
    """rows: number as a person counts, and a cell for each of FIELDS. Returns them by code.

    Raises UnreadableInputError, with row and column, for the first that does not hold.
    """
    seen: dict[tuple[str, str | None], int] = {}
    checked: list[FeeRow] = []
    for number, cells in rows:
        row = checked_row(number, cells, layout)
        key = (row.code, row.modifier)
        if key in seen:
            same = f"{row.code} {row.modifier or ''}".strip()
            raise layout.refusal(number, "code", f"{same} stands in row {seen[key]} already")
        seen[key] = number
        checked.append(row)
        if len(checked) > MOST_ROWS:
            raise UnreadableInputError(
                f"{layout.where}: more than {MOST_ROWS} rows; {AS_DOWNLOADED}"
            )
    if not checked:
        raise UnreadableInputError(f"{layout.where}: no row follows the column names")
    return tuple(sorted(checked, key=lambda row: (row.code, row.modifier or "")))


def checked_row(number: int, cells: Sequence[str], layout: Layout) -> FeeRow:
    """cells: text of each of FIELDS. Raises UnreadableInputError with row and column."""
    cell = dict(zip(FIELDS, (text.strip() for text in cells), strict=True))
    code = _code(cell["code"], number, layout)
    status = cell["status"].upper()
    if status not in STATUSES:
        letters = ", ".join(sorted(STATUSES))
        what = f"{quoted(cell['status'])} is no status; expected one of {letters}"
        raise layout.refusal(number, "status", what)
    values = {
        field: _value(cell[field], number, field, layout)
        for field in (
            "work",
            "pe_nonfacility",
            "pe_facility",
            "malpractice",
            "total_nonfacility",
            "total_facility",
            "conversion_factor",
        )
    }
    for total, practice in _TOTALS:
        parts = (values["work"], values[practice], values["malpractice"])
        _check_total(parts, values[total], number, total, layout)
    return FeeRow(
        code=code,
        modifier=_shaped(cell["modifier"].upper(), _MODIFIER, number, "modifier", layout),
        status=status,
        is_na_nonfacility=_is_na(cell["na_nonfacility"], number, "na_nonfacility", layout),
        is_na_facility=_is_na(cell["na_facility"], number, "na_facility", layout),
        pctc=_shaped(cell["pctc"], _PCTC, number, "pctc", layout),
        global_days=_shaped(cell["global_days"].upper(), _GLOBAL, number, "global_days", layout),
        **values,
    )


def number_in(text: str) -> Decimal | None:
    """A number that is not negative, with two decimals at least; None where it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    return value.quantize(_CENTS) if isinstance(exponent, int) and exponent > -2 else value


def _code(text: str, number: int, layout: Layout) -> str:
    code = text.upper()
    if _CODE.fullmatch(code):
        return code
    if _LOST_ZEROS.fullmatch(code):
        raise layout.refusal(number, "code", f"{quoted(text)}: {RE_SAVED}")
    raise layout.refusal(
        number,
        "code",
        f"{quoted(text)} is no code; expected five characters such as 85097 or 0855T",
    )


def _value(text: str, number: int, field: str, layout: Layout) -> Decimal | None:
    if text in ("", "NA", "na"):
        return None
    value = number_in(text)
    if value is not None:
        return value
    if _NEGATIVE.fullmatch(text):
        what = f"{quoted(text)} is negative; expected 0 or more"
    else:
        what = f"{quoted(text)} is no number; expected one such as 0.94, NA or nothing"
    raise layout.refusal(number, field, what)


def _check_total(
    parts: Sequence[Decimal | None],
    total: Decimal | None,
    number: int,
    field: str,
    layout: Layout,
) -> None:
    known = sum((part for part in parts if part is not None), Decimal(0))
    if None in parts:
        # What is not known may be anything from 0.
        holds = total is None or total >= known - TOLERANCE
    else:
        holds = total is not None and abs(known - total) <= TOLERANCE
    if holds:
        return
    sum_text = " + ".join("NA" if part is None else str(part) for part in parts)
    raise layout.refusal(
        number,
        field,
        f"{'nothing' if total is None else total} is not work + practice + malpractice = "
        f"{sum_text} = {known}; were columns moved?",
    )


def _is_na(text: str, number: int, field: str, layout: Layout) -> bool:
    if text.upper() not in ("", "NA"):
        raise layout.refusal(number, field, f"{quoted(text)} is neither NA nor empty")
    return bool(text)


def _shaped(
    text: str, shape: re.Pattern[str], number: int, field: str, layout: Layout
) -> str | None:
    if not text:
        return None
    if shape.fullmatch(text):
        return text
    if field == "global_days" and text.isdigit():
        raise layout.refusal(number, field, f"{quoted(text)}: {RE_SAVED}")
    expected = {
        "modifier": "two letters or digits, or nothing",
        "pctc": "one digit",
        "global_days": "three letters or digits such as XXX or 090",
    }[field]
    raise layout.refusal(number, field, f"{quoted(text)} is unknown here; expected {expected}")
