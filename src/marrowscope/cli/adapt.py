"""`marrowscope adapt`: teaches the classifier a laboratory with 25 to 500 reviewed cells."""

from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.adaptation_order import AdaptationOrder
from marrowscope.cli.evaluation_presenting import (
    CLASS_MAP,
    OwnClassifier,
    WhichLicence,
    check_scale,
    evaluated_and_presented,
)
from marrowscope.cli.options import AsJson, Quiet, given_path, services_of
from marrowscope.errors import UsageError

LONGEST_NAME = 200


def adapt(
    context: typer.Context,
    cells: Annotated[
        Path,
        typer.Option("--cells", parser=given_path, help="Folder tree of pictures, one cell each."),
    ],
    class_map: Annotated[
        Path,
        CLASS_MAP,
    ],
    um_per_px: Annotated[float, typer.Option("--um-per-px", help="µm a pixel of --cells.")],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="SITE", parser=given_path, help="Folder for what is learnt."),
    ],
    scanner: Annotated[
        str, typer.Option(help="What the cells were seen with, as you name it.")
    ] = "",
    stain: Annotated[str, typer.Option(help="How they were stained, as you name it.")] = "",
    model: OwnClassifier = None,
    licence: WhichLicence = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Learns from 25 to 500 reviewed cells of your laboratory, and checks that it helps.

    Writes site.json and head.npz into the folder of --out, for `--site` of analyze and evaluate
    classifier. Where held-out cells are not named better, the site holds the unchanged model.
    """
    services = services_of(context)
    settings = services.load_settings(licence=licence)
    order = AdaptationOrder(
        cells=cells,
        class_map=class_map,
        um_per_px=um_per_px,
        out=out,
        scanner=scanner.strip(),
        stain=stain.strip(),
        model=model,
        licence=settings.licence,
    )
    check_order(order)
    evaluated_and_presented(
        lambda progress: services.adapt(order, progress),
        settings,
        is_shipped=model is None,
        as_json=as_json,
        quiet=quiet,
    )


def check_order(order: AdaptationOrder) -> None:
    """Raises UsageError where the options of the order make no sense together."""
    check_scale(order.um_per_px)
    if order.out.resolve().is_relative_to(order.cells.resolve()):
        raise UsageError("--out lies inside --cells, where its files would be taken for cells")
    if bool(order.scanner) != bool(order.stain):
        raise UsageError(
            "--scanner and --stain belong together: how often the classifier errs was measured on "
            "both"
        )
    if max(len(order.scanner), len(order.stain)) > LONGEST_NAME:
        raise UsageError(f"--scanner and --stain have at most {LONGEST_NAME} characters")
