"""How fast the reading room answers: the gallery, naming cells, and thirty readers at once.

Usage: python benchmarks/reading_room.py [--cells N] [--many N] [--readers N] [--seconds S]
Needs the built page (make page), Playwright and Chromium. The real server serves made results over
fields that a program drew; a browser without a graphics processor, and clients of this program,
ask over a socket of this machine. Aimed at: the first picture of a gallery of 5,000 cells within
1 s, no row blank for over 100 ms while one scrolls; 100 ms from naming one of 100,000 cells to the
differential; for 30 readers at once twice that, and 80 ms for tiles.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

import openslide
from playwright.sync_api import Browser, Page, sync_playwright
from slide_layer import BUILT_PAGE, FLAGS
from tiles import PASSWORD, Served, call, process

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.finished_case import finish_made_analysis
from fakes.made_result import FIELD_PX, FIELDS, SLIDES, UM_PER_PX
from marrowscope.assembly_web import home_parts
from marrowscope.cases.events import SlideForm
from marrowscope.cases.facts import CaseFacts
from marrowscope.phantom import write_phantom

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SEED = 20261201
USER = "ada"
CLASSES = ("BLAST_NOS", "PROMY", "SEG", "LYMPH", "ERY_NOS")
SIDE_UM = 24
CYCLE_S = 3.0
"""In which a reader names a cell, and looks at a row of so many cells and at so many tiles."""
PICTURES, TILES = 12, 4
TILE_PX = 512
NAMINGS = 15
SCROLL_PACES = {"reading": (24, 200), "racing": (120, 150)}
"""Pixels and steps of some 50 ms."""
SCREEN = {"width": 1366, "height": 768}

# From the key to the first picture, and to all those in view.
PAINT = """
() => new Promise((done) => {
  const began = performance.now();
  let first = 0;
  const look = () => {
    const shown = [...document.querySelectorAll(".tile img")];
    const ready = shown.filter((one) => one.complete && one.naturalWidth > 0);
    if (ready.length > 0 && first === 0) first = performance.now() - began;
    if (shown.length > 12 && ready.length === shown.length) {
      done({ first_ms: first, all_ms: performance.now() - began, pictures: shown.length });
    } else requestAnimationFrame(look);
  };
  window.dispatchEvent(new KeyboardEvent("keydown", { key: "1", bubbles: true }));
  look();
})
"""
# For how long rows in view have no picture at all, while the wheel turns.
SCROLL = """
([stepPx, nSteps]) => new Promise((done) => {
  const view = document.querySelector(".view");
  const blankSince = new Map();
  const blank = [];
  const seen = new Set();
  const began = performance.now();
  let ended = began;
  let step = 0;
  const look = () => {
    const now = performance.now();
    const box = view.getBoundingClientRect();
    const rows = new Map();
    for (const tile of document.querySelectorAll(".tile")) {
      const { top, bottom } = tile.getBoundingClientRect();
      if (bottom < box.top || top > box.bottom) continue;
      const image = tile.querySelector("img");
      const isReady = image !== null && image.complete && image.naturalWidth > 0;
      const row = Math.round(top + view.scrollTop);
      rows.set(row, (rows.get(row) ?? false) || isReady);
    }
    for (const [row, isReady] of rows) {
      seen.add(row);
      if (!isReady && !blankSince.has(row)) blankSince.set(row, now);
    }
    for (const [row, since] of [...blankSince]) {
      if (rows.get(row) === false) continue;
      blank.push(now - since);
      blankSince.delete(row);
    }
    step += 1;
    if (step <= nSteps) {
      view.scrollTop += stepPx;
      ended = now;
    }
    if (step > nSteps && blankSince.size === 0)
      done({ blank, rows: seen.size, seconds: (ended - began) / 1000 });
    else setTimeout(() => requestAnimationFrame(look), step <= nSteps ? 34 : 0);
  };
  look();
})
"""
# From the key to the frame in which the number beside the class is another one.
NAME = """
([key, name]) => new Promise((done, failed) => {
  const row = [...document.querySelectorAll("button, [role=button], li")].find((one) =>
    one.textContent.includes(name),
  );
  if (row === undefined) return failed(new Error(`no class ${name}`));
  const before = row.textContent;
  const began = performance.now();
  const look = () => {
    if (row.textContent !== before) done(performance.now() - began);
    else requestAnimationFrame(look);
  };
  window.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  look();
})
"""


@dataclass
class Made:
    """A finished analysis. cell_ids: all of its cells. places: where they lie, by picture."""

    case_id: UUID
    analysis_id: UUID
    cell_ids: Sequence[str] = ()
    places: Sequence[tuple[int, float, float]] = ()

    @property
    def path(self) -> str:
        return f"/api/cases/{self.case_id}/analyses/{self.analysis_id}"


def draw_fields(folder: Path) -> list[Path]:
    """One field for each picture of the made result, cut from a drawn smear."""
    width, height = FIELD_PX
    smear = folder / "smear.tif"
    write_phantom(smear, width_px=2 * width, height_px=2 * height, seed=SEED)
    paths = []
    with openslide.OpenSlide(smear) as opened:
        for number, slide in enumerate(SLIDES):
            for place, name in enumerate(FIELDS):
                path = folder / slide / name
                path.parent.mkdir(exist_ok=True)
                corner = (place * width, number * height)
                opened.read_region(corner, 0, FIELD_PX).convert("RGB").save(path)
                paths.append(path)
    return paths


def make_case(home: Path, fields: Sequence[Path], n_cells: int) -> Made:
    with home_parts(home) as parts:
        if not parts.accounts.accounts():
            parts.accounts.set_up(USER, "Ada Reader", "AR", PASSWORD)
        case_id = parts.cases.records.open_case(CaseFacts(), by=None).case_id
        for slide in SLIDES:
            of = [path for path in fields if path.parent.name == slide]
            parts.cases.slides.add_copied(case_id, slide, SlideForm.FIELDS, of, by=None)
        return Made(case_id, finish_made_analysis(parts.cases, case_id, n_cells, n_cells))


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    command = [sys.executable, "-m", "marrowscope", "serve", "--port", "0", "--no-demo"]
    with process(command, MARROWSCOPE_HOME=str(home)) as line:
        url = urlsplit(line.split()[-1])
        yield Served(str(url.hostname), int(url.port or 0))


def signed_in(served: Served) -> dict[str, str]:
    """Headers of a session of its own."""
    body = {"user_name": USER, "password": PASSWORD}
    answer, made = call(Served(served.host, served.port), "POST", "/api/session", body)
    cookie = answer.getheader("Set-Cookie", "").split(";")[0]
    return {"Cookie": cookie, "X-CSRF-Token": made["csrf_token"]}


def with_cells(served: Served, made: Made) -> Made:
    """With what the page would have read of it."""
    _, cells = call(served, "GET", f"{made.path}/cells")
    _, told = call(served, "GET", f"{made.path}/pictures")
    number_of = {(one["slide"], one["name"]): one["number"] for one in told["pictures"]}
    numbers = [number_of.get((one["slide"], one["name"])) for one in cells["sources"]]
    if None in numbers:
        raise SystemExit(f"pictures without a place: {cells['sources']}, {told['pictures']}")
    columns = zip(cells["source"], cells["x_px"], cells["y_px"], strict=True)
    places = [(int(numbers[source]), x, y) for source, x, y in columns]
    return Made(made.case_id, made.analysis_id, cells["cell_id"], places)


@dataclass
class Reader:
    """Somebody who names cells and looks around. seconds: of every answer, by kind."""

    served: Served
    made: Made
    rng: random.Random
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._line = http.client.HTTPConnection(self.served.host, self.served.port, timeout=120)
        self._version = 0

    def read(self, seconds: float) -> None:
        """Until they are over. Starts at a moment of its own."""
        time.sleep(self.rng.uniform(0, CYCLE_S))
        ends = time.perf_counter() + seconds
        while (began := time.perf_counter()) < ends:
            self.name()
            self.look_at_row()
            for _ in range(TILES):
                self.look_at_tile()
            time.sleep(max(0.0, CYCLE_S - (time.perf_counter() - began)))

    def name(self) -> None:
        act = {
            "id": str(uuid4()),
            "kind": "name",
            "cell_ids": [self.rng.choice(self.made.cell_ids)],
            "class_id": self.rng.choice(CLASSES),
        }
        body = json.dumps({"since": self._version, "acts": [act]})
        data = self._ask("naming", "POST", f"{self.made.path}/review", body)
        self._version = json.loads(data)["version"]

    def look_at_row(self) -> None:
        """Of a gallery, as the page asks for it."""
        cells = self.rng.sample(self.made.places, PICTURES)
        side = SIDE_UM / UM_PER_PX
        at = [f"{number},{x:.1f},{y:.1f},{side:.1f}" for number, x, y in cells]
        query = urlencode({"at": at, "px": 96}, doseq=True)
        self._ask("row of cells", "GET", f"{self.made.path}/pictures/crops?{query}")

    def look_at_tile(self) -> None:
        width, height = FIELD_PX
        level = (max(FIELD_PX) - 1).bit_length()
        column, row = self.rng.randrange(width // TILE_PX), self.rng.randrange(height // TILE_PX)
        path = f"{self.made.path}/pictures/{self.rng.randrange(4)}/tiles/{level}/{column}/{row}"
        self._ask("tile", "GET", path)

    def _ask(self, kind: str, method: str, path: str, body: str | None = None) -> bytes:
        headers = self.served.headers | ({"Content-Type": "application/json"} if body else {})
        began = time.perf_counter()
        self._line.request(method, path, body, headers)
        answer = self._line.getresponse()
        data = answer.read()
        self.seconds.setdefault(kind, []).append(time.perf_counter() - began)
        if answer.status != 200:
            raise SystemExit(f"{method} {path}: {answer.status} {data[:200]!r}")
        return data


def figures(seconds: Sequence[float]) -> dict[str, float | int]:
    ms = sorted(1000 * one for one in seconds)
    return {
        "n": len(ms),
        "median_ms": round(statistics.median(ms), 1),
        "p95_ms": round(ms[int(0.95 * (len(ms) - 1))], 1),
    }


def cpu_ticks() -> Sequence[int]:
    """Of all processors since they started, by kind; empty where the system does not say."""
    stat = Path("/proc/stat")
    return [int(one) for one in stat.read_text().split()[1:9]] if stat.exists() else []


def stolen_percent(before: Sequence[int], after: Sequence[int]) -> float | None:
    """Of the time in which something wanted to run: taken by other guests of the same machine."""
    if not before or not after:
        return None
    spent = [late - early for early, late in zip(before, after, strict=True)]
    wanted = sum(spent) - spent[3] - spent[4]
    return round(100 * spent[7] / wanted, 1) if wanted else 0.0


def named_alone(served: Served, made: Made) -> dict[str, Any]:
    reader = Reader(served, made, random.Random(SEED))
    for _ in range(NAMINGS + 1):
        reader.name()
    return figures(reader.seconds["naming"][1:])


def read_at_once(served: Served, made: Made, n_readers: int, seconds: float) -> dict[str, Any]:
    readers = [
        Reader(
            Served(served.host, served.port, headers=signed_in(served)), made, random.Random(number)
        )
        for number in range(n_readers)
    ]
    began, own, ticks = time.perf_counter(), time.process_time(), cpu_ticks()
    with ThreadPoolExecutor(n_readers) as pool:
        for done in [pool.submit(reader.read, seconds) for reader in readers]:
            done.result()
    wall = time.perf_counter() - began
    kinds = sorted({kind for reader in readers for kind in reader.seconds})
    return {
        "readers": n_readers,
        "seconds": round(wall, 1),
        "cpu_taken_by_others_percent": stolen_percent(ticks, cpu_ticks()),
        "load_generator_cpu_percent": round(
            100 * (time.process_time() - own) / (wall * (os.cpu_count() or 1)), 1
        ),
        "answers": {
            kind: figures([one for reader in readers for one in reader.seconds.get(kind, ())])
            for kind in kinds
        },
    }


def page_of(browser: Browser, served: Served, made: Made) -> Page:
    page = browser.new_context(viewport=SCREEN).new_page()
    page.set_default_timeout(120_000)
    page.goto(f"http://{served.host}:{served.port}/cases/{made.case_id}")
    page.get_by_label("User name", exact=True).fill(USER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Cells", exact=True).wait_for()
    page.wait_for_timeout(1500)
    return page


def gallery(browser: Browser, served: Served, made: Made) -> dict[str, Any]:
    page = page_of(browser, served, made)
    painted = page.evaluate(PAINT)
    # Blind, so that all cells are one gallery.
    page.get_by_label("Blind").check()
    page.get_by_role("heading", name="All cells").wait_for()
    page.wait_for_timeout(3000)
    paces = {}
    for pace, (step_px, n_steps) in SCROLL_PACES.items():
        scrolled = page.evaluate(SCROLL, [step_px, n_steps])
        blank = sorted(scrolled["blank"])
        paces[pace] = {
            "px_a_second": round(step_px * n_steps / scrolled["seconds"]),
            "rows": scrolled["rows"],
            "rows_blank_at_first": len(blank),
            "rows_blank_over_100_ms": sum(ms > 100 for ms in blank),
            "longest_blank_ms": round(blank[-1]) if blank else 0,
        }
        page.wait_for_timeout(2000)
    page.context.close()
    return {
        "first_picture_ms": round(painted["first_ms"]),
        "all_in_view_ms": round(painted["all_ms"]),
        "pictures_in_view": painted["pictures"],
        "scrolling": paces,
    }


def named_on_page(browser: Browser, served: Served, made: Made) -> dict[str, Any]:
    page = page_of(browser, served, made)
    painted = page.evaluate(PAINT)
    taken = []
    for _ in range(NAMINGS):
        taken.append(page.evaluate(NAME, ["d", "Basophils"]) / 1000)
        page.wait_for_timeout(300)
    page.context.close()
    return {"first_picture_ms": round(painted["first_ms"]), "naming": figures(taken)}


def measured(given: argparse.Namespace, work: Path) -> dict[str, Any]:
    fields = draw_fields(work)
    home = work / "home"
    few, many = make_case(home, fields, given.cells), make_case(home, fields, given.many)
    with serving(home) as served:
        served.headers = signed_in(served)
        few, many = with_cells(served, few), with_cells(served, many)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            shown = gallery(browser, served, few)
            on_page = named_on_page(browser, served, many)
            browser.close()
        alone = named_alone(served, many)
        together = read_at_once(served, few, given.readers, given.seconds)
    return {
        "cores": os.cpu_count(),
        "load_before": given.load,
        "gallery": {"cells": given.cells, **shown},
        "naming": {"cells": given.many, "answer": alone, "page": on_page},
        "at_once": {"cells": given.cells, **together},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=5_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--readers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if not (BUILT_PAGE / "index.html").exists():
        parser.error("the page is not built; make page")
    if CHROMIUM is None:
        parser.error("Chromium is not installed; install the package chromium")
    given.load = round(os.getloadavg()[0], 2)
    with tempfile.TemporaryDirectory() as folder:
        text = json.dumps(measured(given, Path(folder)), indent=2)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
