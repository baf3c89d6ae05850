"""`marrowscope case cells`: what readers reviewed, as pictures that a classifier learns from."""

import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from marrowscope.cli.options import Quiet, given_path, services_of
from marrowscope.cli.printable import counted
from marrowscope.cli.progress_display import shown_progress

SEVERAL_SCANNERS = (
    "These cells are of several scanners or stains; adapt learns from one scanner and stain."
)


def export_cells(
    context: typer.Context,
    case_ids: Annotated[
        list[UUID], typer.Argument(metavar="CASE", help="Ids of cases, as 'case list' gives them.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", parser=given_path, help="New folder for a folder a class, and map.csv."
        ),
    ],
    um_per_px: Annotated[
        float,
        typer.Option(
            "--um-per-px", min=0.05, max=0.5, help="µm a pixel of the pictures that are written."
        ),
    ] = 0.25,
    quiet: Quiet = False,
) -> None:
    """Writes the cells that people reviewed as pictures, for adapt, evaluate and train.

    A cell counts once a person saw it alone, with the class that is in force. The pictures are
    patients' data without names: keep them where such data belong.
    """
    from marrowscope.assembly_reviewed_cells import export_reviewed_cells  # noqa: PLC0415
    from marrowscope.assembly_web import existing_cases  # noqa: PLC0415 - see above

    with (
        existing_cases(services_of(context).load_settings()) as (parts, _),
        shown_progress(sys.stderr, quiet=quiet) as progress,
    ):
        done = export_reviewed_cells(parts, case_ids, out, um_per_px, progress)
    n_cells = sum(done.n_by_class.values())
    of = f"{counted(n_cells, 'cell')} of {counted(done.n_cases, 'case')}"
    _say(f"{out}: {of}, {um_per_px:g} µm/px")
    for class_id, n in done.n_by_class.items():
        _say(f"  {class_id}  {n}")
    if len(done.n_by_scanner) > 1:
        _say(SEVERAL_SCANNERS)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
