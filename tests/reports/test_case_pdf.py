import json
import re
from dataclasses import replace
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
import typst
from pypdf import PdfReader

from marrowscope.errors import UsageError
from marrowscope.reports import case_pdf
from marrowscope.reports.case_pdf import render_case_pdf, typeset_data
from marrowscope.reports.case_report import Labelled
from marrowscope.reports.case_report_json import record_id
from reports.made_case_report import (
    HARD,
    LONG_WORD,
    WRITING,
    MadeReport,
    made_report,
    make_report,
    with_hard_words,
)

FONTS = Path(str(files("marrowscope.reports") / "fonts"))


def test_a_signed_report_is_pdf_a_with_the_time_of_its_signature() -> None:
    pdf = render_case_pdf(made_report(MadeReport()))
    assert pdf.startswith(b"%PDF-")
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert b"<xmp:CreateDate>2026-11-24T11:02:31Z</xmp:CreateDate>" in pdf
    assert b"S26-01234" in pdf


def test_the_finished_pages_say_who_signed_what_and_when() -> None:
    report = made_report(MadeReport())
    pages = PdfReader(BytesIO(render_case_pdf(report))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert report.signature is not None
    for said in (report.signature.printed_name, report.conclusion, "Research use only"):
        assert " ".join(said.split()) in text
    for row in report.result.rows:
        assert row.label in text
    for page in pages:
        assert record_id(report) in page.extract_text()


def test_fonts_are_those_shipped_and_no_others() -> None:
    pdf = render_case_pdf(with_hard_words())
    names = set(re.findall(rb"/BaseFont /[A-Z]{6}\+([A-Za-z-]+)", pdf))
    assert names <= {b"Inter-Regular", b"Inter-SemiBold", b"DejaVuSans"}
    assert {font.family for font in case_pdf._fonts().fonts()} == {"Inter", "DejaVu Sans"}


def test_hard_words_are_data_and_keep_every_letter() -> None:
    report = with_hard_words()
    assert render_case_pdf(report).startswith(b"%PDF-")
    data = json.loads(typeset_data(report))
    assert data["conclusion"] == HARD.replace("王", "[U+738B]")
    assert data["comment"].replace("\u200b", "") == LONG_WORD
    assert "\u200b" in data["comment"]


def test_digests_can_be_copied() -> None:
    data = json.loads(typeset_data(made_report(MadeReport())))
    for pair in [
        *data["digests"],
        *(one for slide in data["slide_facts"] for one in slide["files"]),
    ]:
        assert re.fullmatch("[0-9a-f]{64}", pair[1])
    assert re.fullmatch("[0-9a-f]{16}", data["record"])


def test_every_letter_that_is_listed_has_a_glyph() -> None:
    """An archive format refuses a text that no font can show, so that compiling is the test."""
    letters = "".join(sorted(case_pdf._letters() - {"\n"}))
    source = (
        b'#set document(date: datetime(year: 2026, month: 1, day: 1), title: "x")\n'
        b'#set text(font: ("Inter", "DejaVu Sans"), fallback: false)\n#sys.inputs.letters'
    )
    pieces = " ".join(letters)
    for weight in (b"400", b"600"):
        typst.compile(
            source.replace(b"fallback", b"weight: " + weight + b", fallback"),
            font_paths=case_pdf._fonts(),
            format="pdf",
            pdf_standards=["a-2u"],
            sys_inputs={"letters": pieces},
        )
    assert {"é", "Ł", "Ω", "Ж", "ש", "م", "µ", "≥", "–", "\u00a0", "\u200b"} <= set(letters)
    assert "王" not in letters


def test_a_report_of_a_hundred_slides_and_long_texts_is_typeset() -> None:
    texts = tuple(Labelled(f"Heading {n}", "What was seen of it. " * 150) for n in range(9))
    made = MadeReport(n_slides=100, writing=replace(WRITING, texts=texts))
    pdf = render_case_pdf(make_report(made))
    n_pages = len(re.findall(rb"/Type ?/Page\b", pdf))
    assert n_pages > 8
    assert re.search(rb"/Count %d\b" % n_pages, pdf)


def test_what_cannot_be_typeset_is_refused_without_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = make_report(MadeReport())
    monkeypatch.setattr(case_pdf, "typeset_data", lambda report: '{"title": "Doe, Jane"}')
    with pytest.raises(UsageError, match="use the page or the text") as refused:
        render_case_pdf(report)
    assert "Doe" not in str(refused.value)


def test_the_licences_of_the_fonts_are_shipped() -> None:
    words = (FONTS / "LICENCES.txt").read_text("utf-8")
    for font in FONTS.glob("*.?tf"):
        assert font.name in words
