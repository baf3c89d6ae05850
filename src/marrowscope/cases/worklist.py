"""Which cases a person looks for, and in which order they come."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marrowscope.cases.facts import Priority, Purpose
from marrowscope.cases.pending_tests import n_news
from marrowscope.cases.signing import CALLING, URGENT_PREFIX, urgency_of
from marrowscope.cases.state import CaseState, CaseStatus


@dataclass(frozen=True, slots=True)
class Wanted:
    """search: words, each of which is in the accession, the patient's name or id. None: any."""

    search: str = ""
    status: CaseStatus | None = None
    purpose: Purpose | None = None
    priority: Priority | None = None


def worklist(
    cases: Iterable[CaseState], wanted: Wanted, first: Collection[UUID] = ()
) -> tuple[CaseState, ...]:
    """Those wanted; never a deleted one.

    Those of `first` lead, then those with another critical finding that nobody acknowledged, then
    urgent ones, then the oldest.
    """
    words = _folded(wanted.search).split()
    found = (case for case in cases if _fits(case, wanted) and _has(case, words))
    return tuple(sorted(found, key=lambda case: (case.case_id not in first, *_place(case))))


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


def n_critical(case: CaseState) -> int:
    """Critical rules that the machine found met, or open, and that nobody acknowledged.

    None any more once the report is signed: nothing is signed over one.
    """
    return len(_unacknowledged(case))


def machine_calls(case: CaseState) -> bool:
    """Whether one of them comes before anything else."""
    return any(rule_id.startswith(URGENT_PREFIX) for rule_id in _unacknowledged(case))


def _unacknowledged(case: CaseState) -> set[str]:
    result = case.newest_result
    if result is None or result.summary is None or case.sign_out.is_locked:
        return set()
    seen: dict[str, int] = {}
    for (analysis_id, rule_id, _), one in case.sign_out.acknowledged.items():
        if analysis_id == result.analysis_id:
            seen[rule_id] = max(one.urgency, seen.get(rule_id, 0))
    return {
        str(row.get("rule_id"))
        for row in result.summary.get("findings") or ()
        if row.get("critical") and seen.get(row.get("rule_id"), 0) < calling_urgency(row)
    }


def n_unreported(case: CaseState) -> int:
    """Other tests of which no signed version says the newest; 0 before anything was signed."""
    state = case.sign_out
    return n_news(state.tests) if state.versions else 0


def calling_urgency(row: Mapping[str, Any]) -> int:
    """Of a finding in a summary; 0 where it does not call for a look."""
    urgency = urgency_of(str(row.get("state")), is_reached=bool(row.get("reached")))
    return urgency if urgency >= CALLING else 0


def _place(case: CaseState) -> tuple[bool, bool, str, str]:
    is_calm = not n_critical(case)
    is_later = case.facts.priority is not Priority.URGENT
    return is_calm, is_later, case.opened_at.isoformat(), str(case.case_id)


def _folded(text: str) -> str:
    """Without case and accents: who looks for Muller finds Müller."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
