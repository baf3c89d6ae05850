"""How far the running analyses are, and whether they are to end."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from marrowscope.engine.ports import JobProgress
from marrowscope.progress import EarlyCell

SOONEST_SAID: Final = 0.02
"""Share of a stage that must be done before anything is said of the time left."""
MOST_FIRST_CELLS: Final = 24
"""Cells of a run that are kept to be shown: enough to see stain and focus by. The first ones, so
that neither memory nor the pictures a page asks for grow with the run, and none moves on."""


class JobEndedError(Exception):
    """Nobody wants what this job does any more. is_cancelled: else the server is stopping."""

    def __init__(self, *, is_cancelled: bool) -> None:
        super().__init__("the job ends")
        self.is_cancelled = is_cancelled


class BoardProgress:
    """The progress of one run, to be read from any thread.

    Raises JobEndedError, in whichever thread of the run, once it is to end. now: seconds of a
    clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._began_s = self._stage_began_s = now()
        self._stage = ""
        self._total: int | None = None
        self._done = 0
        self._cells = 0
        self._first: dict[tuple[str, str, float, float], EarlyCell] = {}
        self._is_cancelled: bool | None = None

    def stage(self, name: str, total: int | None) -> None:
        """Another stage begins."""
        self._check()
        with self._lock:
            self._stage, self._total, self._done = name, total, 0
            self._stage_began_s = self._now()

    def advance(self, n: int, cells_found: int = 0) -> None:
        """Steps of the stage are done."""
        self._check()
        with self._lock:
            self._done += n
            self._cells += cells_found

    def found(self, cells: Sequence[EarlyCell]) -> None:
        """Keeps the first ones; a cell that comes again takes its own place."""
        self._check()
        with self._lock:
            for cell in cells:
                place = (cell.slide, cell.source, cell.x_px, cell.y_px)
                if place in self._first or len(self._first) < MOST_FIRST_CELLS:
                    self._first[place] = cell

    def notice(self, text: str) -> None:
        """Is in the result too, where a person reads it."""
        self._check()

    def end(self, *, is_cancelled: bool) -> None:
        """The run is to end at its next step."""
        with self._lock:
            self._is_cancelled = is_cancelled

    def now(self) -> JobProgress:
        """How far it is."""
        with self._lock:
            now_s = self._now()
            return JobProgress(
                stage=self._stage,
                done=self._done,
                total=self._total,
                cells_found=self._cells,
                seconds=now_s - self._began_s,
                seconds_left=self._seconds_left(now_s),
                first_cells=tuple(self._first.values()),
            )

    def _seconds_left(self, now_s: float) -> float | None:
        if not self._total or self._done < self._total * SOONEST_SAID:
            return None
        return (now_s - self._stage_began_s) * max(0, self._total - self._done) / self._done

    def _check(self) -> None:
        is_cancelled = self._is_cancelled
        if is_cancelled is not None:
            raise JobEndedError(is_cancelled=is_cancelled)


class JobBoard:
    """The runs of this process by analysis."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[UUID, BoardProgress] = {}
        self._is_stopping = False

    def begin(self, analysis_id: UUID) -> BoardProgress:
        """A new run; one that is to end at once where the server is stopping."""
        progress = BoardProgress()
        with self._lock:
            self._running[analysis_id] = progress
            if self._is_stopping:
                progress.end(is_cancelled=False)
        return progress

    def ended(self, analysis_id: UUID) -> None:
        """The run is over."""
        with self._lock:
            self._running.pop(analysis_id, None)

    def progress(self, analysis_id: UUID) -> JobProgress | None:
        """None where there is no such run."""
        with self._lock:
            running = self._running.get(analysis_id)
        return None if running is None else running.now()

    def cancel(self, analysis_id: UUID) -> None:
        """Ends a run, if there is such a one."""
        with self._lock:
            if analysis_id in self._running:
                self._running[analysis_id].end(is_cancelled=True)

    def running(self) -> tuple[UUID, ...]:
        """Analyses that run."""
        with self._lock:
            return tuple(self._running)

    def stop(self) -> None:
        """Ends all runs and every later one."""
        with self._lock:
            self._is_stopping = True
            for progress in self._running.values():
                progress.end(is_cancelled=False)
