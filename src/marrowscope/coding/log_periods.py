"""By what a work log is added up, and in which part a service falls."""

from datetime import date
from enum import StrEnum

from marrowscope.errors import UsageError


class By(StrEnum):
    """What totals are made by."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_YEAR = "fiscal-year"
    CODE = "code"
    PLACE = "place"
    READER = "reader"


def check_fiscal_month(by: By | None, first_month: int | None) -> None:
    """Raises UsageError where fiscal years are asked for and none can be told from the other."""
    if by is By.FISCAL_YEAR and first_month is None:
        raise UsageError(
            "--by fiscal-year needs --fiscal-month, the month (1 to 12) in which your year begins"
        )
    if first_month is not None and not 1 <= first_month <= 12:
        raise UsageError(f"--fiscal-month: {first_month} is no month; give 1 to 12")


def period(day: date, by: By, first_month: int = 1) -> str:
    """Name of the day, ISO week, month, quarter, year or fiscal year that the day falls in.

    Names sort in time. A fiscal year is called after the year in which it ends. first_month: of
    the fiscal year, 1 to 12. Raises ValueError where `by` is no span of time.
    """
    match by:
        case By.DAY:
            return day.isoformat()
        case By.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case By.MONTH:
            return f"{day.year}-{day.month:02}"
        case By.QUARTER:
            return f"{day.year}-Q{(day.month + 2) // 3}"
        case By.YEAR:
            return str(day.year)
        case By.FISCAL_YEAR:
            return f"FY{day.year + (1 < first_month <= day.month)}"
        case _:
            raise ValueError(f"{by} is no span of time")
