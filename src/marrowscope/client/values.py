"""What the reading room answers, as far as programs use it often. answer: all of it, as it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Mapped: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide of a case. kind: "file" or "fields"."""

    slide_id: str
    name: str
    kind: str
    n_bytes: int
    answer: Mapped = field(repr=False)


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analysis that was asked for.

    status: waiting, running, finished, failed or cancelled. message: why it failed, else "".
    summary: what the machine found, before anybody reviewed it; None until finished.
    """

    case_id: str
    analysis_id: str
    status: str
    message: str
    summary: Mapped | None = field(repr=False)
    answer: Mapped = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the worklist. status: new, waiting, running, ready, preliminary, signed, ..."""

    case_id: str
    accession: str
    status: str
    priority: str
    n_slides: int
    answer: Mapped = field(repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """A case. facts: what is known, "" and None: not said. slides, analyses: as they came.

    result_id: the analysis whose report is the case's, None where there is none.
    """

    case_id: str
    status: str
    facts: Mapped = field(repr=False)
    slides: tuple[Slide, ...]
    analyses: tuple[Analysis, ...]
    result_id: str | None
    answer: Mapped = field(repr=False)


@dataclass(frozen=True, slots=True)
class Count:
    """The count as the review stands: a result once `is_fully_seen`, the machine's part until then.

    total: cells, undecided ones too. n_seen, n_to_see: of those chosen for the count. percents: by
    category of the ICSH, None where the machine knows no cell of it and nobody looked. me: the M:E
    ratio, None where there is none.
    """

    total: int
    n_undecided: int
    n_seen: int
    n_to_see: int
    is_fully_seen: bool
    percents: Mapping[str, float | None]
    me: float | None
    answer: Mapped = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedVersion:
    """A version of the report of a case. kind: preliminary, final, ... sha256: of the document."""

    number: int
    kind: str
    signed_at: datetime
    signed_by: str
    sha256: str
    answer: Mapped = field(repr=False)


def slide_in(answer: Mapped) -> Slide:
    """Of the API's SlideAnswer."""
    return Slide(answer["slide_id"], answer["name"], answer["kind"], answer["n_bytes"], answer)


def analysis_in(case_id: str, answer: Mapped) -> Analysis:
    """Of the API's AnalysisAnswer."""
    return Analysis(
        case_id,
        answer["analysis_id"],
        answer["status"],
        answer["message"],
        answer["summary"],
        answer,
    )


def case_row_in(answer: Mapped) -> CaseRow:
    """Of the API's CaseRow."""
    return CaseRow(
        answer["case_id"],
        answer["accession"],
        answer["status"],
        answer["priority"],
        answer["n_slides"],
        answer,
    )


def case_in(answer: Mapped) -> Case:
    """Of the API's CaseAnswer."""
    case_id = answer["case_id"]
    return Case(
        case_id,
        answer["status"],
        answer["facts"],
        tuple(slide_in(one) for one in answer["slides"]),
        tuple(analysis_in(case_id, one) for one in answer["analyses"]),
        answer["result_id"],
        answer,
    )


def count_in(answer: Mapped) -> Count:
    """Of the API's CountAnswer."""
    return Count(
        answer["total"],
        answer["n_undecided"],
        answer["n_seen"],
        answer["n_to_see"],
        answer["is_fully_seen"],
        {one["category"]: one["percent"] for one in answer["categories"]},
        answer["me"]["value"],
        answer,
    )


def version_in(answer: Mapped) -> SignedVersion:
    """Of the API's VersionAnswer."""
    return SignedVersion(
        answer["number"],
        answer["kind"],
        datetime.fromisoformat(answer["signed_at"]),
        answer["signed_by"],
        answer["sha256"],
        answer,
    )
