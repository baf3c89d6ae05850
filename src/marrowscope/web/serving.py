"""Listening: certificate, socket, uvicorn. Raises one-line errors before anything is served."""

import errno
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from marrowscope.errors import EnvironmentProblemError, UsageError
from marrowscope.web.addresses import in_url

BACKLOG = 128
LAST_REQUESTS_S = 10
"""Seconds that requests which are under way get to finish when the server is ended."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the certificate with those that vouch for it, and its key without a password."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Raises UsageError where they are not a certificate and its key."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # Asked only where the key has a password; the terminal is not the place to ask.
            context.load_cert_chain(self.certificate, self.key, password=lambda: b"")
        except ssl.SSLError as error:
            raise UsageError(
                "--tls-cert and --tls-key are not a PEM certificate and its key without a password"
            ) from error
        except OSError as error:
            problem = error.strerror or type(error).__name__
            raise UsageError(f"--tls-cert or --tls-key cannot be read: {problem}") from error


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises UsageError, EnvironmentProblemError."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise UsageError(f"--host {host}: no such address or name is known here") from error
    family, kind, protocol, _, address = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise EnvironmentProblemError(_why_not(error, host, port)) from error
    return listening


_PASSIVE = socket.AI_PASSIVE


def _why_not(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"port {port} of {host or 'this machine'} is taken by another program, perhaps "
                "another Marrowscope; end it or give another --port"
            )
        case errno.EACCES | errno.EPERM:
            return f"port {port} may not be used by you; give a --port from 1024 on"
        case errno.EADDRNOTAVAIL:
            return f"--host {host} is no address of this machine; give one that is"
        case _:
            problem = error.strerror or type(error).__name__
            return f"cannot listen on port {port} of {host}: {problem}"


def url_of(listening: socket.socket, host: str, *, has_tls: bool) -> str:
    """What to open in a browser."""
    scheme = "https" if has_tls else "http"
    return f"{scheme}://{in_url(host)}:{listening.getsockname()[1]}"


def serve_until_stopped(app: ASGIApp, listening: socket.socket, tls: TlsFiles | None) -> None:
    """Serves until Ctrl-C or SIGTERM, then finishes the requests that are under way."""
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Our own reading of them is stricter: see trusted_proxy.
        proxy_headers=False,
        timeout_graceful_shutdown=LAST_REQUESTS_S,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        # Uvicorn has ended in good order and raises the signal again.
        return
    finally:
        listening.close()
