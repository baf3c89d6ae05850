"""Jobs that do what a test says, when it says so, and leave results as an analysis does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from fakes.made_result import made_files
from marrowscope.accounts.account import Account
from marrowscope.cases.events import (
    AnalysisAsked,
    AnalysisCancelled,
    AnalysisFailed,
    AnalysisFinished,
    AnalysisStarted,
)
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.progress import EarlyCell
from marrowscope.store.case_events import CaseRecords
from marrowscope.store.case_files import CaseFiles

SUMMARY: Mapping[str, Any] = {
    "differential": [{"category": "blasts", "n": 107, "percent": 21.4}],
    "me": {"formula": "ICSH 2008", "value": 3.0, "low": 2.39, "high": 3.76},
    "counts": {
        "found": 812,
        "counted": 500,
        "abstained": 12,
        "removed": 3,
        "area_mm2": 0.61,
        "scale_is_estimated": False,
    },
    "findings": [
        {"rule_id": "low", "state": "not met", "critical": False, "sentence": "Not so."},
        {"rule_id": "near", "state": "near", "critical": False, "sentence": "Perhaps."},
        {"rule_id": "apl", "state": "met", "critical": True, "sentence": "Look at once."},
    ],
    "not_assessed": [{"what": "iron", "why": "not stained for"}],
}
FILES: Mapping[str, bytes] = {
    "report.html": b"<!doctype html><style>h1{color:red}</style><h1>Bone marrow aspirate</h1>",
    **made_files(),
    "cells.geojson": b'{"type": "FeatureCollection", "features": []}\n',
}
COUNT_TARGET = 500


@dataclass(frozen=True)
class FakeProgress:
    stage: str = "finding cells"
    done: int = 3
    total: int | None = 12
    cells_found: int = 140
    seconds: float = 4.5
    seconds_left: float | None = 13.5
    first_cells: tuple[EarlyCell, ...] = ()


@dataclass
class FakeJobs:
    """Nothing runs: `start`, `finish` and `fail` are called by the test."""

    records: CaseRecords
    files: CaseFiles
    running: dict[UUID, FakeProgress] = field(default_factory=dict)

    def ask(
        self,
        case_id: UUID,
        *,
        by: Account | None,
        um_per_px: float | None = None,
        count_target: int | None = None,
    ) -> UUID:
        case = self.records.case(case_id)
        if case is None:
            raise UnknownCaseError("there is no such case")
        analysis_id = uuid4()
        asked = AnalysisAsked(
            self.records.stamp(by),
            analysis_id,
            tuple(slide.slide_id for slide in case.slides),
            um_per_px,
            COUNT_TARGET if count_target is None else count_target,
        )
        self.records.append(case_id, None, [asked], act="analysis_asked")
        return analysis_id

    def cancel(self, case_id: UUID, analysis_id: UUID, *, by: Account | None) -> None:
        cancelled = AnalysisCancelled(self.records.stamp(by), analysis_id)
        self.records.append(case_id, None, [cancelled], act="analysis_cancelled")
        self.running.pop(analysis_id, None)

    def progress(self, analysis_id: UUID) -> FakeProgress | None:
        return self.running.get(analysis_id)

    def start(self, case_id: UUID, analysis_id: UUID) -> None:
        started = AnalysisStarted(self.records.stamp(None), analysis_id)
        self.records.append(case_id, None, [started], act="analysis_started")
        self.running[analysis_id] = FakeProgress()

    def finish(
        self, case_id: UUID, analysis_id: UUID, summary: Mapping[str, Any] = SUMMARY
    ) -> None:
        folder = self.files.analysis_folder(case_id, analysis_id)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in FILES.items():
            (folder / name).write_bytes(content)
        done = AnalysisFinished(self.records.stamp(None), analysis_id, "d" * 64, summary)
        self.records.append(case_id, None, [done], act="analysis_finished")
        self.running.pop(analysis_id, None)

    def fail(self, case_id: UUID, analysis_id: UUID, message: str) -> None:
        failed = AnalysisFailed(self.records.stamp(None), analysis_id, message)
        self.records.append(case_id, None, [failed], act="analysis_failed")
        self.running.pop(analysis_id, None)
