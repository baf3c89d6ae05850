"""How long a fee schedule of 20,000 rows takes to import: the whole command, in CSV, TXT and XLSX.

Usage: python benchmarks/fees.py [--rows N] [--out FILE]
The rows are invented, in the layouts that CMS publishes. Aimed at: 5 s on two cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from coding.made_fee_files import many_rows, pprrvu_csv, pprrvu_txt, sheet_of, title_of, xlsx_of

YEAR, QUARTER = 2025, 4


def imported(path: Path, home: Path) -> float:
    """Seconds."""
    command = [sys.executable, "-m", "marrowscope", "coding", "import-fees", str(path)]
    began = time.perf_counter()
    subprocess.run(
        command,
        env=os.environ | {"MARROWSCOPE_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return round(time.perf_counter() - began, 1)


def measured(n_rows: int, work: Path) -> dict[str, object]:
    rows = many_rows(n_rows)
    made = {
        "csv": pprrvu_csv(rows, YEAR, QUARTER),
        "txt": pprrvu_txt(rows),
        "xlsx": xlsx_of(sheet_of(rows, title_of(YEAR, QUARTER))),
    }
    seconds = {}
    for ending, content in made.items():
        path = work / f"PPRRVU2025_Oct.{ending}"
        path.write_bytes(content)
        seconds[ending] = imported(path, work / f"home-{ending}")
    return {"cores": os.cpu_count(), "rows": n_rows, "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(measured(given.rows, Path(folder)), indent=2)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
