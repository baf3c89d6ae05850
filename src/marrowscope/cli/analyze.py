"""`marrowscope analyze INPUT… --out DIR`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.options import (
    AsJson,
    Out,
    Quiet,
    TaughtSite,
    Threads,
    cells_to_count,
    given_path,
    services_of,
)
from marrowscope.cli.run import run_and_present
from marrowscope.settings import AnalyzeOptions, Licence, Purpose


def analyze(
    context: typer.Context,
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT",
            parser=given_path,
            help="Whole slides, or camera fields, or folders of them: one case.",
        ),
    ],
    out: Out,
    count: Annotated[
        str | None, typer.Option(metavar="N|all", help="Cells to count; 500 unless set.")
    ] = None,
    um_per_px: Annotated[
        float | None, typer.Option("--um-per-px", help="µm a pixel, where the file has none.")
    ] = None,
    mcv: Annotated[
        float | None, typer.Option("--mcv", help="The patient's mean red cell volume in fL.")
    ] = None,
    threads: Threads = None,
    site: TaughtSite = None,
    scanner: Annotated[
        str, typer.Option(help="What the slide was scanned with, as --site names it.")
    ] = "",
    stain: Annotated[str, typer.Option(help="How it was stained, as --site names it.")] = "",
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", help="List unreadable fields and go on.")
    ] = False,
    licence: Annotated[
        Licence | None, typer.Option(help="Which shipped weights may be used.")
    ] = None,
    purpose: Annotated[
        Purpose | None, typer.Option(help="What it is read for; clinical asks for --licence too.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Reads a smear and writes its differential.

    Writes report.html, analysis.json, cells.parquet and cells.geojson into the folder of --out.
    """
    services = services_of(context)
    settings = services.load_settings(threads=threads, licence=licence, purpose=purpose)
    options = AnalyzeOptions(
        n_to_count=cells_to_count(count, settings.count_target),
        threads=settings.threads,
        licence=settings.licence,
        settings=settings,
        um_per_px=um_per_px,
        mcv_fl=mcv,
        skip_unreadable=skip_unreadable,
        site=site,
        scanner=scanner.strip(),
        stain=stain.strip(),
    )
    text = run_and_present(services, inputs, out, options, as_json=as_json, quiet=quiet)
    sys.stdout.write(text)
