"""A report of a case in words, as a value: what page, PDF and text print.

Texts only, and places on the axis as fractions of its length.
"""

from dataclasses import dataclass

from marrowscope.reports.case_report import Labelled


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled value of the axis; at: from 0 to 1."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Places on the axis, from 0 to 1; None where there is nothing to draw."""

    at: float | None
    low: float | None
    high: float | None
    upper: float | None
    thresholds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A row of the differential. last: with every undecided cell, or the limits of the audit."""

    label: str
    classes: str
    n: str
    printed: str
    limits: str
    last: str
    note: str
    attention: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line beside the differential: M:E, blasts with what counts with them."""

    label: str
    value: str
    limits: str
    note: str


@dataclass(frozen=True, slots=True)
class PrintedSlide:
    """The count of one slide; cells: percentages in the order of the rows."""

    name: str
    total: str
    undecided: str
    cells: tuple[str, ...]
    ratio: str


@dataclass(frozen=True, slots=True)
class PrintedFinding:
    """tone: "met", "open" (near or not decided) or "plain". foot: rule, evidence, who."""

    state: str
    tone: str
    sentence: str
    foot: str
    comment: str


@dataclass(frozen=True, slots=True)
class PrintedTest:
    """Another test with its result, or taken off. foot: who asked, who wrote, in which version."""

    name: str
    words: str
    foot: str


@dataclass(frozen=True, slots=True)
class PrintedSlideFacts:
    """A slide as digitised. files: name, size and digest of each, or of all together."""

    name: str
    slide_id: str
    made: str
    scale: str
    added: str
    opened: str
    label: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PrintedResult:
    """The differential. last_head: of the column `last`, "" where there is none.

    unfinished_note: stands under every heading over figures that are no result yet; else "".
    beside_heading: of `lines`.
    """

    heading: str
    basis: str
    is_unfinished: bool
    unfinished_note: str
    beside_heading: str
    ticks: tuple[Tick, ...]
    last_head: str
    rows: tuple[PrintedRow, ...]
    undecided_n: str
    undecided_printed: str
    undecided_note: str
    total: str
    total_printed: str
    caption: tuple[str, ...]
    chart_key: str
    lines: tuple[PrintedLine, ...]
    advice: tuple[str, ...]
    slide_heads: tuple[str, ...]
    slide_labels: tuple[str, ...]
    slides: tuple[PrintedSlide, ...]
    slides_note: str


@dataclass(frozen=True, slots=True)
class PrintedReport:
    """Everything that is printed, in the order of the page."""

    title: str
    institution: str
    accession: str
    use: str
    watermark: str
    preview: str
    synthetic: str
    kind: str
    version: str
    reasons: tuple[str, ...]
    identity: tuple[Labelled, ...]
    conclusion: str
    comment: str
    pending: str
    result: PrintedResult
    findings_heading: str
    not_met_heading: str
    findings: tuple[PrintedFinding, ...]
    not_met: tuple[str, ...]
    calls: tuple[str, ...]
    texts: tuple[Labelled, ...]
    tests: tuple[PrintedTest, ...]
    not_assessed: tuple[str, ...]
    signed: tuple[Labelled, ...]
    digitisation: tuple[Labelled, ...]
    slide_facts: tuple[PrintedSlideFacts, ...]
    digests: tuple[tuple[str, str], ...]
    earlier: tuple[str, ...]
    record: str
    running_head: str
    running_foot: str
