"""Messages as a webhook and a mail server get them."""

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from marrowscope.errors import UsageError
from marrowscope.exchange import messages
from marrowscope.exchange.messages import Message, MessageError, check_webhook, post, send_mail

MESSAGE = Message(
    "A case needs a look", "For ada: a case waits — look at once.", "https://m.example/cases/1"
)


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def webhook(status: int, got: list[bytes]) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    return Handler


def test_a_webhook_gets_text_and_link() -> None:
    got: list[bytes] = []
    with served(HTTPServer(("127.0.0.1", 0), webhook(204, got))) as port:
        post(f"http://127.0.0.1:{port}/hook", MESSAGE)
    [body] = map(json.loads, got)
    assert body == {
        "text": "For ada: a case waits — look at once. https://m.example/cases/1",
        "link": "https://m.example/cases/1",
    }


@pytest.mark.parametrize("status", [302, 403, 500])
def test_a_webhook_that_refuses_or_sends_elsewhere_took_nothing(status: int) -> None:
    got: list[bytes] = []
    with (
        served(HTTPServer(("127.0.0.1", 0), webhook(status, got))) as port,
        pytest.raises(MessageError, match=rf"127\.0\.0\.1 .*HTTP {status}") as raised,
    ):
        post(f"http://127.0.0.1:{port}/secret-token", MESSAGE)
    assert len(got) == 1
    assert "secret-token" not in str(raised.value)


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "host/x", "https://"])
def test_only_web_addresses_are_webhooks(url: str) -> None:
    with pytest.raises(UsageError, match="message_webhook"):
        check_webhook(url)


def mailbox(got: list[str], refuse: str = "") -> type[socketserver.StreamRequestHandler]:
    """A mail server that takes one mail, or refuses at a command."""

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            self.say("220 ready")
            while line := self.rfile.readline().decode().strip():
                command = line.split()[0].upper()
                if command == refuse:
                    self.say("550 no")
                elif command == "DATA":
                    self.say("354 go on")
                    self.take()
                elif command == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def take(self) -> None:
            lines = iter(self.rfile.readline, b".\r\n")
            got.append(b"".join(lines).decode())
            self.say("250 taken")

    return Handler


def test_a_mail_goes_to_its_reader() -> None:
    got: list[str] = []
    with served(socketserver.TCPServer(("127.0.0.1", 0), mailbox(got))) as port:
        send_mail(f"127.0.0.1:{port}", "m@lab.example", ["ada@lab.example"], MESSAGE)
    [mail] = got
    assert "To: ada@lab.example" in mail
    assert "Subject: A case needs a look" in mail
    assert "https://m.example/cases/1" in mail


def test_a_mail_server_that_refuses_or_is_not_there_took_nothing() -> None:
    got: list[str] = []
    to = ["ada@lab.example"]
    with (
        served(socketserver.TCPServer(("127.0.0.1", 0), mailbox(got, "RCPT"))) as port,
        pytest.raises(MessageError, match="did not take a message"),
    ):
        send_mail(f"127.0.0.1:{port}", "m@lab.example", to, MESSAGE)
    assert got == []
    for server in (f"127.0.0.1:{port}", "127.0.0.1:port"):
        with pytest.raises(MessageError, match="mail server"):
            send_mail(server, "m@lab.example", to, MESSAGE)


class Dribble(socketserver.StreamRequestHandler):
    """Says a letter now and then, and never comes to an end."""

    def handle(self) -> None:
        try:
            while True:
                self.wfile.write(b"2")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return


def test_a_server_that_never_ends_its_answer_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "LONGEST_WAIT_S", 0.4)
    with served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Dribble)) as port:
        with pytest.raises(MessageError, match="no answer"):
            post(f"http://127.0.0.1:{port}/hook", MESSAGE)
        with pytest.raises(MessageError, match="mail server"):
            send_mail(f"127.0.0.1:{port}", "m@lab.example", ["ada@lab.example"], MESSAGE)
