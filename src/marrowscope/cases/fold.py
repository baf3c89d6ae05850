"""The state of a case from its events, and which event may come next."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import singledispatch
from typing import Final
from uuid import UUID

from marrowscope.cases.case_event import CaseEvent
from marrowscope.cases.events import (
    AnalysisAsked,
    AnalysisCancelled,
    AnalysisFailed,
    AnalysisFinished,
    AnalysisStarted,
    CaseDeleted,
    CaseOpened,
    FactsChanged,
    SlideAdded,
    SlideDescribed,
    SlideMatched,
    SlideRemoved,
)
from marrowscope.cases.refusals import SIGNED, SignedCaseError, UnknownCaseError
from marrowscope.cases.sign_out_events import (
    AncillaryDropped,
    AncillaryRequested,
    AncillaryResulted,
    AuditDrawn,
    CriticalCallMade,
    FindingAcknowledged,
    ReaderTold,
    ReportReopened,
    ReportSigned,
    ReportTextChanged,
    SignOutEvent,
)
from marrowscope.cases.signing import SigningFacts, check_sign_out_event, fold_sign_out
from marrowscope.cases.slide_match import checked_match
from marrowscope.cases.state import (
    AnalysisState,
    AnalysisStatus,
    CaseState,
    LabelMatch,
    SlideState,
)
from marrowscope.errors import UsageError

MOST_TO_COUNT: Final = 1_000_000
LIMITS_UM_PER_PX: Final = (0.01, 10.0)
"""From the finest camera on a 100x lens to a 1x overview."""
MOST_SLIDES: Final = 100
LONGEST_REASON: Final = 500
_LOCKED: Final = (
    FactsChanged,
    SlideAdded,
    SlideDescribed,
    SlideMatched,
    SlideRemoved,
    AnalysisAsked,
    ReportTextChanged,
    AuditDrawn,
)
"""What a signed report rests on, or would seem to."""
_ENDED: Final = "this analysis has ended; ask for another one"


def fold(events: Iterable[CaseEvent], state: CaseState | None = None) -> CaseState:
    """The case after these events. state: after those before them, None where there are none.

    The events are taken as they are: whether they make sense is asked by `check_next` before they
    are written. Raises ValueError where the first event opens no case.
    """
    for event in events:
        state = _after(event, state)
    if state is None:
        raise ValueError("a case without events")
    return state


def check_next(
    state: CaseState | None, event: CaseEvent, signing: SigningFacts | None = None
) -> None:
    """Raises UsageError where an event makes no sense after those before it.

    state: None before the first event. signing: needed for a signature. SignedCaseError where the
    report of the case stands and the event would change what it rests on.
    """
    if isinstance(event, CaseOpened):
        if state is not None:
            raise UsageError("this case is there already; open another one")
        return
    if state is None or state.is_deleted:
        raise UnknownCaseError("there is no such case, or it was deleted; look in the worklist")
    if isinstance(event, _LOCKED) and state.sign_out.is_locked:
        raise SignedCaseError(SIGNED)
    if isinstance(event, SignOutEvent):
        _check_sign_out(event, state, signing)
    else:
        _check(event, state)


def _after(event: CaseEvent, state: CaseState | None) -> CaseState:
    if isinstance(event, CaseOpened):
        stamp = event.stamp
        return CaseState(
            case_id=event.case_id,
            facts=event.facts,
            opened_at=stamp.at,
            opened_by_name=stamp.by_name,
            changed_at=stamp.at,
            version=1,
        )
    if state is None:
        raise ValueError("the first event of a case opens it")
    return replace(_changed(event, state), version=state.version + 1, changed_at=event.stamp.at)


@singledispatch
def _changed(event: CaseEvent, state: CaseState) -> CaseState:
    raise TypeError(f"{type(event).__name__} is no event of a case")


@_changed.register
def _(event: FactsChanged, state: CaseState) -> CaseState:
    return replace(state, facts=event.facts)


@_changed.register
def _(event: SlideAdded, state: CaseState) -> CaseState:
    slide = SlideState(
        slide_id=event.slide_id,
        name=event.name,
        form=event.form,
        files=event.files,
        scanner=event.scanner,
        stain=event.stain,
        added_at=event.stamp.at,
        added_by_name=event.stamp.by_name,
    )
    return replace(state, slides=(*state.slides, slide))


@_changed.register
def _(event: SlideDescribed, state: CaseState) -> CaseState:
    return _with_slide(
        state,
        event.slide_id,
        lambda one: replace(one, scanner=event.scanner, stain=event.stain),
    )


@_changed.register
def _(event: SlideMatched, state: CaseState) -> CaseState:
    match = LabelMatch(
        label=event.label,
        label_means=event.label_means,
        accession=event.accession,
        reason=event.reason,
        at=event.stamp.at,
        by_name=event.stamp.by_name,
    )
    return _with_slide(state, event.slide_id, lambda one: replace(one, match=match))


@_changed.register
def _(event: SlideRemoved, state: CaseState) -> CaseState:
    left = tuple(slide for slide in state.slides if slide.slide_id != event.slide_id)
    return replace(state, slides=left)


@_changed.register
def _(event: AnalysisAsked, state: CaseState) -> CaseState:
    analysis = AnalysisState(
        analysis_id=event.analysis_id,
        slide_ids=event.slide_ids,
        um_per_px=event.um_per_px,
        count_target=event.count_target,
        status=AnalysisStatus.WAITING,
        asked_at=event.stamp.at,
        asked_by_name=event.stamp.by_name,
    )
    return replace(state, analyses=(*state.analyses, analysis))


@_changed.register
def _(event: AnalysisStarted, state: CaseState) -> CaseState:
    return _with_analysis(
        state,
        event.analysis_id,
        lambda one: replace(one, status=AnalysisStatus.RUNNING, started_at=event.stamp.at),
    )


@_changed.register
def _(event: AnalysisFinished, state: CaseState) -> CaseState:
    return _with_analysis(
        state,
        event.analysis_id,
        lambda one: replace(
            one,
            status=AnalysisStatus.FINISHED,
            ended_at=event.stamp.at,
            digest=event.digest,
            summary=event.summary,
        ),
    )


@_changed.register
def _(event: AnalysisFailed, state: CaseState) -> CaseState:
    return _with_analysis(
        state,
        event.analysis_id,
        lambda one: replace(
            one, status=AnalysisStatus.FAILED, ended_at=event.stamp.at, message=event.message
        ),
    )


@_changed.register
def _(event: AnalysisCancelled, state: CaseState) -> CaseState:
    return _with_analysis(
        state,
        event.analysis_id,
        lambda one: replace(one, status=AnalysisStatus.CANCELLED, ended_at=event.stamp.at),
    )


@_changed.register
def _(event: CaseDeleted, state: CaseState) -> CaseState:
    return replace(state, is_deleted=True)


@_changed.register(ReportTextChanged)
@_changed.register(FindingAcknowledged)
@_changed.register(AuditDrawn)
@_changed.register(CriticalCallMade)
@_changed.register(ReaderTold)
@_changed.register(AncillaryRequested)
@_changed.register(AncillaryResulted)
@_changed.register(AncillaryDropped)
@_changed.register(ReportReopened)
@_changed.register(ReportSigned)
def _(event: SignOutEvent, state: CaseState) -> CaseState:
    return replace(state, sign_out=fold_sign_out([event], state.sign_out))


def _with_slide(
    state: CaseState, slide_id: UUID, change: Callable[[SlideState], SlideState]
) -> CaseState:
    slides = tuple(change(one) if one.slide_id == slide_id else one for one in state.slides)
    return replace(state, slides=slides)


def _with_analysis(
    state: CaseState, analysis_id: UUID, change: Callable[[AnalysisState], AnalysisState]
) -> CaseState:
    analyses = tuple(
        change(one) if one.analysis_id == analysis_id else one for one in state.analyses
    )
    return replace(state, analyses=analyses)


@singledispatch
def _check(event: CaseEvent, state: CaseState) -> None:
    """Nothing that the state of the case could forbid."""


@_check.register
def _(event: SlideAdded, state: CaseState) -> None:
    if state.slide(event.slide_id) is not None:
        raise UsageError("this slide is there already")
    if len(state.slides) >= MOST_SLIDES:
        raise UsageError(f"a case has at most {MOST_SLIDES} slides; open another case")
    if not event.files:
        raise UsageError("a slide has at least one file; add its files")
    if not any(file.n_bytes for file in event.files):
        raise UsageError("this slide is empty; give another one")


@_check.register
def _(event: SlideDescribed, state: CaseState) -> None:
    _check_slide(state, event.slide_id)


@_check.register
def _(event: SlideMatched, state: CaseState) -> None:
    _check_slide(state, event.slide_id)
    if event.accession != state.facts.accession:
        raise UsageError("the accession of the case was changed meanwhile; read the label again")
    checked_match(event.label, event.accession, event.reason)


@_check.register
def _(event: SlideRemoved, state: CaseState) -> None:
    _check_slide(state, event.slide_id)
    if state.open_analysis is not None:
        raise UsageError("the slides of this case are being analysed; cancel the analysis first")


@_check.register
def _(event: AnalysisAsked, state: CaseState) -> None:
    if not state.slides:
        raise UsageError("this case has no slide yet; add one first")
    if state.open_analysis is not None:
        raise UsageError("an analysis of this case waits or runs already; wait or cancel it")
    if state.analysis(event.analysis_id) is not None:
        raise UsageError("this analysis was asked for already")
    if event.slide_ids != tuple(slide.slide_id for slide in state.slides):
        raise UsageError("the slides of this case were changed meanwhile; ask again")
    if not 1 <= event.count_target <= MOST_TO_COUNT:
        raise UsageError(f"cells to count: not between 1 and {MOST_TO_COUNT}")
    low, high = LIMITS_UM_PER_PX
    if event.um_per_px is not None and not low <= event.um_per_px <= high:
        raise UsageError(f"scale: not between {low} and {high} µm per pixel")


@_check.register
def _(event: AnalysisStarted, state: CaseState) -> None:
    if _known(state, event.analysis_id).status is not AnalysisStatus.WAITING:
        raise UsageError("this analysis does not wait to be started")


@_check.register
def _(event: AnalysisFinished, state: CaseState) -> None:
    if _known(state, event.analysis_id).status is not AnalysisStatus.RUNNING:
        raise UsageError("this analysis does not run")


@_check.register(AnalysisFailed)
@_check.register(AnalysisCancelled)
def _(event: AnalysisFailed | AnalysisCancelled, state: CaseState) -> None:
    if not _known(state, event.analysis_id).is_open:
        raise UsageError(_ENDED)


@_check.register
def _(event: CaseDeleted, state: CaseState) -> None:
    if state.open_analysis is not None:
        raise UsageError("this case is being analysed; cancel the analysis first")
    if not event.reason.strip() or len(event.reason) > LONGEST_REASON:
        raise UsageError(f"say why, in at most {LONGEST_REASON} characters")


def _check_sign_out(event: SignOutEvent, state: CaseState, signing: SigningFacts | None) -> None:
    if isinstance(event, FindingAcknowledged | AuditDrawn | ReportSigned):
        analysis = _known(state, event.analysis_id)
        if analysis.status is not AnalysisStatus.FINISHED:
            raise UsageError("this analysis is not finished yet")
    check_sign_out_event(state.sign_out, event, signing)


def _check_slide(state: CaseState, slide_id: UUID) -> None:
    if state.slide(slide_id) is None:
        raise UnknownCaseError("there is no such slide in this case")


def _known(state: CaseState, analysis_id: UUID) -> AnalysisState:
    analysis = state.analysis(analysis_id)
    if analysis is None:
        raise UnknownCaseError("there is no such analysis of this case")
    return analysis
