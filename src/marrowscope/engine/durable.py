"""The durable part of a job: DBOS, with a database file of its own below the home folder.

The cases say which analyses are to be run; this file says how far they got, and may be lost.
A job that a killed server left is begun anew at the next start. One process a home has the engine.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final
from uuid import UUID

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from marrowscope.engine.running import Outcome, Runner, failed
from marrowscope.errors import EnvironmentProblemError, OutputError

FILE: Final = "jobs.sqlite"
HOLD: Final = "jobs.lock"
QUEUE: Final = "analyses"
VERSION: Final = "1"
"""Of the workflow's steps: only jobs of the same version are continued, others begin anew."""
MOST_RECOVERIES: Final = 2
"""A job that took the server down so often after its first run is not begun again."""
POLLED_EVERY_S: Final = 0.5
_OVER: Final = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
_TRIES_TO_NOTE: Final = 5
_BROKEN: Final[Mapping[str, Outcome]] = {
    "ERROR": failed("its result could not be written down; free some space and ask again"),
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": failed(
        "the server ended each time while this was analysed, perhaps for want of memory; set "
        "fewer threads, or check the slide, and ask again"
    ),
}
"""What is said of a job that ended so and left its analysis open."""
_OWNER_ONLY: Final = 0o600
_ENDS_WITHIN_S: Final = 30
"""A run ends at its next step; a region takes a second or two, opening a large slide more."""


class _Current:
    """The runner of this process: a workflow is called by DBOS, with nothing but ids."""

    lock: Final = Lock()
    runner: Runner | None = None


@DBOS.workflow(name="analyse_case", max_recovery_attempts=MOST_RECOVERIES)
def _analyse_case(case_id: str, analysis_id: str) -> str:
    outcome = DBOS.run_step({"name": "run"}, _run, case_id, analysis_id)
    DBOS.run_step({"name": "note"}, _note, case_id, analysis_id, outcome)
    return str(outcome["kind"])


def _run(case_id: str, analysis_id: str) -> dict[str, Any]:
    return dict(_runner().run(UUID(case_id), UUID(analysis_id)))


def _note(case_id: str, analysis_id: str, outcome: dict[str, Any]) -> None:
    _noted(_runner(), UUID(case_id), UUID(analysis_id), outcome)


def _noted(runner: Runner, case_id: UUID, analysis_id: UUID, outcome: Outcome) -> None:
    """A disk that is full or a database that is busy may be well a little later."""
    for n_tried in range(_TRIES_TO_NOTE):
        try:
            runner.note(case_id, analysis_id, outcome)
            return
        except OutputError as error:
            if n_tried == _TRIES_TO_NOTE - 1:
                runner.notice(error)
                raise
        time.sleep(2**n_tried / 4)


def _runner() -> Runner:
    if _Current.runner is None:
        raise RuntimeError("no engine runs in this process")
    return _Current.runner


@contextmanager
def engine_lock(home: Path) -> Iterator[bool]:
    """Whether this process may run the engine of a home; another one has it where not."""
    opened = os.open(home / HOLD, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = True
    except BlockingIOError:
        is_ours = False
    try:
        yield is_ours
    finally:
        os.close(opened)


@contextmanager
def launched(home: Path, runner: Runner) -> Iterator[None]:
    """Runs what is enqueued until the block ends; what a killed server left is begun anew."""
    if not _Current.lock.acquire(blocking=False):
        raise EnvironmentProblemError("this process serves another home already; start one more")
    try:
        _Current.runner = runner
        _launch(home / FILE)
        yield
    finally:
        runner.board.stop()
        # DBOS waits in whole seconds, also for nothing.
        n_seconds = _ENDS_WITHIN_S if runner.board.running() else 0
        DBOS.destroy(workflow_completion_timeout_sec=n_seconds)
        _Current.runner = None
        _Current.lock.release()


def enqueue(case_id: UUID, analysis_id: UUID, runner: Runner) -> None:
    """Sees to it that an open analysis is queued, runs, or has failed."""
    name, n = f"{analysis_id}.{VERSION}", 0
    while (status := DBOS.get_workflow_status(f"{name}.{n}")) is not None:
        if status.status not in _OVER:
            return
        if status.status in _BROKEN:
            runner.note(case_id, analysis_id, _BROKEN[status.status])
            return
        n += 1
    with SetWorkflowID(f"{name}.{n}"):
        DBOS.enqueue_workflow(QUEUE, _analyse_case, str(case_id), str(analysis_id))


def _launch(file: Path) -> None:
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
    config: DBOSConfig = {
        "name": "marrowscope",
        "system_database_url": f"sqlite:///{file.absolute()}",
        "application_version": VERSION,
        "executor_id": "local",
        "enable_otlp": False,
        "log_level": "CRITICAL",
        # Plain JSON: the default would run whatever code is pickled in the file.
        "serializer": DBOSPortableJSONSerializer(),
        "notification_listener_polling_interval_sec": 0.5,
        "scheduler_polling_interval_sec": 3600.0,
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        global_concurrency=1,
        worker_concurrency=1,
        polling_interval_sec=POLLED_EVERY_S,
        on_conflict="always_update",
    )
