from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.made_events import (
    asked,
    case,
    changed,
    deleted,
    finished,
    reopened,
    signed,
    slide,
    started,
    uid,
)
from marrowscope.cases.case_event import CaseEvent
from marrowscope.cases.events import Stamp
from marrowscope.cases.facts import CaseFacts, Purpose
from marrowscope.cases.retention import due, kept_until
from marrowscope.cases.sign_out_events import ReportSigned
from marrowscope.cases.state import CaseState

ANALYSED = (slide(), asked(), started(), finished())
"""All of it, as everything of `made_events`, on 1 June 2025."""
SIGNED_ON = datetime(2025, 6, 1, 8, tzinfo=UTC)
LAST_DAY = date(2030, 6, 1)
AFTER = date(2030, 6, 2)


def at(moment: datetime, event: CaseEvent) -> CaseEvent:
    """The same event at another time."""
    stamp = Stamp(event.stamp.event_id, moment, event.stamp.by, event.stamp.by_name)
    values = {name: getattr(event, name) for name in event.__dataclass_fields__}
    return type(event)(**values | {"stamp": stamp})


def clinical(*events: CaseEvent) -> CaseState:
    return case(*ANALYSED, *events, facts=CaseFacts(purpose=Purpose.CLINICAL))


def is_due(one: CaseState, today: date = AFTER, years: int = 5) -> bool:
    return bool(due([one], today, years))


def test_a_signed_case_is_due_the_day_after_its_last_year() -> None:
    one = clinical(signed())

    assert not is_due(one, LAST_DAY)
    assert is_due(one, AFTER)
    (found,) = due([one], AFTER, 5)
    assert (found.since, found.kept_until, found.is_signed) == (SIGNED_ON, LAST_DAY, True)


def test_the_newest_version_counts() -> None:
    later = at(datetime(2028, 1, 1, tzinfo=UTC), signed("addendum", 2))
    assert isinstance(later, ReportSigned)

    one = clinical(signed(), later)

    assert not is_due(one, date(2033, 1, 1))
    assert is_due(one, date(2033, 1, 2))


def test_a_clinical_case_without_a_final_report_is_never_due() -> None:
    assert not is_due(clinical(), date(2999, 1, 1), years=1)
    assert not is_due(clinical(signed("preliminary")), date(2999, 1, 1), years=1)


def test_a_report_that_is_being_amended_is_never_due() -> None:
    one = clinical(signed(), reopened())

    assert not is_due(one, date(2999, 1, 1), years=1)
    again = at(datetime(2026, 1, 1, tzinfo=UTC), signed("amended", 2))
    assert is_due(clinical(signed(), reopened(), again), date(2027, 1, 2), years=1)


def test_a_deleted_case_is_not_due() -> None:
    assert not is_due(clinical(signed(), deleted()))


@pytest.mark.parametrize("purpose", [Purpose.RESEARCH, Purpose.TEACHING, Purpose.ARCHIVE])
def test_an_unsigned_one_that_is_not_clinical_is_due_after_its_last_change(
    purpose: Purpose,
) -> None:
    facts = CaseFacts(purpose=purpose)
    untouched = case(facts=facts)
    touched = case(at(datetime(2026, 3, 1, tzinfo=UTC), changed(facts)), facts=facts)

    assert is_due(untouched)
    assert not is_due(touched)
    (found,) = due([touched], date(2031, 3, 2), 5)
    assert (found.since, found.is_signed) == (datetime(2026, 3, 1, tzinfo=UTC), False)


def test_work_on_cells_is_a_change_of_an_unsigned_case() -> None:
    one = case(*ANALYSED)
    reviewed = datetime(2027, 5, 5, tzinfo=UTC)

    assert due([one], AFTER, 5, lambda _: reviewed) == ()
    (found,) = due([one], date(2032, 5, 6), 5, lambda _: reviewed)
    assert found.since == reviewed
    # Older than the last change, it says nothing new.
    assert due([one], AFTER, 5, lambda _: SIGNED_ON - timedelta(days=1)) == due([one], AFTER, 5)


def test_nobody_is_asked_about_cells_of_what_is_kept_anyway() -> None:
    def ask(_case: CaseState) -> datetime:
        raise AssertionError("asked for nothing")

    kept = [case(), clinical(), clinical(signed()), clinical(signed(), deleted())]
    assert due(kept, LAST_DAY, 5, ask) == ()
    assert len(due([clinical(signed())], AFTER, 5, ask)) == 1


def test_the_longest_kept_comes_first() -> None:
    def untouched_since(n: int, year: int) -> CaseState:
        moment = datetime(year, 1, 1, tzinfo=UTC)
        return case(at(moment, changed(CaseFacts())), n=n)

    cases = [untouched_since(1, 2019), untouched_since(2, 2017), untouched_since(3, 2018)]

    assert [one.case.case_id for one in due(cases, AFTER, 5)] == [uid(2), uid(3), uid(1)]


@pytest.mark.parametrize(
    ("since", "years", "last_day"),
    [
        ("2024-02-29", 1, "2025-03-01"),
        ("2024-02-29", 3, "2027-03-01"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2024-02-28", 1, "2025-02-28"),
        ("2023-02-28", 1, "2024-02-28"),
        ("2023-03-01", 1, "2024-03-01"),
        ("1896-02-29", 4, "1900-03-01"),
        ("1996-02-29", 4, "2000-02-29"),
        ("2025-12-31", 10, "2035-12-31"),
    ],
)
def test_leap_days(since: str, years: int, last_day: str) -> None:
    moment = datetime.fromisoformat(f"{since}T12:00:00+00:00")

    assert kept_until(moment, years) == date.fromisoformat(last_day)


def test_days_are_those_of_utc() -> None:
    late = datetime(2025, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))

    assert kept_until(late, 1) == date(2027, 1, 1)


@pytest.mark.parametrize("years", [0, -1])
def test_less_than_a_year_is_no_time_to_keep(years: int) -> None:
    with pytest.raises(ValueError, match="at least one year"):
        kept_until(SIGNED_ON, years)


@given(
    since=st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    years=st.integers(1, 200),
)
def test_no_case_goes_before_whole_years_are_over(since: datetime, years: int) -> None:
    first_day = kept_until(since, years) + timedelta(days=1)

    assert first_day.year - since.year in (years, years + 1)
    assert (first_day.month, first_day.day) != (since.month, since.day)
    whole_years = 365 * years + (years // 4) - 2
    assert (first_day - since.date()).days > whole_years
