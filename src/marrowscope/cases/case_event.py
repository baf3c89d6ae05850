"""Everything that can happen to a case."""

from typing import TypeAlias

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
from marrowscope.cases.sign_out_events import SignOutEvent

CaseEvent: TypeAlias = (
    CaseOpened
    | FactsChanged
    | SlideAdded
    | SlideDescribed
    | SlideMatched
    | SlideRemoved
    | AnalysisAsked
    | AnalysisStarted
    | AnalysisFinished
    | AnalysisFailed
    | AnalysisCancelled
    | CaseDeleted
    | SignOutEvent
)
