"""A session of one account: its cookie, its proof, and what became of each request."""

import json
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any

from marrowscope.client.connection import Answer, Connection
from marrowscope.client.refusals import (
    NotFoundError,
    NotSignedInError,
    ReadingRoomError,
    RefusedError,
    UnreachableError,
)
from marrowscope.errors import UsageError

SESSION = "/api/session"
JSON = {"Content-Type": "application/json"}
BYTES = {"Content-Type": "application/octet-stream"}


class Session:
    """Keeps the password: a session that was locked or ended meanwhile is taken up again."""

    def __init__(self, connection: Connection, user_name: str, password: str) -> None:
        self._connection = connection
        self._user_name = user_name
        self._password = password
        self._headers: dict[str, str] = {}

    def sign_in(self) -> None:
        """Raises NotSignedInError, RefusedError, UnreachableError."""
        body = {"user_name": self._user_name, "password": self._password}
        self._headers = {}
        answer = _checked(self._sent("POST", SESSION, _encoded(body), JSON))
        self._headers = {"Cookie": _cookie(answer), "X-CSRF-Token": answer.json()["csrf_token"]}

    def sign_out(self) -> None:
        """Ends the session, be it over already. Raises UnreachableError."""
        if not self._headers:
            return
        answer = self._sent("DELETE", SESSION, None, {})
        self._headers = {}
        if answer.status != HTTPStatus.UNAUTHORIZED:
            _checked(answer)

    def change_password(self, new_password: str) -> None:
        """Raises RefusedError where the new one will not do."""
        body = {"old_password": self._password, "new_password": new_password}
        self.ask("PUT", f"{SESSION}/password", body)
        self._password = new_password

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """body: sent as JSON.

        Raises NotSignedInError, NotFoundError, RefusedError, UnreachableError; UsageError where
        `body` cannot be sent.
        """
        return self._done(method, path, None if body is None else _encoded(body), JSON)

    def send_part(self, path: str, part: bytes, offset: int) -> Answer:
        """Sends bytes of a file that begin at `offset`. Raises as `ask` does."""
        return self._done("PATCH", path, part, {**BYTES, "Upload-Offset": str(offset)})

    def _done(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        answer = self._sent(method, path, content, headers)
        # Neither was done, so that it can be asked again.
        if answer.status == HTTPStatus.LOCKED:
            self._unlock()
            answer = self._sent(method, path, content, headers)
        elif answer.status == HTTPStatus.UNAUTHORIZED and self._headers:
            self.sign_in()
            answer = self._sent(method, path, content, headers)
        return _checked(answer)

    def _unlock(self) -> None:
        body = {"password": self._password}
        _checked(self._sent("POST", f"{SESSION}/unlock", _encoded(body), JSON))

    def _sent(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        given = {} if content is None else headers
        return self._connection.ask(method, path, content, {**self._headers, **given})


def _encoded(body: Any) -> bytes:
    try:
        return json.dumps(body, default=_as_text).encode()
    except TypeError as error:
        raise UsageError(f"this cannot be sent: {error}") from error


def _as_text(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is no text, number, date, list or mapping")


def _cookie(answer: Answer) -> str:
    given = SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie", []):
        given.load(line)
    return "; ".join(f"{name}={one.coded_value}" for name, one in given.items())


def _checked(answer: Answer) -> Answer:
    if 200 <= answer.status < 300:
        return answer
    raise _refusal(answer)


def _refusal(answer: Answer) -> ReadingRoomError:
    """As the API said it, or that something else answered."""
    status = answer.status
    try:
        error = json.loads(answer.content)["error"]
        message, code = str(error["message"]), str(error["code"])
    except (ValueError, KeyError, TypeError):
        message = (
            f"{answer.url}: something that is no reading room answered {status}; check the "
            "address and what stands before the server"
        )
        is_refusal = 400 <= status < 500
        return (RefusedError if is_refusal else UnreachableError)(message, status=status)
    kinds: dict[int, type[ReadingRoomError]] = {401: NotSignedInError, 404: NotFoundError}
    return kinds.get(status, RefusedError)(message, status=status, code=code)
