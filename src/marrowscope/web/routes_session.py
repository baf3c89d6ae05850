"""Signing in and out, locking, and one's own password."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from marrowscope.errors import UsageError
from marrowscope.web.answers import SessionAnswer, refusals, session_answer
from marrowscope.web.parts import Accounts, Address, Settings, Turns
from marrowscope.web.password_again import as_forbidden
from marrowscope.web.request_bodies import PasswordRequest, SignInRequest, UnlockRequest
from marrowscope.web.security import give_cookie, take_cookie, token_of
from marrowscope.web.session_dependency import WITH_PROOF, Current

SAME_PASSWORD = "the new password is the old one; choose another"

router = APIRouter(tags=["session"])


@router.post(
    "/api/session",
    responses=refusals(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS
    ),
)
async def sign_in(
    body: SignInRequest,
    request: Request,
    response: Response,
    accounts: Accounts,
    settings: Settings,
    turns: Turns,
    address: Address,
) -> SessionAnswer:
    """Signs in; the session this browser had before ends."""
    account, session, token = await turns.take(
        partial(accounts.sign_in, body.user_name, body.password, address)
    )
    before = token_of(request)
    if before is not None:
        await turns.take(partial(accounts.sign_out, before))
    give_cookie(response, token, request.url.scheme)
    return session_answer(account, session, settings.idle_lock_minutes)


@router.get("/api/session", responses=refusals(HTTPStatus.UNAUTHORIZED))
def read_session(signed_in: Current, settings: Settings) -> SessionAnswer:
    """Who is signed in. Does not keep the session awake."""
    return session_answer(signed_in.account, signed_in.session, settings.idle_lock_minutes)


@router.delete(
    "/api/session",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=WITH_PROOF,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def sign_out(signed_in: Current, request: Request, response: Response, accounts: Accounts) -> None:
    """Ends the session."""
    accounts.sign_out(signed_in.token)
    take_cookie(response, request.url.scheme)


@router.post(
    "/api/session/lock",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=WITH_PROOF,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def lock_session(signed_in: Current, accounts: Accounts) -> None:
    """Locks the session until the password was given again."""
    accounts.lock(signed_in.token)


@router.post(
    "/api/session/activity",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=WITH_PROOF,
    responses=refusals(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.LOCKED),
)
def note_activity(_signed_in: Current) -> None:
    """Says that somebody is there who reads or types without asking for anything."""


@router.post(
    "/api/session/unlock",
    dependencies=WITH_PROOF,
    responses=refusals(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
)
async def unlock_session(
    body: UnlockRequest,
    signed_in: Current,
    accounts: Accounts,
    settings: Settings,
    turns: Turns,
    address: Address,
) -> SessionAnswer:
    """Unlocks the session. 403 with code wrong_password; 401 only where the session ended."""
    work = partial(accounts.unlock, signed_in.token, body.password, address)
    account, session = await turns.take(partial(as_forbidden, work))
    return session_answer(account, session, settings.idle_lock_minutes)


@router.put(
    "/api/session/password",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=WITH_PROOF,
    responses=refusals(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.LOCKED,
        HTTPStatus.TOO_MANY_REQUESTS,
    ),
)
async def change_password(
    body: PasswordRequest, signed_in: Current, accounts: Accounts, turns: Turns, address: Address
) -> None:
    """Sets a new password; other sessions of the account end."""
    account = signed_in.account
    confirm = partial(accounts.confirm_password, account.account_id, body.old_password, address)
    await turns.take(partial(as_forbidden, confirm))
    if body.new_password == body.old_password:
        raise UsageError(SAME_PASSWORD)
    await turns.take(
        partial(
            accounts.set_password,
            account.account_id,
            body.new_password,
            by=account,
            must_change_password=False,
            keep=signed_in.token,
        )
    )
