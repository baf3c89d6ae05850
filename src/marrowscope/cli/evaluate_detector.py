"""`marrowscope evaluate detector`: scores a model on boxed fields; runs on the plain install."""

from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.evaluation_orders import DetectorEvaluationOrder, Split
from marrowscope.cli.evaluation_presenting import (
    SplitOfData,
    WhichLicence,
    check_scale,
    evaluated_and_presented,
)
from marrowscope.cli.options import AsJson, Out, OwnBoxes, OwnScale, Quiet, given_path, services_of
from marrowscope.errors import UsageError


def detector(
    context: typer.Context,
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
    split: SplitOfData = None,
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
    licence: WhichLicence = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Scores a detector on fields with boxed cells.

    Writes evaluation.json and evaluation.html into the folder of --out.
    """
    services = services_of(context)
    settings = services.load_settings(licence=licence)
    order = DetectorEvaluationOrder(
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
    evaluated_and_presented(
        lambda progress: services.evaluate_detector(order, progress),
        settings,
        is_shipped=model is None,
        as_json=as_json,
        quiet=quiet,
    )


def check_order(order: DetectorEvaluationOrder) -> None:
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
    check_scale(order.um_per_px)
