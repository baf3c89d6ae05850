"""Runs one analysis for `analyze` and `demo` and gives what standard output is to hold."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from marrowscope.cli.licence_notice import check_licence, show_licence_notice
from marrowscope.cli.printable import printable
from marrowscope.cli.progress_display import shown_progress
from marrowscope.cli.services import RunResult, Services
from marrowscope.settings import AnalyzeOptions


def run_and_present(
    services: Services,
    inputs: Sequence[Path],
    out: Path,
    options: AnalyzeOptions,
    *,
    as_json: bool,
    quiet: bool,
) -> str:
    """Analyses `inputs` into `out`; returns the summary as text, or as one JSON object.

    Raises MarrowscopeError.
    """
    check_licence(services.shipped_models(), options.licence)
    show_licence_notice(options.settings, options.licence, sys.stderr)
    # Whatever a library prints goes to standard error: standard output holds the answer alone.
    with (
        redirect_stdout(sys.stderr),
        shown_progress(sys.stderr, quiet=quiet or as_json) as progress,
    ):
        result = services.run_analysis(inputs, out, options, progress)
    if as_json:
        return json_text(result)
    return printable(plain_text(services.summary_text(result.analysis), result.paths))


def json_text(result: RunResult) -> str:
    """One JSON object and a line break: the summary, and `paths` as text."""
    paths = {name: str(path) for name, path in result.paths.items()}
    return json.dumps({**result.summary, "paths": paths}, allow_nan=False) + "\n"


def plain_text(summary: str, paths: Mapping[str, Path]) -> str:
    """The summary for a person, then each file on a line of its own."""
    files = "\n".join(f"{name}: {path}" for name, path in paths.items())
    return f"{summary.rstrip()}\n\n{files}\n"
