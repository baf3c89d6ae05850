"""What is said of a slide, and whose label it bears."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from case_acts import code_of, opened, uploaded, with_slide
from web_laboratory import Browser, Laboratory

from slides.made_slides import smooth_pixels, write_svs


@pytest.fixture
def tom(laboratory: Laboratory) -> Browser:
    return laboratory.browser("tom")


def slide_of(browser: Browser, **facts: Any) -> tuple[str, str]:
    """Paths of a new case and of its only slide."""
    case_id = opened(browser, **facts)
    slide = with_slide(browser, case_id)
    return f"/api/cases/{case_id}", f"/api/cases/{case_id}/slides/{slide['slide_id']}"


def match_in(browser: Browser, case: str) -> Any:
    return browser.ask("GET", case).json()["slides"][0]["match"]


def test_a_label_is_matched_to_the_accession(laboratory: Laboratory, tom: Browser) -> None:
    case, slide = slide_of(tom, accession="S26-50")
    assert match_in(tom, case) is None
    answer = tom.ask("POST", f"{slide}/match", {"label": "s26-50  A1", "means": "scanned"})
    assert answer.status_code == 200, answer.text
    match = match_in(tom, case)
    assert match == answer.json()["match"]
    assert match["label"] == "s26-50 A1"
    assert (match["means"], match["reason"], match["by_name"]) == ("scanned", "", "Tom Invented")
    [entry] = [one for one in laboratory.audit.entries() if one.act == "case_slide_matched"]
    # The trail does not repeat a label, which may name a patient.
    assert "A1" not in entry.details


def test_another_label_needs_a_reason_and_a_new_accession_a_new_match(tom: Browser) -> None:
    case, slide = slide_of(tom, accession="S26-50")
    wrong = {"label": "S26-51 A1"}
    answer = tom.ask("POST", f"{slide}/match", wrong)
    assert code_of(answer) == (422, "other_label")
    assert "right slide" in answer.json()["error"]["message"]
    assert match_in(tom, case) is None
    answer = tom.ask("POST", f"{slide}/match", wrong | {"reason": "relabelled in error"})
    assert answer.json()["match"]["reason"] == "relabelled in error"

    version = tom.ask("GET", case).json()["version"]
    body = {"version": version, "facts": {"accession": "S26-51"}}
    assert tom.ask("PUT", f"{case}/facts", body).status_code == 200
    assert match_in(tom, case) is None


def test_without_an_accession_nothing_is_matched(tom: Browser) -> None:
    _, slide = slide_of(tom)
    answer = tom.ask("POST", f"{slide}/match", {"label": "S26-50"})
    assert code_of(answer) == (422, "refused")
    assert "accession" in answer.json()["error"]["message"]


def test_what_a_slide_was_made_with_is_said_anew(tom: Browser) -> None:
    case, slide = slide_of(tom)
    said = {"scanner": "  Pannoramic  1000 ", "stain": "Wright"}
    tom.ask("PUT", f"{slide}/made-with", said)
    found = tom.ask("GET", case).json()["slides"][0]
    assert (found["scanner"], found["stain"]) == ("Pannoramic 1000", "Wright")
    tom.ask("PUT", f"{slide}/made-with", {})
    found = tom.ask("GET", case).json()["slides"][0]
    assert (found["scanner"], found["stain"]) == ("", "")
    too_long = tom.ask("PUT", f"{slide}/made-with", {"scanner": "x" * 129})
    assert too_long.status_code == 422


@pytest.mark.parametrize("act", ["made-with", "match", "label"])
def test_a_slide_that_is_not_there(tom: Browser, act: str) -> None:
    case, _ = slide_of(tom, accession="S26-50")
    path = f"{case}/slides/00000000-0000-4000-8000-000000000000/{act}"
    method, body = {
        "made-with": ("PUT", {}),
        "match": ("POST", {"label": "S26-50"}),
        "label": ("GET", None),
    }[act]
    assert code_of(tom.ask(method, path, body)) == (404, "not_found")


def test_who_reads_cells_sees_the_label_and_each_look_is_audited(
    laboratory: Laboratory, tom: Browser, tmp_path: Path
) -> None:
    slide_file = tmp_path / "smear.svs"
    write_svs(slide_file, smooth_pixels(800, 600), 0.25)
    case_id = opened(tom)
    content = slide_file.read_bytes()
    upload_id = uploaded(tom, case_id, "smear.svs", content)
    body = {"kind": "file", "upload_ids": [upload_id]}
    slide = tom.ask("POST", f"/api/cases/{case_id}/slides", body).json()
    path = f"/api/cases/{case_id}/slides/{slide['slide_id']}/label"

    answer = tom.ask("GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (60, 60, 3)
    assert abs(float(pixels.mean()) - 7) < 2
    looks = [one for one in laboratory.audit.entries() if "label" in one.details]
    assert [(one.act, one.actor_name) for one in looks] == [("case_read", "tom")]
    assert code_of(laboratory.browser("limo").ask("GET", path)) == (403, "not_allowed")


def test_a_slide_without_a_label_says_so(tom: Browser) -> None:
    _, slide = slide_of(tom)
    answer = tom.ask("GET", f"{slide}/label")
    assert code_of(answer) == (404, "not_found")
    assert "look at the glass" in answer.json()["error"]["message"]
