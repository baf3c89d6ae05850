"""Days in a user's table. The order of day and month is read off the column, never guessed."""

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from marrowscope.coding.log_service import quoted
from marrowscope.errors import UsageError


class DateFormat(StrEnum):
    """Order of the parts: iso year-month-day, us month/day/year, german day.month.year."""

    ISO = "iso"
    US = "us"
    GERMAN = "german"


_PARTS = re.compile(r"([0-9]{1,4})([-./])([0-9]{1,2})\2([0-9]{1,4})")
# Spreadsheets add midnight to a day.
_TIME = re.compile(r"[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$")


def format_of(texts: Iterable[str], name: str) -> DateFormat:
    """The form of all days of a column, which their separators or the days themselves prove.

    Days with slashes are US or day first: a number above 12 tells. name: of the column. Raises
    UsageError where nothing tells, or where rows speak against each other.
    """
    found: dict[DateFormat, str] = {}
    unclear = ""
    for text in texts:
        form = _form(text)
        if form is None:
            unclear = unclear or (text if _parted(text) else "")
        else:
            found.setdefault(form, text)
    if len(found) > 1:
        one, other = list(found.values())[:2]
        raise UsageError(
            f"the column {name[:40]!r} holds days of two forms, {quoted(one)} and "
            f"{quoted(other)}; make them one"
        )
    if found:
        return next(iter(found))
    if unclear:
        raise UsageError(
            f"{quoted(unclear)} may be month/day or day/month; say which with --date-format us or "
            "--date-format german"
        )
    return DateFormat.ISO


def day_in(text: str, form: DateFormat) -> date:
    """The day that a cell holds in this form; a time after it is dropped. Raises UsageError."""
    parts = _parted(text)
    if parts is None:
        raise UsageError(f"{quoted(text)} is no date")
    first, second, third = parts
    year, month, day = {
        DateFormat.ISO: (first, second, third),
        DateFormat.US: (third, first, second),
        DateFormat.GERMAN: (third, second, first),
    }[form]
    if len(year) != 4:
        raise UsageError(f"{quoted(text)} is no {form} date with a year of four digits")
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise UsageError(f"{quoted(text)} is no {form} date that exists") from error


def _parted(text: str) -> tuple[str, str, str] | None:
    match = _PARTS.fullmatch(_TIME.sub("", text.strip()))
    return None if match is None else (match[1], match[3], match[4])


def _form(text: str) -> DateFormat | None:
    """The only form the text can have; None where there are several, or none at all."""
    match = _PARTS.fullmatch(_TIME.sub("", text.strip()))
    if match is None:
        return None
    if len(match[1]) == 4:
        return DateFormat.ISO
    if match[2] == ".":
        return DateFormat.GERMAN
    if int(match[1]) > 12 >= int(match[3]):
        return DateFormat.GERMAN
    if int(match[3]) > 12 >= int(match[1]):
        return DateFormat.US
    return None
