"""What the report of a case says: the value that a person signs and that is kept for ever.

Plain values only, so that it has one JSON form (`case_report_json`) and stays readable. Times are
UTC in ISO 8601 with seconds and a Z. Every number was decided elsewhere; nothing here computes.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SCHEMA: Final = 1
"""Of the JSON form; higher when a reader of it must change."""


class ReportKind(StrEnum):
    """preliminary: before the final one. The last three follow a final one, each for a reason."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"
    CORRECTED = "corrected"
    ADDENDUM = "addendum"


class ResultBasis(StrEnum):
    """What the percentages rest on. not finished: good for a preliminary report alone."""

    FULLY_SEEN = "fully seen"
    AUDIT = "audit"
    NOT_FINISHED = "not finished"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text under its heading."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, as whom, when, and what the signature means."""

    printed_name: str
    role: str
    user_name: str
    at: str
    meaning: str


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """A version that was signed before. record: its record id."""

    number: int
    kind: ReportKind
    at: str
    by_name: str
    reason: str
    record: str


@dataclass(frozen=True, slots=True)
class Version:
    """number: from 1. supersedes: the number it takes the place of, None for the first."""

    kind: ReportKind
    number: int
    supersedes: int | None = None
    reason: str = ""
    earlier: tuple[EarlierVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class ClassNumber:
    """Cells of a class."""

    label: str
    n: int


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One of the 13 categories; numbers in percent of N.

    n is None where nothing is known of it. printed: the figure, "" where there is none. percent:
    where it lies on the axis. low, high: 95 % limits. upper_n, upper_printed, upper_percent: with
    every undecided cell; no upper_n where an audit estimates it. audit_low, audit_high: what the
    audit alone leaves open. thresholds: at which something is decided; near, open: of these, what
    chance or undecided cells could turn.
    """

    category: str
    label: str
    n: int | None
    printed: str
    percent: float | None
    low: float | None
    high: float | None
    upper_n: int | None
    upper_printed: str
    upper_percent: float | None
    thresholds: tuple[int, ...]
    near: tuple[int, ...]
    open: tuple[int, ...]
    note: str
    classes: tuple[ClassNumber, ...] = ()
    audit_low: float | None = None
    audit_high: float | None = None


@dataclass(frozen=True, slots=True)
class BlastLine:
    """Blasts alone, or with what counts with them at times; upper_*: where it is a range."""

    label: str
    n: int | None
    printed: str
    upper_n: int | None
    upper_printed: str
    low: float | None
    high: float | None
    note: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """M:E with its 95 % limits; value None where it has none, and then `note` says why."""

    formula: str
    value: float | None
    low: float | None
    high: float | None
    n_myeloid: int
    n_erythroid: int
    note: str


@dataclass(frozen=True, slots=True)
class SlideResult:
    """The count of one slide; numbers, printed: in the order of the rows, None and "" unknown."""

    slide: str
    total: int
    n_undecided: int
    numbers: tuple[int | None, ...]
    printed: tuple[str, ...]
    ratio: Ratio


@dataclass(frozen=True, slots=True)
class Result:
    """The differential. total: N, undecided cells with it.

    n_seen of n_to_see: cells in the count that were seen, removed ones too. n_audited of n_unseen:
    where an audit is the basis, else 0. classifier_error: said where the count is not finished.
    """

    basis: ResultBasis
    total: int
    n_seen: int
    n_to_see: int
    n_audited: int
    n_unseen: int
    audit_note: str
    rows: tuple[ResultRow, ...]
    n_undecided: int
    undecided_printed: str
    removed: tuple[ClassNumber, ...]
    ratio: Ratio
    blast_lines: tuple[BlastLine, ...]
    slides: tuple[SlideResult, ...]
    advice: tuple[str, ...]
    classifier_error: str
    scale_note: str
    n_found: int


@dataclass(frozen=True, slots=True)
class FindingLine:
    """How the count stands to a named threshold. slide: "" for all together.

    is_critical: whether somebody had to acknowledge it, or did. acknowledged_by: "" where nobody
    did.
    """

    rule: str
    edition: str
    slide: str
    state: str
    sentence: str
    n_evidence: int
    is_critical: bool
    acknowledged_by: str
    acknowledged_at: str
    comment: str


@dataclass(frozen=True, slots=True)
class AncillaryLine:
    """Another test of the marrow. result: "" while it is awaited, and once it was taken off.

    in_version: the first version that prints this result. takes_back: versions that print a result
    which is no longer in force. dropped_*: "" unless it was taken off.
    """

    name: str
    asked_at: str
    asked_by: str
    result: str
    result_at: str
    result_by: str
    in_version: int | None
    takes_back: tuple[int, ...]
    dropped_at: str
    dropped_by: str
    dropped_reason: str


@dataclass(frozen=True, slots=True)
class CriticalCall:
    """Who told whom of what, when, by which means, and whether it was read back."""

    about: str
    by_name: str
    told: str
    at: str
    means: str
    was_read_back: bool
    note: str


@dataclass(frozen=True, slots=True)
class FileFact:
    """A file of a slide."""

    name: str
    n_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SlideFacts:
    """A slide as it was digitised. um_per_px with its origin in words; "" where nobody said.

    opened_at, opened_by: when a reader first opened its pictures, "" where nobody did.
    matched_*: who read which label as that of the case, and why where it does not bear the
    accession; "" where nobody did.
    """

    slide_id: str
    name: str
    form: str
    scanner: str
    stain: str
    um_per_px: str
    um_per_px_origin: str
    added_at: str
    added_by: str
    opened_at: str
    opened_by: str
    files: tuple[FileFact, ...]
    matched_label: str = ""
    matched_at: str = ""
    matched_by: str = ""
    matched_reason: str = ""


@dataclass(frozen=True, slots=True)
class ModelFact:
    """A model that was used."""

    role: str
    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A person who read the case. did: such as "named 41 cells, saw 512"."""

    name: str
    role: str
    did: str


@dataclass(frozen=True, slots=True)
class Digitisation:
    """On what the report was read. glass_not_read_first: false also while nobody has said it."""

    slides: tuple[SlideFacts, ...]
    readers: tuple[Reader, ...]
    software_version: str
    models: tuple[ModelFact, ...]
    settings_sha256: str
    analysis_id: str
    analysis_sha256: str
    analysis_asked_at: str
    analysis_asked_by: str
    analysis_ended_at: str
    glass_not_read_first: bool


@dataclass(frozen=True, slots=True)
class CaseReport:
    """The whole report. use: what it may be used for; stands on every page.

    identity: what the case is, "not stated" where a threshold needs it. texts: the headings that
    were filled. signature: None in a preview. tests: others of this marrow, that no number follows.
    """

    institution: str
    accession: str
    use: str
    version: Version
    identity: tuple[Labelled, ...]
    conclusion: str
    comment: str
    result: Result
    findings: tuple[FindingLine, ...]
    calls: tuple[CriticalCall, ...]
    texts: tuple[Labelled, ...]
    not_assessed: tuple[str, ...]
    digitisation: Digitisation
    signature: Signature | None
    is_synthetic: bool = False
    tests: tuple[AncillaryLine, ...] = ()
    schema: int = SCHEMA
