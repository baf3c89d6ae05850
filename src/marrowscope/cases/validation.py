"""A laboratory's own validation of reading with this system, and what it covers.

What was validated is a scanner, a stain, a release line and the models; another of any of these is
research use by itself, without anybody having to notice.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from marrowscope.cases.events import Stamp
from marrowscope.cases.facts import checked_line
from marrowscope.cases.report_text import checked_lines
from marrowscope.errors import UsageError

LONGEST_NAME: Final = 128
LONGEST_REASON: Final = 500
LONGEST_EVIDENCE: Final = 1000
MOST_CASES: Final = 100_000
FEWEST_CASES: Final = 60
"""That the guideline on validating whole-slide imaging (Evans et al. 2022, SR1) asks for."""
LEAST_CONCORDANCE: Final = Decimal(95)
"""Percent; below it the guideline (SR2) wants the reasons looked into."""
EARLIEST: Final = date(2000, 1, 1)
_RELEASE: Final = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class ModelUsed:
    """A model that analyses are made with. role: detector or classifier. sha256: hexadecimal."""

    role: str
    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SystemUsed:
    """What reads the slides. release: of the software, by `release_line`. models: by role."""

    release: str
    models: tuple[ModelUsed, ...]

    @property
    def digests(self) -> frozenset[str]:
        """Of its models: what tells them apart, whatever they are called."""
        return frozenset(one.sha256 for one in self.models)

    def is_like(self, other: "SystemUsed") -> bool:
        """Whether what was validated on the one holds on the other."""
        return self.release == other.release and self.digests == other.digests


@dataclass(frozen=True, slots=True)
class ValidationRecorded:
    """The laboratory director says that reading with `system` was validated here.

    scanner, stain: as slides of cases name them. concluded_on: when the validation was. n_cases:
    that were read twice. concordance_percent: of the readings of one observer on glass and screen.
    evidence: where the laboratory keeps the record of it.
    """

    stamp: Stamp
    validation_id: UUID
    scanner: str
    stain: str
    system: SystemUsed
    concluded_on: date
    n_cases: int
    concordance_percent: Decimal
    evidence: str


@dataclass(frozen=True, slots=True)
class ValidationWithdrawn:
    """It holds no longer. What was signed under it stays as it was signed."""

    stamp: Stamp
    validation_id: UUID
    reason: str


ValidationEvent: TypeAlias = ValidationRecorded | ValidationWithdrawn


@dataclass(frozen=True, slots=True)
class Validation:
    """A validation as it stands. withdrawn: None while it holds."""

    recorded: ValidationRecorded
    withdrawn: ValidationWithdrawn | None = None

    @property
    def validation_id(self) -> UUID:
        """By which it can be withdrawn."""
        return self.recorded.validation_id

    @property
    def is_in_force(self) -> bool:
        """Whether nobody withdrew it."""
        return self.withdrawn is None

    def covers(self, scanner: str, stain: str, system: SystemUsed) -> bool:
        """Whether it holds and is of this scanner, stain, release line and these very models."""
        own = self.recorded
        return (
            self.is_in_force
            and bool(scanner.strip() and stain.strip())
            and _same(own.scanner, scanner)
            and _same(own.stain, stain)
            and own.system.is_like(system)
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """Where it falls short of the guideline; a laboratory may have its reasons."""
        own = self.recorded
        remarks = []
        if own.n_cases < FEWEST_CASES:
            remarks.append(f"fewer than the {FEWEST_CASES} cases of the guideline")
        if own.concordance_percent < LEAST_CONCORDANCE:
            remarks.append(f"concordance below {LEAST_CONCORDANCE} %: the guideline wants reasons")
        return tuple(remarks)


@dataclass(frozen=True, slots=True)
class ValidationDraft:
    """What a director fills in; see `ValidationRecorded`."""

    scanner: str
    stain: str
    concluded_on: date
    n_cases: int
    concordance_percent: Decimal
    evidence: str


def release_line(version: str) -> str:
    """What a validation is bound to: "1" of 1.4.2; "0.3" of 0.3.1, as before 1.0 all may change.

    "" where the version does not say it.
    """
    found = _RELEASE.match(version)
    if found is None:
        return ""
    major, minor = found.groups()
    return f"0.{minor}" if major == "0" else major


def recorded(
    draft: ValidationDraft, system: SystemUsed, stamp: Stamp, validation_id: UUID
) -> ValidationRecorded:
    """The event of a draft, checked. Raises UsageError, in a sentence that says what to change."""
    if not system.release or not system.models:
        raise UsageError("this server does not know its version and models; install it again")
    return ValidationRecorded(
        stamp=stamp,
        validation_id=validation_id,
        scanner=_said("scanner", draft.scanner),
        stain=_said("stain", draft.stain),
        system=system,
        concluded_on=_day(draft.concluded_on, stamp.at.date()),
        n_cases=_n_cases(draft.n_cases),
        concordance_percent=_percent(draft.concordance_percent),
        evidence=_evidence(draft.evidence),
    )


def withdrawn(validation: Validation | None, reason: str, stamp: Stamp) -> ValidationWithdrawn:
    """The event that ends one. Raises UsageError where there is none, or it was ended before."""
    if validation is None:
        raise UsageError("there is no such validation; load the page again")
    if not validation.is_in_force:
        raise UsageError("this validation was withdrawn already; load the page again")
    checked = checked_lines("reason", reason, LONGEST_REASON)
    if not checked:
        raise UsageError("reason: say why the validation holds no longer")
    return ValidationWithdrawn(stamp, validation.validation_id, checked)


def fold_validations(events: Iterable[ValidationEvent]) -> tuple[Validation, ...]:
    """All of them, in the order in which they were recorded."""
    found: dict[UUID, Validation] = {}
    for event in events:
        match event:
            case ValidationRecorded():
                found[event.validation_id] = Validation(event)
            case ValidationWithdrawn():
                found[event.validation_id] = Validation(found[event.validation_id].recorded, event)
    return tuple(found.values())


def covering(
    validations: Sequence[Validation], scanner: str, stain: str, system: SystemUsed
) -> Validation | None:
    """The one that was concluded last of those that cover it; None where none does."""
    found = [one for one in validations if one.covers(scanner, stain, system)]
    return max(found, key=lambda one: one.recorded.concluded_on, default=None)


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _said(what: str, text: str) -> str:
    line = checked_line(what, text, LONGEST_NAME)
    if not line:
        raise UsageError(f"{what}: name it as the slides of cases do")
    return line


def _evidence(text: str) -> str:
    checked = checked_lines("record", text, LONGEST_EVIDENCE)
    if not checked:
        raise UsageError("record: say where the record of the validation is kept")
    return checked


def _day(day: date, today: date) -> date:
    if not EARLIEST <= day <= today:
        raise UsageError("concluded on: not a day of the past; correct it")
    return day


def _n_cases(n: int) -> int:
    if not 1 <= n <= MOST_CASES:
        raise UsageError(f"cases: give a number from 1 to {MOST_CASES:,}")
    return n


def _percent(percent: Decimal) -> Decimal:
    if not percent.is_finite() or not 0 <= percent <= 100 or percent != round(percent, 2):
        raise UsageError("concordance: give percent, 0 to 100, with at most two decimal places")
    return Decimal(f"{percent.normalize():f}").copy_abs()
