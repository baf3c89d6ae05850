"""`marrowscope train detector|classifier`: needs the extra `train`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.options import Quiet, services_of
from marrowscope.cli.progress_display import shown_progress
from marrowscope.cli.services import TrainingOrder, TrainingTask


def train(
    context: typer.Context,
    task: Annotated[TrainingTask, typer.Argument(help="What to train.")],
    data: Annotated[Path, typer.Option("--data", help="Folder of the image sets.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for rounds and the ONNX file.")],
    seed: Annotated[int | None, typer.Option(help="The recipe's own unless given.")] = None,
    detector: Annotated[
        Path | None,
        typer.Option("--detector", help="Last round of a detector, for the classifier's fields."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Trains a model; needs PyTorch.

    Goes on where an earlier run into the same folder was stopped.
    """
    services = services_of(context)
    order = TrainingOrder(task, data, out, seed, detector)
    try:
        with shown_progress(sys.stderr, quiet=quiet) as progress:
            path = services.train(order, progress)
    except KeyboardInterrupt as stop:
        raise type(stop)("stopped; what was finished is kept in the output folder") from stop
    sys.stdout.write(f"{path}\n")
