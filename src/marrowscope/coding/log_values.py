"""What entries of the work log are worth, and their totals: exact, and honest about gaps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from marrowscope.coding.log_periods import By, period
from marrowscope.coding.log_service import PROFESSIONAL, TECHNICAL, Service
from marrowscope.coding.work_log import LogEntry


@dataclass(frozen=True, slots=True)
class WorkValue:
    """Work RVU of one unit, and the release that says so, as 2025D."""

    work_rvu: Decimal
    release: str


class WorkValues(Protocol):
    """What a service is worth on its day."""

    def value_of(self, code: str, modifier: str | None, on: date) -> WorkValue | None:
        """The value in force on the day; None where there is none. modifier: None for none."""

    def knows(self, code: str) -> bool:
        """Whether the code is in any release at all."""


@dataclass(frozen=True, slots=True)
class ValuedEntry:
    """An entry and the value of one unit of it, None where no value is in force."""

    entry: LogEntry
    value: WorkValue | None

    @property
    def work_rvu(self) -> Decimal | None:
        """Of all units; None is no value, not zero."""
        return None if self.value is None else self.value.work_rvu * self.entry.service.units


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over the entries of one name.

    work_rvu: of the entries that have a value; None where there are entries and none has one.
    """

    name: str
    n_entries: int
    n_units: int
    work_rvu: Decimal | None
    n_entries_without_value: int
    n_units_without_value: int


def valued(entries: Iterable[LogEntry], values: WorkValues) -> tuple[ValuedEntry, ...]:
    """Each entry with its value on its day, in the given order."""
    return tuple(ValuedEntry(entry, _value(entry.service, values)) for entry in entries)


def _value(service: Service, values: WorkValues) -> WorkValue | None:
    """Of the row that the file has for the modifier: 26 and TC have rows of their own."""
    modifier = next((one for one in service.modifiers if one in (PROFESSIONAL, TECHNICAL)), None)
    return values.value_of(service.code, modifier, service.day)


def total(entries: Sequence[ValuedEntry], name: str = "") -> Total:
    """The sums over all given entries."""
    worth = [one.work_rvu for one in entries if one.work_rvu is not None]
    without = [one for one in entries if one.value is None]
    return Total(
        name=name,
        n_entries=len(entries),
        n_units=sum(one.entry.service.units for one in entries),
        work_rvu=sum(worth, Decimal(0)) if worth or not entries else None,
        n_entries_without_value=len(without),
        n_units_without_value=sum(one.entry.service.units for one in without),
    )


def totals(
    entries: Sequence[ValuedEntry], by: By, fiscal_first_month: int = 1
) -> tuple[Total, ...]:
    """Sums by name, in the order of names; an entry without a place falls under ""."""
    grouped: dict[str, list[ValuedEntry]] = {}
    for one in entries:
        grouped.setdefault(_name(one.entry, by, fiscal_first_month), []).append(one)
    return tuple(total(grouped[name], name) for name in sorted(grouped))


def _name(entry: LogEntry, by: By, fiscal_first_month: int) -> str:
    match by:
        case By.CODE:
            return entry.service.code
        case By.PLACE:
            return entry.service.place
        case By.READER:
            return entry.reader
        case _:
            return period(entry.service.day, by, fiscal_first_month)
