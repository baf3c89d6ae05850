"""`marrowscope coding log add`: a code, Enter."""

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated
from uuid import uuid4

import typer

from marrowscope.cli.coding_log_desk import LogDesk, log_desk
from marrowscope.cli.coding_log_options import (
    LOCAL_PROFILE,
    Accession,
    Day,
    Modifiers,
    Note,
    Place,
    Reader,
    Units,
    given_day,
    given_words,
)
from marrowscope.cli.coding_log_presenting import entry_json, entry_line
from marrowscope.cli.options import AsJson
from marrowscope.coding.log_events import Entered, LogEvent
from marrowscope.coding.log_service import Service, check_day, read_code, read_modifiers
from marrowscope.coding.log_values import ValuedEntry, valued
from marrowscope.coding.work_log import fold


def add(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Five letters or digits.")],
    day: Day = None,
    units: Units = None,
    modifiers: Modifiers = None,
    place: Place = None,
    note: Note = None,
    accession: Accession = None,
    reader: Reader = LOCAL_PROFILE,
    as_json: AsJson = False,
) -> None:
    """Logs a service, of today and of one unit unless told otherwise."""
    desk = log_desk(context, reader)
    desk.check_accession(accession)
    service = Service(
        code=read_code(code),
        day=given_day(day, "--date") or desk.today,
        units=1 if units is None else units,
        modifiers=read_modifiers(tuple(modifiers or ())),
        place=given_words(place) or "",
        note=given_words(note) or "",
        accession=given_words(accession) or "",
    )
    check_day(service.day, desk.today)
    unknown = unknown_codes([service.code], desk)
    present("logged", enter(desk, service), as_json=as_json)
    warn_of(unknown)


def enter(desk: LogDesk, service: Service) -> ValuedEntry:
    """Enters a service and gives back its entry with its value."""
    entry_id = uuid4()
    made: list[ValuedEntry] = []

    def entered(events: tuple[LogEvent, ...]) -> list[LogEvent]:
        event = Entered(entry_id, desk.act(events), service)
        # Valued before it is written: what fails here was not logged.
        made[:] = valued(fold([event]).entries, desk.values)
        return [event]

    desk.file.append(desk.reader, entered)
    return made[0]


def present(what: str, one: ValuedEntry, *, as_json: bool) -> None:
    """Prints what became of an entry."""
    sys.stdout.write(entry_json(one) if as_json else f"{what} {entry_line(one)}\n")


def unknown_codes(codes: Iterable[str], desk: LogDesk) -> list[str]:
    """Those that no imported fee file has, in order."""
    return sorted({code for code in codes if not desk.values.knows(code)})


def warn_of(unknown: Sequence[str]) -> None:
    """Says on standard error that codes are in no imported fee file."""
    if unknown:
        sys.stderr.write(
            f"warning: in no imported fee file, so without a value: {', '.join(unknown)}\n"
        )
