"""A server of its own for each test, and a real browser that opens it."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from at_the_screen import ANALYSIS_MS, PASSWORD, READ_CASE

from marrowscope.phantom import write_phantom

REPOSITORY = Path(__file__).resolve().parents[2]
BUILT_PAGE = REPOSITORY / "src" / "marrowscope" / "web" / "page" / "index.html"
AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
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
SEED = 20261130
START_S = 60
PATIENCE_MS = 30_000
"""Machines are shared; a step that works takes well under a second on an idle one."""


@pytest.fixture
def serve_options() -> tuple[str, ...]:
    """More options of `marrowscope serve`; a test that wants others gives them as a parameter."""
    return ("--no-demo",)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home folder that is served: nothing is in it, unless a test wants another one."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def read_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an account and a small smear, drawn by a program, that was analysed.

    Analysing it anew for each test would take minutes; a test serves a copy.
    """
    folder = tmp_path_factory.mktemp("read")
    home, slide = folder / "home", folder / "smear.tif"
    write_phantom(slide, width_px=2000, height_px=2000, seed=SEED)
    with _served(home, ("--no-demo",)) as address:
        account = {"full_name": "Anna Keller", "user_name": "a.keller", "initials": "AK"}
        made = httpx.post(
            f"{address}/api/set-up",
            json=account | {"password": PASSWORD},
            headers={"Origin": address},
        )
        assert made.is_success, made.text
        _command(home, "case", "add", str(slide), "--accession", READ_CASE)
        until = time.monotonic() + ANALYSIS_MS / 1000
        while json.loads(_command(home, "case", "list", "--json"))[0]["status"] != "ready":
            assert time.monotonic() < until, "the smear was not analysed"
            time.sleep(0.5)
    return home


@pytest.fixture
def address(home: Path, serve_options: tuple[str, ...]) -> Iterator[str]:
    """Where `marrowscope serve` answers."""
    if not BUILT_PAGE.exists():
        pytest.skip("needs the built page (cd frontend; npm ci; npm run build)")
    with _served(home, serve_options) as address:
        yield address


@contextmanager
def _served(home: Path, options: tuple[str, ...]) -> Iterator[str]:
    command = [sys.executable, "-m", "marrowscope", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, env=_with(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            yield _announced(server)
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=START_S)


def _command(home: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "marrowscope", *arguments]
    done = subprocess.run(command, env=_with(home), capture_output=True, text=True, check=True)
    return done.stdout


def _with(home: Path) -> dict[str, str]:
    return os.environ | {"MARROWSCOPE_HOME": str(home)}


def _announced(server: "subprocess.Popen[str]") -> str:
    assert server.stdout is not None
    said = ""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if select.select([server.stdout], [], [], 0.2)[0]:
            line = server.stdout.readline()
            said += line
            found = re.search(r"http://\S+", line)
            if found:
                return found[0].rstrip("/.")
            if not line:
                break
    raise AssertionError(f"marrowscope serve did not say where it is: {said}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs Chromium (package chromium)")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """A fresh browser at the server's address; ends in failure if a script failed in it."""
    context = browser.new_context(base_url=address, viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    failures: list[str] = []
    foreign: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda said: _note_blocked(said, failures))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(address) else foreign.append(asked.url),
    )
    page.goto("/")
    yield page
    context.close()
    assert failures == []
    assert foreign == []


def _note_blocked(said: Any, failures: list[str]) -> None:
    """What the content security policy forbids is only said on the console."""
    if "Content Security Policy" in said.text:
        failures.append(said.text)


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that looks for what keeps people out (WCAG 2.2 AA)."""
    if not AXE.exists():
        pytest.skip("needs axe-core (cd frontend; npm ci)")
    return AXE.read_text(encoding="utf-8")
