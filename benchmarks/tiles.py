"""How fast tiles of a slide come from the real server, beside plain tile libraries.

Random tiles of the larger levels of a phantom pyramid are asked for, each once, by 1 and by 8
clients over a socket of this machine: from `marrowscope serve` with its session, rights and
audit; from OpenSlide's deep zoom; and from large_image where that is installed, both behind one
small server. The servers take turns, so that what else the machine does meets all of them.
"""

import argparse
import http.client
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import openslide

from marrowscope.assembly_web import existing_cases
from marrowscope.cases.events import SlideForm
from marrowscope.cases.facts import CaseFacts
from marrowscope.phantom import write_phantom
from marrowscope.settings import load_settings
from marrowscope.slides.deep_zoom import DeepZoom

PHANTOM_PX = 8192
PHANTOM_SEED = 7
MOST_TILES = 360
CLIENTS = (1, 8)
ROUNDS = 3
SMALLEST_LEVEL_PX = 1024
"""Lower levels have too few tiles to ask for each once."""
SERVERS = Path(__file__).with_name("tile_servers.py")
PASSWORD = "four plain words here"

Tile = tuple[int, int, int]


@dataclass
class Served:
    """A server under way. below: path before /LEVEL/COLUMN/ROW. seconds: of every tile."""

    host: str
    port: int
    below: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: dict[int, list[float]] = field(default_factory=dict)
    wall: dict[int, float] = field(default_factory=dict)
    n_bytes: int = 0

    def ask(self, tiles: Sequence[Tile]) -> list[float]:
        """Seconds of each tile, one after the other on one connection."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        taken = []
        for level, column, row in tiles:
            began = time.perf_counter()
            connection.request("GET", f"{self.below}/{level}/{column}/{row}", headers=self.headers)
            answer = connection.getresponse()
            data = answer.read()
            taken.append(time.perf_counter() - began)
            if answer.status != 200 or not data.startswith(b"\xff\xd8"):
                raise SystemExit(f"{self.below}: {answer.status} {data[:200]!r}")
            self.n_bytes += len(data)
        connection.close()
        return taken

    def measure(self, tiles: Sequence[Tile], n_clients: int) -> None:
        shares = [tiles[client::n_clients] for client in range(n_clients)]
        began = time.perf_counter()
        with ThreadPoolExecutor(n_clients) as pool:
            taken = [one for share in pool.map(self.ask, shares) for one in share]
        wall = time.perf_counter() - began
        self.wall[n_clients] = self.wall.get(n_clients, 0.0) + wall
        self.seconds.setdefault(n_clients, []).extend(taken)

    def figures(self, n_clients: int) -> dict[str, float]:
        taken_ms = np.array(self.seconds[n_clients]) * 1000
        return {
            "tiles_per_second": round(len(taken_ms) / self.wall[n_clients], 1),
            "median_ms": round(float(np.median(taken_ms)), 1),
            "p95_ms": round(float(np.percentile(taken_ms, 95)), 1),
        }


def tiles_of(slide: Path) -> list[Tile]:
    zoom = DeepZoom(*dimensions(slide))
    found = []
    for level in range(zoom.n_levels):
        width, height = zoom.level_size(level)
        if max(width, height) >= SMALLEST_LEVEL_PX:
            columns, rows = -(-width // zoom.tile_px), -(-height // zoom.tile_px)
            found += [(level, column, row) for column in range(columns) for row in range(rows)]
    random.Random(PHANTOM_SEED).shuffle(found)
    return found[:MOST_TILES]


@contextmanager
def process(command: Sequence[str], **environment: str) -> Iterator[str]:
    """A program under way, and the first line it says."""
    started = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | environment
    )
    assert started.stdout is not None
    try:
        yield started.stdout.readline().strip()
    finally:
        started.terminate()
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextmanager
def other_library(library: str, slide: Path) -> Iterator[Served]:
    with process([sys.executable, str(SERVERS), library, str(slide)]) as port:
        if not port:
            raise SystemExit(f"{library} does not serve {slide.name}")
        yield Served("127.0.0.1", int(port))


@contextmanager
def marrowscope(slide: Path, home: Path) -> Iterator[Served]:
    """The real server, with a case whose analysis was asked for and cancelled."""
    command = [sys.executable, "-m", "marrowscope", "serve", "--port", "0", "--no-demo"]
    with process(command, MARROWSCOPE_HOME=str(home)) as line:
        url = urlsplit(line.split()[-1])
        server = Served(str(url.hostname), int(url.port or 0))
        person = {"user_name": "ada", "full_name": "Ada", "initials": "A", "password": PASSWORD}
        answer, made = call(server, "POST", "/api/set-up", person)
        cookie = answer.getheader("Set-Cookie", "").split(";")[0]
        server.headers = {"Cookie": cookie, "X-CSRF-Token": made["csrf_token"]}
        with existing_cases(load_settings(home=home)) as (parts, _):
            records = parts.cases.records
            case_id = records.open_case(CaseFacts(), by=None).case_id
            parts.cases.slides.add_copied(case_id, "", SlideForm.FILE, [slide], by=None)
        below = f"/api/cases/{case_id}/analyses"
        _, asked = call(server, "POST", below, {})
        call(server, "POST", f"{below}/{asked['analysis_id']}/cancel")
        server.below = f"{below}/{asked['analysis_id']}/pictures/0/tiles"
        yield server


def call(server: Served, method: str, path: str, body: object = None) -> tuple[Any, Any]:
    """An answer and its JSON, None where it has none."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    headers = server.headers | {"Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    if answer.status >= 400:
        raise SystemExit(f"{method} {path}: {answer.status} {data[:200]!r}")
    return answer, json.loads(data) if data else None


def measured(slide: Path, home: Path) -> dict[str, Any]:
    tiles = tiles_of(slide)
    shares = [tiles[n :: ROUNDS * len(CLIENTS)] for n in range(ROUNDS * len(CLIENTS))]
    with ExitStack() as stack:
        servers = {"marrowscope": stack.enter_context(marrowscope(slide, home))}
        servers["openslide"] = stack.enter_context(other_library("openslide", slide))
        if importlib.util.find_spec("large_image_source_openslide") is None:
            print("large_image: left out, it is not installed")
        else:
            servers["large_image"] = stack.enter_context(other_library("large_image", slide))
        first = (max(tiles)[0], 0, 0)
        for server in servers.values():
            server.ask([first])
            server.n_bytes = 0
        for part in range(ROUNDS):
            for n, n_clients in enumerate(CLIENTS):
                for server in servers.values():
                    server.measure(shares[part * len(CLIENTS) + n], n_clients)
    return {
        "slide_px": dimensions(slide),
        "n_tiles": len(tiles),
        "servers": {
            name: {
                "clients": {str(n): server.figures(n) for n in CLIENTS},
                "mean_tile_bytes": round(server.n_bytes / len(tiles)),
            }
            for name, server in servers.items()
        },
    }


def dimensions(slide: Path) -> tuple[int, int]:
    with openslide.OpenSlide(slide) as opened:
        width, height = opened.dimensions
        return width, height


def print_table(results: dict[str, Any]) -> None:
    print(f"{'server':<14}{'clients':>8}{'tiles/s':>10}{'median ms':>11}{'p95 ms':>9}")
    for name, figures in results["servers"].items():
        for n, one in figures["clients"].items():
            row = f"{one['tiles_per_second']:>10}{one['median_ms']:>11}{one['p95_ms']:>9}"
            print(f"{name:<14}{n:>8}{row}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench-tiles.json"))
    parser.add_argument("--slide", type=Path, help="A whole slide instead of a phantom.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        slide = given.slide
        if slide is None:
            slide = Path(folder) / "phantom.tif"
            write_phantom(slide, width_px=PHANTOM_PX, height_px=PHANTOM_PX, seed=PHANTOM_SEED)
        results = measured(slide, Path(folder) / "home")
    print_table(results)
    given.out.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
