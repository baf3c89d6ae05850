"""A server that is killed in the middle of an analysis, on a real slide with the shipped models."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.made_home import case_now, cases_of, ended, until
from marrowscope.cases.events import SlideForm
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.state import AnalysisStatus, CaseStatus
from marrowscope.engine.asking import AskedJobs
from marrowscope.engine.durable import MOST_RECOVERIES
from marrowscope.phantom import write_phantom
from marrowscope.store.case_parts import CaseParts

SIDE_PX = 2000
COUNT = 30
SERVER = """
import sys, threading, time
from datetime import UTC, datetime
from pathlib import Path
from marrowscope.assembly_cases import analysing, running_jobs_of
from marrowscope.settings import load_settings
from marrowscope.store.case_parts import case_parts
from marrowscope.store.database import open_database
from marrowscope import assembly_cases

home, hangs = Path(sys.argv[1]), sys.argv[2] == "hangs"
settings = load_settings(home=home, threads=1)

def at_stage(name):
    if hangs and name == "finding cells":
        print("within", flush=True)
        time.sleep(600)

def watched(settings):
    analyse = analysing(settings)
    def run(order, progress):
        tell = progress.stage
        def stage(name, total):
            tell(name, total)
            at_stage(name)
        progress.stage = stage
        return analyse(order, progress)
    return run

assembly_cases.analysing = watched
parts = case_parts(open_database(home), lambda: datetime.now(UTC))
with running_jobs_of(home, parts, settings, lambda error: print(repr(error), flush=True)):
    print("ready", flush=True)
    sys.stdin.read()
"""


@contextmanager
def server(home: Path, how: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", SERVER, str(home), how]
    environment = os.environ | {"MARROWSCOPE_HOME": str(home)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def killed_within(home: Path) -> None:
    with server(home, "hangs") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "within\n"
        process.send_signal(signal.SIGKILL)


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("phantom") / "smear.tif"
    write_phantom(path, width_px=SIDE_PX, height_px=SIDE_PX, seed=3)
    return path


def asked(parts: CaseParts, slide: Path) -> tuple:
    case = parts.records.open_case(CaseFacts(), by=None)
    parts.slides.add_copied(case.case_id, "smear", SlideForm.FILE, [slide], by=None)
    return case.case_id, AskedJobs(parts.records, COUNT).ask(case.case_id, by=None)


def test_its_analysis_is_finished_after_the_restart_to_the_same_bytes(
    tmp_path: Path, slide: Path
) -> None:
    with cases_of(tmp_path) as parts:
        case_id, analysis_id = asked(parts, slide)
        killed_within(tmp_path)
        assert case_now(parts, case_id).status is CaseStatus.RUNNING
        # What a killed run may have left behind is not part of the result.
        left = parts.files.analysis_folder(case_id, analysis_id) / "geojson"
        left.mkdir(parents=True)
        (left / "old.geojson").write_text("{}")
        with server(tmp_path, "runs") as process:
            result = ended(parts, case_id)
            assert result.status is AnalysisStatus.FINISHED, result.message
            undisturbed, _ = asked(parts, slide)
            again = ended(parts, undisturbed)
            assert again.status is AnalysisStatus.FINISHED
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(60) == 0
        assert result.digest == again.digest
        assert result.summary == again.summary
        assert parts.files.result(case_id, analysis_id, "report.html") is not None
        assert not list(parts.files.case_folder(case_id).glob(".input*"))


def test_a_slide_that_takes_the_server_down_each_time_is_given_up(
    tmp_path: Path, slide: Path
) -> None:
    with cases_of(tmp_path) as parts:
        case_id, _ = asked(parts, slide)
        for _ in range(MOST_RECOVERIES + 1):
            killed_within(tmp_path)
        with server(tmp_path, "hangs"):
            result = ended(parts, case_id)
        assert result.status is AnalysisStatus.FAILED
        assert "the server ended each time" in result.message


def test_two_servers_of_one_home_run_an_analysis_once(tmp_path: Path, slide: Path) -> None:
    with cases_of(tmp_path) as parts, server(tmp_path, "hangs") as first:
        until((tmp_path / "jobs.sqlite").exists)
        with server(tmp_path, "runs"):
            case_id, _ = asked(parts, slide)
            assert first.stdout is not None
            assert first.stdout.readline() == "within\n"
            first.send_signal(signal.SIGKILL)
            first.wait()
            assert ended(parts, case_id).status is AnalysisStatus.FINISHED
