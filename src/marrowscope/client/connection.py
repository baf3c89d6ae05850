"""One request, one answer, over HTTP or HTTPS.

Each takes a connection of its own: one that is kept cannot be told from one that the server
closed meanwhile until something was sent on it, and then nobody knows whether it was done.
"""

import ipaddress
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marrowscope.client.refusals import UnreachableError
from marrowscope.errors import UsageError


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. url: of the reading room."""

    url: str
    status: int
    headers: HTTPMessage
    content: bytes

    def json(self) -> Any:
        """Raises UnreachableError where it is no JSON: no reading room answers so."""
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise UnreachableError(
                f"{self.url}: what answers there is no reading room; check the address",
                status=self.status,
            ) from error


class Connection:
    """Knows the way to a server.

    certificate: PEM file of who vouches for it, None for whom this machine trusts anyway.
    timeout_s: seconds without a sign of life after which it counts as lost.
    Raises UsageError where the address or the file cannot be used.
    """

    def __init__(self, url: str, certificate: Path | None, timeout_s: float) -> None:
        self._host, self._port, is_https = _parts_of(url)
        self.url = url.rstrip("/")
        self._tls = _tls(certificate) if is_https else None
        self._timeout_s = timeout_s

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """path: with its query. Raises UnreachableError."""
        connection = self._connection()
        try:
            connection.request(method, path, body, {**headers, "Connection": "close"})
            found = connection.getresponse()
            return Answer(self.url, found.status, found.headers, found.read())
        except ssl.SSLCertVerificationError as error:
            raise UnreachableError(
                f"{self.url}: its certificate cannot be verified ({error.verify_message}); give "
                "certificate=, a PEM file of the authority that signed it, and a name that is in it"
            ) from error
        except (OSError, HTTPException) as error:
            raise UnreachableError(
                f"{self.url}: cannot be reached ({_why(error)}); check the address and whether "
                "the server runs"
            ) from error
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        return HTTPSConnection(self._host, self._port, timeout=self._timeout_s, context=self._tls)


def _parts_of(url: str) -> tuple[str, int | None, bool]:
    """Host, port and whether it is encrypted."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url}: is no address of a reading room: {error}") from error
    host = parts.hostname or ""
    is_bare = parts.path in {"", "/"} and not parts.query and parts.username is None
    if parts.scheme not in {"http", "https"} or not host or not is_bare:
        raise UsageError(
            f"{url}: is no address of a reading room; give one such as "
            "https://marrow.hospital.example or http://127.0.0.1:8000"
        )
    if parts.scheme == "http" and not _is_this_machine(host):
        raise UsageError(
            f"{url}: the password would cross the network unencrypted; give the https address"
        )
    return host, port, parts.scheme == "https"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(certificate: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=certificate)
    except OSError as error:
        # An SSLError is one too: the file is there and no certificate.
        raise UsageError(
            f"certificate={certificate}: is not a PEM file of certificates that can be read"
        ) from error


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(getattr(error, "strerror", None) or error or type(error).__name__).lower()
