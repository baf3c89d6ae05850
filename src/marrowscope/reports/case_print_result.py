"""The differential of a case report in words, with its places on the axis."""

from collections.abc import Sequence
from typing import Final

from marrowscope.reports.case_printed import (
    Chart,
    PrintedLine,
    PrintedResult,
    PrintedRow,
    PrintedSlide,
    Tick,
)
from marrowscope.reports.case_report import BlastLine, Result, ResultBasis, ResultRow, SlideResult
from marrowscope.reports.case_wording import bound
from marrowscope.reports.chart import Axis, axis_reaching
from marrowscope.reports.wording import MISSING, plural, ratio_span, sentence_case, span, whole
from marrowscope.reports.wording import ratio as ratio_words

IF_ALL: Final = "if all"
UNFINISHED: Final = "On the machine's names where nobody looked."
_SHORT: Final = {
    "blasts": "Bla",
    "promyelocytes": "Pro",
    "myelocytes": "Mye",
    "metamyelocytes": "Met",
    "band forms": "Band",
    "segmented neutrophils": "Seg",
    "eosinophils": "Eos",
    "basophils": "Bas",
    "mast cells": "Mast",
    "promonocytes+monocytes": "Mono",
    "lymphocytes": "Lym",
    "plasma cells": "Pla",
    "erythroblasts": "Ery",
}
"""Heads of the narrow columns of the table by slide."""


def print_result(result: Result) -> PrintedResult:
    """The words of a result, and its places on the axis."""
    axis = _axis(result)
    return PrintedResult(
        heading=_heading(result),
        basis=_basis(result),
        is_unfinished=result.basis is ResultBasis.NOT_FINISHED,
        unfinished_note=unfinished_note(result),
        beside_heading=marked("Ratio and blasts", result),
        ticks=tuple(Tick(round(one / axis.end, 4), str(one)) for one in axis.ticks),
        last_head=_last_head(result),
        rows=tuple(_row(row, result, axis) for row in result.rows),
        undecided_n=whole(result.n_undecided),
        undecided_printed=result.undecided_printed or MISSING,
        undecided_note="part of N" if result.n_undecided else "none",
        total=whole(result.total),
        total_printed=_total_printed(result),
        caption=_caption(result),
        chart_key=_chart_key(result),
        lines=(_ratio_line(result), *map(_blast_line, result.blast_lines)),
        advice=tuple(map(bound, result.advice)),
        slide_heads=tuple(_SHORT.get(row.category, row.label) for row in result.rows),
        slide_labels=tuple(row.label for row in result.rows),
        slides=_slides(result),
        slides_note=_slides_note(result),
    )


def marked(heading: str, result: Result) -> str:
    """A heading over figures, which says where they are no result yet."""
    is_result = result.basis is not ResultBasis.NOT_FINISHED
    return heading if is_result else f"{heading}: no result yet"


def unfinished_note(result: Result) -> str:
    """What figures of a count rest on that is not finished; else ""."""
    return "" if result.basis is not ResultBasis.NOT_FINISHED else UNFINISHED


def _heading(result: Result) -> str:
    cells = plural(result.total, "nucleated cell", "nucleated cells")
    what = "No result yet" if result.basis is ResultBasis.NOT_FINISHED else "Differential"
    return f"{what}: {cells}, {plural(len(result.slides), 'slide', 'slides')}"


def _basis(result: Result) -> str:
    if result.basis is ResultBasis.FULLY_SEEN:
        return "Every counted cell was seen by a reader."
    if result.basis is ResultBasis.AUDIT:
        return (
            f"Estimated from an audit of {whole(result.n_audited)} of {whole(result.n_unseen)} "
            "unseen cells (double sampling)."
        )
    return (
        f"Not finished: {whole(result.n_seen)} of {whole(result.n_to_see)} counted cells seen. The "
        "others have the machine's names; nothing below is a reported percentage. Preliminary only."
    )


def _axis(result: Result) -> Axis:
    bounds = [one for row in result.rows for one in (row.high, row.upper_percent) if one]
    return axis_reaching(max(bounds, default=0.0))


def _place(value: float | None, axis: Axis) -> float | None:
    return None if value is None else round(min(max(value / axis.end, 0.0), 1.0), 4)


def _last_head(result: Result) -> str:
    if result.basis is ResultBasis.AUDIT:
        return "audit"
    return IF_ALL if result.n_undecided else ""


def _row(row: ResultRow, result: Result, axis: Axis) -> PrintedRow:
    if result.basis is ResultBasis.AUDIT:
        last = span(row.audit_low, row.audit_high)
    else:
        last = row.upper_printed if result.n_undecided else ""
    is_wider = row.upper_percent is not None and row.upper_percent != row.percent
    return PrintedRow(
        label=row.label,
        classes=", ".join(f"{whole(one.n)} {_lower(one.label)}" for one in row.classes)
        if len(row.classes) > 1
        else "",
        n=MISSING if row.n is None else whole(row.n),
        printed=row.printed or MISSING,
        limits=span(row.low, row.high),
        last=last,
        note="; ".join(part for part in (_upper_note(row, result), row.note) if part),
        attention=_attention(row),
        chart=Chart(
            at=_place(row.percent, axis),
            low=_place(row.low, axis),
            high=_place(row.high, axis),
            upper=_place(row.upper_percent, axis) if is_wider else None,
            thresholds=tuple(round(one / axis.end, 4) for one in row.thresholds if one <= axis.end),
        ),
    )


def _upper_note(row: ResultRow, result: Result) -> str:
    """Of an estimate, whose last column holds the limits of the audit."""
    if result.basis is not ResultBasis.AUDIT or not row.upper_printed:
        return ""
    return f"up to {row.upper_printed} % with every undecided cell"


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def _attention(row: ResultRow) -> str:
    parts = []
    if row.open:
        parts.append(f"threshold not decided: {_percents(row.open)}")
    if row.near:
        parts.append(f"{_percents(row.near)} within the limits")
    return "; ".join(parts)


def _percents(values: Sequence[int]) -> str:
    return " and ".join(f"{one} %" for one in values)


def _total_printed(result: Result) -> str:
    """The plain column adds up; estimates from an audit need not."""
    return "100.0" if result.total and result.basis is not ResultBasis.AUDIT else ""


def _caption(result: Result) -> tuple[str, ...]:
    removed = ", ".join(f"{whole(one.n)} {one.label.lower()}" for one in result.removed)
    if result.basis is ResultBasis.AUDIT:
        limits = "Limits: 95 %, of the estimate, all sampling in them."
        last = "Audit: limits of what the audit alone leaves open. n: cells as they were named."
    else:
        limits = "Limits: 95 %, sampling alone (Wilson)."
        last = "If all: with every undecided cell in the row." if result.n_undecided else ""
    lines = (
        limits,
        last,
        f"Removed, not part of N: {removed or 'none'}.",
        f"Found by the machine: {plural(result.n_found, 'cell', 'cells')}.",
        _sentence(result.audit_note),
        _sentence(result.classifier_error),
        _sentence(result.scale_note),
    )
    return tuple(bound(line) for line in lines if line)


def _chart_key(result: Result) -> str:
    is_dotted = any(row.upper_printed for row in result.rows) and result.n_undecided
    dots = " Dots: up to every undecided cell." if is_dotted else ""
    return f"Line: limits.{dots} Amber: percentages at which something is decided."


def _sentence(text: str) -> str:
    return f"{sentence_case(text).rstrip('.')}." if text else ""


def _ratio_line(result: Result) -> PrintedLine:
    ratio = result.ratio
    value = MISSING if ratio.value is None else ratio_words(ratio.value)
    cells = f"{whole(ratio.n_myeloid)} to {whole(ratio.n_erythroid)} cells"
    named = "as they were named, before the audit" if result.basis is ResultBasis.AUDIT else ""
    note = "; ".join(part for part in (cells, named, ratio.note) if part)
    return PrintedLine(f"M:E ({ratio.formula})", value, ratio_span(ratio.low, ratio.high), note)


def _blast_line(line: BlastLine) -> PrintedLine:
    value = line.printed or MISSING
    cells = "" if line.n is None else plural(line.n, "cell", "cells")
    if line.upper_printed:
        value = f"{line.printed}–{line.upper_printed}"
    if line.upper_n is not None:
        cells = f"{whole(line.n or 0)}–{whole(line.upper_n)} cells"
    note = "; ".join(one for one in (cells, line.note) if one)
    unit = "" if value == MISSING else " %"
    return PrintedLine(line.label, f"{value}{unit}", span(line.low, line.high), note)


def _slides(result: Result) -> tuple[PrintedSlide, ...]:
    """Empty for one slide: its numbers are the table's."""
    return tuple(map(_slide, result.slides)) if len(result.slides) > 1 else ()


def _slide(one: SlideResult) -> PrintedSlide:
    ratio = MISSING if one.ratio.value is None else ratio_words(one.ratio.value)
    cells = tuple(printed or MISSING for printed in one.printed)
    return PrintedSlide(one.slide, whole(one.total), whole(one.n_undecided), cells, ratio)


def _slides_note(result: Result) -> str:
    if result.basis is ResultBasis.AUDIT:
        return "In % of the cells of the slide as they were named, before the audit."
    return "In % of the cells of the slide."
