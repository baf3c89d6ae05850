"""A server that is killed while cells are being named: nothing it acknowledged is lost."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from PIL import Image

from fakes.finished_case import finish_made_analysis
from fakes.made_result import SLIDES, made_analysis
from marrowscope.assembly_web import home_parts
from marrowscope.cases.events import SlideForm
from marrowscope.cases.facts import CaseFacts

PASSWORD = "four plain words here"
CELLS = made_analysis().cells.texts("cell_id").tolist()
CLASSES = ("BLAST_NOS", "PROMY", "SEG", "LYMPH", "ERY_NOS", "ARTEFACT", "UNCLASS")
LATEST_KILL_S = 1.5


def made_case(folder: Path) -> tuple[Path, str]:
    """A home with a reader and a finished analysis, and the path of its review."""
    home = folder / "home"
    with home_parts(home) as parts:
        reader = parts.accounts.set_up("ada", "Ada Reader", "AR", PASSWORD)
        case_id = parts.cases.records.open_case(CaseFacts(), by=reader).case_id
        for name in SLIDES:
            picture = folder / f"{name}.png"
            Image.new("RGB", (40, 40)).save(picture)
            parts.cases.slides.add_copied(case_id, name, SlideForm.FIELDS, [picture], by=reader)
        analysis_id = finish_made_analysis(parts.cases, case_id)
    return home, f"/api/cases/{case_id}/analyses/{analysis_id}/review"


@contextmanager
def served(home: Path) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    """A real server, and a client that is signed in."""
    command = [sys.executable, "-m", "marrowscope", "serve", "--port", "0", "--no-demo"]
    environment = os.environ | {"MARROWSCOPE_HOME": str(home)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            assert server.stdout is not None
            found = next(filter(None, (re.search(r"http://\S+", line) for line in server.stdout)))
            with httpx.Client(base_url=found[0].rstrip("/."), timeout=60) as client:
                body = {"user_name": "ada", "password": PASSWORD}
                signed_in = client.post("/api/session", json=body)
                assert signed_in.status_code == 200, signed_in.text
                client.headers["X-CSRF-Token"] = signed_in.json()["csrf_token"]
                yield server, client
        finally:
            server.kill()


def named_until_killed(
    home: Path, path: str, rng: random.Random
) -> tuple[dict[str, str], dict[str, Any]]:
    """Class of every cell whose naming was acknowledged, and the act that was not."""
    acknowledged: dict[str, str] = {}
    with served(home) as (server, client):
        killing = threading.Timer(
            rng.uniform(0.05, LATEST_KILL_S), server.send_signal, [signal.SIGKILL]
        )
        killing.start()
        while True:
            cell_id, class_id = rng.choice(CELLS), rng.choice(CLASSES)
            act = {
                "id": str(UUID(int=rng.getrandbits(128), version=4)),
                "kind": "name",
                "cell_ids": [cell_id],
                "class_id": class_id,
            }
            try:
                answer = client.post(path, json={"since": 0, "acts": [act]})
            except httpx.TransportError:
                return acknowledged, act
            assert answer.status_code == 200, answer.text
            acknowledged[cell_id] = class_id


def review_survives(home: Path, path: str, rng: random.Random, n_kills: int) -> int:
    """Kills while cells are named; how many cells were named. Fails where a name was lost."""
    named: dict[str, str] = {}
    n_acknowledged = 0
    for _ in range(n_kills):
        acknowledged, unsure = named_until_killed(home, path, rng)
        named |= acknowledged
        n_acknowledged += len(acknowledged)
        with served(home) as (_, client):
            # What was under way may be there or not; sent again it is there, and once.
            again = client.post(path, json={"since": 0, "acts": [unsure]}).json()
            named[unsure["cell_ids"][0]] = unsure["class_id"]
            once_more = client.post(path, json={"since": 0, "acts": [unsure]}).json()
            review = client.get(path).json()
        assert once_more["version"] == again["version"] == review["version"]
        found = {cell_id: one["class_id"] for cell_id, one in review["named"].items()}
        assert found == named
    with home_parts(home) as parts:
        assert parts.audit.verify().broken_at is None
    return n_acknowledged


def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    home, path = made_case(tmp_path)
    assert review_survives(home, path, random.Random(20261130), 5) > 0
