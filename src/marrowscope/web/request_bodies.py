"""What requests hold. Whether names and passwords will do is for `accounts` to say."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marrowscope.accounts.roles import Role

Line = Annotated[str, Field(max_length=400)]
"""Longer than any name; `accounts` has the exact limits."""
Password = Annotated[str, Field(max_length=1024, repr=False)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]


class StrictRequest(BaseModel):
    """Strict: a misspelt field is refused, not dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SetUpRequest(StrictRequest):
    """The first account, of an administrator who reads cases too."""

    user_name: Line
    full_name: Line
    initials: Line
    password: Password


class SignInRequest(StrictRequest):
    """Who wants to sign in."""

    user_name: Line
    password: Password


class UnlockRequest(StrictRequest):
    """The password of whose session it is."""

    password: Password


class PasswordRequest(StrictRequest):
    """A new password of one's own."""

    old_password: Password
    new_password: Password


class NewPersonRequest(StrictRequest):
    """Somebody who shall be able to sign in."""

    user_name: Line
    full_name: Line
    initials: Line
    roles: Roles


class PersonChange(StrictRequest):
    """What is left out stays as it is."""

    full_name: Line | None = None
    initials: Line | None = None
    roles: Roles | None = None
    is_disabled: bool | None = None
