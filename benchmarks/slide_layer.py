"""Measures how smoothly the slide page pans under 100,000 cells, in a headless browser.

Usage: python benchmarks/slide_layer.py [--cells N] [--size WxH ...] [--out FILE]
Needs the built page (make page), Playwright and Chromium. No server runs: the page's questions are
answered here with a made slide, so that nothing but the page is measured. For each screen and each
power it prints the script and drawing time of the main thread in frames in which the slide moved
(median, 95th percentile) and how many such frames a second while it is dragged. A frame has 16.7
ms; without a graphics processor the browser's own painting comes on top, in threads of its own.
"""

import argparse
import io
import json
import mimetypes
import os
import random
import shutil
import statistics
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Page, Route, sync_playwright

from marrowscope.vocabulary import all_classes
from marrowscope.web.security import HEADERS

REPOSITORY = Path(__file__).resolve().parents[1]
BUILT_PAGE = REPOSITORY / "src" / "marrowscope" / "web" / "page"
# Nothing listens there: every request is answered below.
ORIGIN = "http://127.0.0.1:9"
CASE_ID = "00000000-0000-4000-8000-000000000001"
ANALYSIS_ID = "00000000-0000-4000-8000-000000000002"
WHEN = "2026-01-01T10:00:00Z"
SEED = 20261201

WIDTH_PX, HEIGHT_PX, TILE_PX, UM_PER_PX = 60_000, 40_000, 512, 0.25
CELL_PX = 56
REGION_PX = 800
POWERS = ("whole slide", "4x-equivalent", "10x-equivalent", "40x-equivalent")
WARM_UP_STEPS, STEPS = 20, 150
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Adds up what the callbacks of each frame took: panning, tiles, cells, the numbers around them.
# Frames in which no tile was drawn are not of interest: nothing moved.
TIME_FRAMES = """
(() => {
  const frames = new Map();
  const drawn = new Set();
  let now = 0;
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) =>
    ask((at) => {
      now = at;
      const began = performance.now();
      callback(at);
      frames.set(at, (frames.get(at) ?? 0) + performance.now() - began);
    });
  const drawImage = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    drawn.add(now);
    return drawImage.apply(this, given);
  };
  window.framesTaken = () => {
    const taken = [...frames].filter(([at]) => drawn.has(at));
    frames.clear();
    drawn.clear();
    return taken;
  };
})();
"""


def made_cells(n_cells: int) -> dict[str, Any]:
    """As the server answers them: spread over the whole picture, of all modelled classes."""
    rng = random.Random(SEED)
    classes = all_classes()
    class_ids = [one.class_id for one in classes if one.icsh_category != "excluded"][:20]
    return {
        "slides": ["smear"],
        "sources": [{"name": "smear.tif", "slide": "smear", "um_per_px": UM_PER_PX}],
        "class_ids": class_ids,
        "cell_id": [f"s1-{number:06d}" for number in range(n_cells)],
        "source": [0] * n_cells,
        "x_px": [round(rng.uniform(0, WIDTH_PX), 2) for _ in range(n_cells)],
        "y_px": [round(rng.uniform(0, HEIGHT_PX), 2) for _ in range(n_cells)],
        "w_px": [CELL_PX] * n_cells,
        "h_px": [CELL_PX] * n_cells,
        "class_index": [rng.randrange(len(class_ids)) for _ in range(n_cells)],
        "probability": [round(rng.random(), 3) for _ in range(n_cells)],
        "second_index": [0] * n_cells,
        "second_probability": [0.1] * n_cells,
        "is_undecided": [rng.random() < 0.1 for _ in range(n_cells)],
        "in_count": [rng.random() < 0.9 for _ in range(n_cells)],
        "why_not": [""] * n_cells,
        "strangeness": [0.0] * n_cells,
        "abnormality": [0.0] * n_cells,
        "classes": [
            {
                "class_id": one.class_id,
                "label": one.label,
                "category": one.icsh_category,
                "lineage": one.lineage,
                "counting": one.counting.value,
                "is_modelled": one.class_id in class_ids,
                "mistaken_for": "",
                "reading_order": one.reading_order,
            }
            for one in classes
        ],
    }


def made_regions() -> list[dict[str, Any]]:
    """A grid over the whole picture: counted, looked at and left out."""
    verdicts = (("countable", True), ("countable", False), ("thick", False), ("background", False))
    places = [(x, y) for y in range(0, HEIGHT_PX, REGION_PX) for x in range(0, WIDTH_PX, REGION_PX)]
    return [
        {
            "region_id": f"s1-r{number:05d}",
            "source": 0,
            "slide": "smear",
            "x_px": x,
            "y_px": y,
            "w_px": REGION_PX,
            "h_px": REGION_PX,
            "verdict": verdicts[number % 4][0],
            "counted": verdicts[number % 4][1],
            "read": verdicts[number % 4][1],
        }
        for number, (x, y) in enumerate(places)
    ]


def made_tile() -> bytes:
    """Pink ground with purple spots: as long to decode as stained glass."""
    rng = random.Random(SEED)
    tile = Image.new("RGB", (TILE_PX, TILE_PX), (226, 205, 214))
    for _ in range(60):
        x, y, side = rng.randrange(TILE_PX), rng.randrange(TILE_PX), rng.randrange(10, 50)
        tile.paste(
            (rng.randrange(90, 140), 60, rng.randrange(120, 170)), (x, y, x + side, y + side)
        )
    written = io.BytesIO()
    tile.save(written, "JPEG", quality=90)
    return written.getvalue()


def answers(n_cells: int) -> dict[str, bytes]:
    """What the page is told, by the end of the path that it asks."""
    analysis = f"/api/cases/{CASE_ID}/analyses/{ANALYSIS_ID}"
    account = {
        "account_id": CASE_ID,
        "user_name": "reader",
        "full_name": "A Reader",
        "initials": "AR",
        "roles": ["pathologist"],
        "must_change_password": False,
    }
    me = {"value": None, "low": None, "high": None, "formula": "", "note": ""}
    count = {
        "total": n_cells,
        "target": 500,
        "n_found": n_cells,
        **dict.fromkeys(
            ("n_seen", "n_to_see", "n_undecided", "n_undecided_unseen", "n_removed"), 0
        ),
        "removed": [],
        "is_fully_seen": False,
        "categories": [],
        "undecided": {"n": 0, "percent": None, "printed_percent": None, "n_seen": 0},
        "me": {**me, "n_myeloid": 0, "n_erythroid": 0},
        "slides": [],
        "advice": [],
        "classifier_error": "",
    }
    changes = {
        "version": 0,
        "named": {},
        "seen": [],
        "tags": {},
        "added": [],
        "undo": None,
        "redo": None,
        "count": count,
    }
    facts = dict.fromkeys(
        [
            "accession",
            "patient_name",
            "patient_id",
            "site",
            "requester",
            "indication",
            "blood_count",
            "prior_therapy",
            "preparation",
        ],
        "",
    )
    told: dict[str, Any] = {
        "/api/health": {
            "status": "ok",
            "version": "0",
            "needs_set_up": False,
            "research_use_only": True,
        },
        "/api/session": {
            "account": account,
            "rights": ["read_cases", "review_cases"],
            "csrf_token": "0",
            "is_locked": False,
            "idle_lock_minutes": 60,
        },
        f"/api/cases/{CASE_ID}": {
            "case_id": CASE_ID,
            "version": 1,
            "status": "ready",
            "opened_at": WHEN,
            "opened_by_name": "A Reader",
            "changed_at": WHEN,
            "facts": {
                **facts,
                "birth_date": None,
                "sex": None,
                "collected_on": None,
                "received_on": None,
                "blood_blast_percent": None,
                "purpose": "research",
                "priority": "routine",
            },
            "slides": [],
            "analyses": [],
            "result_id": ANALYSIS_ID,
            "is_result_outdated": False,
        },
        f"{analysis}/progress": {
            "analysis_id": ANALYSIS_ID,
            "status": "finished",
            "message": "",
            "progress": None,
        },
        f"{analysis}/pictures": {
            "pictures": [
                {
                    "number": 0,
                    "name": "smear.tif",
                    "slide_id": CASE_ID,
                    "slide": "smear",
                    "width_px": WIDTH_PX,
                    "height_px": HEIGHT_PX,
                    "um_per_px": UM_PER_PX,
                    "tile_px": TILE_PX,
                    "n_levels": (max(WIDTH_PX, HEIGHT_PX) - 1).bit_length() + 1,
                }
            ]
        },
        f"{analysis}/cells": made_cells(n_cells),
        f"{analysis}/regions": {"regions": made_regions()},
        f"{analysis}/review": {"may_review": True, "why_not": "", **changes},
        f"{analysis}/review/changes": changes,
    }
    return {path: json.dumps(answer).encode() for path, answer in told.items()}


class MadeServer:
    """Answers every request of the page."""

    def __init__(self, n_cells: int) -> None:
        self._answers = answers(n_cells)
        self._tile = made_tile()

    def answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if "/tiles/" in path:
            route.fulfill(body=self._tile, content_type="image/jpeg")
        elif path in self._answers:
            route.fulfill(body=self._answers[path], content_type="application/json")
        elif path.startswith("/api/"):
            route.fulfill(status=404, json={"error": {"code": "not_found", "message": path}})
        else:
            asset = BUILT_PAGE / path.lstrip("/")
            file = asset if asset.is_file() else BUILT_PAGE / "index.html"
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            policy = HEADERS["Content-Security-Policy"]
            route.fulfill(
                body=file.read_bytes(),
                headers={"Content-Type": kind, "Content-Security-Policy": policy},
            )


def to_power(page: Page, power: str) -> None:
    if power == "whole slide":
        page.keyboard.press("Home")
    else:
        page.get_by_role("button", name=power.replace("x", "×", 1)).click()
    page.wait_for_timeout(1500)


def dragged(page: Page, n_steps: int) -> None:
    """Round and round, so that the picture stays in view."""
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(n_steps):
        away = (step % 40) if (step // 40) % 2 == 0 else 40 - step % 40
        page.mouse.move(x + 4 * away, y + 2 * away)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    page.mouse.up()


def measured(page: Page, power: str) -> dict[str, float | str | int]:
    to_power(page, power)
    dragged(page, WARM_UP_STEPS)
    page.evaluate("framesTaken()")
    dragged(page, STEPS)
    frames = page.evaluate("framesTaken()")
    taken = sorted(ms for _at, ms in frames)
    seconds = (frames[-1][0] - frames[0][0]) / 1000
    return {
        "power": power,
        "frames": len(frames),
        "median_ms": round(statistics.median(taken), 1),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 1),
        "frames_per_s": round(len(frames) / seconds, 1),
    }


def measured_screen(browser: Any, server: MadeServer, size: str) -> list[dict[str, Any]]:
    width, height = (int(side) for side in size.split("x"))
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(60_000)
    context.add_init_script(TIME_FRAMES)
    context.route("**/*", server.answer)
    page = context.new_page()
    page.goto(f"{ORIGIN}/cases/{CASE_ID}/slide")
    page.get_by_role("region", name="Cells shown").wait_for()
    page.wait_for_timeout(2000)
    rows = [{"screen": size, **measured(page, power)} for power in POWERS]
    context.close()
    return rows


def printed(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'screen':12}{'power':18}{'median ms':>10}{'p95 ms':>8}{'frames/s':>10}"]
    lines += [
        f"{row['screen']:12}{row['power']:18}{row['median_ms']:>10}{row['p95_ms']:>8}"
        f"{row['frames_per_s']:>10}"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--size", nargs="+", default=["1366x768", "3840x2160"])
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if not (BUILT_PAGE / "index.html").exists():
        parser.error("the page is not built; make page")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        parser.error("Chromium is not installed; install the package chromium")
    server = MadeServer(given.cells)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        rows = [row for size in given.size for row in measured_screen(browser, server, size)]
        browser.close()
    text = json.dumps({"cores": os.cpu_count(), "cells": given.cells, "panning": rows}, indent=2)
    print(printed(rows))
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
