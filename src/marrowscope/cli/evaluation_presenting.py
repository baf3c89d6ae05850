"""What the sub-commands of `evaluate` share: options, and from a call to what is printed."""

import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from marrowscope.cli.evaluation_orders import Split
from marrowscope.cli.licence_notice import show_licence_notice
from marrowscope.cli.options import given_path
from marrowscope.cli.printable import printable
from marrowscope.cli.progress_display import shown_progress
from marrowscope.cli.services import EvaluationResult
from marrowscope.errors import UsageError
from marrowscope.progress import Progress
from marrowscope.settings import UM_PER_PX_LIMITS, Licence, Settings

SplitOfData: TypeAlias = Annotated[
    Split | None, typer.Option("--split", help="Which part of --data; test unless given.")
]
OwnClassifier: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="CARD.json",
        parser=given_path,
        help="Card of a trained classifier; the shipped one unless given.",
    ),
]
CLASS_MAP = typer.Option(
    "--map",
    metavar="MAP.csv",
    parser=given_path,
    help="Which class each folder of --cells holds: folder,class_id.",
)
WhichLicence: TypeAlias = Annotated[
    Licence | None, typer.Option("--licence", help="Which shipped weights may be used.")
]


def evaluated_and_presented(
    evaluate: Callable[[Progress], EvaluationResult],
    settings: Settings,
    *,
    is_shipped: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Evaluates, and prints the scores as text or as one JSON object. Raises MarrowscopeError.

    is_shipped: whether a shipped model is scored, whose licence is then told.
    """
    if is_shipped:
        show_licence_notice(settings, settings.licence, sys.stderr)
    # Whatever a library prints goes to standard error: standard output holds the answer alone.
    with (
        redirect_stdout(sys.stderr),
        shown_progress(sys.stderr, quiet=quiet or as_json) as progress,
    ):
        result = evaluate(progress)
    sys.stdout.write(_json_text(result) if as_json else printable(_plain_text(result)))


def check_scale(um_per_px: float | None) -> None:
    """Raises UsageError where no microscope has such a scale; None is none."""
    low, high = UM_PER_PX_LIMITS
    # Written so that NaN is refused too.
    if um_per_px is not None and not low <= um_per_px <= high:
        raise UsageError(f"--um-per-px: {um_per_px} is not between {low} and {high} µm")


def _json_text(result: EvaluationResult) -> str:
    paths = {name: str(path) for name, path in result.paths.items()}
    return json.dumps({**result.summary, "paths": paths}, allow_nan=False) + "\n"


def _plain_text(result: EvaluationResult) -> str:
    files = "\n".join(f"{name}: {path}" for name, path in result.paths.items())
    return f"{result.text.rstrip()}\n\n{files}\n"
