"""The page Settings in a real browser: what is in force, and cases that were kept long enough."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from at_the_screen import (
    PASSWORD,
    begin_adding,
    fill,
    finish_adding,
    heading,
    sign_in,
    sign_out,
    to_people,
    troubles,
)

from marrowscope.cases.facts import CaseFacts, Purpose
from marrowscope.store.account_records import AccountRecords
from marrowscope.store.case_parts import case_parts
from marrowscope.store.database import open_database

LONG_AGO = datetime(2015, 3, 1, 9, tzinfo=UTC)
SECRET = "https://chat.example/hooks/zebra-7c1f"
SETTINGS = f"""
institution = "Invented Hospital"
retention_years = 7
message_webhook = "{SECRET}"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With an administrator, and cases that nobody has touched for years."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    engine = open_database(home)
    try:
        accounts = AccountRecords(engine, lambda: datetime.now(UTC))
        accounts.set_up("a.keller", "Anna Keller", "AK", PASSWORD)
        records = case_parts(engine, lambda: LONG_AGO).records
        for accession, purpose in (
            ("S15-1", Purpose.RESEARCH),
            ("S15-2", Purpose.ARCHIVE),
            ("S15-3", Purpose.CLINICAL),
        ):
            records.open_case(CaseFacts(accession=accession, purpose=purpose), by=None)
    finally:
        engine.dispose()
    return home


def to_settings(page: Any) -> None:
    heading(page, "Sign in").wait_for()
    sign_in(page, "a.keller", PASSWORD)
    heading(page, "Worklist").wait_for()
    page.keyboard.press("4")
    heading(page, "Settings").wait_for()
    heading(page, "Server").wait_for()


def row(page: Any, name: str) -> Any:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def test_what_is_in_force_is_shown_without_secrets(page: Any, axe: str) -> None:
    to_settings(page)

    institution = row(page, "Name and address on reports")
    assert institution.get_by_text("Invented Hospital").is_visible()
    assert institution.get_by_role("cell", name="settings.toml", exact=True).is_visible()
    assert row(page, "Cells to count").get_by_text("500 cells").is_visible()
    webhook = row(page, "Webhook").get_by_role("cell").first
    assert webhook.inner_text().startswith("set")
    assert SECRET not in page.content()
    assert "zebra" not in page.content()
    assert troubles(page, axe) == []


def test_old_cases_are_chosen_and_deleted_with_one_reason(page: Any, axe: str) -> None:
    to_settings(page)
    page.get_by_role("link", name="2 cases kept long enough").click()
    heading(page, "Cases kept long enough").wait_for()
    assert page.get_by_role("link", name="S15-3").count() == 0
    delete = page.get_by_role("button", name="Delete")
    assert delete.is_disabled()
    page.get_by_role("checkbox", name="S15-1").check()
    page.get_by_role("checkbox", name="All that are listed").check()
    page.get_by_text("2 cases, 0 bytes").wait_for()
    page.get_by_role("checkbox", name="S15-2").uncheck()

    delete.click()
    heading(page, "Delete 1 case").wait_for()
    fill(page, reason="Kept for seven years", your_password="not the right one")
    assert troubles(page, axe) == []
    page.keyboard.press("Enter")
    page.get_by_text("The password is wrong.").wait_for()
    fill(page, your_password=PASSWORD)
    page.keyboard.press("Enter")

    page.get_by_text("1 case deleted.").wait_for()
    page.get_by_role("link", name="S15-1").wait_for(state="hidden")
    assert page.get_by_role("link", name="S15-2").is_visible()
    page.keyboard.press("3")
    heading(page, "Audit").wait_for()
    page.get_by_text("Kept for seven years").wait_for()


def test_a_director_reads_settings_but_deletes_nothing(page: Any) -> None:
    to_settings(page)
    to_people(page)
    begin_adding(page, "Ines Hoffmann", "i.hoffmann", "Laboratory director")
    temporary = finish_adding(page)
    sign_out(page, "AK")
    sign_in(page, "i.hoffmann", temporary)
    fill(page, temporary_password=temporary, new_password="copper lantern nine")
    page.get_by_label("New password, again").fill("copper lantern nine")
    page.keyboard.press("Enter")
    heading(page, "Worklist").wait_for()

    page.get_by_role("link", name="Settings").click()
    heading(page, "Settings in force").wait_for()
    assert heading(page, "Cases kept long enough").count() == 0
