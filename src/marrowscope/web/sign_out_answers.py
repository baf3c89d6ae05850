"""What the API answers about signing a report, and about the versions that were signed."""

from datetime import datetime
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel

from marrowscope.cases.sign_out_events import ReportKind, SignatureMeaning
from marrowscope.cases.signing import Blocker, ResultBasis, SignedVersion, SignOutState, Tab
from marrowscope.cases.standing import MEANING_WORDS, Standing, next_kinds

ATTESTATION: Final = (
    "I read the digital slides of this case first and reached this interpretation on them; the "
    "glass was not read first."
)
GLASS_FIRST: Final = (
    "The glass of this case was read first; the digital slides were not the primary reading."
)
ReportState: TypeAlias = Literal["open", "preliminary", "signed", "amending"]


class BlockerAnswer(BaseModel):
    """Why a report of a kind cannot be signed now. tab: where it is settled."""

    id: str
    sentence: str
    tab: Tab


class WayAnswer(BaseModel):
    """A kind of report whose turn it is, and what forbids signing it; nothing where it can be.

    use: what it would say that it may be used for, to be sent with the signature.
    """

    kind: ReportKind
    use: str
    blockers: list[BlockerAnswer]


class MeaningAnswer(BaseModel):
    """What the signer says with the signature."""

    id: SignatureMeaning
    label: str


class VersionAnswer(BaseModel):
    """A version that was signed. reason: of an amended one; of an addendum, its text."""

    number: int
    kind: ReportKind
    signed_at: datetime
    signed_by: str
    printed_name: str
    meaning: SignatureMeaning
    reason: str
    sha256: str


class AmendingAnswer(BaseModel):
    """Who reopened the report, and why."""

    reason: str
    by_name: str
    at: datetime


class SignOutAnswer(BaseModel):
    """How a case stands to its report.

    basis: "count" (every counted cell was seen), "audit" or "none". ways: the kinds whose turn it
    is, the usual one first. may_sign: whether whoever asks may; why_not says why not.
    attestation, glass_first: what the signer says of the reading, one of the two.
    review_version, case_version: to be sent with the signature.
    """

    state: ReportState
    basis: ResultBasis
    basis_words: str
    ways: list[WayAnswer]
    may_sign: bool
    why_not: str
    versions: list[VersionAnswer]
    amending: AmendingAnswer | None
    meanings: list[MeaningAnswer]
    attestation: str
    glass_first: str
    review_version: int
    case_version: int


class CaseSignOutAnswer(BaseModel):
    """How the report of a case stands. signed_at, signed_by: of the newest version."""

    state: ReportState
    n_versions: int
    signed_at: datetime | None
    signed_by: str


def sign_out_answer(standing: Standing, why_not: str) -> SignOutAnswer:
    """why_not: why whoever asks may not sign, "" where they may."""
    state = standing.case.sign_out
    reopened = state.reopened
    return SignOutAnswer(
        state=report_state(state),
        basis=standing.facts.basis,
        basis_words=standing.basis_words,
        ways=[
            WayAnswer(
                kind=kind,
                use=standing.uses[kind],
                blockers=[_blocker(one) for one in standing.blockers(kind)],
            )
            for kind in next_kinds(state)
        ],
        may_sign=not why_not,
        why_not=why_not,
        versions=[_version(one) for one in state.versions],
        amending=None
        if reopened is None
        else AmendingAnswer(
            reason=reopened.reason, by_name=reopened.stamp.by_name, at=reopened.stamp.at
        ),
        meanings=[MeaningAnswer(id=one, label=_label(one)) for one in SignatureMeaning],
        attestation=ATTESTATION,
        glass_first=GLASS_FIRST,
        review_version=standing.facts.review_version,
        case_version=standing.case.version,
    )


def case_sign_out_answer(state: SignOutState) -> CaseSignOutAnswer:
    """For a case and its row in the worklist."""
    newest = state.newest
    return CaseSignOutAnswer(
        state=report_state(state),
        n_versions=len(state.versions),
        signed_at=None if newest is None else newest.signed_at,
        signed_by="" if newest is None else newest.printed_name,
    )


def report_state(state: SignOutState) -> ReportState:
    """open: nothing was signed. preliminary: nothing final. amending: reopened since."""
    if state.is_locked:
        return "signed"
    if state.is_reopened:
        return "amending"
    return "preliminary" if state.versions else "open"


def _label(meaning: SignatureMeaning) -> str:
    words = MEANING_WORDS[meaning]
    return f"{words[0].upper()}{words[1:]}"


def _blocker(one: Blocker) -> BlockerAnswer:
    return BlockerAnswer(id=one.blocker_id, sentence=one.sentence, tab=one.tab)


def _version(one: SignedVersion) -> VersionAnswer:
    return VersionAnswer(
        number=one.number,
        kind=one.kind,
        signed_at=one.signed_at,
        signed_by=one.signed_by_name,
        printed_name=one.printed_name,
        meaning=one.meaning,
        reason=one.reason,
        sha256=one.document_sha256,
    )
