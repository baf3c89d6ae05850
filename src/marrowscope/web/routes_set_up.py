"""First run: the administrator is created, by whoever sits at this machine."""

from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from marrowscope.web.addresses import is_this_machine
from marrowscope.web.answers import SessionAnswer, refusals, session_answer
from marrowscope.web.parts import Accounts, Address, Settings, Turns
from marrowscope.web.refusals import RequestRefusedError
from marrowscope.web.request_bodies import SetUpRequest
from marrowscope.web.security import give_cookie
from marrowscope.web.trusted_proxy import is_forwarded

NOT_HERE = (
    "this has to be done in a browser of the machine that Marrowscope runs on, or there with "
    "'marrowscope user add'"
)
DONE = "this was set up already; sign in"

router = APIRouter(tags=["set-up"])


@router.post(
    "/api/set-up",
    status_code=HTTPStatus.CREATED,
    responses=refusals(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def set_up(
    body: SetUpRequest,
    request: Request,
    response: Response,
    accounts: Accounts,
    settings: Settings,
    turns: Turns,
    address: Address,
) -> SessionAnswer:
    """Creates the first account, of an administrator who reads cases too, and signs it in."""
    # A proxy on this machine makes everybody look like this machine.
    if not is_this_machine(address) or is_forwarded(request.headers):
        raise RequestRefusedError(HTTPStatus.FORBIDDEN, "not_this_machine", NOT_HERE)
    await turns.take(partial(_create, accounts, body))
    account, session, token = await turns.take(
        partial(accounts.sign_in, body.user_name, body.password, address)
    )
    give_cookie(response, token, request.url.scheme)
    return session_answer(account, session, settings.idle_lock_minutes)


def _create(accounts: Accounts, body: SetUpRequest) -> None:
    if accounts.n_accounts():
        raise RequestRefusedError(HTTPStatus.CONFLICT, "already_set_up", DONE)
    accounts.set_up(body.user_name, body.full_name, body.initials, body.password)
