"""Other tests of the marrow as a report prints them, and the words of an addendum with results.

Nothing of the count or of the findings follows from them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from marrowscope.cases.pending_tests import AncillaryResult, AncillaryTest
from marrowscope.cases.signing import LONGEST_ADDENDUM
from marrowscope.reports.case_printed import PrintedTest
from marrowscope.reports.case_report import AncillaryLine, CaseReport
from marrowscope.reports.case_wording import day_words, iso_utc, time_of
from marrowscope.reports.wording import sentence_case

PENDING: Final = "Pending"
PENDING_WHEN_SIGNED: Final = "Pending when signed"


def compose_tests(tests: Sequence[AncillaryTest], version: int) -> tuple[AncillaryLine, ...]:
    """In the order in which they were asked for. version: of the report that prints them."""
    return tuple(_line(one, version) for one in tests)


def pending_words(report: CaseReport) -> str:
    """Which tests are awaited, in one sentence; "" where none is."""
    awaited = [
        f"{one.name} (asked for {_day(one.asked_at)})"
        for one in report.tests
        if not one.result and not one.dropped_at
    ]
    heading = PENDING_WHEN_SIGNED if report.signature else PENDING
    return f"{heading}: {', '.join(awaited)}." if awaited else ""


def print_tests(report: CaseReport) -> tuple[PrintedTest, ...]:
    """Those with a result, and those that were taken off."""
    return tuple(
        PrintedTest(
            name=sentence_case(one.name),
            words=one.result or f"Taken off: {one.dropped_reason}",
            foot=" · ".join(_foot(one, report.version.number)),
        )
        for one in report.tests
        if one.result or one.dropped_at
    )


def offered_addendum(tests: Sequence[AncillaryTest]) -> str:
    """What an addendum could say of the tests: what no signed version says yet; "" of nothing.

    Where that is too long for an addendum it names the tests alone; the report prints the results.
    """
    news = [one for one in tests if one.is_news]
    whole = "\n".join(map(_news, news))
    if len(whole) <= LONGEST_ADDENDUM:
        return whole
    names = ", ".join(one.name for one in news)
    return f"Results of {names}; they are printed under Results of other tests."[:LONGEST_ADDENDUM]


def _line(test: AncillaryTest, version: int) -> AncillaryLine:
    dropped = test.dropped
    result = test.result if dropped is None else None
    earlier = test.results if result is None else test.results[:-1]
    return AncillaryLine(
        name=test.name,
        asked_at=iso_utc(test.asked_at),
        asked_by=test.asked_by_name,
        result="" if result is None else result.text,
        result_at="" if result is None else iso_utc(result.at),
        result_by="" if result is None else result.by_name,
        in_version=None if result is None else result.version or version,
        takes_back=_versions(earlier),
        dropped_at="" if dropped is None else iso_utc(dropped.at),
        dropped_by="" if dropped is None else dropped.by_name,
        dropped_reason="" if dropped is None else dropped.reason,
    )


def _foot(one: AncillaryLine, version: int) -> Iterator[str]:
    yield f"Asked for {_day(one.asked_at)} by {one.asked_by}"
    if one.dropped_at:
        yield f"taken off {_day(one.dropped_at)} by {one.dropped_by}"
    else:
        yield f"result {_day(one.result_at)} by {one.result_by}"
    if one.in_version == version > 1:
        yield "new in this version"
    elif one.in_version is not None and one.in_version != version:
        yield f"first in version {one.in_version}"
    if one.takes_back:
        yield f"takes the place of the result in {_version_words(one.takes_back)}"


def _news(test: AncillaryTest) -> str:
    """One test in an addendum."""
    before = _versions(test.results)
    name = sentence_case(test.name)
    if test.dropped is not None:
        why = test.dropped.reason
        return f"{name}: the result in {_version_words(before)} is taken back: {why}"
    instead = f", in place of the result in {_version_words(before)}" if before else ""
    text = "" if test.result is None else test.result.text
    return f"{name}{instead}: {text}"


def _versions(results: Sequence[AncillaryResult]) -> tuple[int, ...]:
    """The first signed one with each of them."""
    return tuple(one.version for one in results if one.version is not None)


def _version_words(versions: Sequence[int]) -> str:
    listed = " and ".join(map(str, versions))
    return f"version {listed}" if len(versions) == 1 else f"versions {listed}"


def _day(iso: str) -> str:
    return day_words(time_of(iso).date())
