"""A finished analysis that somebody may see, for routes; and that they looked is written down."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from marrowscope.cases.state import AnalysisState, CaseState
from marrowscope.web.case_access import analysis_of, case_for, check_finished
from marrowscope.web.parts import Audit, Cases, LookedAt
from marrowscope.web.session_dependency import CaseReader
from marrowscope.web.session_gate import SignedIn


@dataclass(frozen=True, slots=True)
class ReadAnalysis:
    """Who looks, and at what."""

    reader: SignedIn
    case: CaseState
    analysis: AnalysisState

    @property
    def ids(self) -> tuple[UUID, UUID]:
        """Of the case and the analysis."""
        return self.case.case_id, self.analysis.analysis_id


def _finished(case_id: UUID, analysis_id: UUID, reader: CaseReader, cases: Cases) -> ReadAnalysis:
    """Raises UnknownCaseError where it is not there, not for them, or not finished."""
    case = case_for(reader, cases, case_id)
    analysis = analysis_of(case, analysis_id)
    check_finished(analysis)
    return ReadAnalysis(reader, case, analysis)


Finished = Annotated[ReadAnalysis, Depends(_finished)]
"""Who takes it writes down itself that it was read."""


def record_reading(read: ReadAnalysis, audit: Audit, looked_at: LookedAt) -> None:
    """Writes an audit entry: its cells were read."""
    case_id, analysis_id = read.ids
    details = {"what": "cells", "analysis_id": str(analysis_id)}
    audit.append("case_read", by=read.reader.account, about=str(case_id), details=details)
    looked_at.add(read.reader.session.token_sha256, [analysis_id])


def _looked_at(read: Finished, audit: Audit, looked_at: LookedAt) -> ReadAnalysis:
    """Audited once a session: a page that shows cells asks for each of them."""
    if looked_at.not_yet(read.reader.session.token_sha256, [read.analysis.analysis_id]):
        record_reading(read, audit, looked_at)
    return read


Read = Annotated[ReadAnalysis, Depends(_looked_at)]
"""With the audit entry."""
