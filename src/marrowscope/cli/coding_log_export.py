"""`marrowscope coding log export`: entries with value and release, for other programs."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.coding_log_desk import log_desk
from marrowscope.cli.coding_log_options import (
    LOCAL_PROFILE,
    From,
    Reader,
    Until,
    given_day,
    within,
)
from marrowscope.cli.coding_log_presenting import total_line
from marrowscope.cli.options import given_path
from marrowscope.coding.log_export import log_csv, log_xlsx
from marrowscope.coding.log_values import ValuedEntry, total, valued
from marrowscope.coding.work_log import fold
from marrowscope.errors import UsageError

WRITERS: Mapping[str, Callable[[Sequence[ValuedEntry]], bytes]] = {
    ".csv": log_csv,
    ".xlsx": log_xlsx,
}


def export(
    context: typer.Context,
    out: Annotated[
        Path,
        typer.Option("--to", "--out", metavar="OUT", parser=given_path, help="A .csv or .xlsx."),
    ],
    replace: Annotated[bool, typer.Option("--replace", help="Even if OUT is there.")] = False,
    first: From = None,
    last: Until = None,
    reader: Reader = LOCAL_PROFILE,
) -> None:
    """Writes the entries with their value, and the release that says so, into a table."""
    from marrowscope.exchange import write_files  # noqa: PLC0415 - keeps --help fast

    make = WRITERS.get(out.suffix.lower())
    if make is None:
        raise UsageError(f"--to: {out.name[:100]!r} ends neither in .csv nor in .xlsx")
    if out.is_dir():
        raise UsageError(f"--to: {out.name[:100]!r} is a folder; name a file in it")
    if not replace and os.path.lexists(out):
        raise UsageError(f"--to: {out.name[:100]!r} is there already; add --replace to replace it")
    span = given_day(first, "--from"), given_day(last, "--until")
    desk = log_desk(context, reader)
    log = fold(desk.file.events(desk.reader))
    entries = valued(within(log.entries, *span), desk.values)
    write_files({out.name: make(entries)}, out.parent)
    sys.stdout.write(f"{out}: {total_line(total(entries))}\n")
