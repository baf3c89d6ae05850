"""The report of a case as PDF/A-2a and PDF/UA-1: to keep, to hear, the same bytes everywhere.

Texts reach the typesetter as data, never as markup. Only the fonts in `fonts/` are used; a
character that none of them has is printed as its code point, such as [U+738B].
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import as_file, files
from itertools import accumulate
from typing import Any, Final

import typst

from marrowscope.errors import UsageError
from marrowscope.reports.case_print import print_case_report
from marrowscope.reports.case_report import CaseReport
from marrowscope.reports.case_wording import time_of

ARCHIVE: Final = "a-2a"
ACCESSIBLE: Final = "ua-1"
_LONG_RUN: Final = re.compile(r"\S{25,}")
_PIECE: Final = 12
_ZERO_WIDTH_SPACE: Final = "\u200b"
_UNBROKEN: Final = frozenset({"digests", "files", "slide_id", "record"})
"""What is copied letter by letter out of a PDF must not hold a break that nobody sees."""


def render_case_pdf(report: CaseReport) -> bytes:
    """The PDF. That of a signed report is made to be archived and bears the time of its signature.

    Raises UsageError where the report cannot be typeset.
    """
    signature = report.signature
    try:
        pdf: bytes = typst.compile(
            _template(),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"report": typeset_data(report)},
            # An archive format asks for a date; a preview has none, and is not to be archived.
            pdf_standards=[ACCESSIBLE] if signature is None else [ARCHIVE, ACCESSIBLE],
            timestamp=None if signature is None else time_of(signature.at),
        )
    except typst.TypstError as error:
        # Its own words may quote the report, so they stay with the cause.
        raise UsageError("the report cannot be typeset as PDF; use the page or the text") from error
    return pdf


@cache
def _template() -> bytes:
    return (files(__package__) / "templates" / "case_report.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """Those that are shipped, and neither the system's nor the typesetter's own."""
    with as_file(files(__package__) / "fonts") as folder:
        return typst.Fonts(False, False, [folder])


@cache
def _letters() -> frozenset[str]:
    """Every character that the fonts have, and the line feed."""
    text = (files(__package__) / "fonts" / "letters.txt").read_text(encoding="ascii")
    letters = {"\n"}
    for line in text.split():
        first, _, last = line.partition("-")
        letters.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return frozenset(letters)


def typeset_data(report: CaseReport) -> str:
    """What the template reads, as JSON: all that the PDF says."""
    printed = print_case_report(report)
    signature = report.signature
    data = {name: _shown(value, name) for name, value in asdict(printed).items()}
    data["document_title"] = " · ".join(
        part for part in (printed.preview, printed.title, printed.accession) if part
    )
    data["not_assessed_columns"] = _halves(data["not_assessed"])
    data["author"] = "" if signature is None else signature.printed_name
    data["date"] = None if signature is None else _date(signature.at)
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _halves(texts: list[str]) -> tuple[list[str], list[str]]:
    """In two columns of about the same length, the order going down the first."""
    half = sum(map(len, texts)) / 2
    ends = accumulate(map(len, texts))
    n_first = sum(end <= half + len(text) / 2 for end, text in zip(ends, texts, strict=True))
    return texts[:n_first], texts[n_first:]


def _date(iso: str) -> dict[str, int]:
    at = time_of(iso)
    return {
        name: getattr(at, name) for name in ("year", "month", "day", "hour", "minute", "second")
    }


def _shown(value: Any, name: str) -> Any:
    """The same value with every text in it such that it can be shown and broken into lines."""
    if isinstance(value, str):
        shown = "".join(one if one in _letters() else f"[U+{ord(one):04X}]" for one in value)
        return shown if name in _UNBROKEN else _LONG_RUN.sub(_with_breaks, shown)
    if isinstance(value, Mapping):
        return {key: _shown(one, key) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_shown(one, name) for one in value]
    return value


def _with_breaks(run: re.Match[str]) -> str:
    """A run without a blank, with places where a line may end."""
    letters = run.group()
    pieces = (letters[start : start + _PIECE] for start in range(0, len(letters), _PIECE))
    return _ZERO_WIDTH_SPACE.join(pieces)
