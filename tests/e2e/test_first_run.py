"""The first day of a laboratory, in a real browser: set-up, people, passwords, locking, audit."""

from typing import Any

from at_the_screen import (
    PASSWORD,
    begin_adding,
    fill,
    finish_adding,
    give_password,
    heading,
    set_up,
    sign_in,
    sign_out,
    take_temporary_password,
    to_people,
    troubles,
    unlock,
)

NEW_PASSWORD = "copper lantern nine"
PAGES = (
    ("1", "Worklist"),
    ("2", "People"),
    ("3", "Audit"),
    ("4", "Settings"),
    ("5", "Your account"),
    ("?", "Keys"),
)


def change_temporary_password(page: Any, temporary: str) -> None:
    heading(page, "Choose your own password").wait_for()
    fill(page, temporary_password=temporary, new_password=NEW_PASSWORD)
    page.get_by_label("New password, again").fill(NEW_PASSWORD)
    page.keyboard.press("Enter")


def test_from_the_first_account_to_a_verified_audit(page: Any) -> None:
    set_up(page)
    to_people(page)
    begin_adding(page, "Ines Hoffmann", "i.hoffmann", "Laboratory director")
    assert page.get_by_label("Initials").input_value() == "IH"
    temporary = finish_adding(page)
    page.get_by_text("temporary password").wait_for()

    sign_out(page, "AK")
    sign_in(page, "i.hoffmann", temporary)
    change_temporary_password(page, temporary)
    heading(page, "Worklist").wait_for()
    page.keyboard.press("2")
    heading(page, "Audit").wait_for()

    page.keyboard.press("l")
    heading(page, "Locked").wait_for()
    give_password(page, "not the right one")
    page.get_by_text("The password is wrong.").wait_for()
    unlock(page, NEW_PASSWORD)

    page.keyboard.press("v")
    page.get_by_text("entries are as written").wait_for()
    page.keyboard.press("n")
    for done in ("set up Marrowscope", "added a person", "changed own password", "locked"):
        page.get_by_role("cell", name=done, exact=True).first.wait_for()


def test_nothing_keeps_people_out(page: Any, axe: str) -> None:
    heading(page, "Set up Marrowscope").wait_for()
    assert troubles(page, axe) == []
    set_up(page)
    to_people(page)
    begin_adding(page, "Jo Smith", "j.smith", "Technologist")
    assert troubles(page, axe) == []
    finish_adding(page)
    page.get_by_role("button", name="Jo Smith").press("Enter")
    assert troubles(page, axe) == []
    page.keyboard.press("Escape")
    for key, title in PAGES:
        page.keyboard.press(key)
        heading(page, title).wait_for()
        assert troubles(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    heading(page, "Locked").wait_for()
    assert troubles(page, axe) == []
    unlock(page)
    sign_out(page, "AK")
    assert troubles(page, axe) == []


def test_a_screen_left_alone_locks_and_keeps_what_was_typed(page: Any) -> None:
    set_up(page)
    to_people(page)
    page.clock.install()
    page.reload()
    heading(page, "People").wait_for()
    begin_adding(page, "Eva Braun-Feld", "e.braunfeld", "Technologist")

    page.clock.fast_forward("16:00")
    heading(page, "Locked").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert heading(page, "Locked").is_visible()
    unlock(page)

    assert page.get_by_label("Full name").input_value() == "Eva Braun-Feld"
    finish_adding(page)
    page.get_by_role("button", name="Eva Braun-Feld").wait_for()


def test_a_session_that_ends_in_mid_form_loses_nothing(page: Any) -> None:
    set_up(page)
    to_people(page)
    begin_adding(page, "Jo Smith", "j.smith", "Technologist")
    page.context.clear_cookies()
    page.get_by_role("button", name="Add the person").click()

    heading(page, "Sign in again").wait_for()
    give_password(page, PASSWORD)

    # What was being sent is sent again by itself.
    take_temporary_password(page)
    page.get_by_role("button", name="Jo Smith").wait_for()


def test_who_is_disabled_is_out_and_can_come_back(page: Any, browser: Any, address: str) -> None:
    set_up(page)
    to_people(page)
    begin_adding(page, "Jo Smith", "j.smith", "Technologist")
    temporary = finish_adding(page)
    other = browser.new_context(base_url=address)
    theirs = other.new_page()
    theirs.goto("/")
    sign_in(theirs, "j.smith", temporary)
    heading(theirs, "Choose your own password").wait_for()

    page.get_by_role("button", name="Jo Smith").press("Enter")
    page.get_by_role("button", name="Disable").press("Enter")
    page.get_by_text("can no longer sign in").wait_for()
    theirs.reload()
    sign_in(theirs, "j.smith", temporary)
    theirs.get_by_text("The user name or the password is wrong.").wait_for()
    page.get_by_role("button", name="Let sign in again").press("Enter")
    page.get_by_text("can sign in again").wait_for()
    sign_in(theirs, "j.smith", temporary)
    heading(theirs, "Choose your own password").wait_for()
    other.close()


def test_a_technologist_sees_the_worklist_and_their_account(page: Any) -> None:
    set_up(page)
    to_people(page)
    begin_adding(page, "Jo Smith", "j.smith", "Technologist")
    temporary = finish_adding(page)
    sign_out(page, "AK")
    sign_in(page, "j.smith", temporary)
    change_temporary_password(page, temporary)
    heading(page, "Worklist").wait_for()

    assert page.get_by_role("navigation").get_by_role("link").all_inner_texts() == [
        "1\nWorklist",
        "2\nYour account",
    ]
    page.goto("/people")
    page.get_by_text("There is no page at /people").wait_for()


def test_tabs_lock_and_unlock_together(page: Any) -> None:
    set_up(page)
    second = page.context.new_page()
    second.goto("/account")
    heading(second, "Your account").wait_for()

    page.keyboard.press("l")
    heading(second, "Locked").wait_for()
    give_password(second, PASSWORD)

    heading(page, "Locked").wait_for(state="hidden")
    page.keyboard.press("3")
    heading(page, "Audit").wait_for()


def test_single_letters_can_be_switched_off(page: Any) -> None:
    set_up(page)
    page.keyboard.press("5")
    page.get_by_label("Single letters act as keys").uncheck()
    page.reload()
    heading(page, "Your account").wait_for()
    page.keyboard.press("l")
    page.keyboard.press("1")

    assert heading(page, "Your account").is_visible()
    assert not heading(page, "Locked").is_visible()


def test_dark_can_be_chosen_and_stays(page: Any) -> None:
    set_up(page)
    page.keyboard.press("5")
    before = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_label("Dark").check()
    page.reload()
    heading(page, "Your account").wait_for()

    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != before
