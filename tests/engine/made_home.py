"""A home folder with a case whose slides are nothing but names, and analyses that read none."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from marrowscope.cases.events import SlideForm
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.state import AnalysisState, CaseState
from marrowscope.engine.demo_case import DemoCase
from marrowscope.engine.jobs import EngineParts, running_jobs
from marrowscope.engine.ports import AnalysisOrder, Draw, Jobs
from marrowscope.engine.watched_folder import WatchedFolder
from marrowscope.progress import Progress
from marrowscope.store.case_parts import CaseParts, case_parts
from marrowscope.store.database import open_database

SECONDS = 60.0


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def cases_of(home: Path) -> Iterator[CaseParts]:
    engine = open_database(home)
    try:
        yield case_parts(engine, now)
    finally:
        engine.dispose()


def case_with_slide(parts: CaseParts, name: str = "smear", data: bytes = b"a slide") -> UUID:
    case = parts.records.open_case(CaseFacts(accession=name), by=None)
    folder = parts.files.case_folder(case.case_id).parent.parent / "incoming"
    folder.mkdir(exist_ok=True)
    source = folder / f"{name}.svs"
    source.write_bytes(data)
    parts.slides.add_copied(case.case_id, name, SlideForm.FILE, [source], by=None)
    return case.case_id


@dataclass
class Reading:
    """An analysis that takes its steps when it is let; each run is noted in `orders`."""

    n_steps: int = 3
    may_go_on: threading.Event = field(default_factory=threading.Event)
    is_within: threading.Event = field(default_factory=threading.Event)
    orders: list[AnalysisOrder] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    raised: Exception | None = None

    def __call__(self, order: AnalysisOrder, progress: Progress) -> Mapping[str, Any]:
        self.orders.append(order)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            progress.stage("opening", None)
            if self.raised is not None:
                raise self.raised
            progress.stage("finding cells", self.n_steps)
            for _ in range(self.n_steps):
                self.is_within.set()
                while not self.may_go_on.wait(0.05):
                    progress.advance(0)
                progress.advance(1, 10)
            names = [path.name for path in order.inputs]
            (order.out / "report.html").write_text("a report", encoding="utf-8")
            (order.out / "analysis.json").write_text(json.dumps(names), encoding="utf-8")
            return {"counts": {"found": 10 * self.n_steps}, "slides": names}
        finally:
            self.at_once -= 1


@dataclass
class Engine:
    parts: CaseParts
    jobs: Jobs
    told: list[Exception]


@contextmanager
def engine_of(
    home: Path,
    analyse: Callable[[AnalysisOrder, Progress], Mapping[str, Any]],
    *,
    draw: Draw | None = None,
    is_set_up: Callable[[], bool] = lambda: True,
    watched: Callable[[CaseParts], WatchedFolder] | None = None,
    load_ahead: Callable[[], object] = lambda: None,
) -> Iterator[Engine]:
    told: list[Exception] = []
    with cases_of(home) as parts:
        made = EngineParts(
            log=parts.records,
            folders=parts.files,
            uploads=parts.uploads,
            analyse=analyse,
            count_target=500,
            notice=told.append,
            demo=None if draw is None else DemoCase(parts.records, parts.slides, draw),
            is_set_up=is_set_up,
            watched=None if watched is None else watched(parts),
            load_ahead=load_ahead,
        )
        with running_jobs(home, made) as jobs:
            yield Engine(parts, jobs, told)


def until(true: Callable[[], object], seconds: float = SECONDS) -> None:
    end = monotonic() + seconds
    while not true():
        assert monotonic() < end, "it did not come true in time"
        sleep(0.02)


def case_now(parts: CaseParts, case_id: UUID) -> CaseState:
    case = parts.records.case(case_id)
    assert case is not None
    return case


def ended(parts: CaseParts, case_id: UUID) -> AnalysisState:
    """The newest analysis of a case once it has ended."""
    until(lambda: case_now(parts, case_id).open_analysis is None)
    return case_now(parts, case_id).analyses[-1]
