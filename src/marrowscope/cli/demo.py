"""`marrowscope demo`: the main job on a synthetic smear."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.options import Quiet, Threads, services_of
from marrowscope.cli.progress_display import shown_progress
from marrowscope.cli.run import run_and_present
from marrowscope.errors import OutputError
from marrowscope.settings import AnalyzeOptions

SLIDE = "synthetic-smear.tif"
SIDE_PX = 6000
SEED = 20261124
CAUTION = (
    "This smear is synthetic, drawn by a program: the class names above mean nothing, and no "
    "accuracy can be read from them."
)


def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="Folder for slide and results.")] = Path(
        "marrowscope-demo"
    ),
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Runs the main job on a synthetic smear."""
    services = services_of(context)
    settings = services.load_settings(threads=threads)
    options = AnalyzeOptions(settings.count_target, settings.threads, settings.licence, settings)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {out}: {error.strerror}") from error
    slide = out / SLIDE
    with shown_progress(sys.stderr, quiet=quiet) as progress:
        services.write_phantom(
            slide, width_px=SIDE_PX, height_px=SIDE_PX, seed=SEED, progress=progress
        )
    try:
        text = run_and_present(services, [slide], out, options, as_json=False, quiet=quiet)
    except KeyboardInterrupt as stop:
        raise type(stop)("stopped; only the synthetic slide was written") from stop
    sys.stdout.write(f"{text}\n{CAUTION}\n\nOpen this in a browser:\n{out / 'report.html'}\n")
