"""What people are in a laboratory, and what that lets them do here."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """An account has one or several."""

    TECHNOLOGIST = "technologist"
    PATHOLOGIST = "pathologist"
    DIRECTOR = "director"
    ADMINISTRATOR = "administrator"
    TRAINEE = "trainee"
    SERVICE = "service"


class Right(StrEnum):
    """Something that not everybody may do."""

    MANAGE_PEOPLE = "manage_people"
    READ_AUDIT = "read_audit"
    READ_CASES = "read_cases"
    SIGN_CASES = "sign_cases"
    USE_CODING_DESK = "use_coding_desk"


RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.TECHNOLOGIST: frozenset({Right.READ_CASES, Right.USE_CODING_DESK}),
        Role.PATHOLOGIST: frozenset({Right.READ_CASES, Right.SIGN_CASES, Right.USE_CODING_DESK}),
        Role.DIRECTOR: frozenset(
            {Right.READ_AUDIT, Right.READ_CASES, Right.SIGN_CASES, Right.USE_CODING_DESK}
        ),
        # Runs the machine, so sees no patient unless given a second role.
        Role.ADMINISTRATOR: frozenset({Right.MANAGE_PEOPLE, Right.READ_AUDIT}),
        Role.TRAINEE: frozenset({Right.READ_CASES}),
        # Another program, such as the laboratory system.
        Role.SERVICE: frozenset({Right.READ_CASES}),
    }
)


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """Everything that any of the roles allows."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


def has_right(roles: Iterable[Role], right: Right) -> bool:
    """Whether one of the roles allows it."""
    return right in rights_of(roles)
