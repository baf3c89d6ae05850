"""What a person does at the reading room's screen, by key where there is one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

ANALYSIS_MS = 300_000
"""Finding cells takes a busy machine minutes."""
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "violet harbour seven"
READ_CASE = "S26-50"
"""The case of the fixture `read_home`, which Anna Keller has made."""


def heading(page: Any, name: str) -> Any:
    return page.get_by_role("heading", name=name, exact=True)


def fill(page: Any, **values: str) -> None:
    """Fields by label; `full_name="..."` is the field "Full name"."""
    for name, value in values.items():
        page.get_by_label(name.replace("_", " ").capitalize(), exact=True).fill(value)


def set_up(page: Any) -> None:
    heading(page, "Set up Marrowscope").wait_for()
    fill(page, full_name="Anna Keller", user_name="a.keller", password=PASSWORD)
    page.get_by_label("Password, again").fill(PASSWORD)
    page.keyboard.press("Enter")
    heading(page, "Worklist").wait_for()


def open_read_case(page: Any) -> None:
    """Signs in to a copy of `read_home` and opens the case in it."""
    heading(page, "Sign in").wait_for()
    sign_in(page, "a.keller", PASSWORD)
    page.get_by_role("link", name=READ_CASE).click()
    heading(page, READ_CASE).wait_for()
    page.get_by_role("link", name="Cells").wait_for()


def to_people(page: Any) -> None:
    page.keyboard.press("2")
    heading(page, "People").wait_for()


def begin_adding(page: Any, full_name: str, user_name: str, role: str) -> None:
    page.get_by_role("button", name="Add a person").press("Enter")
    fill(page, full_name=full_name, user_name=user_name)
    page.get_by_role("checkbox", name=role).check()


def finish_adding(page: Any) -> str:
    """Gives the temporary password."""
    page.get_by_label("User name", exact=True).press("Enter")
    return take_temporary_password(page)


def take_temporary_password(page: Any) -> str:
    heading(page, "Temporary password").wait_for()
    password = str(page.locator("output").inner_text())
    page.get_by_role("button", name="Done").press("Enter")
    page.get_by_role("dialog").wait_for(state="hidden")
    return password


def choose(page: Any, button: str, *paths: Path) -> None:
    """Slide files or a folder, in the browser's own dialog."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button).click()
    chooser.value.set_files([str(path) for path in paths])


def make_case(page: Any, accession: str, *, button: str, paths: Sequence[Path]) -> None:
    """From the worklist; leaves the page of the case open."""
    page.keyboard.press("n")
    heading(page, "New case").wait_for()
    fill(page, accession=accession)
    choose(page, button, *paths)
    page.get_by_role("button", name="Take out").first.wait_for()
    page.get_by_role("button", name="Make the case").click()
    heading(page, accession).wait_for()


def await_report(page: Any) -> Any:
    """The frame with the report of the case that is open, once it is there."""
    page.locator("iframe, [role=alert]").first.wait_for(timeout=ANALYSIS_MS)
    report = page.frame_locator('iframe[title="Machine\'s report"]')
    report.get_by_role("heading", name="Bone marrow aspirate").wait_for()
    return report


def sign_out(page: Any, initials: str) -> None:
    page.get_by_role("button", name=f"{initials}, ").press("Enter")
    page.get_by_role("button", name="Sign out", exact=True).press("Enter")
    heading(page, "Sign in").wait_for()


def sign_in(page: Any, user_name: str, password: str) -> None:
    fill(page, user_name=user_name, password=password)
    page.keyboard.press("Enter")


def give_password(page: Any, password: str) -> None:
    """To a screen that is locked, or whose session ended."""
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")


def unlock(page: Any, password: str = PASSWORD) -> None:
    give_password(page, password)
    heading(page, "Locked").wait_for(state="hidden")


def troubles(page: Any, axe: str) -> list[str]:
    """What axe finds serious in light, in dark and on a phone, with where it is."""
    page.evaluate(axe)
    found = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            found |= set(_violations(page))
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.add(f"wider than {width} px")
    page.set_viewport_size({"width": 1366, "height": 768})
    return sorted(found)


def _violations(page: Any) -> list[str]:
    answer = page.evaluate("rules => axe.run(document, { runOnly: rules })", AXE_RULES)
    return [
        f"{violation['id']}: {node['target']}"
        for violation in answer["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
