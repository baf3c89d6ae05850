"""`marrowscope serve`: the reading room for browsers, until Ctrl-C."""

import sys
import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from marrowscope.cli.boundary import in_one_line
from marrowscope.cli.crash_report import save_crash
from marrowscope.cli.demo import SEED, SIDE_PX
from marrowscope.cli.options import given_path, services_of
from marrowscope.cli.services import Services
from marrowscope.errors import MarrowscopeError, UsageError
from marrowscope.progress import Progress
from marrowscope.settings import Settings

if TYPE_CHECKING:
    from marrowscope.assembly_web import Listening
    from marrowscope.web.serving import TlsFiles

HOST = "127.0.0.1"
PORT = 8000
_LONGEST_NAME = 253
"""Of a host, in the domain name system."""


def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; beyond this machine needs TLS.")
    ] = HOST,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes any that is free.")
    ] = PORT,
    tls_cert: Annotated[
        Path | None,
        typer.Option("--tls-cert", metavar="FILE", parser=given_path, help="Certificate, PEM."),
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", metavar="FILE", parser=given_path, help="Its key.")
    ] = None,
    trusted_proxy: Annotated[
        bool,
        typer.Option(
            "--trusted-proxy",
            help="All requests come through a proxy that encrypts and says who asked.",
        ),
    ] = False,
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--name", metavar="NAME", help="Name by which browsers call this server; repeatable."
        ),
    ] = None,
    with_demo: Annotated[
        bool,
        typer.Option(
            "--demo/--no-demo",
            help="Whether the first case, where there is none, is a synthetic one.",
        ),
    ] = True,
) -> None:
    """Serves Marrowscope to browsers, of this machine only unless told otherwise."""
    # The rooms behind are loaded when called: see marrowscope.cli.services.
    from marrowscope.assembly_web import ServingOrder, serve_home  # noqa: PLC0415

    services = services_of(context)
    settings = services.load_settings()
    order = ServingOrder(
        version=version("marrowscope"),
        host=host.strip(),
        port=port,
        tls=tls_files(tls_cert, tls_key),
        trusted_proxy=trusted_proxy,
        names=frozenset(host_name(name) for name in names or ()),
        idle_lock_minutes=settings.idle_lock_minutes,
        draw_demo=drawing_demo(services) if with_demo else None,
    )
    serve_home(settings, order, notice_for(settings, order.version), announce)


def drawing_demo(services: Services) -> Callable[[Path, Progress], object]:
    """What draws the slide of the first case: that of `marrowscope demo`."""

    def draw(slide: Path, progress: Progress) -> object:
        return services.write_phantom(
            slide, width_px=SIDE_PX, height_px=SIDE_PX, seed=SEED, progress=progress
        )

    return draw


def tls_files(certificate: Path | None, key: Path | None) -> "TlsFiles | None":
    """Both or neither. Raises UsageError."""
    from marrowscope.web.serving import TlsFiles  # noqa: PLC0415 - loaded when called

    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise UsageError("--tls-cert and --tls-key belong together; give both")
    return TlsFiles(certificate, key)


def host_name(text: str) -> str:
    """A name as browsers send it, in lower case. Raises UsageError where it is none."""
    name = text.strip().rstrip(".").lower()
    is_one = 0 < len(name) <= _LONGEST_NAME and all(c.isalnum() or c in "-._" for c in name)
    if not (is_one and name.isascii()):
        raise UsageError(
            f"--name: {text[:60]!r} is no host name; give it without scheme and port, such as "
            "marrow.hospital.example"
        )
    return name


def announce(listening: "Listening") -> None:
    """Says where the server is, once it can be asked."""
    sys.stdout.write(f"Marrowscope is on {listening.url}\n")
    if listening.needs_set_up:
        sys.stdout.write("Open it in a browser of this machine to create the administrator.\n")
    sys.stdout.write("Ctrl-C ends it. Research use only.\n")
    sys.stdout.flush()


def notice_for(settings: Settings, software: str) -> Callable[[Exception], None]:
    """What is told of an error while serving: a line on standard error; the server goes on."""

    def notice(error: Exception) -> None:
        if isinstance(error, MarrowscopeError):
            message = str(error)
        else:
            message = _bug_message(error, settings, software)
        sys.stderr.write(f"marrowscope: {in_one_line(message)}\n")
        sys.stderr.flush()

    return notice


def _bug_message(error: Exception, settings: Settings, software: str) -> str:
    if settings.debug:
        traceback.print_exception(error)
    what = f"this is a bug in Marrowscope ({type(error).__name__}); a request was not answered"
    try:
        return f"{what}; please report it with {save_crash(error, settings.home, software)}"
    except OSError:
        return f"{what}; where it happened could not be saved, MARROWSCOPE_DEBUG=1 shows it"
