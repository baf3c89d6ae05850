"""Days, times and limits as the report of a case words them; no locale, no clock."""

import re
from datetime import UTC, date, datetime
from typing import Final

_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip

_BINDING: Final = re.compile(r"(?<=\d) (?=%|mm²|µm|UTC)|(?<=[≥≤<>]) (?=\d)")


def day_words(day: date) -> str:
    """12 Mar 1962: no order of numbers to be mistaken."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def iso_utc(at: datetime) -> str:
    """2026-11-24T11:02:31Z. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(iso: str) -> datetime:
    """The aware time of what `iso_utc` wrote. Raises ValueError for anything else."""
    return datetime.strptime(iso, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def time_words(iso: str, *, seconds: bool = False) -> str:
    """2026-11-24T11:02:31Z -> "24 Nov 2026 11:02 UTC"; "" stays ""."""
    if not iso:
        return ""
    at = time_of(iso)
    clock = at.strftime("%H:%M:%S" if seconds else "%H:%M")
    return f"{day_words(at.date())} {clock} UTC"


def bound(text: str) -> str:
    """With blanks that do not break between a number and what belongs to it."""
    return _BINDING.sub("\u00a0", text)
