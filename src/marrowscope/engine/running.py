"""Runs one analysis of a case and writes down what came of it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from marrowscope.cases.events import AnalysisFailed, AnalysisFinished, AnalysisStarted
from marrowscope.cases.state import AnalysisState, AnalysisStatus, CaseState
from marrowscope.engine.board import BoardProgress, JobBoard, JobEndedError
from marrowscope.engine.ports import Analyse, AnalysisOrder, CaseFolders, CaseLog, Notice
from marrowscope.errors import MarrowscopeError, UsageError

FINISHED: Final = "finished"
FAILED: Final = "failed"
ENDED: Final = "ended"
"""Nobody wants the result any more, or the server stops and the analysis begins anew later."""
LONGEST_MESSAGE: Final = 500
_NO_MEMORY: Final = "not enough memory for this analysis; set fewer threads or use another machine"

Outcome = Mapping[str, Any]
"""`kind`, one of the above, with `digest` and `summary`, or `message`. Plain JSON."""


def failed(message: str) -> Outcome:
    """message: one line that says what to do."""
    return {"kind": FAILED, "message": " ".join(message.split())[:LONGEST_MESSAGE]}


@dataclass(frozen=True, slots=True)
class Runner:
    """What runs analyses; see `assembly_cases` for what it is made of."""

    log: CaseLog
    folders: CaseFolders
    analyse: Analyse
    notice: Notice
    board: JobBoard = field(default_factory=JobBoard)

    def run(self, case_id: UUID, analysis_id: UUID) -> Outcome:
        """Runs it into its folder, whatever an earlier run that was cut off has left there."""
        progress = self.board.begin(analysis_id)
        try:
            case = self._begun(case_id, analysis_id)
            analysis = None if case is None else case.analysis(analysis_id)
            if case is None or analysis is None:
                return {"kind": ENDED}
            self.folders.remove_analysis(case_id, analysis_id)
            summary = self._analysed(case, analysis, progress)
            digest = self.folders.digest_of(case_id, analysis_id)
            return {"kind": FINISHED, "digest": digest, "summary": dict(summary)}
        except JobEndedError:
            return {"kind": ENDED}
        except MarrowscopeError as error:
            return failed(str(error))
        except MemoryError:
            return failed(_NO_MEMORY)
        except Exception as error:  # noqa: BLE001 - a worker ends here
            self.notice(error)
            return failed(
                f"this is a bug in Marrowscope ({type(error).__name__}); please report it"
            )
        finally:
            self.board.ended(analysis_id)

    def note(self, case_id: UUID, analysis_id: UUID, outcome: Outcome) -> None:
        """Writes an outcome down, once; results that nobody wants any more go.

        Raises OutputError where the database cannot be used.
        """
        if self._open_state(case_id, analysis_id) is not None:
            # Refused where it was cancelled between the question and the answer.
            with suppress(UsageError):
                self._append(case_id, analysis_id, outcome)
        case = self.log.case(case_id)
        analysis = None if case is None else case.analysis(analysis_id)
        if analysis is None or analysis.status is not AnalysisStatus.FINISHED:
            self.folders.remove_analysis(case_id, analysis_id)
        if case is None or case.is_deleted:
            self.folders.remove_case(case_id)

    def _append(self, case_id: UUID, analysis_id: UUID, outcome: Outcome) -> None:
        stamp = self.log.machine_stamp()
        kind = outcome["kind"]
        details = {"analysis_id": str(analysis_id)}
        if kind == FINISHED:
            done = AnalysisFinished(stamp, analysis_id, outcome["digest"], outcome["summary"])
            details["digest"] = done.digest
            self.log.append(case_id, None, [done], act="analysis_finished", details=details)
        elif kind == FAILED:
            broken = AnalysisFailed(stamp, analysis_id, outcome["message"])
            self.log.append(case_id, None, [broken], act="analysis_failed", details=details)

    def _begun(self, case_id: UUID, analysis_id: UUID) -> CaseState | None:
        """The case with this analysis running; None where it was cancelled before."""
        state = self._open_state(case_id, analysis_id)
        if state is None or state.open_analysis is None:
            return None
        if state.open_analysis.status is AnalysisStatus.RUNNING:
            return state
        event = AnalysisStarted(self.log.machine_stamp(), analysis_id)
        details = {"analysis_id": str(analysis_id)}
        try:
            return self.log.append(case_id, None, [event], act="analysis_started", details=details)
        except UsageError:
            return None

    def _open_state(self, case_id: UUID, analysis_id: UUID) -> CaseState | None:
        case = self.log.case(case_id)
        if case is None or case.is_deleted or case.open_analysis is None:
            return None
        return case if case.open_analysis.analysis_id == analysis_id else None

    def _analysed(
        self, case: CaseState, analysis: AnalysisState, progress: BoardProgress
    ) -> Mapping[str, Any]:
        out = self.folders.analysis_folder(case.case_id, analysis.analysis_id)
        self.folders.make_folder(out)
        slides = [slide for slide in case.slides if slide.slide_id in analysis.slide_ids]
        with self.folders.inputs(case, analysis.analysis_id) as inputs:
            order = AnalysisOrder(
                inputs=inputs,
                out=out,
                um_per_px=analysis.um_per_px,
                count_target=analysis.count_target,
                purpose=case.facts.purpose,
                scanner=_same(slide.scanner for slide in slides),
                stain=_same(slide.stain for slide in slides),
            )
            return self.analyse(order, progress)


def _same(texts: Iterable[str]) -> str:
    """What all say; "" where they differ."""
    said = set(texts)
    return said.pop() if len(said) == 1 else ""
