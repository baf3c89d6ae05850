"""The cells of a case in a real browser: galleries, naming by key, undo, a lost connection."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from at_the_screen import (
    ANALYSIS_MS,
    PASSWORD,
    READ_CASE,
    begin_adding,
    fill,
    finish_adding,
    give_password,
    heading,
    open_read_case,
    sign_in,
    sign_out,
    to_people,
    troubles,
)

from marrowscope.vocabulary import all_classes

CLASS_KEYS = Path(__file__).resolve().parents[2] / "frontend" / "src" / "gallery" / "class_keys.ts"
REVIEW = "**/review"


@pytest.fixture
def home(read_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(read_home, tmp_path / "home"))


@pytest.fixture
def cells_page(page: Any) -> Any:
    """The cells of a small smear."""
    open_read_case(page)
    page.keyboard.press("1")
    current(page).wait_for(timeout=ANALYSIS_MS)
    return page


def grid(page: Any) -> Any:
    return page.get_by_role("listbox").first


def current(page: Any) -> Any:
    return page.locator(".tile.current")


def name_of(tile: Any) -> str:
    return str(tile.locator(".unseen").text_content())


def row(page: Any, name: str) -> Any:
    return page.get_by_role("toolbar", name="Classes").get_by_role(
        "button", name=re.compile(rf"^{re.escape(name)}\b")
    )


def number_in(page: Any, name: str) -> int:
    """Cells of a class, as the list says it to who hears it."""
    said = re.search(r"(\d+) cells", row(page, name).text_content())
    assert said is not None
    return int(said[1])


def open_class(page: Any, name: str) -> None:
    row(page, name).click()
    page.locator("[data-group][aria-current=true]").filter(has_text=name).wait_for()


def most_common(page: Any) -> str:
    """A class with enough cells to try things on."""
    rows = page.get_by_role("toolbar", name="Classes").locator("[data-group]")
    numbers = {
        one.locator("span:not([aria-hidden], .unseen)").first.inner_text(): int(found[1])
        for one in rows.all()
        if (found := re.search(r"(\d+) cells", one.text_content()))
    }
    name = max(numbers, key=lambda one: numbers[one])
    assert numbers[name] >= 6, numbers
    return name


def await_saved(page: Any) -> None:
    page.get_by_role("status").filter(has_text=re.compile(r"^Saved")).wait_for()


def await_number(page: Any, name: str, number: int) -> None:
    said = rf"^{re.escape(name)},? {number} cells"
    page.get_by_role("button", name=re.compile(said)).wait_for()


def test_every_class_that_a_reader_may_give_has_a_key_of_its_own() -> None:
    text = CLASS_KEYS.read_text(encoding="utf-8")
    tables = {
        name: dict(re.findall(r'(\w+): "(.)"', body))
        for name, body in re.findall(r"const (\w+): KeyOfClass = \{(.*?)\};", text, re.DOTALL)
    }
    wanted = {one.class_id for one in all_classes()} - {"RBC"}
    for layout in ("LEFT_HAND", "MNEMONIC"):
        assert set(tables[layout]) | set(tables["AFTER_RARE"]) == wanted
        # Keys that mean something else in the gallery.
        assert set(tables[layout].values()).isdisjoint("nyl0127[]./?")
    assert "a" not in tables["AFTER_RARE"].values()  # The Auer rod's.
    for table in tables.values():
        assert len(set(table.values())) == len(table)


def test_cells_are_named_by_key_and_the_count_follows(cells_page: Any, axe: str) -> None:
    page = cells_page
    name = most_common(page)
    open_class(page, name)
    n = number_in(page, name)
    n_basophils = number_in(page, "Basophils")
    n_monocytes = number_in(page, "Monocytes")
    page.keyboard.press("d")
    await_saved(page)
    await_number(page, "Basophils", n_basophils + 1)
    await_number(page, name, n - 1)
    # The cell leaves a gap; the next one is the current one.
    gone = page.locator(".tile.gone")
    assert "basophil" in name_of(gone)
    assert "named by " in name_of(gone)
    assert current(page).get_attribute("data-index") == "1"

    page.keyboard.press("Control+z")
    await_number(page, name, n)
    page.locator(".tile.gone").wait_for(state="detached")
    page.keyboard.press("Control+Shift+z")
    await_number(page, "Basophils", n_basophils + 1)
    assert troubles(page, axe) == []

    # Several at once, by keys alone; a rare class by two strokes.
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.get_by_text("3 selected").wait_for()
    page.keyboard.press(".")
    page.get_by_role("menu").wait_for()
    assert troubles(page, axe) == []
    page.keyboard.press("p")
    await_number(page, name, n - 4)
    await_number(page, "Monocytes", n_monocytes + 3)
    open_class(page, "Monocytes")
    page.locator(".tile.person").first.click()
    assert "promonocyte, named by" in name_of(current(page))
    page.keyboard.press(".")
    page.keyboard.press("a")
    page.get_by_text("noted", exact=True).wait_for()
    n_erythroblasts = number_in(page, "Erythroblasts")
    page.keyboard.press("Shift+X")
    page.keyboard.press("1")
    await_number(page, "Erythroblasts", n_erythroblasts + 1)
    await_number(page, "Monocytes", n_monocytes + 2)
    assert page.get_by_text("Undo: 1 cell to proerythroblast").is_visible()


def test_seen_by_looking_and_by_space_and_never_by_scrolling(cells_page: Any) -> None:
    page = cells_page
    open_class(page, most_common(page))
    page.locator(".tile.current.seen").wait_for()
    n_seen = page.locator(".tile.seen").count()
    grid(page).evaluate("one => one.scrollTo(0, one.scrollHeight)")
    page.wait_for_timeout(700)
    assert page.locator(".tile.seen").count() <= n_seen
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("Space")
    await_saved(page)
    page.reload()
    current(page).wait_for()
    assert page.get_by_text(re.compile(r"^[1-9]\d* of \d+ seen")).is_visible()
    page.keyboard.press("n")
    assert current(page).count() == 1


def test_what_was_done_survives_a_lost_connection_and_a_reload(cells_page: Any) -> None:
    page = cells_page
    name = most_common(page)
    open_class(page, name)
    n = number_in(page, name)
    page.route(REVIEW, lambda route: route.abort())
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.get_by_text(re.compile(r"Not saved yet: \d+ act")).wait_for()
    assert page.locator(".tile.gone").count() == 2

    page.unroute(REVIEW)
    page.reload()
    await_number(page, "Basophils", 2)
    await_number(page, name, n - 2)
    await_saved(page)
    assert page.evaluate("Object.keys(localStorage).filter(n => n.includes('.acts.'))") == []


def test_of_several_acts_only_the_refused_one_is_lost(cells_page: Any) -> None:
    page = cells_page
    name = most_common(page)
    open_class(page, name)
    n = number_in(page, name)
    page.route(REVIEW, lambda route: route.abort())
    for _ in range(3):
        page.keyboard.press("d")
    page.get_by_text(re.compile(r"Not saved yet: \d+ act")).wait_for()
    kept = "Object.entries(localStorage).find(([n]) => n.includes('.acts.'))[1]"
    wrong = [act["id"] for act in json.loads(page.evaluate(kept)) if act["kind"] == "name"][1]
    error = {"code": "not_found", "message": "there is no such cell in this analysis"}

    def answer(route: Any) -> None:
        sent = json.loads(route.request.post_data or '{"acts": []}')
        if any(act["id"] == wrong for act in sent["acts"]):
            route.fulfill(status=404, json={"error": error})
        else:
            route.continue_()

    page.unroute(REVIEW)
    page.route(REVIEW, answer)
    page.get_by_text("Not saved, 1 cell to Basophil: There is no such cell").wait_for()
    await_saved(page)
    await_number(page, "Basophils", 2)
    await_number(page, name, n - 2)
    page.get_by_role("button", name="Understood").click()
    page.get_by_text("Not saved, 1 cell").wait_for(state="hidden")


def test_a_session_that_ended_loses_no_naming(cells_page: Any) -> None:
    page = cells_page
    name = most_common(page)
    open_class(page, name)
    n = number_in(page, name)
    page.context.clear_cookies()
    page.keyboard.press("d")
    heading(page, "Sign in again").wait_for()
    give_password(page, PASSWORD)
    heading(page, "Sign in again").wait_for(state="hidden")
    await_number(page, name, n - 1)
    await_saved(page)


def test_a_second_reader_sees_whose_cell_it_is_and_cannot_take_it_back(cells_page: Any) -> None:
    page = cells_page
    address = page.url
    name = most_common(page)
    open_class(page, name)
    page.keyboard.press("d")
    await_saved(page)
    # One more that does not get through: it is never to be sent as another reader's.
    page.route(REVIEW, lambda route: route.abort())
    page.keyboard.press("d")
    page.get_by_text("Not saved yet: 1 act").wait_for()
    page.keyboard.press("Escape")
    heading(page, "Worklist").wait_for()
    to_people(page)
    begin_adding(page, "Jo Smith", "j.smith", "Technologist")
    temporary = finish_adding(page)
    sign_out(page, "AK")
    sign_in(page, "j.smith", temporary)
    fill(page, temporary_password=temporary, new_password="copper lantern nine")
    page.get_by_label("New password, again").fill("copper lantern nine")
    page.keyboard.press("Enter")
    heading(page, "Worklist").wait_for()
    page.unroute(REVIEW)
    page.get_by_role("link", name=READ_CASE).first.click()
    current(page).wait_for()
    open_class(page, "Basophils")
    assert "named by A" in name_of(current(page))
    assert "other" in str(current(page).get_attribute("class"))
    page.keyboard.press("Control+z")
    page.goto(address)
    await_number(page, "Basophils", 1)

    # The first one is back, and with her what had not got through.
    sign_out(page, "JS")
    sign_in(page, "a.keller", PASSWORD)
    heading(page, "Worklist").wait_for()
    page.goto(address)
    await_number(page, "Basophils", 2)


def test_mouse_band_drag_and_size(cells_page: Any) -> None:
    page = cells_page
    name = most_common(page)
    open_class(page, name)
    n = number_in(page, name)
    box = grid(page).bounding_box()
    tile = page.locator(".tile").first.bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(tile["x"] + 2.5 * tile["width"], tile["y"] + 20, steps=4)
    page.mouse.up()
    page.get_by_text("3 selected").wait_for()

    # From what is selected, it is carried to a class.
    target = row(page, "Lymphocytes").bounding_box()
    page.mouse.move(tile["x"] + 20, tile["y"] + 20)
    page.mouse.down()
    page.mouse.move(target["x"] + 60, target["y"] + 10, steps=6)
    page.mouse.up()
    await_saved(page)
    if name != "Lymphocytes":
        await_number(page, name, n - 3)

    page.get_by_role("button", name="2×").click()
    assert page.locator(".tile").first.bounding_box()["width"] == 192
    page.keyboard.press("y")
    assert page.get_by_role("listbox").count() == 2
    page.keyboard.press("y")
    page.get_by_label("Blind").check()
    heading(page, "All cells").wait_for()
    unnamed = page.locator(".tile:not(.person)").first
    assert re.match(r"cell \d+, (not )?seen", name_of(unnamed))


def test_the_slide_and_back_to_the_same_cell(cells_page: Any) -> None:
    page = cells_page
    open_class(page, most_common(page))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    named = name_of(current(page)).rsplit(",", 1)[0]
    page.keyboard.press("Enter")
    page.wait_for_url("**/slide")
    page.keyboard.press("Escape")
    page.wait_for_url("**/cells")
    current(page).wait_for()
    assert current(page).get_attribute("data-index") == "2"
    assert name_of(current(page)).startswith(named)


def test_what_one_did_is_taken_over_to_a_second_analysis(cells_page: Any, axe: str) -> None:
    page = cells_page
    page.keyboard.press("d")
    await_saved(page)
    page.keyboard.press("0")
    page.get_by_role("button", name="Analyse again").wait_for()
    page.keyboard.press("a")
    heading(page, "Analyse 1 slide").wait_for()
    page.keyboard.press("Enter")
    heading(page, "Analyse 1 slide").wait_for(state="hidden")
    page.keyboard.press("1")
    page.get_by_role("button", name="Show the newer one").click(timeout=ANALYSIS_MS)
    await_number(page, "Basophils", 0)
    page.get_by_text("and named 1 of them").wait_for()
    assert troubles(page, axe) == []
    page.get_by_role("button", name="Take them over").press("Enter")
    await_number(page, "Basophils", 1)
    page.get_by_role("button", name="Take them over").wait_for(state="hidden")
