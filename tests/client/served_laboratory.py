"""The application behind a real socket, and a way to it on which a test loses what it wants."""

import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

Loss = Literal["answer", "half", "all"]


@contextmanager
def listening(app: ASGIApp, tls: tuple[Path, Path] | None = None) -> Iterator[int]:
    """The port at which an application is served. tls: certificate and key."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        cert, key = tls or (None, None)
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            ssl_certfile=cert,
            ssl_keyfile=key,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            # The socket listens already: whoever asks early waits for the answer.
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


class Way:
    """Passes requests on, each with a connection of its own, and loses those that a test names.

    losses: by method and end of the path what is lost of the next such requests: the answer, the
    second half of the request and the answer, or all. asked: method and path of each.
    """

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run)
        self.losses: dict[tuple[str, str], deque[Loss]] = {}
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def lose(self, method: str, end: str, *losses: Loss) -> None:
        self.losses[method, end] = deque(losses)

    def __enter__(self) -> "Way":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would not wake the thread that waits in it.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                asking, _ = self._listener.accept()
            except OSError:
                return
            with asking:
                self._pass(asking)

    def _pass(self, asking: socket.socket) -> None:
        request = _request(asking)
        method, path, *_ = request.split(b" ", 2)
        self.asked.append((method.decode(), path.decode()))
        loss = self._loss(*self.asked[-1])
        if loss == "all":
            return
        with socket.create_connection(self._to) as server:
            if loss == "half":
                server.sendall(request[: len(request) // 2])
                return
            server.sendall(request)
            answer = _rest(server)
        if loss is None:
            asking.sendall(answer)

    def _loss(self, method: str, path: str) -> Loss | None:
        for (wanted, end), losses in self.losses.items():
            if losses and wanted == method and path.endswith(end):
                return losses.popleft()
        return None


def _request(asking: socket.socket) -> bytes:
    """A whole request: its head, and as much as that says."""
    with asking.makefile("rb") as file:
        lines = list(iter(file.readline, b"\r\n"))
        head = b"".join(lines) + b"\r\n"
        lengths = [line for line in lines if line.lower().startswith(b"content-length:")]
        n_bytes = int(lengths[0].partition(b":")[2]) if lengths else 0
        return head + file.read(n_bytes)


def _rest(server: socket.socket) -> bytes:
    with server.makefile("rb") as file:
        return file.read()


def unused_port() -> int:
    """At which nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def saying(answer: bytes) -> Iterator[int]:
    """The port of something that says the same to everybody."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with suppress(OSError):
            while True:
                asking, _ = listener.accept()
                with asking:
                    _request(asking)
                    asking.sendall(answer)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
