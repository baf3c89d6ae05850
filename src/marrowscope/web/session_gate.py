"""The gate before the API: nothing behind it is reached without a session, but what is listed.

A route that forgets to ask who is there is closed, not open; and a path that is not there answers
like one that is.
"""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from marrowscope.accounts.account import Account
from marrowscope.accounts.sessions import Session
from marrowscope.web.ports import AccountStore
from marrowscope.web.refusals import RequestRefusedError, not_signed_in
from marrowscope.web.request_paths import is_of_upload_under_way, is_progress
from marrowscope.web.security import CSRF_HEADER, SAFE_METHODS, is_api, is_proof, token_of

OPEN = frozenset({("GET", "/api/health"), ("POST", "/api/session"), ("POST", "/api/set-up")})
"""What needs no session."""
WHILE_LOCKED = frozenset(
    {
        ("GET", "/api/session"),
        ("DELETE", "/api/session"),
        ("POST", "/api/session/lock"),
        ("POST", "/api/session/unlock"),
    }
)
WITH_TEMPORARY_PASSWORD = WHILE_LOCKED | {("PUT", "/api/session/password")}
UNATTENDED = "X-Unattended"
"""Header of what a page asks by itself, such as every second: nobody need be there."""
LOCKED = "this session is locked; give your password"
CHANGE_FIRST = "change your temporary password first"
NO_PROOF = f"the header {CSRF_HEADER} is missing or not this session's; load the page again"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks, in which session. token: as the browser has it."""

    account: Account
    session: Session
    token: str


class SessionGate:
    """Lets through who is signed in, with `request.state.signed_in`."""

    def __init__(self, app: ASGIApp, accounts: AccountStore) -> None:
        self._app = app
        self._accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Raises RequestRefusedError."""
        asked = (scope["method"], scope["path"])
        if is_api(scope["path"]) and asked not in OPEN:
            request = Request(scope)
            request.state.signed_in = await run_in_threadpool(self._signed_in, request, asked)
        await self._app(scope, receive, send)

    def _signed_in(self, request: Request, asked: tuple[str, str]) -> SignedIn:
        token = token_of(request)
        found = None if token is None else self._accounts.session(token)
        if token is None or found is None:
            raise not_signed_in()
        account, session = found
        if asked[0] not in SAFE_METHODS and not is_proof(
            request.headers.get(CSRF_HEADER), session.csrf_token
        ):
            raise RequestRefusedError(HTTPStatus.FORBIDDEN, "csrf", NO_PROOF)
        if session.is_locked and not is_for_locked(*asked):
            raise RequestRefusedError(HTTPStatus.LOCKED, "locked", LOCKED)
        if account.must_change_password and asked not in WITH_TEMPORARY_PASSWORD:
            raise RequestRefusedError(HTTPStatus.FORBIDDEN, "must_change_password", CHANGE_FIRST)
        if not (is_for_locked(*asked) or is_progress(*asked) or UNATTENDED in request.headers):
            self._accounts.touch(token, session.seen_at)
        return SignedIn(account, session, token)


def is_for_locked(method: str, path: str) -> bool:
    """Whether a locked session may ask this.

    An upload that was begun goes on: it takes hours, shows nothing, and cannot be finished so.
    """
    return (method, path) in WHILE_LOCKED or is_of_upload_under_way(method, path)
