"""Speed and memory of the detector, beside networks of the size of two published ones.

Usage: python benchmarks/detector_speed.py [--card CARD] [--rounds N] TILES.npy

Prints one JSON line. In every round each measurement is made once, one after the other, all on the
same tiles and two threads, each model in one single-threaded session. Compare ratios: speeds of
different runs or machines say little. `detector_tiles.py` writes the tiles.
"""

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import numpy as np
from peak_memory import peak_memory_mib

from marrowscope.cells import (
    Detections,
    ModelCard,
    OnnxDetector,
    View,
    concatenated,
    seen_once,
    shipped_model,
)
from marrowscope.cells.detection_peaks import NUCLEUS_MAP, find_peaks
from marrowscope.cells.manifest import read_card
from marrowscope.cells.nuclei import nucleus_rings
from marrowscope.cells.onnx_session import OnnxSession
from marrowscope.cells.reading import shrunk
from marrowscope.geometry import FloatArray, UInt8Array

SIDE_PX = 512
UM_PER_PX = 0.25
THREADS = 2
ROUNDS = 5
LAPS = 12
"""Times the faster measurements go over the tiles in a round, so that each lasts long enough."""
TARGET_MM2_PER_SECOND = 1.5
TILE_MM2 = (SIDE_PX * UM_PER_PX / 1000) ** 2
NOTES = (
    "tiles lie in memory: reading and decoding the slide is not in any figure",
    "the whole tile counts as area; an analysis also reads a margin around every region",
    "ours, end to end: shrinking to 0.5 µm/px, network, peaks, outlines of nuclei, merging",
    "each part of ours is timed alone on all threads, merging on one as in an analysis",
    "peers: networks alone, random weights, without their post-processing, which flatters them",
    "ratios are taken within each round; more than 1 means that ours is faster",
)

In = TypeVar("In")
Out = TypeVar("Out")
Measurement = Callable[[], float]
"""Makes one measurement; returns mm²/s."""


def spread(values: Sequence[float]) -> dict[str, float]:
    figures = {"median": np.median(values), "lowest": min(values), "highest": max(values)}
    return {name: round(float(value), 3) for name, value in figures.items()}


def ratios(ours: Sequence[float], peers: Sequence[float]) -> dict[str, float]:
    return spread([mine / other for mine, other in zip(ours, peers, strict=True)])


def views_of(tiles: UInt8Array) -> list[View]:
    """The tiles laid out edge to edge, `LAPS` times over, as if cut from one large picture."""
    n_views = LAPS * len(tiles)
    n_columns = int(np.ceil(n_views**0.5))
    return [
        View(
            picture="tiles",
            x_px=float(index % n_columns * SIDE_PX),
            y_px=float(index // n_columns * SIDE_PX),
            level0_per_px=1.0,
            um_per_px=UM_PER_PX,
            pixels=tiles[index % len(tiles)],
        )
        for index in range(n_views)
    ]


def merged(parts: list[Detections]) -> Detections:
    together = concatenated(parts)
    return together.at(seen_once(together))


def found_in(
    views: list[View], detector: OnnxDetector, pool: ThreadPoolExecutor
) -> list[Detections]:
    return list(pool.map(lambda view: detector.detect(shrunk(view, detector.um_per_px)), views))


def over_tiles(
    work: Callable[[In], object], items: Sequence[In], pool: ThreadPoolExecutor
) -> Measurement:
    """Measures `work` on every item, each a tile's."""

    def measure() -> float:
        began = time.perf_counter()
        for _ in pool.map(work, items):
            pass
        return len(items) * TILE_MM2 / (time.perf_counter() - began)

    return measure


def ours(
    card: ModelCard, detector: OnnxDetector, views: list[View], pool: ThreadPoolExecutor
) -> dict[str, Measurement]:
    """Measurements of the whole detector, and of each of its parts alone."""
    area_mm2 = len(views) * TILE_MM2
    session = OnnxSession(card)
    n_tiles = len(views) // LAPS
    coarse = [shrunk(view, detector.um_per_px).pixels[None] for view in views[:n_tiles]] * LAPS
    maps = [session.run(pixels)[0][0] for pixels in coarse[:n_tiles]] * LAPS
    parts = found_in(views, detector, pool)

    def end_to_end() -> float:
        began = time.perf_counter()
        merged(found_in(views, detector, pool))
        return area_mm2 / (time.perf_counter() - began)

    def merging() -> float:
        began = time.perf_counter()
        merged(parts)
        return area_mm2 / (time.perf_counter() - began)

    def after_network(of_tile: FloatArray) -> None:
        peaks = find_peaks(of_tile, card.threshold)
        nucleus_rings(of_tile[NUCLEUS_MAP], peaks)

    return {
        "end_to_end": end_to_end,
        "shrinking": over_tiles(lambda view: shrunk(view, detector.um_per_px), views, pool),
        "network": over_tiles(session.run, coarse, pool),
        "post_processing": over_tiles(after_network, maps, pool),
        "merging": merging,
    }


def session_of(path: Path) -> OnnxSession:
    """A session like the detector's."""
    return OnnxSession(
        ModelCard(
            name=path.stem,
            version="",
            task="detector",
            path=path,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            licence="",
            um_per_px=0.0,
            facts={},
            threshold=0.0,
        )
    )


def peers(
    inputs: dict[str, list[UInt8Array]], pool: ThreadPoolExecutor
) -> tuple[dict[str, int], dict[tuple[str, str], Measurement]]:
    """Numbers of parameters by peer, and measurements by peer and input; needs onnx."""
    from peer_networks import PEERS  # noqa: PLC0415 - onnx need not be installed

    n_parameters: dict[str, int] = {}
    measurements: dict[tuple[str, str], Measurement] = {}
    with tempfile.TemporaryDirectory() as folder:
        for peer, write in PEERS.items():
            file = write(Path(folder) / f"{peer}.onnx")
            n_parameters[peer] = file.n_parameters
            session = session_of(file.path)
            for name, pixels in inputs.items():
                session.run(pixels[0])
                measurements[peer, name] = over_tiles(session.run, pixels, pool)
    return n_parameters, measurements


def measured(tiles: UInt8Array, card: ModelCard, n_rounds: int) -> dict[str, object]:
    """tiles: (n, 512, 512, 3), RGB at 0.25 µm/px."""
    before_mib = peak_memory_mib()
    detector = OnnxDetector(card)
    views = views_of(tiles)
    with ThreadPoolExecutor(THREADS) as pool:
        found = found_in(views, detector, pool)
        kept = merged(found)
        peak_mib = peak_memory_mib()
        of_ours = ours(card, detector, views, pool)
        inputs = {
            "at_0.5_um_per_px": [
                shrunk(view, detector.um_per_px).pixels[None] for view in views[: len(tiles)]
            ],
            "at_0.25_um_per_px": [tile[None] for tile in tiles],
        }
        has_onnx = find_spec("onnx") is not None
        n_parameters, of_peers = peers(inputs, pool) if has_onnx else ({}, {})
        rates: dict[object, list[float]] = {name: [] for name in (*of_ours, *of_peers)}
        for _ in range(n_rounds):
            for name, measure in (of_ours | of_peers).items():
                rates[name].append(measure())
    area_mm2 = len(views) * TILE_MM2
    return {
        "tiles": {"count": len(tiles), "side_px": SIDE_PX, "um_per_px": UM_PER_PX},
        "threads": THREADS,
        "rounds": n_rounds,
        "notes": NOTES,
        "ours": {
            "version": card.version,
            "sha256": card.sha256,
            "model_bytes": card.path.stat().st_size,
            "objects_per_mm2": round(len(kept.score) / area_mm2),
            "merged_away": sum(len(part.score) for part in found) - len(kept.score),
            "mm2_per_second": spread(rates["end_to_end"]),
            "target_mm2_per_second": TARGET_MM2_PER_SECOND,
            "parts_mm2_per_second": {
                name: spread(rates[name]) for name in of_ours if name != "end_to_end"
            },
            "peak_memory_mib": round(peak_mib),
            "of_it_before_the_model_mib": round(before_mib),
        },
        "peers": {
            peer: {
                "parameters": n_parameters[peer],
                **{
                    name: {
                        "mm2_per_second": spread(rates[peer, name]),
                        "ours_end_to_end_to_it": ratios(rates["end_to_end"], rates[peer, name]),
                        "our_network_to_it": ratios(rates["network"], rates[peer, name]),
                    }
                    for name in inputs
                },
            }
            for peer in n_parameters
        }
        or "left out: needs the package onnx (pip install 'marrowscope[train]')",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tiles", type=Path)
    parser.add_argument("--card", type=Path, help="another detector's card than the shipped one's")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    card = read_card(given.card) if given.card else shipped_model("detector")
    print(json.dumps(measured(np.load(given.tiles), card, given.rounds)))


if __name__ == "__main__":
    main()
