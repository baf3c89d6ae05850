"""Options that several sub-commands share, and how their text is read."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from marrowscope.cli.services import Services
from marrowscope.errors import UsageError

_MOST_DIGITS = 9

Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", help="No progress on standard error.")]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="One JSON object on standard output, and no progress.")
]


def given_path(text: str | Path) -> Path:
    """A path from the command line. An empty one is most likely a variable that is not set."""
    if not str(text).strip():
        raise typer.BadParameter("the path is empty; is a variable not set?")
    return Path(text)


OwnBoxes: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--boxes",
        parser=given_path,
        help="Their labels: boxes.csv, COCO, YOLO, Pascal VOC or GeoJSON, file or folder.",
    ),
]
OwnScale: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--um-per-px", help="µm a pixel of --fields; else boxed red cells or metadata say it."
    ),
]
Out: TypeAlias = Annotated[
    Path, typer.Option("--out", parser=given_path, metavar="DIR", help="Folder for the results.")
]
TaughtSite: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--site", metavar="SITE", parser=given_path, help="What `adapt` learnt of your laboratory."
    ),
]
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
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) > 0):
        raise UsageError(
            f"--count: {text[:20]!r} is neither a whole number from 1 to 999999999 nor 'all'"
        )
    return int(text)
