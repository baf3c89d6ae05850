"""One measured analysis in a process of its own; prints one JSON line.

Usage: python benchmarks/once.py THREADS COUNT OUT INPUT...
"""

import json
import sys
import time
from pathlib import Path

started = time.perf_counter()

from peak_memory import peak_memory_mib  # noqa: E402 - as below

from marrowscope.assembly import run_analysis  # noqa: E402 - imports are part of what is measured
from marrowscope.settings import AnalyzeOptions, load_settings  # noqa: E402


class Stopwatch:
    """A Progress that notes when each stage began."""

    def __init__(self) -> None:
        self.began: list[tuple[str, float]] = [("start-up", started)]

    def stage(self, name: str, total: int | None) -> None:
        self.began.append((name, time.perf_counter()))

    def advance(self, n: int, cells_found: int = 0) -> None:
        pass

    def notice(self, text: str) -> None:
        pass

    def seconds(self) -> dict[str, float]:
        ends = [*(at for _, at in self.began[1:]), time.perf_counter()]
        stages = zip(self.began, ends, strict=True)
        return {name: round(end - begin, 3) for (name, begin), end in stages}


def main() -> None:
    threads, count, out, *inputs = sys.argv[1:]
    settings = load_settings(threads=int(threads))
    options = AnalyzeOptions(
        n_to_count=None if count == "all" else int(count),
        threads=settings.threads,
        licence=settings.licence,
        settings=settings,
    )
    watch = Stopwatch()
    result = run_analysis([Path(name) for name in inputs], Path(out), options, watch)
    total = time.perf_counter() - started
    counts = result.analysis.counts
    read_mm2 = result.analysis.areas.read_mm2
    measured = {
        "threads": settings.threads,
        "count": count,
        "seconds": round(total, 2),
        "seconds_by_stage": watch.seconds(),
        "cells_found": counts.found,
        "cells_counted": counts.counted,
        "cells_per_second": round(counts.found / total, 1),
        "read_mm2": round(read_mm2, 4),
        "mm2_per_second": round(read_mm2 / total, 4),
        "peak_memory_mib": round(peak_memory_mib()),
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
