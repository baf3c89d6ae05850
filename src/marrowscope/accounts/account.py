"""Somebody who can sign in, and what names they may have."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from marrowscope.accounts.roles import Role
from marrowscope.errors import UsageError

USER_NAME_LENGTHS = (2, 64)
LONGEST_FULL_NAME = 128
LONGEST_INITIALS = 8
_PUNCTUATION = "._-@"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of what a name cannot hold: control, format, surrogate, unassigned."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account; one is disabled, never deleted, since old acts name it.

    user_name: as signed in with, in lower case. initials: as printed beside what somebody did.
    password_hash: argon2's own text form. created_at: aware, UTC.
    """

    account_id: UUID
    user_name: str
    full_name: str
    initials: str
    roles: frozenset[Role]
    is_disabled: bool
    must_change_password: bool
    password_hash: str = field(repr=False)
    created_at: datetime


def checked_user_name(text: str) -> str:
    """The user name in lower case, without blanks around it. Raises UsageError."""
    # Compatibility forms first: a full-width a is an a, and there is one account for it.
    name = unicodedata.normalize("NFKC", text).strip().casefold()
    fewest, most = USER_NAME_LENGTHS
    if not fewest <= len(name) <= most:
        raise UsageError(f"a user name has {fewest} to {most} characters")
    if not all(letter.isalnum() or letter in _PUNCTUATION for letter in name):
        raise UsageError("a user name has only letters, digits and . _ - @")
    return name


def checked_full_name(text: str) -> str:
    """The full name with single blanks. Raises UsageError."""
    return _checked_line(text, "full name", LONGEST_FULL_NAME)


def checked_initials(text: str) -> str:
    """The initials as given, without blanks around them. Raises UsageError."""
    initials = _checked_line(text, "initials", LONGEST_INITIALS)
    if not any(letter.isalnum() for letter in initials):
        raise UsageError("initials have at least one letter or digit")
    return initials


def checked_roles(roles: Iterable[str]) -> frozenset[Role]:
    """The roles of these names, at least one. Raises UsageError."""
    names = list(roles)
    unknown = sorted(set(names) - {role.value for role in Role})
    if unknown:
        raise UsageError(f"no such role; the roles are {', '.join(Role)}")
    if not names:
        raise UsageError(f"an account has at least one role: {', '.join(Role)}")
    return frozenset(Role(name) for name in names)


def _checked_line(text: str, what: str, longest: int) -> str:
    line = re.sub(" +", " ", unicodedata.normalize("NFC", text)).strip()
    if not line:
        raise UsageError(f"{what}: must not be empty")
    if len(line) > longest:
        raise UsageError(f"{what}: at most {longest} characters")
    if any(unicodedata.category(letter) in _INVISIBLE for letter in line):
        raise UsageError(f"{what}: must not hold invisible or control characters")
    return line
