"""Page, text and PDF of one report say the same."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from html.parser import HTMLParser
from importlib.resources import files
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from marrowscope.reports.case_page import render_case_page
from marrowscope.reports.case_pdf import render_case_pdf, typeset_data
from marrowscope.reports.case_print import PREVIEW, SYNTHETIC, print_case_report
from marrowscope.reports.case_printed import PrintedReport
from marrowscope.reports.case_report import CaseReport, EarlierVersion, ReportKind, Version
from marrowscope.reports.case_text import WIDTH, render_case_text
from reports.made_case_report import (
    AMENDED,
    HARD,
    LONG_WORD,
    OTHER_TESTS,
    PENDING_TESTS,
    MadeReport,
    made_report,
    make_report,
    with_hard_words,
)

MADE = {
    "signed": MadeReport(),
    "amended": MadeReport(undecided=12, version=AMENDED),
    "audit": MadeReport(seen=False, audited=True),
    "audit-undecided": MadeReport(seen=False, audited=True, undecided=12, audit_upper=True),
    "preliminary": MadeReport(
        seen=False, undecided=12, version=Version(ReportKind.PRELIMINARY, 1), n_files=30
    ),
    "preview": MadeReport(signed=False, undecided=12),
    "one-slide": MadeReport(n_slides=1),
    "pending": MadeReport(tests=PENDING_TESTS),
    "tests": MadeReport(tests=OTHER_TESTS, version=AMENDED),
    "empty": MadeReport(classes=(), signed=False),
}
each_made = pytest.mark.parametrize("made", MADE.values(), ids=MADE.keys())


class Page(HTMLParser):
    """What a page says; fails on tags that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def flat(text: str) -> str:
    return " ".join(text.split())


def page_words(report: CaseReport) -> str:
    return flat(" ".join(Page(render_case_page(report)).words))


def leaves(value: Any, but: frozenset[str]) -> Iterator[str]:
    """Every text in a printed report but those of the named fields."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in but:
                yield from leaves(one, but)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from leaves(one, but)


def all_texts(printed: PrintedReport, *but: str) -> list[str]:
    found = [flat(one) for one in leaves(asdict(printed), frozenset({"tone", *but}))]
    return [one for one in found if one]


@each_made
def test_page_and_text_hold_every_word_and_number(made: MadeReport) -> None:
    report = made_report(made)
    printed = print_case_report(report)
    page, text = page_words(report), flat(render_case_text(report))
    if len(report.result.slides) == 1:
        assert printed.result.slides == ()
    skipped = [] if printed.result.slides else ["slide_heads", "slide_labels", "slides_note"]
    missing = [one for one in all_texts(printed, *skipped, "slide_labels") if one not in page]
    assert missing == []
    only_drawn = ("chart_key", "ticks", "slide_heads", "undecided_note", "running_head")
    missing = [one for one in all_texts(printed, *skipped, *only_drawn) if one not in text]
    assert missing == []


@each_made
def test_pdf_is_given_every_word_and_its_template_prints_every_field(made: MadeReport) -> None:
    report = made_report(made)
    printed = print_case_report(report)
    data = json.loads(typeset_data(report))
    given = {flat(one).replace("\u200b", "") for one in leaves(data, frozenset())}
    assert set(all_texts(printed)) <= given
    template = (files("marrowscope.reports") / "templates" / "case_report.typ").read_text("utf-8")
    names = [*data.keys() - {"result", "not_assessed"}]
    names += [f"result.{name}" for name in data["result"].keys() - {"slide_labels"}]
    for name in names:
        assert re.search(rf"\bd\.{re.escape(name)}\b", template), name


@each_made
def test_who_signed_when_and_what_it_means_is_in_every_copy(made: MadeReport) -> None:
    report = made_report(made)
    copies = (page_words(report), flat(render_case_text(report)), flat(typeset_data(report)))
    for copy in copies:
        assert "Research use only. Not for patient care." in copy
        for finding in report.findings:
            assert flat(finding.sentence) in flat(copy.replace("\u200b", ""))
        for words in ("24 Nov 2026 11:02:31 UTC", "author of this report", "akarlsson"):
            assert (words in copy) is made.signed
        assert ("Signed by" in copy) is made.signed
        assert (PREVIEW in copy) is not made.signed


def test_a_preview_says_so_at_the_top_at_the_signature_and_in_the_title() -> None:
    html = render_case_page(made_report(MadeReport(signed=False)))
    assert f"<title>{PREVIEW} · " in html
    assert html.count(PREVIEW) >= 5
    assert "Signed by" not in html
    assert render_case_text(made_report(MadeReport(signed=False))).splitlines()[1] == (
        f"*** {PREVIEW} ***"
    )
    assert b"pdfaid" not in render_case_pdf(made_report(MadeReport(signed=False)))


def copies_of(made: MadeReport) -> tuple[str, str, str]:
    report = made_report(made)
    pages = PdfReader(BytesIO(render_case_pdf(report))).pages
    pdf = " ".join(page.extract_text() for page in pages)
    return page_words(report), flat(render_case_text(report)), flat(pdf)


def test_an_audit_prints_both_bounds_and_the_open_threshold() -> None:
    made = MADE["audit-undecided"]
    upper = made_report(made).result.rows[0].upper_printed
    for copy in copies_of(made):
        assert f"up to {upper} % with every undecided cell" in copy
        assert "threshold not decided: 10 %" in copy
        assert f"–{upper} %" in copy


def test_figures_that_are_no_result_are_headed_so() -> None:
    headings = ("Ratio and blasts", "Findings for the reader", "Thresholds not met")
    for copy in copies_of(MADE["preliminary"]):
        for heading in headings:
            assert f"{heading}: no result yet" in copy
        assert copy.count("On the machine's names where nobody looked.") == len(headings)
    for name in ("signed", "audit"):
        for copy in copies_of(MADE[name]):
            assert all(heading in copy for heading in headings)
            assert "no result yet" not in copy
            assert "where nobody looked" not in copy


def test_a_phantom_is_named_one() -> None:
    report = made_report(MadeReport())
    phantom = replace(report, is_synthetic=True)
    for copy in (page_words(phantom), render_case_text(phantom), typeset_data(phantom)):
        assert SYNTHETIC in copy
    assert SYNTHETIC not in page_words(report)


def test_rows_of_the_text_line_up() -> None:
    report = made_report(MadeReport(undecided=12))
    lines = render_case_text(report).splitlines()
    for row in print_case_report(report).result.rows:
        line = next(one for one in lines if one.startswith(f"{row.label:<30}"))
        assert line.split(row.label, 1)[1].split() == [row.n, row.printed, row.limits, row.last]
    assert any(line.startswith("N ") and line.split() == ["N", "512", "100.0"] for line in lines)


@each_made
def test_no_line_of_the_text_is_longer_than_eighty(made: MadeReport) -> None:
    assert max(map(len, render_case_text(made_report(made)).splitlines())) <= WIDTH


def test_hard_words_reach_the_page_as_words() -> None:
    report = with_hard_words()
    html = render_case_page(report)
    assert "<e>" not in html
    assert flat(HARD) in page_words(report)
    assert LONG_WORD in page_words(report)
    assert max(map(len, render_case_text(report).splitlines())) <= WIDTH
    assert flat(HARD) in flat(render_case_text(report))


def test_nothing_is_fetched_and_nothing_runs() -> None:
    html = render_case_page(made_report(MadeReport(undecided=12)))
    page = Page(html)
    assert {tag for tag, _ in page.tags} & {"script", "link", "iframe", "img", "a", "form"} == set()
    attributes = {name for _, attrs in page.tags for name in attrs}
    assert attributes & {"src", "href", "action", "onload", "style"} == set()
    for words in ("url(", "@import", "@font-face", "://"):
        assert words not in html


def test_tables_of_the_page_have_heads() -> None:
    page = Page(render_case_page(made_report(MadeReport())))
    heads = [attrs for tag, attrs in page.tags if tag == "th"]
    assert all(attrs.get("scope") in {"row", "col"} for attrs in heads)
    assert sum(tag == "h1" for tag, _ in page.tags) == 1


def test_the_same_report_gives_the_same_page_text_and_pdf() -> None:
    once, again = make_report(MadeReport()), make_report(MadeReport())
    assert render_case_page(once) == render_case_page(again)
    assert render_case_text(once) == render_case_text(again)
    assert render_case_pdf(once) == render_case_pdf(again)


def test_charts_stay_on_their_axis() -> None:
    printed = print_case_report(made_report(MadeReport(seen=False, audited=True)))
    for row in printed.result.rows:
        places = [row.chart.at, row.chart.low, row.chart.high, *row.chart.thresholds]
        assert all(0 <= place <= 1 for place in places if place is not None)
        assert row.chart.low <= row.chart.at <= row.chart.high


def test_a_slide_of_many_files_has_one_digest_over_all() -> None:
    few = print_case_report(made_report(MadeReport(n_files=8))).slide_facts[0]
    many = print_case_report(made_report(MadeReport(n_files=9))).slide_facts[0]
    assert len(few.files) == 8
    ((words, digest),) = many.files
    assert words.startswith("9 files, 11,111,111,010 bytes")
    assert re.fullmatch("[0-9a-f]{64}", digest)


def test_an_addendum_adds_to_what_stands_and_supersedes_nothing() -> None:
    report = made_report(MadeReport())
    version = replace(
        report.version, kind=ReportKind.ADDENDUM, number=2, supersedes=1, reason="Flow came in."
    )
    text = render_case_text(replace(report, version=version))
    assert "Adds to version 1: Flow came in." in " ".join(text.split())
    assert "Supersedes" not in text


def signed_before(number: int, kind: ReportKind, reason: str) -> EarlierVersion:
    at = f"2026-11-2{number}T09:00:00Z"
    return EarlierVersion(number, kind, at, "Dr A. Karlsson", reason, "1f00aa3355cc7799")


def test_all_that_was_added_to_a_report_stands_at_its_head() -> None:
    version = Version(
        ReportKind.ADDENDUM,
        5,
        supersedes=4,
        reason="Genetics came in.",
        earlier=(
            signed_before(1, ReportKind.FINAL, ""),
            signed_before(2, ReportKind.ADDENDUM, "Of the report that was amended."),
            signed_before(3, ReportKind.AMENDED, "Seen again."),
            signed_before(4, ReportKind.ADDENDUM, "Iron came in."),
        ),
    )
    report = replace(made_report(MadeReport()), version=version)
    assert print_case_report(report).reasons == (
        "Adds to version 4: Genetics came in.",
        "Version 4 added, 24 Nov 2026 09:00 UTC by Dr A. Karlsson: Iron came in.",
    )
    page, text = render_case_page(report), " ".join(render_case_text(report).split())
    pdf = " ".join(PdfReader(BytesIO(render_case_pdf(report))).pages[0].extract_text().split())
    for said in (page, text, pdf):
        head = said[: said.index("Patient id")]
        assert "Genetics came in." in head
        assert "Iron came in." in head
        assert "Of the report that was amended." not in head
