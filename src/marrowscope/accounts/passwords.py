"""Passwords: which are good enough, their hashes, and temporary ones."""

import secrets
import unicodedata
from functools import cache
from importlib import resources
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from marrowscope.errors import UsageError

FEWEST: Final = 12
MOST: Final = 256
"""Beyond any passphrase; what is longer only keeps the machine busy."""
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
"""Argon2id as RFC 9106 recommends where memory is short: 64 MiB, 3 passes, 4 lanes."""
HASH_OF_NOBODY: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$RP7aXD+pEljyAeCAMs0z+A$ipougR"
    "6OD2E/a5nH+CGiFL+IjtwmcoLOHFYArQ0QuLs"
)
"""Of random characters that were thrown away, at today's cost."""
_AT_ONCE: Final = BoundedSemaphore(4)
"""A flood of sign-ins takes 256 MiB, not all there is."""
_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which look alike on paper."""
_GROUPS: Final = 4
_GROUP: Final = 4


def check_password(password: str, user_name: str) -> None:
    """Raises UsageError, in words that never repeat the password, where it is too weak."""
    text = _normal(password)
    if len(text) < FEWEST:
        raise UsageError(f"a password has at least {FEWEST} characters; a few words will do")
    if len(text) > MOST:
        raise UsageError(f"a password has at most {MOST} characters")
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
        raise UsageError("a password must not hold control characters")
    plain = text.casefold()
    if plain.strip() == user_name.casefold():
        raise UsageError("the password must not be the user name")
    if len(set(plain)) == 1:
        raise UsageError("the password must not be one character over and over")
    if plain in _common():
        raise UsageError("this password is one of the most used; choose another one")


def hash_password(password: str) -> str:
    """In argon2's own text form, with salt and cost in it."""
    with _AT_ONCE:
        return _HASHER.hash(_bytes(password))


def is_right(password: str, password_hash: str) -> bool:
    """Whether the hash is of this password; False where it is no hash at all."""
    try:
        with _AT_ONCE:
            return _HASHER.verify(password_hash, _bytes(password))
    except (Argon2Error, InvalidHashError):
        return False


def pretend_to_check(password: str) -> None:
    """Takes as long as `is_right`: the answer's time does not tell whether an account exists."""
    is_right(password, HASH_OF_NOBODY)


def needs_rehash(password_hash: str) -> bool:
    """Whether it was made at another cost than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def temporary_password() -> str:
    """16 characters in fours, 79 bits, to be read out or copied from paper once."""
    groups = ("".join(secrets.choice(_READABLE) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _normal(password: str) -> str:
    """The same whether a keyboard sends ü as one character or as two."""
    return unicodedata.normalize("NFC", password)


def _bytes(password: str) -> bytes:
    return _normal(password).encode("utf-8", "surrogatepass")


@cache
def _common() -> frozenset[str]:
    text = (
        resources.files("marrowscope.accounts").joinpath("common_passwords.csv").read_text("utf-8")
    )
    return frozenset(text.splitlines())
