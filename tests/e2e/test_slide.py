"""The slide page in a real browser: pictures at any power, cells over them, the ruler, the eye."""

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from at_the_screen import (
    ANALYSIS_MS,
    PASSWORD,
    heading,
    make_case,
    open_read_case,
    sign_in,
    troubles,
)

TILES = "**/pictures/*/tiles/**"


@pytest.fixture
def home(read_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(read_home, tmp_path / "home"))


@pytest.fixture
def two_fields(tmp_path: Path, shared_data: Path) -> list[Path]:
    """Two camera fields of one real smear."""
    with zipfile.ZipFile(shared_data / "fields.zip") as fields:
        names = sorted(name for name in fields.namelist() if "segpc-marrow-fullsize" in name)
        paths = [tmp_path / Path(name).name for name in names[:2]]
        for name, path in zip(names, paths, strict=False):
            path.write_bytes(fields.read(name))
    return paths


def slide(page: Any) -> Any:
    """The viewer itself."""
    return page.get_by_role("application")


def await_cells(page: Any) -> None:
    page.get_by_role("region", name="Cells shown").wait_for(timeout=ANALYSIS_MS)


def to_slide(page: Any) -> None:
    page.get_by_role("link", name="Slide").click(timeout=ANALYSIS_MS)
    slide(page).wait_for()


def open_smear(page: Any) -> None:
    """A case of a whole slide, on its slide page, once its cells are there."""
    open_read_case(page)
    to_slide(page)
    await_cells(page)


def await_scale(page: Any, um_per_screen_px: str) -> None:
    """Until so many µm are a pixel of the screen, as the page says them."""
    words = page.get_by_text(re.compile(rf"^{re.escape(um_per_screen_px)} µm/px$"))
    words.wait_for()


def in_slide(page: Any, across: float, down: float) -> tuple[float, float]:
    """A place on the screen by parts of the viewer's width and height."""
    box = slide(page).bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def test_a_whole_slide_by_key_and_by_eye(page: Any, axe: str) -> None:
    open_smear(page)
    assert troubles(page, axe) == []
    assert page.get_by_text("counted").first.is_visible()

    page.get_by_role("button", name="40×-equivalent").click()
    await_scale(page, "0.25")
    page.keyboard.press("PageDown")
    await_scale(page, "0.375")

    # 100 pixels of the screen at 0.25 µm each.
    page.get_by_role("button", name="40×-equivalent").click()
    await_scale(page, "0.25")
    page.keyboard.press("m")
    x, y = in_slide(page, 0.4, 0.5)
    page.mouse.click(x, y)
    page.mouse.click(x + 100, y)
    page.get_by_role("status").filter(has_text="25 µm").wait_for(state="attached")
    page.keyboard.press("Escape")
    page.get_by_text("Click on two points").wait_for(state="hidden")

    page.get_by_label("Brightness").press("ArrowRight")
    page.get_by_text("Changed for the eye only: brightness 105 %").wait_for()
    assert troubles(page, axe) == []
    page.get_by_role("button", name="Reset").first.click()
    page.get_by_text("Changed for the eye only").wait_for(state="hidden")

    page.keyboard.press("Escape")
    slide(page).wait_for(state="hidden")


def test_a_missed_cell_is_added_named_anew_and_taken_back(page: Any) -> None:
    open_smear(page)
    page.get_by_role("button", name="100×-equivalent").click()
    await_scale(page, "0.1")
    # Away from the cell in the middle: a cell that is there already is not added.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    page.get_by_text("Click on the cell that was missed").wait_for()
    # By key alone: the cross in the middle.
    page.keyboard.press("Enter")
    heading(page, "Missed cell: which class?").wait_for()
    with page.expect_response(lambda answer: answer.url.endswith("/review")) as sent:
        page.keyboard.press("q")
    added = sent.value.json()["added"]
    assert [(one["class_id"], one["initials"]) for one in added] == [("BLAST_NOS", "AK")]

    page.keyboard.press("Escape")
    page.get_by_text("Click on the cell that was missed").wait_for(state="hidden")
    # It may lie over one of the machine's, which is not to be in the way.
    page.get_by_role("radio", name="a person").check()
    page.mouse.click(*in_slide(page, 0.5, 0.5))
    page.get_by_text("added by").wait_for()
    with page.expect_response(lambda answer: answer.url.endswith("/review")) as sent:
        page.keyboard.press("w")
    named = sent.value.json()["named"]
    assert [one["class_id"] for one in named.values()] == ["PROMY"]
    heading(page, "Promyelocyte").wait_for()

    for _ in range(2):
        with page.expect_response(lambda answer: answer.url.endswith("/review")) as sent:
            page.keyboard.press("Control+z")
    assert sent.value.json()["added"] == []


def test_camera_fields_one_after_the_other(page: Any, axe: str, two_fields: list[Path]) -> None:
    heading(page, "Sign in").wait_for()
    sign_in(page, "a.keller", PASSWORD)
    heading(page, "Worklist").wait_for()
    make_case(page, "S26-2", button="Choose files", paths=two_fields)
    page.get_by_text("The last analysis failed").wait_for(timeout=ANALYSIS_MS)
    page.keyboard.press("a")
    page.get_by_label("Scale, µm a pixel").fill("0.043")
    page.keyboard.press("Enter")
    to_slide(page)
    # The pictures are there before the cells are.
    first = two_fields[0].name
    page.get_by_role("application", name=first).wait_for()
    await_cells(page)
    page.keyboard.press("]")
    page.get_by_role("application", name=two_fields[1].name).wait_for()
    assert troubles(page, axe) == []
    page.keyboard.press("[")
    page.get_by_role("application", name=first).wait_for()


def test_a_picture_that_is_damaged_is_said_to_be(page: Any) -> None:
    page.route(
        TILES,
        lambda route: route.fulfill(
            status=422, json={"error": {"code": "unreadable", "message": "smear.tif is damaged"}}
        ),
    )
    open_read_case(page)
    to_slide(page)
    page.get_by_text("This picture cannot be shown. Smear.tif is damaged.").wait_for()
    page.unroute(TILES)
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("This picture cannot be shown").wait_for(state="hidden")
