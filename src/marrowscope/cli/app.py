"""The command `marrowscope`: its sub-commands and its entry point."""

import io
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from marrowscope.cli.adapt import adapt
from marrowscope.cli.analyze import analyze
from marrowscope.cli.audit import build_audit
from marrowscope.cli.backup import backup, restore
from marrowscope.cli.boundary import guarded
from marrowscope.cli.case import build_case
from marrowscope.cli.coding import build_coding
from marrowscope.cli.demo import demo
from marrowscope.cli.doctor import doctor
from marrowscope.cli.evaluate import build_evaluate
from marrowscope.cli.phantom import phantom
from marrowscope.cli.serve import serve
from marrowscope.cli.services import Services
from marrowscope.cli.train import train
from marrowscope.cli.user import build_user

DESCRIPTION = (
    "Reads a bone marrow smear: finds its nucleated cells, proposes a class for each and counts "
    "them. Research use only."
)


def software_version() -> str:
    """Version of the installed package."""
    return version("marrowscope")


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"marrowscope {software_version()}\n")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Version, and end."),
    ] = False,
) -> None:
    """Exists for `--version`."""


def build_app() -> typer.Typer:
    """The command with its sub-commands."""
    app = typer.Typer(
        help=DESCRIPTION,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(help=DESCRIPTION)(_root)
    for command in (analyze, demo, phantom, doctor, adapt, train, serve, backup, restore):
        app.command()(command)
    app.add_typer(build_evaluate(), name="evaluate")
    app.add_typer(build_coding(), name="coding")
    app.add_typer(build_case(), name="case")
    app.add_typer(build_user(), name="user")
    app.add_typer(build_audit(), name="audit")
    return app


def main(arguments: Sequence[str] | None = None, services: Services | None = None) -> int:
    """Runs the command line and returns its exit code.

    arguments: those of the process where None. services: what the sub-commands call; the
    product's own where None.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    called = Services() if services is None else services
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # Closed by the caller (`>&-`): there is nobody to tell, and no reason to fail.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A path that is no valid text in the terminal's encoding is printed escaped.
        sys.stdout.reconfigure(errors="backslashreplace")
    return guarded(
        lambda: _run(given, called), called.load_settings, software_version(), sys.stderr
    )


def _run(arguments: list[str], services: Services) -> int:
    command = typer.main.get_command(build_app())
    try:
        with command.make_context("marrowscope", arguments or ["--help"], obj=services) as context:
            command.invoke(context)
    except typer.Exit as leaving:
        return leaving.exit_code
    return 0
