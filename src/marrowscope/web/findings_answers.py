"""What the API answers about findings, what was not assessed, and critical calls."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from marrowscope.cases.reviewed_findings import ReviewedFinding, ReviewedFindings
from marrowscope.cases.sign_out_events import CriticalCallMade, ReaderTold
from marrowscope.cases.signing import Acknowledgement, CriticalFinding, SignOutState
from marrowscope.cases.state import CaseState
from marrowscope.differential import ThresholdState
from marrowscope.findings import Basis, Edition, NotAssessed, NotAssessedKind

_DECIMALS = 4
"""Of percentages, for reading. Nothing is decided on these figures."""


class AcknowledgementAnswer(BaseModel):
    """Who saw a finding first, and what they said of it."""

    by_name: str
    at: datetime
    comment: str


class ReviewedFindingAnswer(BaseModel):
    """How the count as it is now stands to a rule; see `findings.Finding`. In percent.

    key: what it is acknowledged by; the editions of a rule share one. slide: "" for all together.
    needs_acknowledgement: nothing is signed before somebody acknowledged it.
    """

    key: str
    rule_id: str
    version: int
    edition: Edition
    basis: Basis
    state: ThresholdState
    is_reached: bool
    is_critical: bool
    sentence: str
    threshold: str
    threshold_percent: float | None
    k: int | None
    upper_k: int | None
    n: int | None
    percent: float | None
    upper_percent: float | None
    low: float | None
    high: float | None
    slide: str
    evidence: list[str]
    needs_acknowledgement: bool
    acknowledged: AcknowledgementAnswer | None


class NotAssessedAnswer(BaseModel):
    """What nobody looked at. mistaken_for: of a class, what such a cell is taken for."""

    kind: NotAssessedKind
    what: str
    why: str
    mistaken_for: str | None


class CallAnswer(BaseModel):
    """Who told whom of a finding, when and how. rule_id: "" where it was about something else."""

    rule_id: str
    told: str
    by_means: str
    at_time: datetime
    was_read_back: bool
    note: str
    by_name: str
    at: datetime


class TellingAnswer(BaseModel):
    """Whom the machine told, when, and by "page" or what took the message.

    turn: 1 for the reader on call, 2 for the one who is told where nobody answered.
    """

    user_name: str
    turn: int
    by_means: str
    at: datetime


class FindingsAnswer(BaseModel):
    """findings: met ones first, critical ones first among these. calls, tellings: in their order.

    n_to_acknowledge: critical findings that nobody acknowledged. may_acknowledge: whether one may;
    why_not says why not.
    """

    findings: list[ReviewedFindingAnswer]
    not_assessed: list[NotAssessedAnswer]
    calls: list[CallAnswer]
    tellings: list[TellingAnswer]
    n_to_acknowledge: int
    may_acknowledge: bool
    why_not: str


def findings_answer(
    case: CaseState, analysis_id: UUID, given: ReviewedFindings, why_not: str
) -> FindingsAnswer:
    """why_not: why one may not acknowledge, "" where one may."""
    state = case.sign_out
    open_ones = [one for one in given.critical if not state.has_seen(analysis_id, one)]
    return FindingsAnswer(
        findings=[_finding(one, analysis_id, state, open_ones) for one in given.findings],
        not_assessed=[_not_assessed(one) for one in given.not_assessed],
        calls=[_call(one) for one in state.calls],
        tellings=[_telling(one) for one in state.tellings],
        n_to_acknowledge=len(open_ones),
        may_acknowledge=not why_not,
        why_not=why_not,
    )


def _finding(
    given: ReviewedFinding,
    analysis_id: UUID,
    state: SignOutState,
    open_ones: list[CriticalFinding],
) -> ReviewedFindingAnswer:
    finding, slide = given.finding, given.slide
    interval = finding.interval
    seen = state.acknowledged.get((analysis_id, finding.rule_id, slide))
    return ReviewedFindingAnswer(
        key=given.key,
        rule_id=finding.rule_id,
        version=finding.version,
        edition=finding.edition,
        basis=finding.basis,
        state=finding.state,
        is_reached=finding.is_reached,
        is_critical=finding.is_critical,
        sentence=finding.sentence,
        threshold=finding.threshold,
        threshold_percent=_rounded(finding.threshold_percent),
        k=finding.k,
        upper_k=finding.upper_k,
        n=finding.n,
        percent=_rounded(finding.percent),
        upper_percent=_rounded(finding.upper_percent),
        low=None if interval is None else _rounded(100 * interval.low),
        high=None if interval is None else _rounded(100 * interval.high),
        slide=slide,
        evidence=list(finding.evidence),
        needs_acknowledgement=any(
            (one.rule_id, one.slide) == (finding.rule_id, slide) for one in open_ones
        ),
        acknowledged=None if seen is None else _acknowledgement(seen),
    )


def _acknowledgement(seen: Acknowledgement) -> AcknowledgementAnswer:
    return AcknowledgementAnswer(by_name=seen.by_name, at=seen.at, comment=seen.comment)


def _not_assessed(one: NotAssessed) -> NotAssessedAnswer:
    return NotAssessedAnswer(
        kind=one.kind, what=one.what, why=one.why, mistaken_for=one.mistaken_for
    )


def _call(call: CriticalCallMade) -> CallAnswer:
    return CallAnswer(
        rule_id=call.rule_id,
        told=call.told,
        by_means=call.by_means,
        at_time=call.at_time,
        was_read_back=call.was_read_back,
        note=call.note,
        by_name=call.stamp.by_name,
        at=call.stamp.at,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)


def _telling(told: ReaderTold) -> TellingAnswer:
    return TellingAnswer(
        user_name=told.user_name, turn=told.turn, by_means=told.by_means, at=told.stamp.at
    )
