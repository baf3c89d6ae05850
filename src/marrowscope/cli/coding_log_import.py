"""`marrowscope coding log import`: a table of services, previewed and then entered as a whole."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.coding_log_desk import log_desk
from marrowscope.cli.coding_log_entry import warn_of
from marrowscope.cli.coding_log_import_calls import Imported, ImportOrder, import_as_ordered
from marrowscope.cli.coding_log_options import LOCAL_PROFILE, Reader
from marrowscope.cli.coding_log_presenting import JsonObject, table
from marrowscope.cli.options import AsJson, given_path
from marrowscope.cli.printable import counted
from marrowscope.coding.log_columns import given_columns
from marrowscope.coding.log_dates import DateFormat
from marrowscope.coding.log_rows import ServiceRow
from marrowscope.errors import UsageError

N_SHOWN = 5
MOST_LINES_SHOWN = 12


def import_table(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", parser=given_path, help="A row a service.")
    ],
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            metavar="FIELD=COLUMN,…",
            help="Where to find date, code, units, modifier, place, note, accession.",
        ),
    ] = None,
    date_format: Annotated[
        DateFormat | None,
        typer.Option("--date-format", help="iso Y-m-d, us m/d/Y, german day first."),
    ] = None,
    keep_repeats: Annotated[
        bool,
        typer.Option("--keep-repeats", help="Rows that are alike are services of their own."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only says what would be.")] = False,
    reader: Reader = LOCAL_PROFILE,
    as_json: AsJson = False,
) -> None:
    """Enters every row of a table, or none if one is faulty. The same file twice adds nothing.

    Which column holds what is guessed from usual names, unless --columns says it, and remembered
    for the reader. Rows alike in date, code, units, modifiers and accession count once.
    """
    desk = log_desk(context, reader)
    order = ImportOrder(
        file=file,
        columns=None if columns is None else given_columns(columns),
        form=date_format,
        keep_repeats=keep_repeats,
        dry_run=dry_run,
    )
    done = import_as_ordered(order, desk)
    sys.stdout.write(json.dumps(_imported_object(done)) + "\n" if as_json else _imported_text(done))
    if done.faults:
        raise UsageError(
            f"{counted(len(done.faults), 'row')} of {file.name[:100]} cannot be logged, so nothing "
            "was; correct what is listed and import again"
        )
    warn_of(done.unknown_codes)


def _imported_object(done: Imported) -> JsonObject:
    """What was or would be imported; rows are told by their lines in the file."""
    plan = done.plan
    return {
        "file": done.order.file.name,
        "dry_run": done.order.dry_run,
        "columns": {field: list(names) for field, names in done.columns.items()},
        "columns_are": done.columns_are,
        "left_out": list(done.left_out),
        "date_format": done.form.value,
        "rows": done.n_rows,
        "added": _lines(plan.added),
        "returning": _lines(plan.returning),
        "repeated": _lines(plan.repeated),
        "logged": _lines(plan.logged),
        "withdrawn": _lines(plan.withdrawn),
        "unknown_codes": list(done.unknown_codes),
        "faults": [{"line": one.line, "reason": one.reason} for one in done.faults],
    }


def _imported_text(done: Imported) -> str:
    columns = ", ".join(f"{field}={'+'.join(names)}" for field, names in done.columns.items())
    lines = [
        f"{done.order.file.name}: {counted(done.n_rows, 'row')}; days as {done.form}",
        f"columns ({done.columns_are}): {columns}",
    ]
    if done.left_out:
        lines.append(f"columns left out: {', '.join(done.left_out)}")
    if done.faults:
        lines += [f"line {one.line}: {one.reason}" for one in done.faults]
        return "\n".join(lines) + "\n"
    plan, would = done.plan, "would be " if done.order.dry_run else ""
    if done.order.dry_run and plan.added:
        lines.append(_first_rows(plan.added).rstrip("\n"))
    lines.append(f"{would}added: {counted(len(plan.added), 'row')}")
    for what, rows in (
        (f"{would}brought back after an undo", plan.returning),
        ("skipped, like a row above in the file (--keep-repeats counts them)", plan.repeated),
        ("skipped, in the log already", plan.logged),
        ("skipped, withdrawn since an earlier import", plan.withdrawn),
    ):
        if rows:
            lines.append(f"{what}: {counted(len(rows), 'row')} ({_lines_text(rows)})")
    if done.order.dry_run:
        lines.append("Nothing was logged; without --dry-run it is.")
    return "\n".join(lines) + "\n"


def _first_rows(rows: tuple[ServiceRow, ...]) -> str:
    """The first rows as they were understood."""
    head = ["line", "date", "code", "mod", "units", "place", "accession", "note"]
    cells = [
        [
            str(row.line),
            row.service.day.isoformat(),
            row.service.code,
            " ".join(row.service.modifiers),
            str(row.service.units),
            row.service.place,
            row.service.accession,
            row.service.note,
        ]
        for row in rows[:N_SHOWN]
    ]
    left = len(rows) - len(cells)
    return table([head, *cells]) + (f"… and {left} more\n" if left else "")


def _lines(rows: tuple[ServiceRow, ...]) -> list[int]:
    return [row.line for row in rows]


def _lines_text(rows: tuple[ServiceRow, ...]) -> str:
    shown = ", ".join(str(row.line) for row in rows[:MOST_LINES_SHOWN])
    word = "line" if len(rows) == 1 else "lines"
    return f"{word} {shown}{', …' if len(rows) > MOST_LINES_SHOWN else ''}"
