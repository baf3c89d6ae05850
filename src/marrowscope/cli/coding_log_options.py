"""Options that the sub-commands of `coding log` share, and how their text is read."""

from datetime import date
from typing import Annotated, TypeAlias

import typer

from marrowscope.coding.log_service import read_day, tidied
from marrowscope.coding.work_log import LogEntry
from marrowscope.errors import UsageError

LOCAL_PROFILE = "me"

Reader: TypeAlias = Annotated[str, typer.Option("--reader", metavar="NAME", help="Whose log.")]
Day: TypeAlias = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Of the service.")
]
Units: TypeAlias = Annotated[int | None, typer.Option("--units", help="A whole number from 1.")]
Modifiers: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--modifier", metavar="M", help="As 26 or TC; may be given several times."),
]
Place: TypeAlias = Annotated[str | None, typer.Option("--place", help="Where, in your words.")]
Note: TypeAlias = Annotated[
    str | None, typer.Option("--note", help="A line of yours; no patient data.")
]
Accession: TypeAlias = Annotated[
    str | None, typer.Option("--accession", help="Accession number of the case.")
]
EntryId: TypeAlias = Annotated[
    str, typer.Argument(metavar="ID", help="Of the entry, as list shows it.")
]
From: TypeAlias = Annotated[
    str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day.")
]
Until: TypeAlias = Annotated[
    str | None, typer.Option("--until", metavar="YYYY-MM-DD", help="Last day.")
]


def given_day(text: str | None, option: str) -> date | None:
    """The day that an option says. Raises UsageError, which names the option."""
    if text is None:
        return None
    try:
        return read_day(text)
    except UsageError as error:
        raise UsageError(f"{option}: {error}") from error


def given_words(text: str | None) -> str | None:
    """What an option says, tidied; None where it was not given."""
    return None if text is None else tidied(text)


def within(
    entries: tuple[LogEntry, ...], first: date | None, last: date | None
) -> tuple[LogEntry, ...]:
    """Entries from the first to the last day, both included. Raises UsageError for a wrong span."""
    if first is not None and last is not None and first > last:
        raise UsageError(f"the span from {first} to {last} ends before it begins")
    return tuple(
        entry
        for entry in entries
        if (first is None or first <= entry.service.day)
        and (last is None or entry.service.day <= last)
    )
