"""From an order to import a table to what became of its rows."""

from dataclasses import dataclass
from pathlib import Path

from marrowscope.cli.coding_log_desk import LogDesk
from marrowscope.cli.coding_log_entry import unknown_codes
from marrowscope.coding.log_columns import (
    ColumnMap,
    columns_from_text,
    columns_text,
    completed,
    fits,
    guessed_columns,
)
from marrowscope.coding.log_dates import DateFormat
from marrowscope.coding.log_events import LogEvent
from marrowscope.coding.log_import import ImportPlan, plan_import
from marrowscope.coding.log_rows import RowFault, read_rows
from marrowscope.coding.log_table import LARGEST_TABLE_BYTES, LogTable, read_table
from marrowscope.errors import UnreadableInputError

NOTHING = ImportPlan((), (), (), (), (), ())


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """columns, form: None where not given. dry_run: only to be looked at."""

    file: Path
    columns: ColumnMap | None
    form: DateFormat | None
    keep_repeats: bool
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a table. columns_are: "given and guessed", "remembered" or "guessed".

    left_out: names of the columns that were not read. unknown_codes: those in no imported fee file.
    plan: empty where there are faults.
    """

    order: ImportOrder
    columns: ColumnMap
    columns_are: str
    left_out: tuple[str, ...]
    form: DateFormat
    n_rows: int
    faults: tuple[RowFault, ...]
    unknown_codes: tuple[str, ...]
    plan: ImportPlan


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which columns are read, and the form of days that somebody said, None for nobody."""

    columns: ColumnMap
    are: str
    form: DateFormat | None


def import_as_ordered(order: ImportOrder, desk: LogDesk) -> Imported:
    """Enters the rows of a table into the desk's log, all of them or, with a fault, none.

    Raises MarrowscopeError where the table cannot be read or its columns cannot be told.
    """
    table = read_table(_bytes(order.file), order.file.name[:100])
    choice = _choice(order, table, desk.file.columns_of(desk.reader))
    read = read_rows(table, choice.columns, choice.form, desk.today)
    unknown = unknown_codes((row.service.code for row in read.rows), desk)
    plans = [NOTHING]

    def planned(events: tuple[LogEvent, ...]) -> tuple[LogEvent, ...]:
        plans[:] = [
            plan_import(
                read.rows,
                events,
                desk.act(events),
                keep_accessions=desk.keep_accessions,
                keep_repeats=order.keep_repeats,
            )
        ]
        return plans[0].events

    if not read.faults and order.dry_run:
        planned(desk.file.events(desk.reader))
    elif not read.faults:
        desk.file.append(desk.reader, planned, columns_text(choice.columns, choice.form))
    used = {name for names in choice.columns.values() for name in names}
    return Imported(
        order=order,
        columns=choice.columns,
        columns_are=choice.are,
        left_out=tuple(name for name in table.columns if name not in used),
        form=read.form,
        n_rows=len(table.rows) + len(table.faults),
        faults=read.faults,
        unknown_codes=tuple(unknown),
        plan=plans[0],
    )


def _choice(order: ImportOrder, table: LogTable, remembered: str | None) -> _Choice:
    if order.columns is not None:
        return _Choice(completed(order.columns, table.columns), "given and guessed", order.form)
    if remembered is not None:
        columns, form = columns_from_text(remembered)
        if fits(columns, table.columns):
            return _Choice(columns, "remembered", order.form or form)
    return _Choice(guessed_columns(table.columns), "guessed", order.form)


def _bytes(path: Path) -> bytes:
    """What is in the file, up to one byte more than a table may have."""
    name = path.name[:100]
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise UnreadableInputError(f"{name}: is a pipe or a device; name a .csv file")
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_TABLE_BYTES + 1)
    except FileNotFoundError as error:
        raise UnreadableInputError(f"{name}: there is no such file; check its name") from error
    except IsADirectoryError as error:
        raise UnreadableInputError(f"{name}: is a folder; name a .csv file in it") from error
    except OSError as error:
        raise UnreadableInputError(f"{name}: cannot be read ({error.strerror})") from error
