"""Measures the import of a made utilization file of the size of the real one, and a question.

Usage: python benchmarks/utilization.py [--rows N] [--folder DIR] [--out FILE]
Makes a file of 10 million rows (3 GB) in DIR, imports it in a process of its own and removes it.
Prints one JSON: seconds and peak memory of the import, seconds of a benchmark of one code.
"""

import argparse
import json
import os
import runpy
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
GENERATOR = REPOSITORY / "tests" / "coding" / "made_utilization.py"
CODE = "85097"
YEAR = 2023


def imported(table: Path, tables: Path) -> dict[str, object]:
    """Runs in a process of its own: its peak memory is that of the import."""
    from peak_memory import peak_memory_mib  # noqa: PLC0415 - what is imported is measured

    began = time.perf_counter()
    from marrowscope.coding.benchmark import Question, benchmark  # noqa: PLC0415 - as above
    from marrowscope.store.utilization_tables import (  # noqa: PLC0415 - as above
        import_utilization,
        read_code,
    )

    facts, _is_new = import_utilization(table, YEAR, tables)
    seconds = time.perf_counter() - began
    peak_mib = peak_memory_mib()
    asked = time.perf_counter()
    answer = benchmark(read_code(tables, CODE), Question(Decimal(120)))
    return {
        "rows": facts.n_rows,
        "rows_kept": facts.n_kept,
        "seconds": round(seconds, 1),
        "peak_memory_mib": round(peak_mib),
        "table_mb": round((tables / f"{YEAR}.parquet").stat().st_size / 1e6, 1),
        "question": {
            "providers": answer.standing.n_providers,
            "seconds": round(time.perf_counter() - asked, 3),
        },
    }


def measured(n_rows: int, work: Path) -> dict[str, object]:
    table = work / "utilization.csv"
    began = time.perf_counter()
    runpy.run_path(str(GENERATOR), run_name="made_utilization")["write_many"](table, n_rows)
    made = {
        "gigabytes": round(table.stat().st_size / 1e9, 2),
        "seconds_to_write": round(time.perf_counter() - began, 1),
    }
    command = [sys.executable, __file__, "--import", str(table), "--folder", str(work / "tables")]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {"cores": os.cpu_count(), "file": made, "import": json.loads(done.stdout)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, help="where 4 GB are free; else the usual")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--import", dest="table", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.table is not None:
        print(json.dumps(imported(given.table, given.folder)))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        text = json.dumps(measured(given.rows, Path(folder)), indent=2)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
