"""One case on a real server, with its own jobs: from upload to report, and one from beside it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from web_laboratory import PASSWORD

from marrowscope.assembly_web import existing_cases
from marrowscope.cases.events import SlideForm
from marrowscope.cases.facts import CaseFacts
from marrowscope.phantom import write_phantom
from marrowscope.settings import load_settings

PART = 256 * 1024
LONGEST_WAIT_S = 240


@pytest.fixture(scope="module")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("phantom") / "smear.tif"
    write_phantom(path, width_px=1600, height_px=1600, seed=7)
    return path


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[httpx.Client]:
    """Of the administrator who set the server up."""
    server = subprocess.Popen(
        [sys.executable, "-m", "marrowscope", "serve", "--port", "0", "--no-demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"MARROWSCOPE_HOME": str(tmp_path / "home")},
    )
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        assert line.startswith("Marrowscope is on http"), line
        with httpx.Client(base_url=line.split()[-1], timeout=60) as client:
            person = {"user_name": "ada", "full_name": "Ada", "initials": "A"}
            answer = client.post("/api/set-up", json=person | {"password": PASSWORD})
            client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
            yield client
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=60)
        assert (server.returncode, err) == (0, "")
    finally:
        if server.poll() is None:
            server.kill()
        server.communicate()


def waited_for(browser: httpx.Client, path: str) -> dict[str, object]:
    """What became of an analysis."""
    last = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < last:
        found = dict(browser.get(path).json())
        if found["status"] not in {"waiting", "running"}:
            return found
        time.sleep(0.5)
    raise AssertionError("still not done")


def test_from_upload_to_report(browser: httpx.Client, phantom: Path, tmp_path: Path) -> None:
    case_id = browser.post("/api/cases", json={"accession": "A-1"}).json()["case_id"]
    content = phantom.read_bytes()
    upload = browser.post(
        f"/api/cases/{case_id}/uploads", json={"name": "smear.tif", "n_bytes": len(content)}
    ).json()
    path = f"/api/uploads/{upload['upload_id']}"
    offset = 0
    while offset < len(content):
        part = browser.patch(
            path, content=content[offset : offset + PART], headers={"Upload-Offset": str(offset)}
        )
        offset = part.json()["offset"]
    assert browser.post(f"{path}/finish").status_code == 200
    body = {"kind": "file", "upload_ids": [upload["upload_id"]]}
    assert browser.post(f"/api/cases/{case_id}/slides", json=body).status_code == 201
    analysis = browser.post(f"/api/cases/{case_id}/analyses", json={}).json()

    below = f"/api/cases/{case_id}/analyses/{analysis['analysis_id']}"
    assert waited_for(browser, f"{below}/progress")["status"] == "finished"
    report = browser.get(f"{below}/report")
    assert "Bone marrow aspirate" in report.text
    assert "<script" not in report.text
    assert browser.get(f"{below}/files/cells.parquet").content.startswith(b"PAR1")
    (line,) = browser.get("/api/cases").json()["cases"]
    assert line["status"] == "ready"
    assert line["summary"]["n_counted"] > 0

    # Somebody adds another one at the command line meanwhile.
    with existing_cases(load_settings(home=tmp_path / "home")) as (parts, jobs):
        records = parts.cases.records
        beside = records.open_case(CaseFacts(accession="B-2"), by=None).case_id
        parts.cases.slides.add_copied(beside, "", SlideForm.FILE, [phantom], by=None)
        analysis_id = jobs.ask(beside, by=None)
    done = waited_for(browser, f"/api/cases/{beside}/analyses/{analysis_id}/progress")
    assert done["status"] == "finished"
    both = [case["accession"] for case in browser.get("/api/cases").json()["cases"]]
    assert both == ["A-1", "B-2"]
