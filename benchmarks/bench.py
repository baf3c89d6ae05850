"""Measures the whole job on a fixed phantom and, where they are, on real fields.

Writes one JSON: every run with 1 and 2 threads, and beside it a plain decode of the same pixels,
without any analysis, as the floor; then the detector alone, beside networks of the size of two
published ones. Compare ratios within one file; machines differ.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import openslide
from detector_tiles import REPOSITORY, data_folder, write_tiles
from PIL import Image

from marrowscope.phantom import write_phantom

PHANTOM_PX = 12_000
PHANTOM_SEED = 7


def analysed(threads: int, count: str, inputs: list[Path], work: Path) -> dict[str, object]:
    out = work / "out"
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "once.py")]
    command += [str(threads), count, str(out), *map(str, inputs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def decode_floor(inputs: list[Path], work: Path) -> dict[str, float]:
    """Seconds to read the regions of the last analysis at level 0, one thread, and nothing else."""
    analysis = json.loads((work / "out" / "analysis.json").read_text(encoding="utf-8"))
    boxes = [region for region in analysis["regions"] if region["read"]]
    began = time.perf_counter()
    n_pixels = 0
    if inputs[0].is_dir():
        for path in sorted(inputs[0].iterdir()):
            with Image.open(path) as picture:
                pixels = picture.convert("RGB")
                n_pixels += pixels.width * pixels.height
    else:
        with openslide.OpenSlide(inputs[0]) as slide:
            for box in boxes:
                corner = (round(box["x_px"]), round(box["y_px"]))
                size = (round(box["w_px"]), round(box["h_px"]))
                n_pixels += slide.read_region(corner, 0, size).convert("RGB").size[0] * size[1]
    seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 3),
        "megapixels_per_second": round(n_pixels / seconds / 1e6, 1),
    }


def measured(inputs: list[Path], counts: list[str], work: Path) -> dict[str, object]:
    runs = [analysed(threads, count, inputs, work) for count in counts for threads in (1, 2)]
    floor = decode_floor(inputs, work)
    stages = runs[-1]["seconds_by_stage"]
    assert isinstance(stages, dict)
    ratio = round(stages["finding cells"] / floor["seconds"], 1)
    return {"runs": runs, "decode_floor": floor, "finding_cells_to_decode_floor": ratio}


def detector(data: Path | None, phantom: Path, work: Path) -> dict[str, object]:
    tiles = work / "tiles.npy"
    source = write_tiles(tiles, data, phantom)
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "detector_speed.py"), str(tiles)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {"tiles_from": source, **json.loads(done.stdout.splitlines()[-1])}


def real_fields(data: Path, work: Path) -> Path:
    with zipfile.ZipFile(data / "fields.zip") as archive:
        names = [name for name in archive.namelist() if name.startswith("segpc-marrow-fullsize/")]
        archive.extractall(work, names)
    return work / "segpc-marrow-fullsize"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        phantom = work / "phantom.tif"
        began = time.perf_counter()
        write_phantom(phantom, width_px=PHANTOM_PX, height_px=PHANTOM_PX, seed=PHANTOM_SEED)
        results: dict[str, object] = {
            "machine": {"cores": os.cpu_count(), "processor": platform.machine()},
            "phantom": {
                "side_px": PHANTOM_PX,
                "seconds_to_write": round(time.perf_counter() - began, 1),
                **measured([phantom], ["500", "all"], work),
            },
        }
        data = data_folder()
        if data is None:
            print("real fields: skipped, needs the image data (set MARROWSCOPE_DATA)")
        else:
            results["fields"] = measured([real_fields(data, work)], ["all"], work)
        results["detector"] = detector(data, phantom, work)
    out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
