"""Kills the server at random points, again and again, and looks for what was lost.

Usage: python benchmarks/kills.py [--kills N] [--seed N] [--out FILE]
Half of the kills come while cells are being named: whatever was acknowledged has to be there after
the restart, once. The other half come while an analysis of a drawn smear runs: it has to end with
the bytes of one that nobody disturbed. The tests do the same a few times.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from engine.made_home import cases_of
from engine.test_killed_server import asked, server
from marrowscope.cases.state import AnalysisState, AnalysisStatus
from marrowscope.engine.durable import MOST_RECOVERIES
from marrowscope.phantom import write_phantom
from marrowscope.store.case_parts import CaseParts
from web.test_killed_review import made_case, review_survives

SEED = 20261201
SIDE_PX = 2000
SMEAR_SEED = 3
LONGEST_S = 300.0


def reviews_killed(kills: int, rng: random.Random, work: Path) -> int:
    """How many namings were acknowledged. Raises AssertionError where one was lost."""
    home, path = made_case(work)
    return review_survives(home, path, rng, kills)


def analyses_killed(kills: int, rng: random.Random, work: Path) -> dict[str, object]:
    """Raises SystemExit where a result differs from that of an analysis left alone."""
    slide = work / "smear.tif"
    write_phantom(slide, width_px=SIDE_PX, height_px=SIDE_PX, seed=SMEAR_SEED)
    home = work / "home"
    with cases_of(home) as parts:
        began = time.perf_counter()
        alone = finished(parts, home, slide, ())
        seconds = time.perf_counter() - began
        left, n_analyses = kills, 0
        while left > 0:
            # No more for one analysis: a server gives up on a job that takes it down each time.
            now = min(left, rng.randint(1, MOST_RECOVERIES))
            waits = [rng.uniform(0.2, seconds) for _ in range(now)]
            again = finished(parts, home, slide, waits)
            left -= now
            n_analyses += 1
            if (again.digest, again.summary) != (alone.digest, alone.summary):
                raise SystemExit(f"after kills at {waits} s the result is another one")
    return {"kills": kills, "analyses": n_analyses, "seconds_alone": round(seconds, 1)}


def finished(
    parts: CaseParts, home: Path, slide: Path, waits_s: "tuple[float, ...] | list[float]"
) -> AnalysisState:
    """An analysis whose server is killed so long after each start."""
    case_id, analysis_id = asked(parts, slide)
    for wait_s in waits_s:
        with server(home, "runs") as process:
            time.sleep(wait_s)
            process.send_signal(signal.SIGKILL)
    with server(home, "runs") as process:
        ends = time.monotonic() + LONGEST_S
        while True:
            case = parts.records.case(case_id)
            analysis = None if case is None else case.analysis(analysis_id)
            if analysis is None or time.monotonic() > ends:
                raise SystemExit("an analysis was lost or never ended")
            if analysis.status is AnalysisStatus.FINISHED:
                break
            if analysis.status is AnalysisStatus.FAILED:
                raise SystemExit(f"an analysis failed: {analysis.message}")
            time.sleep(0.1)
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
    return analysis


def measured(kills: int, seed: int, work: Path) -> dict[str, object]:
    rng = random.Random(seed)
    reviews, analyses = work / "reviews", work / "analyses"
    for folder in (reviews, analyses):
        folder.mkdir()
    n_named = reviews_killed(kills // 2, rng, reviews)
    return {
        "cores": os.cpu_count(),
        "seed": seed,
        "naming": {"kills": kills // 2, "acknowledged": n_named, "lost": 0},
        "analysing": {**analyses_killed(kills - kills // 2, rng, analyses), "other_results": 0},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(measured(given.kills, given.seed, Path(folder)), indent=2)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
