"""Options that several sub-commands share, and how their text is read."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from marrowscope.cli.services import Services
from marrowscope.errors import UsageError

Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="One JSON object on standard output, and no progress.")
]
Out: TypeAlias = Annotated[Path, typer.Option("--out", help="Folder for the results.")]
Threads: TypeAlias = Annotated[
    int | None, typer.Option("--threads", help="Worker threads; never changes a result.")
]


def services_of(context: typer.Context) -> Services:
    """The services that `main` put into the context."""
    services = context.obj
    if not isinstance(services, Services):
        raise TypeError("the command line was started without its services")
    return services


def cells_to_count(text: str | None, default: int) -> int | None:
    """How many cells `--count` asks for: `default` where not given, None for "all"."""
    if text is None:
        return default
    if text == "all":
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise UsageError(f"--count: {text!r} is neither a whole number above 0 nor 'all'")
    return int(text)
