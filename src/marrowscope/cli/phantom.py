"""`marrowscope phantom`: a synthetic smear with known truth."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.options import Quiet, services_of
from marrowscope.cli.progress_display import shown_progress


def phantom(
    context: typer.Context,
    width: Annotated[int, typer.Option(help="Width in pixels.")],
    height: Annotated[int, typer.Option(help="Height in pixels.")],
    seed: Annotated[int, typer.Option(help="The same seed draws the same smear.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.tif", help="Slide to write.")],
    um_per_px: Annotated[float, typer.Option("--um-per-px", help="µm a pixel.")] = 0.25,
    label_image: Annotated[
        bool,
        typer.Option("--label-image", help="With pictures of an invented patient's label; .svs."),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Draws a synthetic smear with known truth.

    It is for tests of arithmetic, seams, scale and load; no accuracy can be read from it.
    """
    with shown_progress(sys.stderr, quiet=quiet) as progress:
        services_of(context).write_phantom(
            out,
            width_px=width,
            height_px=height,
            seed=seed,
            um_per_px=um_per_px,
            with_private_images=label_image,
            progress=progress,
        )
    sys.stdout.write(f"{out}\n")
