"""`marrowscope coding log list`: entries, or their totals."""

import json
import sys
from typing import Annotated

import typer

from marrowscope.cli.coding_log_desk import log_desk
from marrowscope.cli.coding_log_options import (
    LOCAL_PROFILE,
    From,
    Reader,
    given_day,
    within,
)
from marrowscope.cli.coding_log_presenting import (
    JsonObject,
    entries_text,
    entry_object,
    total_line,
    total_object,
    totals_text,
)
from marrowscope.cli.options import AsJson
from marrowscope.cli.printable import counted
from marrowscope.coding.log_periods import By, check_fiscal_month
from marrowscope.coding.log_values import ValuedEntry, total, totals, valued
from marrowscope.coding.work_log import WorkLog, fold


def list_log(
    context: typer.Context,
    first: From = None,
    last: Annotated[
        str | None, typer.Option("--to", "--until", metavar="YYYY-MM-DD", help="Last day.")
    ] = None,
    by: Annotated[By | None, typer.Option("--by", help="Totals instead of entries.")] = None,
    fiscal_month: Annotated[
        int | None, typer.Option("--fiscal-month", help="In which a fiscal year begins, 1 to 12.")
    ] = None,
    withdrawn: Annotated[
        bool, typer.Option("--withdrawn", help="Those that were withdrawn instead.")
    ] = False,
    all_readers: Annotated[
        bool, typer.Option("--all-readers", help="Of everybody who logs here.")
    ] = False,
    reader: Reader = LOCAL_PROFILE,
    as_json: AsJson = False,
) -> None:
    """Lists entries with their value, or totals by period, code, place or reader.

    An entry without a value in force is never a zero: how many there are is said with each total.
    A fiscal year is called after the year in which it ends.
    """
    check_fiscal_month(by, fiscal_month)
    span = given_day(first, "--from"), given_day(last, "--to")
    within((), *span)
    desk = log_desk(context, reader)
    log = fold(desk.file.events(None if all_readers else desk.reader))
    entries = valued(within(log.withdrawn if withdrawn else log.entries, *span), desk.values)
    month = fiscal_month or 1
    if as_json:
        answer: JsonObject = {"reader": None if all_readers else desk.reader}
        answer |= _listed_object(entries, by, month)
        answer["waiting_events"] = len(log.waiting)
        sys.stdout.write(json.dumps(answer) + "\n")
    else:
        sys.stdout.write(_listed_text(entries, by, month, with_reader=all_readers))
        sys.stdout.write(_waiting_text(log))


def _listed_object(entries: tuple[ValuedEntry, ...], by: By | None, month: int) -> JsonObject:
    if by is None:
        listed: JsonObject = {"entries": [entry_object(one) for one in entries]}
    else:
        listed = {
            "by": by.value,
            "totals": [
                {"name": one.name, **total_object(one)} for one in totals(entries, by, month)
            ],
        }
    return listed | {"total": total_object(total(entries))}


def _listed_text(
    entries: tuple[ValuedEntry, ...], by: By | None, month: int, *, with_reader: bool
) -> str:
    if by is None:
        listed = entries_text(entries, with_reader=with_reader)
    else:
        listed = totals_text(totals(entries, by, month), by.value)
    return f"{listed}{total_line(total(entries))}\n"


def _waiting_text(log: WorkLog) -> str:
    if not log.waiting:
        return ""
    return f"{counted(len(log.waiting), 'change')} of entries that have not arrived yet\n"
