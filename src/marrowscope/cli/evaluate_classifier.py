"""`marrowscope evaluate classifier`: scores a model on labelled cells, without PyTorch."""

from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.evaluation_orders import ClassifierEvaluationOrder, Split
from marrowscope.cli.evaluation_presenting import (
    CLASS_MAP,
    OwnClassifier,
    SplitOfData,
    WhichLicence,
    check_scale,
    evaluated_and_presented,
)
from marrowscope.cli.options import AsJson, Out, Quiet, TaughtSite, given_path, services_of
from marrowscope.errors import UsageError


def classifier(
    context: typer.Context,
    out: Out,
    data: Annotated[
        Path | None,
        typer.Option("--data", parser=given_path, help="Folder of the image sets."),
    ] = None,
    cells: Annotated[
        Path | None,
        typer.Option(
            "--cells", parser=given_path, help="Or a folder tree of pictures of single cells."
        ),
    ] = None,
    class_map: Annotated[
        Path | None,
        CLASS_MAP,
    ] = None,
    um_per_px: Annotated[
        float | None, typer.Option("--um-per-px", help="µm a pixel of --cells.")
    ] = None,
    split: SplitOfData = None,
    model: OwnClassifier = None,
    site: TaughtSite = None,
    licence: WhichLicence = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Scores a classifier on cells whose classes are known.

    Writes evaluation.json, cells.csv and evaluation.html into the folder of --out.
    """
    services = services_of(context)
    settings = services.load_settings(licence=licence)
    order = ClassifierEvaluationOrder(
        out=out,
        data=data,
        cells=cells,
        class_map=class_map,
        um_per_px=um_per_px,
        split=split or Split.TEST,
        model=model,
        site=site,
        licence=settings.licence,
    )
    check_order(order)
    if split is not None and cells is not None:
        raise UsageError("--split belongs to --data; leave it out with --cells")
    evaluated_and_presented(
        lambda progress: services.evaluate_classifier(order, progress),
        settings,
        is_shipped=model is None,
        as_json=as_json,
        quiet=quiet,
    )


def check_order(order: ClassifierEvaluationOrder) -> None:
    """Raises UsageError where the options of the order make no sense together."""
    if (order.data is None) == (order.cells is None):
        raise UsageError(
            "give either --data DIR, or --cells DIR with --map MAP.csv and --um-per-px X"
        )
    own = (("--map", order.class_map), ("--um-per-px", order.um_per_px))
    for option, given in own:
        if order.cells is not None and given is None:
            raise UsageError(f"--cells needs {option}: {_WHAT[option]}")
        if order.data is not None and given is not None:
            raise UsageError(f"{option} belongs to --cells; leave it out with --data")
    check_scale(order.um_per_px)
    top = order.data or order.cells
    if top is not None and order.out.resolve().is_relative_to(top.resolve()):
        raise UsageError(
            "--out lies inside the folder that is evaluated, where its files would be taken for "
            "cells; choose another --out"
        )


_WHAT = {
    "--map": "the table folder,class_id of what its folders hold",
    "--um-per-px": "how many µm a pixel of its pictures is",
}
