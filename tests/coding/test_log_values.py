from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from made_log import MADE_VALUES, START, service

from marrowscope.coding.log_periods import By, check_fiscal_month, period
from marrowscope.coding.log_service import Service
from marrowscope.coding.log_values import total, totals, valued
from marrowscope.coding.work_log import LogEntry
from marrowscope.errors import UsageError


def entry(values: Service, reader: str = "me") -> LogEntry:
    return LogEntry(UUID(int=1), reader, START, values)


def worth(values: Service) -> Decimal | None:
    return valued([entry(values)], MADE_VALUES)[0].work_rvu


def test_an_entry_is_worth_the_value_of_its_day_times_its_units() -> None:
    assert worth(service(units=3)) == Decimal("3.33")


@pytest.mark.parametrize(
    ("modifiers", "expected"),
    [
        ((), Decimal("0.73")),
        (("26",), Decimal("0.73")),
        (("TC",), Decimal("0.00")),
        (("59",), Decimal("0.73")),
        (("59", "26"), Decimal("0.73")),
    ],
)
def test_modifiers_26_and_tc_have_rows_of_their_own_and_others_change_nothing(
    modifiers: tuple[str, ...], expected: Decimal
) -> None:
    assert worth(service("88305", modifiers=modifiers)) == expected


@pytest.mark.parametrize(
    "values",
    [
        service("85097", modifiers=("26",)),
        service("85097", modifiers=("TC",)),
        service("99999"),
        service("85097", day=date(2024, 12, 31)),
    ],
)
def test_where_the_file_has_no_row_there_is_no_value_and_not_zero(values: Service) -> None:
    assert worth(values) is None


def test_a_total_says_how_many_entries_and_units_have_no_value() -> None:
    entries = valued(
        [entry(service(units=2)), entry(service("0855T")), entry(service("99999", units=5))],
        MADE_VALUES,
    )

    whole = total(entries)

    assert (whole.n_entries, whole.n_units, whole.work_rvu) == (3, 8, Decimal("2.22"))
    assert (whole.n_entries_without_value, whole.n_units_without_value) == (1, 5)


def test_a_total_of_nothing_is_zero_and_one_without_any_value_is_none() -> None:
    assert total([]).work_rvu == Decimal(0)
    assert total(valued([entry(service("99999"))], MADE_VALUES)).work_rvu is None


@pytest.mark.parametrize(
    ("by", "day", "name"),
    [
        (By.DAY, date(2025, 3, 1), "2025-03-01"),
        (By.WEEK, date(2024, 12, 30), "2025-W01"),
        (By.WEEK, date(2027, 1, 3), "2026-W53"),
        (By.MONTH, date(2025, 3, 1), "2025-03"),
        (By.QUARTER, date(2025, 3, 31), "2025-Q1"),
        (By.QUARTER, date(2025, 10, 1), "2025-Q4"),
        (By.YEAR, date(2025, 3, 1), "2025"),
        (By.FISCAL_YEAR, date(2025, 6, 30), "FY2025"),
        (By.FISCAL_YEAR, date(2025, 7, 1), "FY2026"),
    ],
)
def test_a_day_falls_into_its_period(by: By, day: date, name: str) -> None:
    assert period(day, by, 7) == name


def test_a_fiscal_year_from_january_is_the_year() -> None:
    assert period(date(2025, 12, 31), By.FISCAL_YEAR, 1) == "FY2025"


@pytest.mark.parametrize("month", [None, 0, 13])
def test_a_fiscal_year_needs_its_first_month(month: int | None) -> None:
    with pytest.raises(UsageError, match="--fiscal-month"):
        check_fiscal_month(By.FISCAL_YEAR, month)


def test_totals_come_by_code_place_and_reader() -> None:
    entries = valued(
        [
            entry(service("85097", place="north")),
            entry(service("85060")),
            entry(service("85097", place="north"), reader="you"),
        ],
        MADE_VALUES,
    )

    def by(what: By) -> dict[str, int]:
        return {one.name: one.n_entries for one in totals(entries, what)}

    assert by(By.CODE) == {"85060": 1, "85097": 2}
    assert by(By.PLACE) == {"": 1, "north": 2}
    assert by(By.READER) == {"me": 2, "you": 1}
