from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marrowscope.accounts.account import (
    Account,
    checked_full_name,
    checked_initials,
    checked_roles,
    checked_user_name,
)
from marrowscope.accounts.roles import Role
from marrowscope.errors import UsageError


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Ada", "ada"),
        (" ada.lovelace@lab-1 ", "ada.lovelace@lab-1"),
        ("MÜLLER", "müller"),
        ("mu\N{COMBINING DIAERESIS}ller", "müller"),
        ("\N{FULLWIDTH LATIN SMALL LETTER A}da", "ada"),
        ("Straße", "strasse"),
        ("a_", "a_"),
        ("x" * 64, "x" * 64),
    ],
)
def test_a_user_name_is_kept_in_lower_case(given_name: str, kept: str) -> None:
    assert checked_user_name(given_name) == kept


@pytest.mark.parametrize(
    "name",
    [
        "", "a", " a ", "x" * 65, "ada lovelace", "ada\x00", "a\nb", "ada\u200b", "ada\u202eb",
        "a/b", "<script>", "a:b", "ada\ud800", "😀😀",
    ],
)  # fmt: skip
def test_a_user_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="user name") as refused:
        checked_user_name(name)
    assert "\n" not in str(refused.value)


@given(st.text(max_size=70))
def test_what_is_kept_of_a_user_name_stays_as_it_is(text: str) -> None:
    try:
        name = checked_user_name(text)
    except UsageError:
        return
    assert checked_user_name(name) == name
    assert 2 <= len(name) <= 64
    assert name.isprintable()


def test_a_full_name_keeps_its_letters_and_single_blanks() -> None:
    assert checked_full_name("  Dr.   Ada  O'Hara-Łukasz ") == "Dr. Ada O'Hara-Łukasz"


@pytest.mark.parametrize("name", ["", "   ", "x" * 129, "a\tb", "a\rb", "a\u2028b", "a\u202eb"])
def test_a_full_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="full name"):
        checked_full_name(name)


@given(st.text(max_size=140))
def test_a_full_name_prints_on_one_line(text: str) -> None:
    try:
        name = checked_full_name(text)
    except UsageError:
        return
    assert checked_full_name(name) == name
    assert len(name.splitlines()) == 1


def test_initials() -> None:
    assert checked_initials(" AL ") == "AL"
    assert checked_initials("A.L.") == "A.L."
    for wrong in ("", "...", "ABCDEFGHI", "A\x07"):
        with pytest.raises(UsageError, match="initials"):
            checked_initials(wrong)


def test_roles_by_name() -> None:
    assert checked_roles(["trainee", Role.DIRECTOR]) == {Role.TRAINEE, Role.DIRECTOR}
    for wrong in ([], ["king"], ["trainee", ""]):
        with pytest.raises(UsageError, match="technologist, pathologist"):
            checked_roles(wrong)


def test_an_account_that_is_printed_does_not_show_the_hash() -> None:
    account = Account(
        UUID(int=1), "ada", "Ada", "A", frozenset(), False, False, "$argon2id$x",
        datetime(2025, 6, 1, tzinfo=UTC),
    )  # fmt: skip

    assert "argon2" not in repr(account)
