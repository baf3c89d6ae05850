"""`marrowscope train detector|classifier`: needs the extra `train`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.options import OwnBoxes, OwnScale, Quiet, given_path, services_of
from marrowscope.cli.progress_display import shown_progress
from marrowscope.cli.services import TrainingOrder, TrainingTask
from marrowscope.errors import UsageError
from marrowscope.settings import UM_PER_PX_LIMITS, Licence

LARGEST_SEED = 2**31 - 1


def train(
    context: typer.Context,
    task: Annotated[TrainingTask, typer.Argument(help="What to train.")],
    data: Annotated[Path, typer.Option("--data", help="Folder of the image sets.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for rounds and the ONNX file.")],
    seed: Annotated[int | None, typer.Option(help="The recipe's own unless given.")] = None,
    detector: Annotated[
        Path | None,
        typer.Option(
            "--detector",
            metavar="CARD.json",
            parser=given_path,
            help="Card of the detector that finds the classifier's cells on fields; the shipped "
            "one unless given.",
        ),
    ] = None,
    fields: Annotated[
        Path | None,
        typer.Option(
            "--fields", parser=given_path, help="Own fields for the detector to learn from too."
        ),
    ] = None,
    boxes: OwnBoxes = None,
    um_per_px: OwnScale = None,
    licence: Annotated[
        Licence,
        typer.Option(help="permissive leaves out the fields that forbid commercial use."),
    ] = Licence.FULL,
    steps: Annotated[
        int | None, typer.Option(help="Of the classifier; the recipe's own unless given.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Trains a model; needs PyTorch.

    Goes on where an earlier run into the same folder was stopped.
    """
    services = services_of(context)
    order = TrainingOrder(
        task=task,
        data=data,
        out=out,
        seed=seed,
        detector=detector,
        licence=licence,
        fields=fields,
        boxes=boxes,
        um_per_px=um_per_px,
        steps=steps,
    )
    check_order(order)
    try:
        with shown_progress(sys.stderr, quiet=quiet) as progress:
            path = services.train(order, progress)
    except KeyboardInterrupt as stop:
        raise type(stop)("stopped; what was finished is kept in the output folder") from stop
    sys.stdout.write(f"{path}\n")


def check_order(order: TrainingOrder) -> None:
    """Raises UsageError where the options of the order make no sense together."""
    if (order.fields is None) != (order.boxes is None):
        raise UsageError("--fields and --boxes belong together: own pictures and their labels")
    if order.task is TrainingTask.DETECTOR and order.detector is not None:
        raise UsageError("--detector belongs to the classifier; leave it out")
    if order.task is TrainingTask.CLASSIFIER and order.fields is not None:
        raise UsageError("--fields belongs to the detector; the classifier learns from crops")
    if order.task is TrainingTask.DETECTOR and order.steps is not None:
        raise UsageError("--steps belongs to the classifier; leave it out")
    if order.steps is not None and order.steps < 1:
        raise UsageError("--steps: give at least 1")
    if order.um_per_px is not None and order.fields is None:
        raise UsageError("--um-per-px belongs to --fields; leave it out")
    if order.licence is Licence.PERMISSIVE and order.detector is not None:
        raise UsageError("--detector brings in fields that forbid commercial use; leave it out")
    if order.seed is not None and not 0 <= order.seed <= LARGEST_SEED:
        raise UsageError(f"--seed: give a whole number from 0 to {LARGEST_SEED}")
    low, high = UM_PER_PX_LIMITS
    # Written so that NaN is refused too.
    if order.um_per_px is not None and not low <= order.um_per_px <= high:
        raise UsageError(f"--um-per-px: {order.um_per_px} is not between {low} and {high} µm")
