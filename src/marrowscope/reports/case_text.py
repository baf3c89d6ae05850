"""The report of a case as plain text of 80 columns, to paste into a laboratory system."""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from marrowscope.reports.case_print import print_case_report
from marrowscope.reports.case_printed import PrintedReport, PrintedResult, PrintedRow
from marrowscope.reports.case_report import CaseReport, Labelled

WIDTH: Final = 80
_LABEL: Final = 20
_CLASS: Final = 30


def render_case_text(report: CaseReport) -> str:
    """Every word and number of the page; no line is longer than 80 characters."""
    lines = (line.replace("\u00a0", " ").rstrip() for line in _lines(print_case_report(report)))
    return "\n".join(lines) + "\n"


def _lines(report: PrintedReport) -> Iterator[str]:
    yield from _paragraph(report.use)
    for warning in (report.preview, report.synthetic):
        if warning:
            yield from _paragraph(f"*** {warning} ***")
    yield ""
    yield from _paragraph(" ".join(part for part in (report.title, report.accession) if part))
    yield from _paragraph(report.institution)
    yield from _paragraph(f"{report.kind}. {report.version}")
    for reason in report.reasons:
        yield from _paragraph(reason)
    yield ""
    yield from _pairs(report.identity)
    yield from _section("Conclusion", [report.conclusion])
    yield from _section("Comment", [report.comment])
    if report.pending:
        yield ""
        yield from _paragraph(report.pending)
    yield from _table(report.result)
    yield from _beside(report.result)
    yield from _by_slide(report.result)
    yield from _findings(report)
    yield from _section("Critical calls", report.calls or ["None recorded."])
    for one in report.texts:
        yield from _section(one.label, [one.text])
    yield from _tests(report)
    yield from _section("Not assessed", [f"- {one}" for one in report.not_assessed])
    yield from _signature(report)
    yield from _record(report)


def _section(heading: str, texts: tuple[str, ...] | list[str]) -> Iterator[str]:
    """Nothing where there is no text."""
    if any(texts):
        yield ""
        yield heading
        for text in texts:
            yield from _paragraph(text, "  ")


def _paragraph(text: str, indent: str = "") -> Iterator[str]:
    """Wrapped, its own line breaks kept; no line for an empty text."""
    for line in text.splitlines():
        hanging = f"{indent}  " if line.startswith("- ") else indent
        yield from wrap(
            line,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=hanging,
            break_on_hyphens=False,
        ) or [""]


def _pairs(pairs: tuple[Labelled, ...]) -> Iterator[str]:
    for pair in pairs:
        lines = [
            piece
            for line in pair.text.splitlines() or [""]
            for piece in wrap(line, WIDTH - _LABEL, break_on_hyphens=False) or [""]
        ]
        for number, line in enumerate(lines):
            yield f"{pair.label if number == 0 else '':<{_LABEL}}{line}"


def _table(result: PrintedResult) -> Iterator[str]:
    yield from ("", result.heading)
    yield from _paragraph(result.basis, "  ")
    yield ""
    yield _columns("Class", "n", "%", "95 % limits", result.last_head)
    for row in result.rows:
        yield _columns(row.label, row.n, row.printed, row.limits, row.last)
        yield from _below(row)
    yield _columns("Undecided", result.undecided_n, result.undecided_printed, "", "")
    yield _columns("N", result.total, result.total_printed, "", "")
    yield ""
    for line in result.caption:
        yield from _paragraph(line, "  ")


def _below(row: PrintedRow) -> Iterator[str]:
    for text in (row.classes, row.note, row.attention):
        yield from _paragraph(text, "    ")


def _columns(label: str, n: str, percent: str, limits: str, last: str) -> str:
    return f"{label:<{_CLASS}}{n:>9}{percent:>8}   {limits:<14}{last}"


def _beside(result: PrintedResult) -> Iterator[str]:
    yield from ("", result.beside_heading)
    yield from _paragraph(result.unfinished_note, "  ")
    for line in result.lines:
        limits = f" (95 % limits {line.limits})" if line.limits else ""
        yield from _paragraph(f"{line.label}: {line.value}{limits}", "  ")
        yield from _paragraph(line.note, "    ")
    yield from _section("Advice on the count", [f"- {one}" for one in result.advice])


def _by_slide(result: PrintedResult) -> Iterator[str]:
    if not result.slides:
        return
    yield from ("", f"By slide. {result.slides_note}")
    for slide in result.slides:
        yield from _paragraph(slide.name, "  ")
        shares = ", ".join(
            f"{label} {cell}" for label, cell in zip(result.slide_labels, slide.cells, strict=True)
        )
        counted = f"N {slide.total}, undecided {slide.undecided}, M:E {slide.ratio}"
        yield from _paragraph(f"{counted}. {shares}.", "    ")


def _findings(report: PrintedReport) -> Iterator[str]:
    yield from ("", report.findings_heading)
    yield from _paragraph(report.result.unfinished_note, "  ")
    if not report.findings:
        yield "  No threshold is met, near or open."
    for finding in report.findings:
        yield from _paragraph(f"{finding.state}. {finding.sentence}", "  ")
        yield from _paragraph(finding.foot, "    ")
        if finding.comment:
            yield from _paragraph(f"Comment: {finding.comment}", "    ")
    if report.not_met:
        note = report.result.unfinished_note
        yield from _section(report.not_met_heading, [note, *(f"- {one}" for one in report.not_met)])


def _tests(report: PrintedReport) -> Iterator[str]:
    if report.tests:
        yield from ("", "Results of other tests")
    for test in report.tests:
        yield from _paragraph(test.name, "  ")
        yield from _paragraph(test.words, "    ")
        yield from _paragraph(test.foot, "    ")


def _signature(report: PrintedReport) -> Iterator[str]:
    yield ""
    if report.signed:
        yield "Signature"
        for pair in report.signed:
            yield from _paragraph(f"{pair.label}: {pair.text}", "  ")
        yield from _paragraph(f"Record {report.record}. New versions amend it.", "  ")
    else:
        yield report.preview
    yield from _section("Earlier versions", report.earlier or ["None."])


def _record(report: PrintedReport) -> Iterator[str]:
    yield from ("", "Facts of digitisation")
    for pair in report.digitisation:
        yield from _paragraph(f"{pair.label}: {pair.text}", "  ")
    for label, digest in report.digests:
        yield from _digest(label, digest, "  ")
    for slide in report.slide_facts:
        yield from _paragraph(f"Slide {slide.name} ({slide.slide_id})", "  ")
        for text in (
            slide.made,
            slide.scale,
            f"added {slide.added}",
            f"opened {slide.opened}",
            f"label: {slide.label}",
        ):
            yield from _paragraph(text, "    ")
        for label, digest in slide.files:
            yield from _digest(label, digest, "    ")
    yield ""
    yield from _paragraph(f"{report.running_foot}. {report.use}")


def _digest(label: str, digest: str, indent: str) -> Iterator[str]:
    yield from _paragraph(label, indent)
    yield from _paragraph(f"SHA-256 {digest}", f"{indent}  ")
