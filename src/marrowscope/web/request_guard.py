"""What is refused before anything looks at who asks: foreign names, foreign pages, long bodies."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marrowscope.web.addresses import is_known_host, is_same_origin
from marrowscope.web.refusals import RequestRefusedError
from marrowscope.web.request_paths import is_review, is_upload_part
from marrowscope.web.security import SAFE_METHODS, is_api

LONGEST_BODY = 64 * 1024
"""Bytes. The longest request but parts of uploads, the facts of a case, needs under 32 KiB."""
LONGEST_PART = 16 * 1024 * 1024
"""Bytes of a part of an upload."""
LONGEST_REVIEW = 4 * 1024 * 1024
"""Bytes of what a reader did to cells: 100,000 ids are 1.5 MB."""
FOREIGN_HOST = (
    "this server is not called so; open it by the address it printed, or start it with --name"
)
FOREIGN_PAGE = (
    "this came from a page of another address; behind a proxy, Host and X-Forwarded-Proto must "
    "be those of the browser"
)


class RequestGuard:
    """Refuses requests that were meant for another server or sent by a page of one.

    names: by which this server may be called besides those of this machine.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Raises RequestRefusedError."""
        headers = Headers(scope=scope)
        arrived_at = str((scope.get("server") or ("",))[0])
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not is_known_host(hosts[0], self._names, arrived_at):
            raise RequestRefusedError(HTTPStatus.BAD_REQUEST, "foreign_host", FOREIGN_HOST)
        if scope["method"] not in SAFE_METHODS and _is_from_elsewhere(headers, scope["scheme"]):
            raise RequestRefusedError(HTTPStatus.FORBIDDEN, "foreign_page", FOREIGN_PAGE)
        await self._app(scope, receive, send)


def _is_from_elsewhere(headers: Headers, scheme: str) -> bool:
    """Programs that are no browser say nothing of it; what they lack is a page to be misled by."""
    origins = headers.getlist("origin")
    if origins:
        return not all(is_same_origin(one, scheme, headers["host"]) for one in origins)
    return headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}


class BodyLimit:
    """Reads the body of a request to the API before it is looked at, up to a limit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Raises RequestRefusedError."""
        if scope["method"] in SAFE_METHODS or not is_api(scope["path"]):
            await self._app(scope, receive, send)
            return
        body = await _whole_body(receive, longest_body(scope["method"], scope["path"]))
        if body is None:
            return
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_again() -> Message:
            return unread.pop() if unread else await receive()

        await self._app(scope, receive_again, send)


def longest_body(method: str, path: str) -> int:
    """Bytes that the body of a request to the API may have."""
    if is_upload_part(method, path):
        return LONGEST_PART
    return LONGEST_REVIEW if is_review(method, path) else LONGEST_BODY


async def _whole_body(receive: Receive, longest: int) -> bytes | None:
    """None where the browser left before it was through."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > longest:
            too_long = f"the request is longer than {longest // 1024} KiB"
            raise RequestRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_long", too_long)
        if not message.get("more_body", False):
            return bytes(body)
