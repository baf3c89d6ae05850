"""Asks for analyses and cancels them, whether or not an engine runs in this process."""

from collections.abc import Callable
from uuid import UUID, uuid4

from marrowscope.accounts.account import Account
from marrowscope.cases.events import AnalysisAsked, AnalysisCancelled
from marrowscope.cases.facts import Purpose
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.engine.board import JobBoard
from marrowscope.engine.ports import CaseLog, JobProgress


class AskedJobs:
    """The jobs of a home folder. What is asked for here is run by the server that has its engine.

    count_target: cells to count where nobody says. check: raises UsageError where no case of a
    purpose can be analysed here.
    """

    def __init__(
        self,
        log: CaseLog,
        count_target: int,
        board: JobBoard | None = None,
        check: Callable[[Purpose], None] = lambda _purpose: None,
    ) -> None:
        self._log = log
        self._count_target = count_target
        self._check = check
        self._board = board or JobBoard()

    def ask(
        self,
        case_id: UUID,
        *,
        by: Account | None,
        um_per_px: float | None = None,
        count_target: int | None = None,
    ) -> UUID:
        """Asks for an analysis of all slides of a case; its id."""
        case = self._log.case(case_id)
        if case is None:
            raise UnknownCaseError("there is no such case; look in the worklist")
        self._check(case.facts.purpose)
        event = AnalysisAsked(
            stamp=self._log.stamp(by),
            analysis_id=uuid4(),
            slide_ids=tuple(slide.slide_id for slide in case.slides),
            um_per_px=um_per_px,
            count_target=self._count_target if count_target is None else count_target,
        )
        details = {"analysis_id": str(event.analysis_id)}
        self._log.append(case_id, None, [event], act="analysis_asked", details=details)
        return event.analysis_id

    def cancel(self, case_id: UUID, analysis_id: UUID, *, by: Account | None) -> None:
        """Ends one that waits or runs."""
        event = AnalysisCancelled(self._log.stamp(by), analysis_id)
        details = {"analysis_id": str(analysis_id)}
        self._log.append(case_id, None, [event], act="analysis_cancelled", details=details)
        self._board.cancel(analysis_id)

    def progress(self, analysis_id: UUID) -> JobProgress | None:
        """None where it does not run in this process."""
        return self._board.progress(analysis_id)
