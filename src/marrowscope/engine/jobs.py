"""The engine: keeps watch for analyses that were asked for and has them run, one at a time."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from marrowscope.cases.facts import Purpose
from marrowscope.engine.asking import AskedJobs
from marrowscope.engine.board import JobBoard, JobEndedError
from marrowscope.engine.demo_case import DemoCase
from marrowscope.engine.durable import engine_lock, enqueue, launched
from marrowscope.engine.ports import (
    Analyse,
    CaseFolders,
    CaseLog,
    Jobs,
    Notice,
    UploadSweeper,
)
from marrowscope.engine.running import Runner
from marrowscope.engine.watched_folder import WatchedFolder, watching

WATCHED_EVERY_S: Final = 1.0
SWEPT_EVERY_S: Final = 3600.0
_STOPS_WITHIN_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class EngineParts:
    """What the engine works with. count_target: where nobody says.

    check: see `AskedJobs`. demo: None makes no demo case. watched: None watches no folder.
    is_set_up: whether there is anybody who could see a case. load_ahead: called once before the
    first analysis, to load what it would have to wait for.
    """

    log: CaseLog
    folders: CaseFolders
    uploads: UploadSweeper
    analyse: Analyse
    count_target: int
    notice: Notice
    check: Callable[[Purpose], None] = lambda _purpose: None
    demo: DemoCase | None = None
    watched: WatchedFolder | None = None
    is_set_up: Callable[[], bool] = lambda: True
    load_ahead: Callable[[], object] = lambda: None


@contextmanager
def running_jobs(home: Path, parts: EngineParts) -> Iterator[Jobs]:
    """The jobs of a home, run in the background until the block ends.

    Where another process runs them, this one only asks, and takes over when that one ends. What
    runs at the end begins anew at the next start.
    """
    board = JobBoard()
    jobs = AskedJobs(parts.log, parts.count_target, board, parts.check)
    stop = threading.Event()
    runner = Runner(parts.log, parts.folders, parts.analyse, parts.notice, board)
    watch = _Watch(home, parts, jobs, runner, stop)
    thread = threading.Thread(target=watch.keep, name="marrowscope-engine", daemon=True)
    thread.start()
    try:
        yield jobs
    finally:
        stop.set()
        board.stop()
        thread.join(_STOPS_WITHIN_S)


@dataclass(slots=True)
class _Watch:
    """A thread's work. What goes wrong in it is told, and tried again later."""

    home: Path
    parts: EngineParts
    jobs: Jobs
    runner: Runner
    stop: threading.Event
    is_demo_done: bool = False
    next_sweep_s: float = 0.0
    watched_s: float = 0.0
    told: str = ""

    def keep(self) -> None:
        """Until told to stop."""
        while not self.stop.is_set():
            with self._told(), engine_lock(self.home) as is_ours:
                if is_ours:
                    self._run_engine()
            self.stop.wait(WATCHED_EVERY_S)

    def _run_engine(self) -> None:
        parts = self.parts
        with (
            launched(self.home, self.runner),
            watching(parts.watched, self.jobs, parts.notice, time.monotonic),
        ):
            with self._told():
                parts.load_ahead()
            while not self.stop.is_set():
                with self._told():
                    self._look()
                self.stop.wait(WATCHED_EVERY_S)
                self.watched_s += WATCHED_EVERY_S

    def _look(self) -> None:
        waiting = self.parts.log.open_analyses()
        open_ids = {analysis_id for _, analysis_id in waiting}
        for analysis_id in self.runner.board.running():
            # Cancelled by another process.
            if analysis_id not in open_ids:
                self.runner.board.cancel(analysis_id)
        for case_id, analysis_id in waiting:
            enqueue(case_id, analysis_id, self.runner)
        if self.watched_s >= self.next_sweep_s:
            self.next_sweep_s = self.watched_s + SWEPT_EVERY_S
            self.parts.uploads.sweep()
            self.parts.folders.sweep(self.parts.log.case)
        self._make_demo()

    def _make_demo(self) -> None:
        demo = self.parts.demo
        if demo is None or self.is_demo_done or not self.parts.is_set_up():
            return
        # Only once: what fails now, such as a full disk, would fail again each second.
        self.is_demo_done = True
        drawing = uuid4()
        progress = self.runner.board.begin(drawing)
        try:
            demo.make(self.jobs, self.home, progress)
        except JobEndedError:
            return
        finally:
            self.runner.board.ended(drawing)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The same trouble is told once, not every second."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a worker's round ends here
            said = f"{type(error).__name__}: {error}"
            if said != self.told:
                self.told = said
                self.parts.notice(error)
