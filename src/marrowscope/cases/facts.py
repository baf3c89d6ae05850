"""What is known about a case besides its slides, and what of it may be written down."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from marrowscope.errors import UsageError

LONGEST: Final = {
    "accession": 64,
    "patient_name": 128,
    "patient_id": 64,
    "site": 128,
    "requester": 128,
    "indication": 2000,
    "blood_count": 2000,
    "prior_therapy": 2000,
    "preparation": 500,
}
"""Characters of each text."""
OF_SEVERAL_LINES: Final = frozenset({"indication", "blood_count", "prior_therapy", "preparation"})
EARLIEST: Final = date(1850, 1, 1)
"""Before this a date is a slip of the pen."""
_NEVER: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of what a text cannot hold: control, format, surrogate, unassigned."""


class Purpose(StrEnum):
    """What a case is for. Trainees see those for teaching."""

    RESEARCH = "research"
    CLINICAL = "clinical"
    TEACHING = "teaching"
    ARCHIVE = "archive"


class Priority(StrEnum):
    """How soon a case is to be read."""

    ROUTINE = "routine"
    URGENT = "urgent"


class Sex(StrEnum):
    """As FHIR names administrative gender."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a person wrote about a case. "" and None: not said.

    site: where the marrow was taken. blood_blast_percent: blasts in the blood, as reported.
    """

    accession: str = ""
    patient_name: str = ""
    patient_id: str = ""
    birth_date: date | None = None
    sex: Sex | None = None
    collected_on: date | None = None
    received_on: date | None = None
    site: str = ""
    requester: str = ""
    indication: str = ""
    blood_count: str = ""
    blood_blast_percent: Decimal | None = None
    prior_therapy: str = ""
    preparation: str = ""
    purpose: Purpose = Purpose.RESEARCH
    priority: Priority = Priority.ROUTINE


def checked(facts: CaseFacts) -> CaseFacts:
    """The facts as they are kept: texts composed and without blanks around them.

    Raises UsageError, naming the fact and never its value.
    """
    texts: dict[str, Any] = {name: _checked_text(name, getattr(facts, name)) for name in LONGEST}
    for name in ("birth_date", "collected_on", "received_on"):
        day = getattr(facts, name)
        if day is not None and day < EARLIEST:
            raise UsageError(f"{_said(name)}: before {EARLIEST.year}; correct the year")
    _check_order(facts)
    return replace(facts, **texts, blood_blast_percent=_checked_percent(facts.blood_blast_percent))


def _said(name: str) -> str:
    return name.replace("_", " ")


def checked_line(what: str, text: str, longest: int) -> str:
    """One line with single blanks; may be empty. Raises UsageError."""
    line = re.sub(" +", " ", unicodedata.normalize("NFC", text)).strip()
    return _checked_letters(what, line, longest, "")


def _checked_text(name: str, text: str) -> str:
    what = _said(name)
    if name not in OF_SEVERAL_LINES:
        return checked_line(what, text, LONGEST[name])
    whole = unicodedata.normalize("NFC", text)
    whole = re.sub("\r\n?", "\n", whole).replace("\t", " ").strip()
    return _checked_letters(what, whole, LONGEST[name], "\n")


def _checked_letters(what: str, text: str, longest: int, allowed: str) -> str:
    if len(text) > longest:
        raise UsageError(f"{what}: at most {longest} characters")
    if any(is_invisible(letter) and letter not in allowed for letter in text):
        raise UsageError(f"{what}: must not hold invisible or control characters")
    return text


def is_invisible(letter: str) -> bool:
    """Whether it is a control or format character, half of one, or none at all."""
    return unicodedata.category(letter) in _NEVER


def _check_order(facts: CaseFacts) -> None:
    born, collected, received = facts.birth_date, facts.collected_on, facts.received_on
    if collected is not None and received is not None and received < collected:
        raise UsageError("received on: before the marrow was collected; correct one of the dates")
    first = collected or received
    if born is not None and first is not None and first < born:
        raise UsageError("birth date: after the marrow was taken; correct one of the dates")


def _checked_percent(percent: Decimal | None) -> Decimal | None:
    if percent is None:
        return None
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise UsageError("blood blast percent: not between 0 and 100")
    if percent != round(percent, 2):
        raise UsageError("blood blast percent: at most two decimal places")
    # One text for each value: 5, 5.0 and 0.5E+1 are the same percentage.
    return Decimal(f"{percent.normalize():f}").copy_abs()
