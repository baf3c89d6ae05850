"""Cases in a real browser: the first one, new ones from files, their uploads and reports."""

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from at_the_screen import (
    ANALYSIS_MS,
    PASSWORD,
    await_report,
    begin_adding,
    fill,
    finish_adding,
    heading,
    make_case,
    set_up,
    sign_in,
    sign_out,
    to_people,
    troubles,
)

from marrowscope.phantom import write_phantom

UPLOADS = "**/api/uploads/*"
SEED = 20261129


@pytest.fixture
def smear(tmp_path: Path) -> Path:
    """A whole slide, drawn by a program; finding its cells takes seconds on any machine."""
    slide = tmp_path / "smear.tif"
    write_phantom(slide, width_px=4000, height_px=4000, seed=SEED)
    return slide


@pytest.fixture
def two_fields(tmp_path: Path, shared_data: Path) -> Path:
    """A folder with two camera fields of one real smear, and a file that is none."""
    folder = tmp_path / "smear A"
    folder.mkdir()
    with zipfile.ZipFile(shared_data / "fields.zip") as fields:
        names = sorted(name for name in fields.namelist() if "segpc-marrow-fullsize" in name)
        for name in names[:2]:
            (folder / Path(name).name).write_bytes(fields.read(name))
    (folder / "letter.pdf").write_bytes(b"%PDF-")
    return folder


def under_way(page: Any) -> Any:
    return page.get_by_label("Analysis under way")


def shown_case(page: Any, accession: str) -> Any:
    return page.get_by_role("row").filter(has_text=accession)


@pytest.mark.parametrize("serve_options", [("--demo",)])
def test_the_first_case_is_there_and_becomes_ready(page: Any, axe: str) -> None:
    set_up(page)
    assert troubles(page, axe) == []
    demo = shown_case(page, "DEMO")
    demo.wait_for(timeout=ANALYSIS_MS)
    demo.get_by_text("counted").wait_for(timeout=ANALYSIS_MS)
    assert troubles(page, axe) == []

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    heading(page, "DEMO").wait_for()
    page.keyboard.press("0")
    report = await_report(page)
    assert report.get_by_text("Research use only").first.is_visible()
    page.get_by_text("counted of").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="analysis.json").click()
    assert download.value.suggested_filename == "analysis.json"
    assert troubles(page, axe) == []

    page.keyboard.press("Escape")
    heading(page, "Worklist").wait_for()
    # Back at its line.
    page.locator("a:focus").filter(has_text="DEMO").wait_for()


def test_a_case_from_a_folder_of_fields(page: Any, axe: str, two_fields: Path) -> None:
    set_up(page)
    page.keyboard.press("n")
    heading(page, "New case").wait_for()
    fill(page, accession="S26-01234", patient_name="Doe, Jane", patient_id="4711")
    page.get_by_text("More about the patient").click()
    fill(page, birth_date="1961-05-03", indication="Pancytopenia")
    page.get_by_label("Blasts in the blood, %").fill("3,5")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(str(two_fields))
    page.get_by_text("2 camera fields").wait_for()
    page.get_by_text("letter.pdf").wait_for()
    assert troubles(page, axe) == []

    page.get_by_role("button", name="Make the case").click()
    heading(page, "S26-01234").wait_for()
    # Nobody has to ask: the analysis follows the upload. These two say no scale, and show none.
    page.get_by_text("The last analysis failed").wait_for(timeout=ANALYSIS_MS)
    page.keyboard.press("a")
    page.get_by_label("Scale, µm a pixel").fill("0.05")
    page.keyboard.press("Enter")
    under_way(page).wait_for()
    await_report(page)
    page.get_by_role("button", name="Take out smear A").wait_for()
    page.get_by_text("3.5 %", exact=True).wait_for()
    assert troubles(page, axe) == []


def test_the_worklist_is_searched_and_narrowed(page: Any) -> None:
    set_up(page)
    page.get_by_text("No case yet").wait_for()
    for accession, purpose in (("S26-1", "Research"), ("S26-2", "Teaching")):
        page.keyboard.press("n")
        fill(page, accession=accession)
        page.get_by_label("Purpose", exact=True).last.select_option(label=purpose)
        page.get_by_role("button", name="Make the case").click()
        heading(page, accession).wait_for()
        page.keyboard.press("Escape")
        heading(page, "Worklist").wait_for()

    shown_case(page, "S26-1").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("s26-2")
    shown_case(page, "S26-1").wait_for(state="hidden")
    assert shown_case(page, "S26-2").is_visible()
    page.get_by_role("button", name="Show all").click()
    shown_case(page, "S26-1").wait_for()
    page.get_by_label("Purpose", exact=True).select_option(label="Teaching")
    shown_case(page, "S26-1").wait_for(state="hidden")
    page.get_by_label("Purpose", exact=True).select_option(label="Archive")
    page.get_by_text("No such case").wait_for()


def test_an_upload_goes_on_after_a_lost_connection(page: Any, tmp_path: Path) -> None:
    big = tmp_path / "big.svs"
    big.write_bytes(os.urandom(9_000_000))
    set_up(page)
    sent: list[str] = []
    is_connected = True

    def pass_on(route: Any) -> None:
        if route.request.method == "PATCH":
            sent.append(route.request.headers["upload-offset"])
        # The first part comes through; then the line is cut until somebody mends it.
        if is_connected or (route.request.method == "PATCH" and sent == ["0"]):
            route.continue_()
        else:
            route.abort()

    is_connected = False
    page.route(UPLOADS, pass_on)
    page.keyboard.press("n")
    fill(page, accession="S26-7")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(str(big))
    page.get_by_label("Analyse as soon as").uncheck()
    page.get_by_role("button", name="Make the case").click()
    page.get_by_text("No answer from the server").wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("paused").wait_for()

    is_connected = True
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Take out big.svs").wait_for()
    page.get_by_text("9 MB", exact=True).wait_for()
    # What was sent once was not sent again.
    assert sent.count("0") == 1


def test_an_analysis_shows_cells_is_cancelled_and_asked_for_again(page: Any, smear: Path) -> None:
    set_up(page)
    make_case(page, "S26-8", button="Choose files", paths=[smear])
    under_way(page).wait_for()
    first = under_way(page).get_by_role("list", name="First cells found").get_by_role("listitem")
    first.first.wait_for()
    assert under_way(page).get_by_text("Nothing here is counted").is_visible()
    # Raises unless the server gave a picture.
    first.first.locator("img").evaluate("picture => picture.decode()")
    page.keyboard.press("x")
    under_way(page).wait_for(state="hidden")
    page.get_by_text("cancelled", exact=True).wait_for()

    page.keyboard.press("a")
    heading(page, "Analyse 1 slide").wait_for()
    page.get_by_label("Cells to count").fill("20")
    page.keyboard.press("Enter")
    await_report(page)
    page.get_by_text("1 slide, 20 cells to count").wait_for()


def test_two_who_change_facts_at_once_both_keep_theirs(page: Any) -> None:
    set_up(page)
    page.keyboard.press("n")
    fill(page, accession="S26-9")
    page.get_by_role("button", name="Make the case").click()
    heading(page, "S26-9").wait_for()
    other = page.context.new_page()
    other.goto(page.url)
    heading(other, "S26-9").wait_for()
    for one, what in ((page, {"patient_id": "4711"}), (other, {"site": "Sternum"})):
        one.keyboard.press("e")
        fill(one, **what)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("4711").first.wait_for()

    other.get_by_role("button", name="Save").click()
    other.get_by_text("Somebody else changed").wait_for()
    other.get_by_role("button", name="Save").click()
    other.get_by_role("dialog").wait_for(state="hidden")
    other.get_by_text("Sternum").wait_for()
    assert other.get_by_text("4711").first.is_visible()


def test_a_case_is_deleted_with_a_reason_and_the_password(page: Any, axe: str) -> None:
    set_up(page)
    page.keyboard.press("n")
    fill(page, accession="S26-10")
    page.get_by_role("button", name="Make the case").click()
    heading(page, "S26-10").wait_for()
    assert troubles(page, axe) == []
    page.keyboard.press("d")
    fill(page, reason="Made by mistake", your_password="not the right one")
    assert troubles(page, axe) == []
    page.get_by_role("button", name="Delete for good").click()
    page.get_by_text("The password is wrong.").wait_for()
    fill(page, your_password=PASSWORD)
    page.keyboard.press("Enter")

    heading(page, "Worklist").wait_for()
    page.get_by_text("No case yet").wait_for()


def test_a_trainee_sees_cases_for_teaching_and_changes_none(page: Any) -> None:
    set_up(page)
    for accession, purpose in (("S26-11", "Research"), ("S26-12", "Teaching")):
        page.keyboard.press("n")
        fill(page, accession=accession)
        page.get_by_label("Purpose", exact=True).last.select_option(label=purpose)
        page.get_by_role("button", name="Make the case").click()
        heading(page, accession).wait_for()
        page.keyboard.press("Escape")
        heading(page, "Worklist").wait_for()
    to_people(page)
    begin_adding(page, "Jo Smith", "j.smith", "Trainee")
    temporary = finish_adding(page)
    sign_out(page, "AK")
    sign_in(page, "j.smith", temporary)
    fill(page, temporary_password=temporary, new_password="copper lantern nine")
    page.get_by_label("New password, again").fill("copper lantern nine")
    page.keyboard.press("Enter")
    heading(page, "Worklist").wait_for()

    shown_case(page, "S26-12").wait_for()
    assert not shown_case(page, "S26-11").is_visible()
    assert page.get_by_role("button", name="New case").count() == 0
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    heading(page, "S26-12").wait_for()
    for name in ("Analyse", "Edit", "Delete", "Choose files"):
        assert page.get_by_role("button", name=name).count() == 0
