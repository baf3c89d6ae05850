"""Who asks, for routes; and what they must be allowed to."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import Depends, Security
from starlette.requests import Request

from marrowscope.accounts.roles import Right, has_right
from marrowscope.web.refusals import RequestRefusedError, not_signed_in
from marrowscope.web.security import COOKIE_SCHEME, CSRF_SCHEME
from marrowscope.web.session_gate import SignedIn

NOT_ALLOWED = "your role does not allow this; ask an administrator"
WITH_PROOF = [Security(CSRF_SCHEME)]
"""For the description of routes that change something; the gate asks for it."""


async def _signed_in(
    request: Request, _cookie: Annotated[str | None, Security(COOKIE_SCHEME)]
) -> SignedIn:
    found = getattr(request.state, "signed_in", None)
    if found is None:
        raise not_signed_in()
    return cast(SignedIn, found)


Current = Annotated[SignedIn, Depends(_signed_in)]


def check_right(signed_in: SignedIn, right: Right) -> None:
    """Raises RequestRefusedError where the account has no role that allows it."""
    if not has_right(signed_in.account.roles, right):
        raise RequestRefusedError(HTTPStatus.FORBIDDEN, "not_allowed", NOT_ALLOWED)


def _holding(right: Right) -> Callable[[SignedIn], Awaitable[SignedIn]]:
    # A coroutine: one that is not would take a thread, for next to nothing.
    async def holder(signed_in: Current) -> SignedIn:
        check_right(signed_in, right)
        return signed_in

    return holder


PeopleManager = Annotated[SignedIn, Depends(_holding(Right.MANAGE_PEOPLE))]
AuditReader = Annotated[SignedIn, Depends(_holding(Right.READ_AUDIT))]
SettingsReader = Annotated[SignedIn, Depends(_holding(Right.READ_SETTINGS))]
CaseReader = Annotated[SignedIn, Depends(_holding(Right.READ_CASES))]
CaseAdder = Annotated[SignedIn, Depends(_holding(Right.ADD_CASES))]
CaseReviewer = Annotated[SignedIn, Depends(_holding(Right.REVIEW_CASES))]
ValidationRecorder = Annotated[SignedIn, Depends(_holding(Right.RECORD_VALIDATIONS))]
CaseDeleter = Annotated[SignedIn, Depends(_holding(Right.DELETE_CASES))]
