"""Short messages to people who are not at the screen: to a webhook, or by mail.

They name no patient, no accession number and no finding: a link leads to the case, behind the
sign-in.
"""

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final
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


def check_webhook(url: str) -> str:
    """The same. Raises UsageError where it is no http or https address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError("message_webhook: is no http or https address")
    return url


def post(url: str, message: Message) -> None:
    """Sends `{"text": …, "link": …}` as JSON, which chat programs show. Raises MessageError."""
    text = " ".join(part for part in (message.text, message.link) if part)
    body = json.dumps({"text": text, "link": message.link}).encode()
    request = urllib.request.Request(
        check_webhook(url), data=body, headers={"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(request, timeout=LONGEST_WAIT_S) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        error.close()
        raise _not_taken(url, f"HTTP {error.code}") from error
    except (OSError, ValueError) as error:
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
        with smtplib.SMTP(host, int(port or _SMTP_PORT), timeout=LONGEST_WAIT_S) as connection:
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
