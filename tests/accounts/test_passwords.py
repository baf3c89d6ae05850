import re

import pytest
from argon2 import PasswordHasher

from marrowscope.accounts import passwords
from marrowscope.accounts.passwords import (
    HASH_OF_NOBODY,
    check_password,
    hash_password,
    is_right,
    needs_rehash,
    pretend_to_check,
    temporary_password,
)
from marrowscope.errors import UsageError


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "at least 12"),
        ("elevenchars", "at least 12"),
        ("x" * 257, "at most 256"),
        ("aaaaaaaaaaaa", "over and over"),
        ("AaAaAaAaAaAa", "over and over"),
        ("ada.lovelace@lab", "user name"),
        (" Ada.Lovelace@Lab ", "user name"),
        ("password1234", "most used"),
        ("PassWord1234", "most used"),
        ("correct horse battery staple", "most used"),
        ("marrowscope123", "most used"),
        ("a few words\x00", "control"),
        ("a few words\n", "control"),
        ("a few words\ud800", "control"),
    ],
)
def test_weak_passwords_are_refused_without_repeating_them(password: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as refused:
        check_password(password, "ada.lovelace@lab")
    assert not password or password not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    ["a few words will do", "twelve chars", "пароль из слов", "x" * 255 + "y", "🦴" * 11 + "m"]
)  # fmt: skip
def test_good_passwords_pass(password: str) -> None:
    check_password(password, "ada")


def test_the_list_holds_only_what_would_otherwise_pass() -> None:
    common = passwords._common()

    assert len(common) > 100
    assert all(len(one) >= passwords.FEWEST and one == one.casefold() for one in common)


def test_a_hash_is_of_one_password_and_never_twice_the_same() -> None:
    first, second = hash_password("a few words will do"), hash_password("a few words will do")

    assert first.startswith("$argon2id$")
    assert first != second
    assert is_right("a few words will do", first)
    assert not is_right("a few words will d0", first)
    assert not is_right("", first)
    assert not is_right("a few words\ud800", first)


def test_the_same_letters_typed_otherwise_are_the_same_password() -> None:
    assert is_right("zwölf Würfel da", hash_password("zwo\u0308lf Wu\u0308rfel da"))


@pytest.mark.parametrize("damaged", ["", "x", "$argon2id$", "$argon2id$v=19$m=65536,t=3,p=4$YQ$"])
def test_nothing_is_right_for_what_is_no_hash(damaged: str) -> None:
    assert not is_right("a few words will do", damaged)


def test_a_cheaper_hash_is_to_be_made_anew() -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("a few words will do")

    assert is_right("a few words will do", cheap)
    assert needs_rehash(cheap)
    assert not needs_rehash(hash_password("a few words will do"))


def test_pretending_costs_what_checking_costs() -> None:
    assert not needs_rehash(HASH_OF_NOBODY)
    pretend_to_check("a few words will do")


def test_temporary_passwords_can_be_read_out_and_pass() -> None:
    made = {temporary_password() for _ in range(200)}

    assert len(made) == 200
    for password in made:
        assert re.fullmatch("([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}", password)
        check_password(password, "ada")
