"""A server of its own for each test, and a real browser that opens it."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
START_S = 60
PATIENCE_MS = 30_000
"""Machines are shared; a step that works takes well under a second on an idle one."""


@pytest.fixture
def serve_options() -> tuple[str, ...]:
    """More options of `marrowscope serve`; a test that wants others gives them as a parameter."""
    return ("--no-demo",)


@pytest.fixture
def address(tmp_path: Path, serve_options: tuple[str, ...]) -> Iterator[str]:
    """Where `marrowscope serve` answers, from a home folder with nothing in it."""
    if not BUILT_PAGE.exists():
        pytest.skip("needs the built page (cd frontend; npm ci; npm run build)")
    command = [sys.executable, "-m", "marrowscope", "serve", "--port", "0", *serve_options]
    environment = os.environ | {"MARROWSCOPE_HOME": str(tmp_path / "home")}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            yield _announced(server)
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=START_S)


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
