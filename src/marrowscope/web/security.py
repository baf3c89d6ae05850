"""The session's cookie, the proof that a page of ours asks, and what browsers shall refuse."""

import secrets
from collections.abc import Mapping

from fastapi.security import APIKeyCookie, APIKeyHeader
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "marrowscope_session"
LONGEST_TOKEN = 256
"""Characters; more is nothing that this server gave out."""
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
API = "/api"

# For the API's description only; the gate checks them.
COOKIE_SCHEME = APIKeyCookie(
    name=COOKIE, scheme_name="session", description="Given by signing in.", auto_error=False
)
CSRF_SCHEME = APIKeyHeader(
    name=CSRF_HEADER,
    scheme_name="csrf",
    description="csrf_token of the session, with everything that changes something.",
    auto_error=False,
)

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def is_api(path: str) -> bool:
    """Whether a path belongs to the API, be there something or not."""
    return path == API or path.startswith(f"{API}/")


def token_of(connection: HTTPConnection) -> str | None:
    """The session's token as the browser sent it; None where it sent none that can be one."""
    token = connection.cookies.get(COOKIE, "")
    return token if 0 < len(token) <= LONGEST_TOKEN else None


def give_cookie(response: Response, token: str, scheme: str) -> None:
    """Hands the browser its token: for this server alone, out of reach of scripts."""
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="strict", secure=scheme == "https", path="/"
    )


def take_cookie(response: Response, scheme: str) -> None:
    """Has the browser forget its token."""
    response.delete_cookie(
        COOKIE, httponly=True, samesite="strict", secure=scheme == "https", path="/"
    )


def is_proof(given: str | None, csrf_token: str) -> bool:
    """Whether a request carries what only a page of ours can know."""
    # As bytes: compare_digest takes no text beyond ASCII.
    return given is not None and secrets.compare_digest(given.encode(), csrf_token.encode())


class SecurityHeaders:
    """Puts the headers above on every answer.

    None of the API's answers is kept by the browser, but those whose route says so.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # A route that answers with a document of its own says itself what that may do.
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if is_api(scope["path"]):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)
