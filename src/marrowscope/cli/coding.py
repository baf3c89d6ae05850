"""`marrowscope coding`: one sub-command, in a module of its own, for each thing of the desk."""

import typer

from marrowscope.cli.coding_benchmark import benchmark, import_utilization
from marrowscope.cli.coding_fees import import_fees, show
from marrowscope.cli.coding_log import build_log


def build_coding() -> typer.Typer:
    """The command `coding` with its sub-commands."""
    coding = typer.Typer(
        help="The coding desk: fee schedules, work log, national benchmark.",
        rich_markup_mode=None,
    )
    coding.command("import-fees")(import_fees)
    coding.command("show")(show)
    coding.command("import-utilization")(import_utilization)
    coding.command("benchmark")(benchmark)
    coding.add_typer(build_log(), name="log")
    return coding
