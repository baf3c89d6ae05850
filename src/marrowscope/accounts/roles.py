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
    READ_SETTINGS = "read_settings"
    READ_CASES = "read_cases"
    """Those of teaching; the others too only with `READ_EVERY_CASE`."""
    READ_EVERY_CASE = "read_every_case"
    ADD_CASES = "add_cases"
    DELETE_CASES = "delete_cases"
    REVIEW_CASES = "review_cases"
    """Say what cells are."""
    SIGN_CASES = "sign_cases"
    USE_CODING_DESK = "use_coding_desk"
    SEE_LABELS = "see_labels"
    """The pictures of slides' labels, which may name patients."""
    RECORD_VALIDATIONS = "record_validations"
    """Say that the laboratory validated reading on a screen, and withdraw it."""


_CASES = frozenset({Right.READ_CASES, Right.READ_EVERY_CASE, Right.ADD_CASES})
_AT_THE_MICROSCOPE = _CASES | {Right.REVIEW_CASES, Right.USE_CODING_DESK, Right.SEE_LABELS}

RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.TECHNOLOGIST: _AT_THE_MICROSCOPE,
        Role.PATHOLOGIST: _AT_THE_MICROSCOPE | {Right.SIGN_CASES},
        Role.DIRECTOR: _AT_THE_MICROSCOPE
        | {
            Right.READ_AUDIT,
            Right.READ_SETTINGS,
            Right.SIGN_CASES,
            Right.RECORD_VALIDATIONS,
        },
        # Whoever runs the machine can read its disk anyway; so every look at a case is audited.
        Role.ADMINISTRATOR: _CASES
        | {
            Right.MANAGE_PEOPLE,
            Right.READ_AUDIT,
            Right.READ_SETTINGS,
            Right.DELETE_CASES,
        },
        # Reads what was made for teaching, no patient's case.
        Role.TRAINEE: frozenset({Right.READ_CASES}),
        # Another program, such as the laboratory system.
        Role.SERVICE: frozenset({Right.READ_CASES, Right.READ_EVERY_CASE}),
    }
)


def rights_of(roles: Iterable[Role]) -> frozenset[Right]:
    """Everything that any of the roles allows."""
    return frozenset().union(*(RIGHTS[role] for role in roles))


def has_right(roles: Iterable[Role], right: Right) -> bool:
    """Whether one of the roles allows it."""
    return right in rights_of(roles)
