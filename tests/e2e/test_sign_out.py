"""From a count to a signed report in a real browser, by key: audit, findings, text, signatures."""

import re
from pathlib import Path
from typing import Any

import pytest
from at_the_screen import (
    ANALYSIS_MS,
    PASSWORD,
    heading,
    set_up,
    troubles,
)

CLASS_KEYS = Path(__file__).resolve().parents[2] / "frontend" / "src" / "gallery" / "class_keys.ts"
CONCLUSION = "Maturing granulocytic and erythroid cells."
ADDED = " Flow cytometry is to follow."
RESULT = "No aberrant lymphocytes."


def to_tab(page: Any, key: str, part: str) -> None:
    page.keyboard.press(key)
    page.wait_for_url(f"**/{part}")


def await_saved(page: Any) -> None:
    page.get_by_role("status").filter(has_text=re.compile(r"^Saved")).wait_for()


def conclusion(page: Any) -> Any:
    return page.get_by_label("Conclusion")


def report(page: Any) -> Any:
    """What the frame of the report shows."""
    return page.frame_locator("iframe").locator("body")


def await_in_report(page: Any, words: str) -> None:
    report(page).get_by_text(words).locator("visible=true").first.wait_for()


def see_the_audit(page: Any) -> None:
    """Draws a random audit and looks at each of its cells."""
    page.get_by_role("region", name="Random audit").wait_for()
    page.keyboard.press("i")
    heading(page, "Random audit").wait_for()
    page.get_by_label("Cells to draw").fill("20")
    page.keyboard.press("Enter")
    heading(page, "Audit sample").wait_for()
    said = page.get_by_role("region", name="Random audit").inner_text()
    found = re.search(r"of (\d+) seen", said)
    assert found is not None, said
    n_drawn = int(found[1])
    page.keyboard.press("Home")
    for _ in range(n_drawn):
        page.keyboard.press("Space")
    page.get_by_text(f"{n_drawn} of {n_drawn} seen").wait_for()
    page.get_by_text("Estimate of the audit").wait_for()


def acknowledge_all(page: Any) -> int:
    """Gives how many there were."""
    title = page.get_by_role("heading", name=re.compile("to acknowledge before signing"))
    title.wait_for()
    n = int(title.inner_text().split()[0])
    for left in range(n, 0, -1):
        page.get_by_role("heading", name=re.compile(rf"^{left} finding")).wait_for()
        page.keyboard.press("a")
        page.get_by_label("Comment").wait_for()
        page.keyboard.type("Seen.")
        page.keyboard.press("Enter")
    heading(page, "Every critical finding is acknowledged").wait_for()
    return n


def sign(page: Any, password: str) -> None:
    """Attests and gives the password, by key from anywhere on the page."""
    page.keyboard.press("s")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_no_class_key_is_the_key_of_a_part_of_the_case() -> None:
    text = CLASS_KEYS.read_text(encoding="utf-8")
    for layout in ("LEFT_HAND", "MNEMONIC"):
        body = re.search(rf"const {layout}: KeyOfClass = {{(.*?)}};", text, re.DOTALL)
        assert body is not None
        given = set(re.findall(r'\w+: "(.)"', body[1]))
        assert given
        assert given.isdisjoint("012347i")


@pytest.mark.parametrize("serve_options", [("--demo",)])
def test_from_first_run_to_an_amended_report_by_key(page: Any, axe: str) -> None:
    set_up(page)
    page.get_by_text("counted").wait_for(timeout=ANALYSIS_MS)
    page.get_by_role("link", name="DEMO").press("Enter")
    page.get_by_role("link", name="Findings").wait_for()
    review_and_audit(page, axe)
    settle_findings(page, axe)
    write_and_sign(page, axe)
    check_locked(page, axe)
    amend(page, axe)
    add_a_result(page, axe)


def basophils(page: Any) -> Any:
    """The row of the class that two cells are given in this story."""
    return page.get_by_role("button", name=re.compile(r"^Basophils,? 2 cells"))


def review_and_audit(page: Any, axe: str) -> None:
    to_tab(page, "1", "cells")
    page.locator(".tile.current").wait_for(timeout=ANALYSIS_MS)
    for _ in range(2):
        page.keyboard.press("d")
    await_saved(page)
    basophils(page).wait_for()
    see_the_audit(page)
    assert troubles(page, axe) == []


def settle_findings(page: Any, axe: str) -> None:
    # What is missing leads to where it is settled.
    to_tab(page, "7", "report")
    heading(page, "Not signed").wait_for()
    page.get_by_role("link", name=re.compile(r"^Findings\s*: Acknowledge")).first.press("Enter")
    page.wait_for_url("**/findings")
    page.get_by_text("to acknowledge before signing").wait_for()
    assert troubles(page, axe) == []
    assert acknowledge_all(page) > 0
    assert page.get_by_text(re.compile("Acknowledged by .+: Seen")).count() > 0
    page.keyboard.press("c")
    page.get_by_label("Who was told").fill("Dr R. Lindqvist, Ward 4B")
    page.keyboard.press("Enter")
    page.get_by_text("noted by").wait_for()
    assert troubles(page, axe) == []
    # A finding leads to its cells.
    page.get_by_role("button", name=re.compile(r"^All \d+ in Cells")).first.press("Enter")
    page.wait_for_url("**/cells")
    page.get_by_role("heading", name=re.compile("^Cells of F-")).wait_for()


def write_and_sign(page: Any, axe: str) -> None:
    to_tab(page, "4", "text")
    conclusion(page).wait_for()
    page.keyboard.press("c")
    page.keyboard.type(CONCLUSION)
    await_saved(page)
    assert troubles(page, axe) == []
    page.keyboard.press("Escape")

    to_tab(page, "7", "report")
    await_in_report(page, "Preview, not signed")
    await_in_report(page, CONCLUSION)
    page.keyboard.press("t")
    page.get_by_label("Test", exact=True).select_option(label="Flow cytometry")
    page.get_by_label("Which exactly").press("Enter")
    await_in_report(page, "Pending: flow cytometry (asked for ")
    sign(page, "not the password")
    page.get_by_text("The password is wrong.").wait_for()
    assert troubles(page, axe) == []
    page.get_by_label("Your password").fill(PASSWORD)
    page.keyboard.press("Enter")
    heading(page, "Signed").wait_for()
    await_in_report(page, "Pending when signed: flow cytometry (asked for ")
    assert report(page).get_by_text("Preview, not signed").count() == 0
    assert troubles(page, axe) == []


def check_locked(page: Any, axe: str) -> None:
    to_tab(page, "1", "cells")
    page.get_by_text("by Anna Keller").wait_for()
    page.locator(".tile.current").wait_for()
    page.keyboard.press("d")
    assert page.get_by_role("button", name="Name as…").count() == 0
    assert basophils(page).is_visible()
    to_tab(page, "4", "text")
    page.get_by_text("Nothing written").wait_for()
    assert page.get_by_role("textbox").count() == 0
    assert troubles(page, axe) == []


def amend(page: Any, axe: str) -> None:
    to_tab(page, "7", "report")
    heading(page, "Signed").wait_for()
    page.keyboard.press("m")
    page.get_by_label("Reason").fill("A sentence was missing.")
    page.keyboard.press("Enter")
    heading(page, "Being amended").wait_for()
    to_tab(page, "4", "text")
    conclusion(page).wait_for()
    page.keyboard.press("c")
    page.keyboard.press("Control+End")
    page.keyboard.type(ADDED)
    await_saved(page)
    page.keyboard.press("Escape")
    to_tab(page, "7", "report")
    await_in_report(page, CONCLUSION + ADDED)
    assert troubles(page, axe) == []
    sign(page, PASSWORD)
    heading(page, "Signed").wait_for()
    page.get_by_role("button", name="Version 2, amended").wait_for()
    await_in_report(page, CONCLUSION + ADDED)
    page.get_by_role("button", name="Version 1, final").press("Enter")
    heading(page, "Version 1, final").wait_for()
    await_in_report(page, CONCLUSION)
    assert report(page).get_by_text(ADDED.strip()).count() == 0
    assert troubles(page, axe) == []


def add_a_result(page: Any, axe: str) -> None:
    """What comes in later is offered to an addendum, and signed with it."""
    page.get_by_role("button", name="Write the result of Flow cytometry").press("Enter")
    page.get_by_label("Result", exact=True).fill(RESULT)
    page.get_by_role("button", name="Write it down").press("Enter")
    page.get_by_text("1 result waits for an addendum").wait_for()
    page.keyboard.press("d")
    addendum = page.get_by_label("Addendum")
    addendum.press("Tab")
    assert addendum.input_value() == f"Flow cytometry: {RESULT}"
    assert troubles(page, axe) == []
    page.get_by_label("Your password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("reported in version 3").wait_for()
    await_in_report(page, "new in this version")
