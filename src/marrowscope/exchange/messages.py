"""Short messages to people who are not at the screen: to a webhook, or by mail.

They name no patient, no accession number and no finding: a link leads to the case, behind the
sign-in.
"""

import contextlib
import http.client
import json
import smtplib
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Final
from urllib.parse import urlsplit

from marrowscope.errors import EnvironmentProblemError, UsageError

LONGEST_WAIT_S: Final = 10.0
_SMTP_PORT: Final = 25


@dataclass(frozen=True, slots=True)
class Message:
    """subject, text: what it says. link: to what it is about; "" where that is not known."""

    subject: str
    text: str
    link: str = ""


class MessageError(EnvironmentProblemError):
    """A message was not taken."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A webhook that moved is to be set anew, not followed to wherever it says."""

    def redirect_request(self, *_args: object) -> None:
        return None


class _Webhook(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Remembers the connection that it makes."""

    def __init__(self) -> None:
        super().__init__()
        self.connection: http.client.HTTPConnection | None = None

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Is called for http addresses."""
        return self._open(http.client.HTTPConnection, request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Is called for https addresses."""
        return self._open(http.client.HTTPSConnection, request)

    def _open(
        self, kind: type[http.client.HTTPConnection], request: urllib.request.Request
    ) -> http.client.HTTPResponse:
        def made(host: str, **how: Any) -> http.client.HTTPConnection:
            self.connection = kind(host, **how)
            return self.connection

        return self.do_open(made, request)

    def socket(self) -> socket.socket | None:
        """Of the connection; None where there is none."""
        return None if self.connection is None else self.connection.sock


class _MailConnection(smtplib.SMTP):
    """Waits for each answer as a whole no longer than for its first byte."""

    def getreply(self) -> tuple[int, bytes]:
        """Raises SMTPServerDisconnected where it takes longer."""
        with _cut_off(lambda: self.sock):
            return super().getreply()


@contextmanager
def _cut_off(socket_now: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Shuts the socket after LONGEST_WAIT_S: time limits of sockets begin anew with every byte."""

    def cut() -> None:
        now = socket_now()
        if now is not None:
            with contextlib.suppress(OSError):  # it was closed meanwhile
                # Of an encrypted one too, whose own way would wait for the other side.
                socket.socket.shutdown(now, socket.SHUT_RDWR)

    timer = threading.Timer(LONGEST_WAIT_S, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def check_webhook(url: str) -> str:
    """The same. Raises UsageError where it is no http or https address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError("message_webhook: is no http or https address")
    return url


def post(url: str, message: Message) -> None:
    """Sends `{"text": …, "link": …}` as JSON, which chat programs show.

    Raises MessageError where it was not taken, or not within LONGEST_WAIT_S.
    """
    text = " ".join(part for part in (message.text, message.link) if part)
    body = json.dumps({"text": text, "link": message.link}).encode()
    request = urllib.request.Request(
        check_webhook(url), data=body, headers={"Content-Type": "application/json"}
    )
    webhook = _Webhook()
    opener = urllib.request.build_opener(_NoRedirects, webhook)
    try:
        with _cut_off(webhook.socket):
            # What it answers besides does not matter.
            opener.open(request, timeout=LONGEST_WAIT_S).close()
    except urllib.error.HTTPError as error:
        error.close()
        raise _not_taken(url, f"HTTP {error.code}") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _not_taken(url, "no answer") from error


def _not_taken(url: str, reason: str) -> MessageError:
    """Without the address as a whole: such addresses are secrets."""
    return MessageError(
        f"the webhook at {urlsplit(url).hostname} did not take a message ({reason}); check "
        "message_webhook in settings.toml"
    )


def send_mail(server: str, sender: str, recipients: Sequence[str], message: Message) -> None:
    """server: HOST or HOST:PORT, encrypted where it offers that. Raises MessageError."""
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail.set_content("\n\n".join(part for part in (message.text, message.link) if part) + "\n")
    host, _, port = server.partition(":")
    try:
        with _MailConnection(host, int(port or _SMTP_PORT), timeout=LONGEST_WAIT_S) as connection:
            connection.ehlo()
            if connection.has_extn("starttls"):
                connection.starttls(context=ssl.create_default_context())
                connection.ehlo()
            connection.send_message(mail)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise MessageError(
            f"the mail server {host} did not take a message ({type(error).__name__}); check "
            "message_mail_server in settings.toml"
        ) from error
