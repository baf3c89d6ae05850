"""`marrowscope evaluate folds`: is a class known where nobody taught it, in numbers."""

from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.evaluation_orders import FoldsEvaluationOrder, Split
from marrowscope.cli.evaluation_presenting import SplitOfData, evaluated_and_presented
from marrowscope.cli.options import AsJson, Out, Quiet, given_path, services_of
from marrowscope.errors import UsageError
from marrowscope.settings import Licence

FEWEST_STEPS = 1


def folds(
    context: typer.Context,
    out: Out,
    data: Annotated[
        Path, typer.Option("--data", parser=given_path, help="Folder of the image sets.")
    ],
    detector: Annotated[
        Path | None,
        typer.Option(
            "--detector",
            metavar="CARD.json",
            parser=given_path,
            help="Card of the detector that finds the cells of marrow fields; the shipped one "
            "unless given.",
        ),
    ] = None,
    licence: Annotated[
        Licence,
        typer.Option(help="permissive leaves out the fields that forbid commercial use."),
    ] = Licence.FULL,
    split: SplitOfData = None,
    steps: Annotated[
        int | None,
        typer.Option("--steps", help="Of each network; 1000 unless given."),
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option(
            "--card",
            metavar="CARD.json",
            parser=given_path,
            help="Card of a model made by the same recipe, to write the scores into.",
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Trains without some classes of some sets and scores these; needs PyTorch.

    Writes folds.json into the folder of --out. Goes on where an earlier run was stopped.
    """
    services = services_of(context)
    order = FoldsEvaluationOrder(
        out=out,
        data=data,
        detector=detector,
        licence=licence,
        split=split or Split.TEST,
        steps=steps,
        card=card,
    )
    if licence is Licence.PERMISSIVE and detector is not None:
        raise UsageError("--detector brings in fields that forbid commercial use; leave it out")
    if steps is not None and steps < FEWEST_STEPS:
        raise UsageError(f"--steps: give at least {FEWEST_STEPS}")
    if order.split is Split.TRAIN:
        raise UsageError("--split: train is what is learnt from; give val or test")
    if order.out.resolve().is_relative_to(order.data.resolve()):
        raise UsageError("--out lies inside --data; choose another --out")
    evaluated_and_presented(
        lambda progress: services.evaluate_folds(order, progress),
        services.load_settings(),
        is_shipped=False,
        as_json=as_json,
        quiet=quiet,
    )
