"""Other tests in a report: what it prints of them, and what an addendum is offered."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from marrowscope.cases.pending_tests import AncillaryResult, AncillaryTest, Dropping
from marrowscope.cases.signing import LONGEST_ADDENDUM
from marrowscope.errors import UsageError
from marrowscope.reports.case_page import render_case_page
from marrowscope.reports.case_pdf import render_case_pdf
from marrowscope.reports.case_print import print_case_report
from marrowscope.reports.case_report import CaseReport
from marrowscope.reports.case_report_json import case_report_from_object, case_report_object
from marrowscope.reports.case_tests import compose_tests, offered_addendum
from marrowscope.reports.case_text import render_case_text
from reports.made_case_report import (
    AMENDED,
    HARD,
    LONG_WORD,
    OTHER_TESTS,
    PENDING_TESTS,
    MadeReport,
    made_report,
)

LATER = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
AWAITED = "flow cytometry (asked for 24 Nov 2026), FISH, BCR::ABL1 (asked for 24 Nov 2026)."
FLOW, FISH, IRON, TREPHINE = OTHER_TESTS


def flat(text: str) -> str:
    return " ".join(text.replace("\u200b", "").split())


def pdf_words(report: CaseReport) -> str:
    pages = PdfReader(BytesIO(render_case_pdf(report))).pages
    return flat(" ".join(page.extract_text() for page in pages))


def with_result(test: AncillaryTest, text: str, version: int | None = None) -> AncillaryTest:
    results = (*test.results, AncillaryResult(text, LATER, "M. Berg", version))
    return replace(test, results=results)


def test_page_pdf_and_text_say_what_was_pending_when_signed() -> None:
    report = made_report(MadeReport(tests=PENDING_TESTS))
    for words in (render_case_page(report), pdf_words(report), render_case_text(report)):
        assert f"Pending when signed: {AWAITED}" in flat(words)
        assert "Results of other tests" not in words


def test_a_preview_says_what_is_pending() -> None:
    printed = print_case_report(made_report(MadeReport(tests=PENDING_TESTS, signed=False)))
    assert printed.pending == f"Pending: {AWAITED}"


def test_nothing_is_printed_of_tests_where_there_are_none() -> None:
    report = made_report(MadeReport())
    assert report.tests == ()
    for words in (render_case_page(report), pdf_words(report), render_case_text(report)):
        assert "Pending" not in words
        assert "other tests" not in words


def test_results_are_printed_with_who_and_in_which_version() -> None:
    printed = print_case_report(made_report(MadeReport(tests=OTHER_TESTS, version=AMENDED)))
    assert printed.pending == "Pending when signed: FISH, BCR::ABL1 (asked for 24 Nov 2026)."
    assert [(one.name, one.words) for one in printed.tests] == [
        ("Flow cytometry", "CD34+ CD117+ blasts 9 %.\nNo aberrant lymphocytes."),
        ("Iron stain", "Stores 3+, no ring sideroblasts."),
        ("Trephine biopsy", "Taken off: No bone in the biopsy."),
    ]
    asked = "Asked for 24 Nov 2026 by M. Berg"
    assert [one.foot for one in printed.tests] == [
        f"{asked} · result 24 Nov 2026 by M. Berg · new in this version · takes the place of the "
        "result in version 2",
        f"{asked} · result 24 Nov 2026 by M. Berg · first in version 1",
        f"{asked} · taken off 24 Nov 2026 by Dr A. Karlsson",
    ]


def test_results_of_the_first_version_are_not_called_new() -> None:
    printed = print_case_report(made_report(MadeReport(tests=(with_result(FISH, "normal"),))))
    [only] = printed.tests
    assert only.foot.endswith("result 3 Dec 2026 by M. Berg")


def test_no_number_and_no_finding_follows_from_a_test() -> None:
    without = made_report(MadeReport(version=AMENDED))
    with_tests = made_report(MadeReport(tests=OTHER_TESTS, version=AMENDED))
    assert with_tests.tests != ()
    assert replace(with_tests, tests=()) == without


def test_tests_come_back_from_json_and_may_be_missing_in_an_older_record() -> None:
    report = made_report(MadeReport(tests=OTHER_TESTS, version=AMENDED))
    plain = case_report_object(report)
    assert case_report_from_object(plain) == report
    older = {name: value for name, value in plain.items() if name != "tests"}
    assert case_report_from_object(older) == replace(report, tests=())
    plain["tests"][0]["in_version"] = "two"
    with pytest.raises(UsageError, match=r"tests\[0\].in_version"):
        case_report_from_object(plain)


def test_hard_words_of_tests_reach_every_copy_as_words() -> None:
    test = with_result(replace(FISH, words=HARD), f"{HARD}\n{LONG_WORD}")
    report = replace(made_report(MadeReport()), tests=compose_tests([test], 1))
    assert "<e>" not in render_case_page(report)
    assert max(map(len, render_case_text(report).splitlines())) <= 80
    assert flat(HARD) in flat(render_case_text(report))
    assert "#let x = $a$" in pdf_words(report)


def test_an_addendum_is_offered_what_no_signed_version_says() -> None:
    assert offered_addendum(()) == ""
    assert offered_addendum((FISH, IRON, TREPHINE)) == ""
    taken_back = replace(IRON, dropped=Dropping("Of another case.", LATER, "M. Berg"))
    assert offered_addendum((FLOW, with_result(FISH, "Normal."), taken_back)) == (
        "Flow cytometry, in place of the result in version 2: CD34+ CD117+ blasts 9 %.\n"
        "No aberrant lymphocytes.\n"
        "FISH, BCR::ABL1: Normal.\n"
        "Iron stain: the result in version 1 is taken back: Of another case."
    )


def test_what_is_too_long_for_an_addendum_is_named() -> None:
    long = [with_result(one, "x" * 2000) for one in (FISH, PENDING_TESTS[0])]
    offered = offered_addendum(long)
    assert offered.startswith("Results of FISH, BCR::ABL1, flow cytometry; they are printed")
    many = [with_result(replace(FISH, words="y" * 120), "x" * 2000) for _ in range(50)]
    assert len(offered_addendum(many)) <= LONGEST_ADDENDUM
