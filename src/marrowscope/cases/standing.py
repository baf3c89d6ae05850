"""How a case stands to being signed: what the rules of signing are asked with, read at one time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from marrowscope.cases.sign_out_events import ReportKind, SignatureMeaning
from marrowscope.cases.signing import (
    Blocker,
    ResultBasis,
    SigningFacts,
    SignOutState,
    blocking,
)
from marrowscope.cases.state import CaseState

MEANING_WORDS: Final[Mapping[SignatureMeaning, str]] = {
    SignatureMeaning.AUTHORSHIP: "author of this report",
    SignatureMeaning.REVIEW: "reviewed this report",
    SignatureMeaning.APPROVAL: "approved this report",
    SignatureMeaning.RESPONSIBILITY: "responsible for this report",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A case with the review of its newest finished analysis.

    n_seen of n_to_see: cells in the count. n_audited of n_unseen: of a complete audit, else 0.
    uses: by each kind whose turn it is, the sentence it would bear on what it may be used for.
    """

    case: CaseState
    facts: SigningFacts
    n_seen: int
    n_to_see: int
    n_audited: int
    n_unseen: int
    uses: Mapping[ReportKind, str]

    @property
    def basis_words(self) -> str:
        """On what a result rests, in one sentence."""
        match self.facts.basis:
            case ResultBasis.COUNT:
                return f"All {self.n_to_see} cells of the count were seen."
            case ResultBasis.AUDIT:
                return (
                    f"Estimated from a complete audit: {self.n_audited} of {self.n_unseen} cells "
                    "that nobody had seen, drawn at random."
                )
            case ResultBasis.NONE:
                return (
                    f"No result yet: {self.n_seen} of {self.n_to_see} cells of the count were seen."
                )

    def blockers(self, kind: ReportKind) -> tuple[Blocker, ...]:
        """What forbids signing this kind now."""
        return blocking(self.case.sign_out, self.facts, kind)


@dataclass(frozen=True, slots=True)
class SignOrder:
    """What somebody wants to sign.

    review_version, case_version, use: as the page showed them; use is the sentence on what the
    report may be used for. addendum: its text, "" in every other kind. reason: why it is amended
    or corrected.
    """

    kind: ReportKind
    meaning: SignatureMeaning
    attests_digital: bool
    reason: str
    addendum: str
    review_version: int
    case_version: int
    use: str


@dataclass(frozen=True, slots=True)
class CallNote:
    """Who was told of a finding, when (at_time, aware) and how; see `CriticalCallMade`."""

    rule_id: str
    told: str
    by_means: str
    at_time: datetime
    was_read_back: bool
    note: str


def next_kinds(state: SignOutState) -> tuple[ReportKind, ...]:
    """The kinds whose turn it is, the usual one first, whatever else forbids them."""
    if not state.has_final:
        return ReportKind.FINAL, ReportKind.PRELIMINARY
    if state.is_reopened:
        return ReportKind.AMENDED, ReportKind.CORRECTED
    return (ReportKind.ADDENDUM,)
