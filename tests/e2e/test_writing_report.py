"""Writing the report in a real browser: nothing typed is lost, nothing is written by itself."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from at_the_screen import PASSWORD, give_password, heading, open_read_case, troubles

TEXTS = "**/report-text"
CONCLUSION = "Maturing granulocytic and erythroid cells."
SCROLLED = "document.querySelector('iframe').contentDocument.scrollingElement.scrollTop"
ADDED = " Flow cytometry is to follow."


def await_saved(page: Any) -> None:
    page.get_by_role("status").filter(has_text=re.compile(r"^Saved")).wait_for()


def conclusion(page: Any) -> Any:
    return page.get_by_label("Conclusion")


@pytest.fixture
def home(read_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(read_home, tmp_path / "home"))


@pytest.fixture
def text_page(page: Any) -> Any:
    """The text of a case with a small smear."""
    open_read_case(page)
    page.keyboard.press("4")
    page.wait_for_url("**/text")
    conclusion(page).wait_for()
    return page


def test_nothing_typed_is_lost(text_page: Any) -> None:
    page = text_page
    page.route(TEXTS, _without_saving)
    conclusion(page).fill(CONCLUSION)
    page.get_by_text("Not saved yet: 1 heading").wait_for()
    page.unroute(TEXTS)
    page.reload()
    conclusion(page).wait_for()
    await_saved(page)
    assert conclusion(page).input_value() == CONCLUSION
    assert page.evaluate("Object.keys(sessionStorage).filter(n => n.includes('text'))") == []

    # A session that ended is regained, and what was typed is saved then.
    page.context.clear_cookies()
    conclusion(page).fill(CONCLUSION + ADDED)
    heading(page, "Sign in again").wait_for()
    give_password(page, PASSWORD)
    heading(page, "Sign in again").wait_for(state="hidden")
    await_saved(page)
    page.reload()
    conclusion(page).wait_for()
    assert conclusion(page).input_value() == CONCLUSION + ADDED

    # Characters are counted only near the limit, and what is too long is not cut off.
    comment = page.get_by_label("Comment")
    comment.fill("x" * 1000)
    assert page.get_by_text("characters left").count() == 0
    comment.fill("x" * 1990)
    page.get_by_text("10 characters left").wait_for()
    comment.fill("x" * 2001)
    page.get_by_text("2,001 of at most 2,000 characters").wait_for()
    page.get_by_text("Not saved yet: 1 heading").wait_for()
    assert len(comment.input_value()) == 2001


def test_two_who_write_under_one_heading_both_keep_their_words(text_page: Any) -> None:
    page = text_page
    other = page.context.new_page()
    other.goto(page.url)
    conclusion(other).wait_for()
    conclusion(other).fill("Theirs.")
    other.get_by_label("Comment").fill("Also theirs.")
    await_saved(other)
    other.close()

    conclusion(page).fill("Mine.")
    page.get_by_text("Somebody else wrote here meanwhile").wait_for()
    assert conclusion(page).input_value() == "Mine."
    assert page.get_by_label("Comment").input_value() == "Also theirs."
    page.get_by_role("button", name="Take theirs").press("Enter")
    assert conclusion(page).input_value() == "Theirs."
    await_saved(page)


def test_what_the_machine_offers_is_taken_over_only_by_a_person(text_page: Any, axe: str) -> None:
    page = text_page
    offered = "Erythroblasts 22.8 %."
    page.route(TEXTS, lambda route: _offering(route, "erythropoiesis", offered))
    page.reload()
    field = page.get_by_label("Erythropoiesis")
    field.wait_for()
    page.get_by_text("Dashed and grey is what the machine can say").wait_for()
    assert field.input_value() == ""
    assert troubles(page, axe) == []
    # Passing over it by the key for that takes nothing.
    page.get_by_label("Megakaryocytes").focus()
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Control+ArrowDown")
    assert field.input_value() == ""
    page.keyboard.press("Control+ArrowUp")
    page.keyboard.press("Tab")
    assert field.input_value() == offered
    page.keyboard.press("Control+z")
    assert field.input_value() == ""
    page.get_by_role("button", name="Take over").press("Enter")
    assert field.input_value() == offered
    page.keyboard.press("Tab")
    assert field.evaluate("one => one !== document.activeElement")
    await_saved(page)


def _without_saving(route: Any) -> None:
    if route.request.method == "PUT":
        route.abort()
    else:
        route.continue_()


def _offering(route: Any, heading_id: str, offered: str) -> None:
    """The server's answer with one more offer in it."""
    response = route.fetch()
    answer = response.json()
    for one in answer["headings"]:
        if one["id"] == heading_id:
            one["offered"] = offered
    route.fulfill(response=response, body=json.dumps(answer))


def test_keys_act_while_the_report_is_read(text_page: Any, axe: str) -> None:
    page = text_page
    page.keyboard.press("7")
    page.wait_for_url("**/report")
    page.frame_locator("iframe").locator("h1").wait_for()
    page.keyboard.press("r")
    page.keyboard.press("End")
    page.wait_for_timeout(1000)
    assert page.evaluate(SCROLLED) > 0
    page.keyboard.press("?")
    heading(page, "Keys").wait_for()
    dialog = page.get_by_role("dialog")
    for does in ("read the report", "copy text", "ask for a test"):
        dialog.get_by_text(does).wait_for()
    assert troubles(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.press("0")
    page.frame_locator('[title="Machine\'s report"]').locator("h1").wait_for()
    page.keyboard.press("r")
    page.keyboard.press("1")
    page.wait_for_url("**/cells")
    page.keyboard.press("?")
    heading(page, "Keys").wait_for()
