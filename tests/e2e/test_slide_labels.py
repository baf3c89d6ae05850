"""The labels of a case's slides in a real browser, by key."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from at_the_screen import READ_CASE, heading, open_read_case, troubles

LABEL = "What stands on the label"


@pytest.fixture
def home(read_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(read_home, tmp_path / "home"))


def test_a_label_is_compared_with_the_accession(page: Any, axe: str) -> None:
    open_read_case(page)
    page.keyboard.press("0")
    page.get_by_role("button", name="Match label").wait_for()
    page.keyboard.press("m")
    heading(page, "smear.tif").wait_for()
    assert troubles(page, axe) == []
    page.keyboard.type(f"{READ_CASE}1 A1", delay=60)
    page.keyboard.press("Enter")
    page.get_by_text("does not bear the accession").wait_for()
    page.get_by_label("Why it is this case's slide").wait_for()
    assert troubles(page, axe) == []

    page.get_by_label(LABEL).fill("")
    page.get_by_label(LABEL).focus()
    # As a barcode reader types.
    page.keyboard.type(f"{READ_CASE} A1")
    page.get_by_label("Stain").fill("May-Grünwald-Giemsa")
    page.get_by_label("Scanner or camera").fill("GT 450")
    page.keyboard.press("Enter")
    page.get_by_text(f"label {READ_CASE} A1").wait_for()
    page.get_by_text("May-Grünwald-Giemsa, GT 450").wait_for()
    page.keyboard.press("m")
    page.get_by_text("Matched by Anna Keller, scanned.").wait_for()
    page.keyboard.press("Escape")
