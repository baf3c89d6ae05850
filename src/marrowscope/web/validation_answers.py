"""What the API says of the laboratory's validations, and what a director sends to record one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from marrowscope.cases.state import CaseState
from marrowscope.cases.validation import (
    FEWEST_CASES,
    LEAST_CONCORDANCE,
    MOST_CASES,
    SystemUsed,
    Validation,
    ValidationDraft,
)
from marrowscope.web.request_bodies import Line, Password, StrictRequest

MOST_KINDS = 50
"""Scanner and stain together, as slides of cases name them."""


class ModelUsedAnswer(BaseModel):
    """A model. sha256: of its file, in hexadecimal."""

    role: str
    name: str
    version: str
    sha256: str


class SystemAnswer(BaseModel):
    """What reads slides on this server now. release: what of the version a validation binds to."""

    release: str
    models: list[ModelUsedAnswer]


class ValidationAnswer(BaseModel):
    """A validation. is_of_this_system: whether it is of the release and models in use now.

    remarks: where it falls short of the guideline. withdrawn_*: null and "" while it holds.
    """

    validation_id: UUID
    scanner: str
    stain: str
    system: SystemAnswer
    concluded_on: date
    n_cases: int
    concordance_percent: float
    evidence: str
    recorded_at: datetime
    recorded_by: str
    remarks: list[str]
    is_of_this_system: bool
    withdrawn_at: datetime | None
    withdrawn_by: str
    withdrawn_reason: str


class SlideKindAnswer(BaseModel):
    """Slides of cases that were made alike. "" where nobody said it."""

    scanner: str
    stain: str
    n_slides: int


class ValidationsAnswer(BaseModel):
    """system: in use now. slide_kinds: the most frequent first. may_record: whoever asks.

    fewest_cases, least_concordance_percent: what the guideline asks for.
    """

    system: SystemAnswer
    validations: list[ValidationAnswer]
    slide_kinds: list[SlideKindAnswer]
    may_record: bool
    fewest_cases: int
    least_concordance_percent: float


class ValidationRequest(StrictRequest):
    """A validation that was concluded, of the system in use; see `ValidationRecorded`."""

    scanner: Line
    stain: Line
    concluded_on: date
    n_cases: Annotated[int, Field(ge=1, le=MOST_CASES)]
    concordance_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
    evidence: Annotated[str, Field(max_length=1000)]
    password: Password

    def draft(self) -> ValidationDraft:
        """Without the password."""
        return ValidationDraft(
            scanner=self.scanner,
            stain=self.stain,
            concluded_on=self.concluded_on,
            n_cases=self.n_cases,
            concordance_percent=self.concordance_percent,
            evidence=self.evidence,
        )


class WithdrawalRequest(StrictRequest):
    """Why a validation holds no longer."""

    reason: Annotated[str, Field(max_length=500)]
    password: Password


def validations_answer(
    validations: Sequence[Validation],
    system: SystemUsed,
    cases: Iterable[CaseState],
    *,
    may_record: bool,
) -> ValidationsAnswer:
    """cases: whose slides may have been made like those of a validation."""
    kinds = Counter(
        (slide.scanner, slide.stain)
        for case in cases
        if not case.is_deleted
        for slide in case.slides
    )
    return ValidationsAnswer(
        system=_system(system),
        validations=[validation_answer(one, system) for one in reversed(validations)],
        slide_kinds=[
            SlideKindAnswer(scanner=scanner, stain=stain, n_slides=n)
            for (scanner, stain), n in kinds.most_common(MOST_KINDS)
        ],
        may_record=may_record,
        fewest_cases=FEWEST_CASES,
        least_concordance_percent=float(LEAST_CONCORDANCE),
    )


def validation_answer(validation: Validation, system: SystemUsed) -> ValidationAnswer:
    """system: in use now."""
    own, ended = validation.recorded, validation.withdrawn
    return ValidationAnswer(
        validation_id=own.validation_id,
        scanner=own.scanner,
        stain=own.stain,
        system=_system(own.system),
        concluded_on=own.concluded_on,
        n_cases=own.n_cases,
        concordance_percent=float(own.concordance_percent),
        evidence=own.evidence,
        recorded_at=own.stamp.at,
        recorded_by=own.stamp.by_name,
        remarks=list(validation.remarks),
        is_of_this_system=own.system.is_like(system),
        withdrawn_at=None if ended is None else ended.stamp.at,
        withdrawn_by="" if ended is None else ended.stamp.by_name,
        withdrawn_reason="" if ended is None else ended.reason,
    )


def _system(system: SystemUsed) -> SystemAnswer:
    return SystemAnswer(
        release=system.release,
        models=[
            ModelUsedAnswer(role=one.role, name=one.name, version=one.version, sha256=one.sha256)
            for one in system.models
        ],
    )
