"""Signing a report: how a case stands to it, what forbids it now, and what never changes after.

A result is printed only where it is one (clinical practice behind it: a review of some galleries
mends what was wrongly called a blast and misses the rest): either every counted cell was seen by a
person, or a complete random audit gives an estimate with its interval, in place of the count.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import singledispatch
from typing import Any, Final
from uuid import UUID

from marrowscope.cases.audit_plan import SHORTEST_SALT
from marrowscope.cases.facts import Purpose, checked_line
from marrowscope.cases.pending_tests import (
    AncillaryTest,
    after_test_event,
    as_reported,
    check_test_event,
)
from marrowscope.cases.report_text import COMMENT, CONCLUSION, checked_lines, checked_texts
from marrowscope.cases.sign_out_events import (
    AncillaryDropped,
    AncillaryRequested,
    AncillaryResulted,
    AuditDrawn,
    CriticalCallMade,
    FindingAcknowledged,
    ReaderTold,
    ReportKind,
    ReportReopened,
    ReportSigned,
    ReportTextChanged,
    SignatureMeaning,
    SignOutEvent,
    document_digest,
    document_text,
)
from marrowscope.differential import ThresholdState
from marrowscope.errors import UsageError
from marrowscope.findings import Finding

LONGEST_REASON: Final = 500
LONGEST_ADDENDUM: Final = 4000
"""Characters; as much as a conclusion."""
LONGEST_COMMENT: Final = 1000
LONGEST_NAME: Final = 128
URGENT_PREFIX: Final = "F-APL"
"""Rules whose ids begin so demand acknowledgement before anything else."""
REACHED: Final = 3
CALLING: Final = 2
"""Urgency from which a critical finding has to be acknowledged."""
_URGENCY: Final[Mapping[str, int]] = {
    ThresholdState.MET: REACHED,
    ThresholdState.NOT_DECIDED: CALLING,
    ThresholdState.NEAR: 1,
    ThresholdState.NOT_MET: 0,
}
_OLDEST_CALL: Final = timedelta(days=366)
_LATER: Final = frozenset({ReportKind.AMENDED, ReportKind.CORRECTED, ReportKind.ADDENDUM})


class ResultBasis(StrEnum):
    """What the numbers of a report are. none: no result, only a preliminary report can be signed.

    count: every counted cell was seen. audit: the double-sampling estimate of a complete audit.
    """

    COUNT = "count"
    AUDIT = "audit"
    NONE = "none"


class Tab(StrEnum):
    """Where on the case page a thing is settled."""

    CELLS = "cells"
    FINDINGS = "findings"
    TEXT = "text"
    REPORT = "report"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class CriticalFinding:
    """A finding that has to be acknowledged. slide: "" where it is about all together.

    urgency: see `urgency_of`.
    """

    rule_id: str
    slide: str
    sentence: str
    urgency: int

    @property
    def is_urgent(self) -> bool:
        """Whether it comes before anything else."""
        return self.rule_id.startswith(URGENT_PREFIX)


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """What signing needs to know of the case and the review, all of them as they are now.

    analysis_id: the newest finished analysis, review_version: events of its review. is_outdated:
    slides came or went since it was asked for. is_being_analysed: another analysis waits or runs.
    audit_is_complete: every drawn cell was seen. unmatched: names of slides whose label nobody
    matched to the accession.
    """

    purpose: Purpose
    analysis_id: UUID
    review_version: int
    is_outdated: bool
    is_being_analysed: bool
    is_fully_seen: bool
    n_undecided_unseen: int
    audit_is_complete: bool
    critical: tuple[CriticalFinding, ...] = ()
    unmatched: tuple[str, ...] = ()

    @property
    def basis(self) -> ResultBasis:
        """What the numbers of a report signed now are."""
        if self.is_fully_seen:
            return ResultBasis.COUNT
        return ResultBasis.AUDIT if self.audit_is_complete else ResultBasis.NONE


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a report cannot be signed now. tab: where it is settled."""

    blocker_id: str
    sentence: str
    tab: Tab


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who saw a finding first as it called for a look, when, and what they said of it."""

    by_name: str
    at: datetime
    comment: str
    urgency: int


@dataclass(frozen=True, slots=True)
class SignedVersion:
    """A version that was signed; it never changes. document_text: its JSON, see `document_text`."""

    number: int
    analysis_id: UUID
    kind: ReportKind
    meaning: SignatureMeaning
    printed_name: str
    review_version: int
    attests_digital_primary: bool
    reason: str
    document_text: str
    document_sha256: str
    files: Mapping[str, str]
    signed_at: datetime
    signed_by: UUID | None
    signed_by_name: str

    @property
    def document(self) -> dict[str, Any]:
        """The report as signed; a copy of its own each time."""
        made: dict[str, Any] = json.loads(self.document_text)
        return made


@dataclass(frozen=True, slots=True)
class SignOutState:
    """How a case stands to its report.

    texts: by heading id, as they are now. acknowledged: by analysis, rule and slide. audits: the
    audit in force by analysis. calls, tellings, versions: in the order in which they came. tests:
    other tests of the marrow, in the order in which they were asked for.
    reopened: by whom and why the report is being amended or corrected; None where it is not.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    acknowledged: Mapping[tuple[UUID, str, str], Acknowledgement] = field(default_factory=dict)
    audits: Mapping[UUID, AuditDrawn] = field(default_factory=dict)
    calls: tuple[CriticalCallMade, ...] = ()
    tellings: tuple[ReaderTold, ...] = ()
    versions: tuple[SignedVersion, ...] = ()
    reopened: ReportReopened | None = None
    tests: tuple[AncillaryTest, ...] = ()

    @property
    def is_reopened(self) -> bool:
        """Whether a signed report is being amended or corrected."""
        return self.reopened is not None

    @property
    def has_final(self) -> bool:
        """Whether a final version was signed, amended or not since then."""
        return any(one.kind is not ReportKind.PRELIMINARY for one in self.versions)

    @property
    def is_locked(self) -> bool:
        """Whether texts and review stand: signed, and not reopened since."""
        return self.has_final and not self.is_reopened

    def has_seen(self, analysis_id: UUID, finding: CriticalFinding) -> bool:
        """Whether somebody acknowledged a finding when it called for a look as much as now."""
        seen = self.acknowledged.get((analysis_id, finding.rule_id, finding.slide))
        return seen is not None and seen.urgency >= finding.urgency

    @property
    def newest(self) -> SignedVersion | None:
        """The latest version; None before the first signature."""
        return self.versions[-1] if self.versions else None


NOTHING_SIGNED: Final = SignOutState()


def urgency_of(state: str, *, is_reached: bool) -> int:
    """How much a finding calls for a look: 3 where its threshold is met, or reached by the bare
    count, be it within the limits of chance; 2 where undecided cells could turn it; 1 near; else 0.
    """
    return REACHED if is_reached else _URGENCY.get(state, 0)


def to_acknowledge(findings: Iterable[Finding], slide: str = "") -> tuple[CriticalFinding, ...]:
    """The critical findings that are reached, or that undecided cells could turn; each rule once.

    slide: that they are about; "" for all together.
    """
    critical: dict[str, CriticalFinding] = {}
    for finding in findings:
        urgency = urgency_of(finding.state, is_reached=finding.is_reached)
        known = critical.get(finding.rule_id)
        if not finding.is_critical or urgency < CALLING:
            continue
        if known is None or known.urgency < urgency:
            critical[finding.rule_id] = CriticalFinding(
                finding.rule_id, slide, finding.sentence, urgency
            )
    return tuple(critical.values())


def unacknowledged(state: SignOutState, facts: SigningFacts) -> tuple[CriticalFinding, ...]:
    """Critical findings that nobody has acknowledged yet, urgent ones first."""
    left = (one for one in facts.critical if not state.has_seen(facts.analysis_id, one))
    return tuple(sorted(left, key=lambda one: not one.is_urgent))


def blocking(
    state: SignOutState,
    facts: SigningFacts,
    kind: ReportKind,
) -> tuple[Blocker, ...]:
    """What forbids signing a report of this kind now; empty where it can be signed.

    No report is signed over an undecided cell that nobody saw, nor over a critical finding that
    nobody acknowledged. Without a result, the count wholly seen or a complete audit, a preliminary
    report can be signed all the same, and then it prints no percentage as the result; no other
    can. An addendum adds words to a version that stands, so that the count is not asked again.
    """
    blockers = _of_findings(state, facts)
    if facts.purpose is Purpose.ARCHIVE:
        blockers.append(
            Blocker(
                "purpose",
                "This case is for the archive, and nothing in the archive is signed; change its "
                "purpose if that is wrong.",
                Tab.CASE,
            )
        )
    if kind is not ReportKind.ADDENDUM:
        blockers += _of_count(facts, kind)
        blockers += _of_texts(state, kind)
    return tuple(blockers)


def fold_sign_out(
    events: Iterable[SignOutEvent], state: SignOutState = NOTHING_SIGNED
) -> SignOutState:
    """The state after these events. state: after those before them.

    The events are taken as they are: whether they make sense is asked by `check_sign_out_event`
    before they are written. No event takes back or changes a signed version.
    """
    for event in events:
        state = _after(event, state)
    return state


def check_sign_out_event(
    state: SignOutState, event: SignOutEvent, facts: SigningFacts | None = None
) -> None:
    """Raises UsageError where an event makes no sense after those before it.

    facts: needed for `ReportSigned`.
    """
    if isinstance(event, ReportSigned):
        if facts is None:
            raise ValueError("a signature is checked with the facts of the case")
        _check_signature(state, event, facts)
    else:
        _check(event, state)


def _of_findings(state: SignOutState, facts: SigningFacts) -> list[Blocker]:
    return [
        Blocker(
            f"finding:{one.rule_id}:{one.slide}",
            f"Acknowledge the finding {one.rule_id}{f' on {one.slide}' if one.slide else ''}.",
            Tab.FINDINGS,
        )
        for one in unacknowledged(state, facts)
    ]


def _of_count(facts: SigningFacts, kind: ReportKind) -> list[Blocker]:
    blockers = []
    if facts.is_being_analysed:
        blockers.append(
            Blocker(
                "analysis",
                "The case is being analysed again; wait for the new result, or cancel it.",
                Tab.CASE,
            )
        )
    if facts.is_outdated:
        blockers.append(
            Blocker(
                "outdated",
                "Slides were added or removed after the analysis; analyse the case again.",
                Tab.CASE,
            )
        )
    if facts.unmatched and facts.purpose is Purpose.CLINICAL:
        blockers.append(
            Blocker(
                "labels",
                f"Match the label to the accession: {', '.join(facts.unmatched)}.",
                Tab.CASE,
            )
        )
    if facts.n_undecided_unseen:
        blockers.append(
            Blocker(
                "undecided",
                f"Undecided cells that nobody has seen: {facts.n_undecided_unseen}; look at them. "
                "Whether to name them is free.",
                Tab.CELLS,
            )
        )
    if facts.basis is ResultBasis.NONE and kind is not ReportKind.PRELIMINARY:
        blockers.append(
            Blocker(
                "result",
                "Some counted cells were not seen; see them all, or draw a random audit and see "
                "all of its cells. Until then only a preliminary report can be signed.",
                Tab.CELLS,
            )
        )
    return blockers


def _of_texts(state: SignOutState, kind: ReportKind) -> list[Blocker]:
    if state.texts.get(CONCLUSION):
        return []
    if kind is ReportKind.PRELIMINARY:
        if state.texts.get(COMMENT):
            return []
        sentence = "Write a conclusion, or a comment that says what is still to come."
    else:
        sentence = "Write a conclusion."
    return [Blocker("conclusion", sentence, Tab.TEXT)]


@singledispatch
def _after(event: SignOutEvent, state: SignOutState) -> SignOutState:
    raise TypeError(f"{type(event).__name__} is no event of signing out")


@_after.register
def _(event: ReportTextChanged, state: SignOutState) -> SignOutState:
    return replace(state, texts=dict(event.texts))


@_after.register
def _(event: FindingAcknowledged, state: SignOutState) -> SignOutState:
    key = event.analysis_id, event.rule_id, event.slide
    before = state.acknowledged.get(key)
    if before is not None and before.urgency >= event.urgency:
        return state
    seen = Acknowledgement(event.stamp.by_name, event.stamp.at, event.comment, event.urgency)
    return replace(state, acknowledged={**state.acknowledged, key: seen})


@_after.register
def _(event: AuditDrawn, state: SignOutState) -> SignOutState:
    return replace(state, audits={**state.audits, event.analysis_id: event})


@_after.register
def _(event: CriticalCallMade, state: SignOutState) -> SignOutState:
    return replace(state, calls=(*state.calls, event))


@_after.register
def _(event: ReaderTold, state: SignOutState) -> SignOutState:
    return replace(state, tellings=(*state.tellings, event))


@_after.register(AncillaryRequested)
@_after.register(AncillaryResulted)
@_after.register(AncillaryDropped)
def _(
    event: AncillaryRequested | AncillaryResulted | AncillaryDropped, state: SignOutState
) -> SignOutState:
    return replace(state, tests=after_test_event(state.tests, event))


@_after.register
def _(event: ReportReopened, state: SignOutState) -> SignOutState:
    return replace(state, reopened=event)


@_after.register
def _(event: ReportSigned, state: SignOutState) -> SignOutState:
    version = SignedVersion(
        number=event.number,
        analysis_id=event.analysis_id,
        kind=event.report_kind,
        meaning=event.meaning,
        printed_name=event.printed_name,
        review_version=event.review_version,
        attests_digital_primary=event.attests_digital_primary,
        reason=event.reason,
        document_text=document_text(event.document),
        document_sha256=event.document_sha256,
        files=dict(event.files),
        signed_at=event.stamp.at,
        signed_by=event.stamp.by,
        signed_by_name=event.stamp.by_name,
    )
    return replace(
        state,
        versions=(*state.versions, version),
        reopened=None,
        tests=as_reported(state.tests, event.number),
    )


def _check_signature(state: SignOutState, event: ReportSigned, facts: SigningFacts) -> None:
    _check_turn(state, event)
    _check_signer(event)
    rests_on = facts.analysis_id, facts.review_version
    if event.report_kind is ReportKind.ADDENDUM and state.newest is not None:
        rests_on = state.newest.analysis_id, state.newest.review_version
    if (event.analysis_id, event.review_version) != rests_on:
        raise UsageError("the case was reviewed meanwhile; look at the report again and sign then")
    try:
        digest = document_digest(event.document)
    except (TypeError, ValueError) as error:
        raise UsageError("the report is no plain JSON; make it again") from error
    if digest != event.document_sha256:
        raise UsageError("the report is not the one that was shown; look at it again and sign then")
    blockers = blocking(state, facts, event.report_kind)
    if blockers:
        raise UsageError(_as_message(blockers))


def _check_turn(state: SignOutState, event: ReportSigned) -> None:
    """Whether a version of this kind can be the next."""
    number = len(state.versions) + 1
    if event.number != number:
        raise UsageError(f"the next version is number {number}; look at the report again")
    is_addendum = event.report_kind is ReportKind.ADDENDUM
    longest = LONGEST_ADDENDUM if is_addendum else LONGEST_REASON
    checked_lines("addendum" if is_addendum else "reason", event.reason, longest)
    if not state.has_final:
        if event.report_kind in _LATER:
            raise UsageError("there is no final report yet; sign it as preliminary or final")
        return
    if event.report_kind not in _LATER:
        raise UsageError("the final report was signed already; amend or correct it, or add to it")
    if is_addendum:
        if not event.reason.strip():
            raise UsageError("write what is added")
        if state.is_reopened:
            raise UsageError("this report was reopened; sign it as amended or corrected")
        return
    _check_reason(event.reason)
    if not state.is_reopened:
        raise UsageError("this report is signed; reopen it first")


def _check_signer(event: ReportSigned) -> None:
    if event.stamp.by is None:
        raise UsageError("a report is signed by a person; sign in")
    if not checked_line("printed name", event.printed_name, LONGEST_NAME):
        raise UsageError("printed name: is empty; give the signer's name")


def _as_message(blockers: Sequence[Blocker]) -> str:
    """The first sentence, as an error is written, and how many more there are."""
    first = blockers[0].sentence.rstrip(".")
    more = f" (and {len(blockers) - 1} more)" if len(blockers) > 1 else ""
    return f"this cannot be signed yet: {first[0].lower()}{first[1:]}{more}"


@singledispatch
def _check(event: SignOutEvent, state: SignOutState) -> None:
    raise TypeError(f"{type(event).__name__} is no event of signing out")


@_check.register
def _(event: ReportTextChanged, state: SignOutState) -> None:
    _check_not_locked(state)
    if checked_texts(event.texts) != dict(event.texts):
        raise UsageError("these texts are not as they are kept; give them checked")


@_check.register
def _(event: FindingAcknowledged, state: SignOutState) -> None:
    if not event.rule_id:
        raise UsageError("no finding is named; choose one")
    before = state.acknowledged.get((event.analysis_id, event.rule_id, event.slide))
    if before is not None and before.urgency >= event.urgency:
        raise UsageError("this finding was acknowledged already")
    checked_lines("comment", event.comment, LONGEST_COMMENT)


@_check.register
def _(event: AuditDrawn, state: SignOutState) -> None:
    _check_not_locked(state)
    if len(event.salt) < SHORTEST_SALT or event.review_version < 0:
        raise UsageError("this audit has no salt or no version of the review; draw it again")
    if not event.plan.cell_ids:
        raise UsageError("an audit has at least one cell; draw it again")
    before = state.audits.get(event.analysis_id)
    if before is None:
        return
    # Whoever could draw anew could go on until the cells please.
    if (before.salt, before.review_version) != (event.salt, event.review_version):
        raise UsageError("an audit of these cells was drawn already; draw more cells of it instead")
    sizes = [{one.called: one.n_cells for one in drawn.strata} for drawn in (before, event)]
    if sizes[0] != sizes[1]:
        raise UsageError("an audit was drawn from other cells; draw more cells of that one instead")
    if not set(before.plan.cell_ids) < set(event.plan.cell_ids):
        raise UsageError("this audit holds no more than the one before; ask for more cells")


@_check.register
def _(event: CriticalCallMade, state: SignOutState) -> None:
    for what, text in (("who was told", event.told), ("by which means", event.by_means)):
        if not checked_line(what, text, LONGEST_NAME):
            raise UsageError(f"{what}: is empty; say it")
    checked_lines("note", event.note, LONGEST_COMMENT)
    if event.at_time.tzinfo is None:
        raise UsageError("when it was told: give the time with its zone")
    if event.at_time > event.stamp.at:
        raise UsageError("when it was told: is still to come; correct the time")
    if event.at_time < event.stamp.at - _OLDEST_CALL:
        raise UsageError("when it was told: is more than a year ago; correct the time")


@_check.register
def _(event: ReaderTold, state: SignOutState) -> None:
    if event.turn < 1 or not event.user_name or not event.by_means:
        raise UsageError("nobody was told; say whom, and by which means")


@_check.register(AncillaryRequested)
@_check.register(AncillaryResulted)
@_check.register(AncillaryDropped)
def _(
    event: AncillaryRequested | AncillaryResulted | AncillaryDropped, state: SignOutState
) -> None:
    """A report that stands forbids none of them: results come in when they come."""
    check_test_event(state.tests, event)


@_check.register
def _(event: ReportReopened, state: SignOutState) -> None:
    if not state.has_final:
        raise UsageError("there is no final report yet; it can be changed without reopening it")
    if state.is_reopened:
        raise UsageError("this report was reopened already")
    _check_reason(event.reason)


def _check_reason(reason: str) -> None:
    if not checked_lines("reason", reason, LONGEST_REASON):
        raise UsageError(f"say why, in at most {LONGEST_REASON} characters")


def _check_not_locked(state: SignOutState) -> None:
    if state.is_locked:
        raise UsageError("this report is signed; reopen it to amend or correct it")
