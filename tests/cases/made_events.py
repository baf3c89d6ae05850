"""Events and whole cases, made without a database."""

from datetime import UTC, datetime, timedelta
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
    SlideFile,
    SlideForm,
    SlideRemoved,
    Stamp,
)
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.fold import fold
from marrowscope.cases.state import CaseState

START = datetime(2025, 6, 1, 8, tzinfo=UTC)
FILE = SlideFile("smear.svs", 1000, "0" * 64)


def uid(n: int) -> UUID:
    return UUID(int=n)


def stamp(n: int = 0) -> Stamp:
    return Stamp(uid(1000 + n), START + timedelta(minutes=n), None, "somebody")


def opened(facts: CaseFacts | None = None, n: int = 1) -> CaseOpened:
    return CaseOpened(stamp(n), uid(n), facts or CaseFacts())


def slide(n: int = 1, name: str = "smear") -> SlideAdded:
    return SlideAdded(stamp(), uid(n), name, SlideForm.FILE, (FILE,))


def asked(n: int = 1, slides: tuple[int, ...] = (1,), **other) -> AnalysisAsked:
    given = {"um_per_px": None, "count_target": 500} | other
    return AnalysisAsked(stamp(), uid(n), tuple(map(uid, slides)), **given)


def started(n: int = 1) -> AnalysisStarted:
    return AnalysisStarted(stamp(), uid(n))


def finished(n: int = 1) -> AnalysisFinished:
    return AnalysisFinished(stamp(), uid(n), "d" * 64, {"counts": {"found": 3}})


def failed(n: int = 1) -> AnalysisFailed:
    return AnalysisFailed(stamp(), uid(n), "the slide is empty; scan it again")


def cancelled(n: int = 1) -> AnalysisCancelled:
    return AnalysisCancelled(stamp(), uid(n))


def removed(n: int = 1) -> SlideRemoved:
    return SlideRemoved(stamp(), uid(n))


def changed(facts: CaseFacts) -> FactsChanged:
    return FactsChanged(stamp(), facts)


def deleted(reason: str = "a duplicate") -> CaseDeleted:
    return CaseDeleted(stamp(), reason)


def case(*events: CaseEvent, facts: CaseFacts | None = None, n: int = 1) -> CaseState:
    return fold([opened(facts, n), *events])
