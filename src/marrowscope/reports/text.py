"""The report as plain text for a terminal."""

from collections.abc import Iterator
from textwrap import wrap

from marrowscope.analysis import Analysis
from marrowscope.findings import NotAssessedKind
from marrowscope.reports.composing import build_document
from marrowscope.reports.document import CategoryRow, NotAssessedEntry, Ratio, ReportDocument
from marrowscope.reports.wording import MISSING, ratio_span, sentence_case, span, whole
from marrowscope.reports.wording import ratio as ratio_value

WIDTH = 78
_LABEL = 28
_LISTED_BY_NAME = {
    NotAssessedKind.CLASS_NOT_MODELLED.value: (
        "Classes not modelled, counted under other names (the report says which)"
    ),
    NotAssessedKind.BLOOD_ONLY.value: "Learnt from blood alone, recall on marrow untested",
    NotAssessedKind.RULE.value: "Rules not evaluated or off",
}


def render_text(analysis: Analysis) -> str:
    """Count, M:E, findings and what was not assessed; lines of at most 78 characters."""
    return "\n".join(_lines(build_document(analysis))) + "\n"


def _lines(document: ReportDocument) -> Iterator[str]:
    yield "Research use only. Machine proposal, not reviewed by a person."
    if document.is_synthetic:
        yield "SYNTHETIC phantom: class names mean nothing."
    yield ""
    yield from _facts(document)
    yield ""
    yield from _table(document)
    yield ""
    yield from _paragraphs("M:E", [_ratio_words(document.ratio)])
    if document.corrected:
        shares = "; ".join(f"{label} {value}" for label, value in document.corrected)
        yield from _paragraphs("Corrected", [f"{shares}. {document.corrected_note}"])
    for finding in document.findings:
        if finding.state != "not met":
            edition = f" [{finding.edition}]" if finding.edition not in ("", "none") else ""
            sentence = finding.sentence + edition
            yield from _paragraphs(sentence_case(finding.state), [sentence])
    for advice in document.advice:
        yield from _paragraphs("Advice", [advice])
    yield ""
    yield "Not assessed"
    yield from _not_assessed(document.not_assessed)


def _not_assessed(entries: tuple[NotAssessedEntry, ...]) -> Iterator[str]:
    """One line an examination; classes and rules, of which there are many, by name alone."""
    for entry in entries:
        if entry.kind not in _LISTED_BY_NAME:
            reason = f": {entry.why}" if entry.why else ""
            yield from _hanging(f"{sentence_case(entry.what)}{reason}", "  ")
    for kind, heading in _LISTED_BY_NAME.items():
        names = [entry.what for entry in entries if entry.kind == kind]
        if names:
            yield from _hanging(f"{heading}: {'; '.join(names)}", "  ")


def _facts(document: ReportDocument) -> Iterator[str]:
    for fact in document.facts:
        mark = " (est.)" if fact.estimated else ""
        yield from _paragraphs(fact.label, [f"{fact.value}{mark}; " + "; ".join(fact.details)])


def _table(document: ReportDocument) -> Iterator[str]:
    with_upper = document.n_undecided > 0
    heading = f"{'Class':<{_LABEL}}{'n':>7}{'%':>8}   {'95 % limits':<13}"
    yield (heading + ("if all" if with_upper else "")).rstrip()
    yield _row("Not decided", whole(document.n_undecided), document.undecided_printed, "", "")
    for row in document.rows:
        yield _category_line(row, with_upper)
    total = "100.0" if document.n_counted else MISSING
    yield _row("N", whole(document.n_counted), total, "", "")
    if document.removed:
        listed = ", ".join(f"{whole(one.n)} {one.label.lower()}" for one in document.removed)
        yield from _paragraphs("Removed, not in N", [listed])


def _category_line(row: CategoryRow, with_upper: bool) -> str:
    if row.n is None:
        return _row(row.label, MISSING, MISSING, "not modelled", "")
    upper = row.upper_printed if with_upper else ""
    return _row(row.label, whole(row.n), row.printed, span(row.low, row.high), upper)


def _row(label: str, n: str, percent: str, limits: str, upper: str) -> str:
    return f"{label:<{_LABEL}}{n:>7}{percent:>8}   {limits:<13}{upper}".rstrip()


def _ratio_words(ratio: Ratio) -> str:
    if ratio.value is None:
        return f"{ratio.note or 'no ratio'} (formula {ratio.formula})"
    limits = ratio_span(ratio.low, ratio.high)
    words = f"{ratio_value(ratio.value)} ({limits}), formula {ratio.formula}"
    return f"{words}; {ratio.note}" if ratio.note else words


def _paragraphs(label: str, texts: list[str]) -> Iterator[str]:
    for text in texts:
        first, *rest = wrap(text, WIDTH - 20) or [""]
        yield f"{label:<20}{first}"
        yield from (" " * 20 + line for line in rest)


def _hanging(text: str, indent: str) -> Iterator[str]:
    yield from wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
