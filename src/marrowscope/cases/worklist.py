"""Which cases a person looks for, and in which order they come."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from marrowscope.cases.facts import Priority, Purpose
from marrowscope.cases.state import CaseState, CaseStatus


@dataclass(frozen=True, slots=True)
class Wanted:
    """search: words, each of which is in the accession, the patient's name or id. None: any."""

    search: str = ""
    status: CaseStatus | None = None
    purpose: Purpose | None = None
    priority: Priority | None = None


def worklist(cases: Iterable[CaseState], wanted: Wanted) -> tuple[CaseState, ...]:
    """Those wanted, urgent ones first, then the oldest; never a deleted one."""
    words = _folded(wanted.search).split()
    found = (case for case in cases if _fits(case, wanted) and _has(case, words))
    return tuple(sorted(found, key=_place))


def _fits(case: CaseState, wanted: Wanted) -> bool:
    return (
        not case.is_deleted
        and wanted.status in (None, case.status)
        and wanted.purpose in (None, case.facts.purpose)
        and wanted.priority in (None, case.facts.priority)
    )


def _has(case: CaseState, words: list[str]) -> bool:
    if not words:
        return True
    facts = case.facts
    texts = [_folded(text) for text in (facts.accession, facts.patient_name, facts.patient_id)]
    return all(any(word in text for text in texts) for word in words)


def _place(case: CaseState) -> tuple[bool, str, str]:
    is_later = case.facts.priority is not Priority.URGENT
    return is_later, case.opened_at.isoformat(), str(case.case_id)


def _folded(text: str) -> str:
    """Without case and accents: who looks for Muller finds Müller."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
