"""The own password, asked again within a session."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from marrowscope.accounts.refusals import SignInRefusedError
from marrowscope.web.refusals import RequestRefusedError

WRONG_PASSWORD = "the password is wrong"

Result = TypeVar("Result")


def as_forbidden(work: Callable[[], Result]) -> Result:
    """A wrong password inside a session is no lost session: 403, not 401."""
    try:
        return work()
    except SignInRefusedError as error:
        if error.wait_s > 0:
            raise
        raise RequestRefusedError(HTTPStatus.FORBIDDEN, "wrong_password", WRONG_PASSWORD) from error
