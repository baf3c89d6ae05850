"""What can happen to a case on its way to a signed report, and after. Events are never changed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from marrowscope.cases.audit_plan import AuditPlan, DrawnStratum
from marrowscope.cases.events import Stamp


class ReportKind(StrEnum):
    """What a signed version is.

    preliminary: before the final one, as often as needed. amended: something was changed that is
    not an error. corrected: an error was mended. addendum: something was added, all else stands.
    """

    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"
    CORRECTED = "corrected"
    ADDENDUM = "addendum"


class SignatureMeaning(StrEnum):
    """What the signer says with the signature (21 CFR 11.50)."""

    AUTHORSHIP = "authorship"
    REVIEW = "review"
    APPROVAL = "approval"
    RESPONSIBILITY = "responsibility"


class AncillaryKind(StrEnum):
    """Which other test of the marrow was asked for."""

    IRON_STAIN = "iron_stain"
    TREPHINE = "trephine"
    FLOW_CYTOMETRY = "flow_cytometry"
    CYTOGENETICS = "cytogenetics"
    FISH = "fish"
    MOLECULAR = "molecular"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReportTextChanged:
    """texts: of every heading that has one, as they are now; see `checked_texts`."""

    stamp: Stamp
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FindingAcknowledged:
    """Somebody saw a finding. slide: "" where it is about all slides together.

    urgency: how much it called for a look then, by `signing.urgency_of`; once it calls for more,
    it has to be acknowledged anew.
    """

    stamp: Stamp
    analysis_id: UUID
    rule_id: str
    slide: str
    comment: str
    urgency: int


@dataclass(frozen=True, slots=True)
class AuditDrawn:
    """A random audit, or a larger one in place of the one before it; see `draw_audit`.

    review_version: events of the review when the first audit of the analysis was drawn: what was
    seen by then is no part of it. strata: the cells to be seen, by what they were shown as.
    """

    stamp: Stamp
    analysis_id: UUID
    review_version: int
    salt: str
    strata: tuple[DrawnStratum, ...]

    @property
    def plan(self) -> AuditPlan:
        """Its cells."""
        return AuditPlan(self.salt, self.strata)


@dataclass(frozen=True, slots=True)
class CriticalCallMade:
    """Who told whom (told), when (at_time, aware) and how. rule_id: of the finding; "" for others.

    was_read_back: whether whoever was told repeated it.
    """

    stamp: Stamp
    rule_id: str
    told: str
    by_means: str
    at_time: datetime
    was_read_back: bool
    note: str


@dataclass(frozen=True, slots=True)
class ReaderTold:
    """The machine told a reader of a finding that comes before anything else.

    turn: 1 for the reader on call, 2 for the one who is told where nobody answered. user_name: of
    the account. urgency: the highest of the findings, by `signing.urgency_of`. by_means: "page",
    or what took the message.
    """

    stamp: Stamp
    analysis_id: UUID
    turn: int
    user_name: str
    urgency: int
    by_means: str


@dataclass(frozen=True, slots=True)
class AncillaryRequested:
    """Another test was asked for. words: which one exactly; "" where the kind says it all."""

    stamp: Stamp
    test_id: UUID
    test_kind: AncillaryKind
    words: str


@dataclass(frozen=True, slots=True)
class AncillaryResulted:
    """A result of another test, which takes the place of the one before it.

    n_results: how many there were, as whoever wrote it saw.
    """

    stamp: Stamp
    test_id: UUID
    n_results: int
    result: str


@dataclass(frozen=True, slots=True)
class AncillaryDropped:
    """Another test was taken off: it is not awaited any more, or its result was none of this case.

    n_results: as in `AncillaryResulted`.
    """

    stamp: Stamp
    test_id: UUID
    n_results: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReportReopened:
    """A signed report is to be amended or corrected: texts and review can be changed again."""

    stamp: Stamp
    reason: str


@dataclass(frozen=True, slots=True)
class ReportSigned:
    """A version of the report. number: from 1. reason: "" only before and in the first final one.

    report_kind: what it is. printed_name: of the signer. review_version: events of the review of
    `analysis_id` on which it rests. attests_digital_primary: the signer says that the digital
    slides were read first; otherwise the glass was. document: the whole report as signed, plain
    JSON. document_sha256: of it, by `document_digest`. files: SHA-256 of every file of the version,
    by its name.
    """

    stamp: Stamp
    number: int
    analysis_id: UUID
    report_kind: ReportKind
    meaning: SignatureMeaning
    printed_name: str
    review_version: int
    attests_digital_primary: bool
    reason: str
    document: Mapping[str, Any]
    document_sha256: str
    files: Mapping[str, str]


SignOutEvent: TypeAlias = (
    ReportTextChanged
    | FindingAcknowledged
    | AuditDrawn
    | CriticalCallMade
    | ReaderTold
    | AncillaryRequested
    | AncillaryResulted
    | AncillaryDropped
    | ReportReopened
    | ReportSigned
)


def document_text(document: Mapping[str, Any]) -> str:
    """A document as the one JSON text that its digest is taken of: sorted, without blanks.

    Raises TypeError or ValueError where it is no plain JSON.
    """
    return json.dumps(
        document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def document_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of `document_text` in UTF-8, in hexadecimal. Raises as that does."""
    return hashlib.sha256(document_text(document).encode()).hexdigest()
