"""Where errors of requests end: each becomes one answer, never a traceback."""

from collections.abc import Callable
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marrowscope.errors import EnvironmentProblemError, MarrowscopeError
from marrowscope.web.refusals import answer_to, error_answer

Notice = Callable[[Exception], None]
"""Told of errors that whoever runs the server must see: of its machine, and bugs."""
BUG = "this is a bug in Marrowscope; nothing you entered was saved, and the server's log has more"
CODES = {
    HTTPStatus.BAD_REQUEST: "malformed",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "not_found",
}
MESSAGES = {
    HTTPStatus.BAD_REQUEST: "the request's body is not JSON",
    HTTPStatus.NOT_FOUND: "there is nothing here",
    HTTPStatus.METHOD_NOT_ALLOWED: "there is nothing here that can be done so",
}


class Boundary:
    """Answers what raised an error, and gives notice of those that are not the request's fault."""

    def __init__(self, app: ASGIApp, notice: Notice) -> None:
        self._app = app
        self._notice = notice

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - a request ends here, and is told
            answer = self._answer(error)
            if not has_begun:
                await answer(scope, receive, send)

    def _answer(self, error: Exception) -> Response:
        if not isinstance(error, MarrowscopeError):
            self._notice(error)
            return error_answer(HTTPStatus.INTERNAL_SERVER_ERROR, "bug", BUG)
        if isinstance(error, EnvironmentProblemError):
            self._notice(error)
        return answer_to(error)


def answer_http_error(_request: Request, error: Exception) -> JSONResponse:
    """What Starlette refuses: no such path, not JSON."""
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    code = CODES.get(HTTPStatus(status), "refused")
    message = MESSAGES.get(HTTPStatus(status), HTTPStatus(status).phrase.lower())
    return error_answer(status, code, message)


def answer_invalid(_request: Request, error: Exception) -> JSONResponse:
    """What does not fit the request's form, in one line that names the field, not its content."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    first = found[0] if found else {"type": "", "loc": (), "msg": "not understood"}
    if first["type"] == "json_invalid":
        return error_answer(HTTPStatus.BAD_REQUEST, "malformed", MESSAGES[HTTPStatus.BAD_REQUEST])
    # "body" or "query" comes first and says nothing to a person.
    field = ".".join(str(part) for part in first["loc"][1:]) or "the request"
    wrong = str(first["msg"])
    message = f"{field}: {wrong[:1].lower()}{wrong[1:]}"
    return error_answer(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message)
