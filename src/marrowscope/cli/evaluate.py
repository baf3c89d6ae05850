"""`marrowscope evaluate detector`: scores a model on boxed fields; runs on the plain install."""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.licence_notice import show_licence_notice
from marrowscope.cli.options import AsJson, Out, OwnBoxes, OwnScale, Quiet, given_path, services_of
from marrowscope.cli.progress_display import shown_progress
from marrowscope.cli.services import EvaluationOrder, EvaluationResult, EvaluationTask, Split
from marrowscope.errors import UsageError
from marrowscope.settings import UM_PER_PX_LIMITS, Licence


def evaluate(
    context: typer.Context,
    task: Annotated[EvaluationTask, typer.Argument(help="What to evaluate.")],
    out: Out,
    data: Annotated[
        Path | None,
        typer.Option("--data", parser=given_path, help="Folder of the image sets."),
    ] = None,
    fields: Annotated[
        Path | None,
        typer.Option("--fields", parser=given_path, help="Or a folder of your own fields."),
    ] = None,
    boxes: OwnBoxes = None,
    um_per_px: OwnScale = None,
    partly_boxed: Annotated[
        bool,
        typer.Option(
            "--partly-boxed", help="Not every nucleated cell of --fields is boxed: no precision."
        ),
    ] = False,
    split: Annotated[
        Split | None, typer.Option("--split", help="Which part of --data; test unless given.")
    ] = None,
    perturb: Annotated[
        bool,
        typer.Option("--perturb", help="Also score fields of another scale, stain, light, focus."),
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            metavar="CARD.json",
            parser=given_path,
            help="Card of a trained detector; the shipped one unless given.",
        ),
    ] = None,
    licence: Annotated[
        Licence | None, typer.Option(help="Which shipped weights may be used.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Scores a detector on fields with boxed cells.

    Writes evaluation.json and evaluation.html into the folder of --out.
    """
    services = services_of(context)
    settings = services.load_settings(licence=licence)
    order = EvaluationOrder(
        task=task,
        out=out,
        data=data,
        fields=fields,
        boxes=boxes,
        um_per_px=um_per_px,
        partly_boxed=partly_boxed,
        split=split or Split.TEST,
        model=model,
        licence=settings.licence,
        with_perturbations=perturb,
    )
    check_order(order)
    if split is not None and fields is not None:
        raise UsageError("--split belongs to --data; leave it out with --fields")
    if model is None:
        show_licence_notice(settings, settings.licence, sys.stderr)
    with (
        redirect_stdout(sys.stderr),
        shown_progress(sys.stderr, quiet=quiet or as_json) as progress,
    ):
        result = services.evaluate(order, progress)
    sys.stdout.write(_json_text(result) if as_json else _plain_text(result))


def check_order(order: EvaluationOrder) -> None:
    """Raises UsageError where the options of the order make no sense together."""
    if (order.data is None) == (order.fields is None):
        raise UsageError("give either --data DIR, or --fields PICTURES with --boxes LABELS")
    if order.fields is not None and order.boxes is None:
        raise UsageError("--fields needs --boxes: the labels of these pictures")
    if order.data is not None:
        for option, is_given in (
            ("--boxes", order.boxes is not None),
            ("--um-per-px", order.um_per_px is not None),
            ("--partly-boxed", order.partly_boxed),
        ):
            if is_given:
                raise UsageError(f"{option} belongs to --fields; leave it out with --data")
    low, high = UM_PER_PX_LIMITS
    # Written so that NaN is refused too.
    if order.um_per_px is not None and not low <= order.um_per_px <= high:
        raise UsageError(f"--um-per-px: {order.um_per_px} is not between {low} and {high} µm")


def _json_text(result: EvaluationResult) -> str:
    paths = {name: str(path) for name, path in result.paths.items()}
    return json.dumps({**result.summary, "paths": paths}, allow_nan=False) + "\n"


def _plain_text(result: EvaluationResult) -> str:
    files = "\n".join(f"{name}: {path}" for name, path in result.paths.items())
    return f"{result.text.rstrip()}\n\n{files}\n"
