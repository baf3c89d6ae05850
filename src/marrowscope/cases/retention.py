"""Which cases were kept for as long as the laboratory keeps them. Nothing is deleted by this."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from marrowscope.cases.facts import Purpose
from marrowscope.cases.state import CaseState


@dataclass(frozen=True, slots=True)
class DueCase:
    """A case that need not be kept any longer.

    since: when its newest version was signed (is_signed), else when anything last happened to it;
    aware. kept_until: the last day on which it had to be there.
    """

    case: CaseState
    since: datetime
    is_signed: bool
    kept_until: date


LastReviewed = Callable[[CaseState], datetime | None]


def never_reviewed(_case: CaseState) -> None:
    """For cases whose cells nobody worked on."""


def due(
    cases: Iterable[CaseState],
    today: date,
    years: int,
    last_reviewed: LastReviewed = never_reviewed,
) -> tuple[DueCase, ...]:
    """Those whose whole years are over, the longest kept first, then by accession number.

    The years of a signed case begin when its newest version was signed, those of any other when
    something last happened to it. Never among them: a deleted case; a clinical one without a final
    report; one whose report is being amended or corrected.

    today: in UTC, as are the days of all events. years: at least 1. last_reviewed: when readers
    last worked on the cells of an unsigned case, which is no event of the case; None where never.
    """
    found = (_due(case, today, years, last_reviewed) for case in cases)
    return tuple(sorted((one for one in found if one is not None), key=_place))


def kept_until(since: datetime, years: int) -> date:
    """The day, in UTC, on which so many years are over; 1 March where 29 February is not there.

    Raises ValueError for less than a year.
    """
    if years < 1:
        raise ValueError("cases are kept for at least one year")
    day = since.astimezone(UTC).date()
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _due(case: CaseState, today: date, years: int, last_reviewed: LastReviewed) -> DueCase | None:
    sign_out = case.sign_out
    if case.is_deleted or sign_out.is_reopened:
        return None
    if sign_out.has_final:
        return _if_over(case, sign_out.versions[-1].signed_at, today, years, is_signed=True)
    if case.facts.purpose is Purpose.CLINICAL:
        return None
    untouched = _if_over(case, case.changed_at, today, years, is_signed=False)
    reviewed = None if untouched is None else last_reviewed(case)
    if untouched is None or reviewed is None or reviewed <= untouched.since:
        return untouched
    return _if_over(case, reviewed, today, years, is_signed=False)


def _if_over(
    case: CaseState, since: datetime, today: date, years: int, *, is_signed: bool
) -> DueCase | None:
    last = kept_until(since, years)
    return DueCase(case, since, is_signed, last) if today > last else None


def _place(due_case: DueCase) -> tuple[datetime, str, str]:
    case = due_case.case
    return due_case.since, case.facts.accession or "", str(case.case_id)
