"""`marrowscope coding log correct`: an entry gets new values, and its history keeps the old."""

from datetime import date
from typing import Annotated, TypeVar
from uuid import uuid4

import typer

from marrowscope.cli.coding_log_changes import change
from marrowscope.cli.coding_log_desk import log_desk
from marrowscope.cli.coding_log_entry import present, unknown_codes, warn_of
from marrowscope.cli.coding_log_options import (
    LOCAL_PROFILE,
    Accession,
    Day,
    EntryId,
    Modifiers,
    Note,
    Place,
    Reader,
    Units,
    given_day,
    given_words,
)
from marrowscope.cli.options import AsJson
from marrowscope.coding.log_events import Act, Corrected, LogEvent
from marrowscope.coding.log_service import Service, check_day, read_code, read_modifiers
from marrowscope.coding.work_log import LogEntry
from marrowscope.errors import UsageError

T = TypeVar("T")


def correct(
    context: typer.Context,
    entry_id: EntryId,
    code: Annotated[str | None, typer.Option("--code", help="Five letters or digits.")] = None,
    day: Day = None,
    units: Units = None,
    modifiers: Modifiers = None,
    no_modifier: Annotated[
        bool, typer.Option("--no-modifier", help="Takes all modifiers away.")
    ] = False,
    place: Place = None,
    note: Note = None,
    accession: Accession = None,
    reader: Reader = LOCAL_PROFILE,
    as_json: AsJson = False,
) -> None:
    """Gives an entry new values; what is not given stays as it is.

    --place "", --note "" and --accession "" empty them.
    """
    desk = log_desk(context, reader)
    desk.check_accession(accession)
    if modifiers and no_modifier:
        raise UsageError("--modifier and --no-modifier speak against each other; leave one out")
    new_day = given_day(day, "--date")

    def correction(entry: LogEntry, act: Act) -> LogEvent:
        old = entry.service
        new = Service(
            code=_or(None if code is None else read_code(code), old.code),
            day=_or(new_day, old.day),
            units=_or(units, old.units),
            modifiers=_modifiers(modifiers, no_modifier, old.modifiers),
            place=_or(given_words(place), old.place),
            note=_or(given_words(note), old.note),
            accession=_or(given_words(accession), old.accession),
        )
        _check_change(old, new, desk.today)
        return Corrected(uuid4(), act, entry.entry_id, new)

    changed = change(desk, entry_id, correction, must_count=True)
    present("corrected to", changed, as_json=as_json)
    warn_of(unknown_codes([changed.entry.service.code], desk))


def _or(new: T | None, old: T) -> T:
    return old if new is None else new


def _modifiers(given: list[str] | None, no_modifier: bool, old: tuple[str, ...]) -> tuple[str, ...]:
    if no_modifier:
        return ()
    return read_modifiers(tuple(given)) if given else old


def _check_change(old: Service, new: Service, today: date) -> None:
    check_day(new.day, today)
    if new == old:
        raise UsageError("nothing to correct: the entry has these values already")
