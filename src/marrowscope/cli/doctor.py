"""`marrowscope doctor`: what is installed here, and what is wrong with it."""

import json
import sys
from dataclasses import asdict
from importlib.metadata import version

import typer

from marrowscope.cli.boundary import NOT_POSSIBLE_HERE, in_one_line
from marrowscope.cli.diagnosis import Diagnosis, diagnose
from marrowscope.cli.options import AsJson, services_of

NO_ACCELERATOR = "none; not needed"
NOT_ACCELERATORS = frozenset({"CPUExecutionProvider", "AzureExecutionProvider"})


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Says what is installed and what is wrong."""
    services = services_of(context)
    diagnosis = diagnose(services, services.load_settings(), version("marrowscope"))
    sys.stdout.write(diagnosis_json(diagnosis) if as_json else diagnosis_text(diagnosis))
    if diagnosis.problems:
        raise typer.Exit(NOT_POSSIBLE_HERE)


def diagnosis_json(diagnosis: Diagnosis) -> str:
    """One JSON object and a line break."""
    return json.dumps(asdict(diagnosis)) + "\n"


def diagnosis_text(diagnosis: Diagnosis) -> str:
    """For people: a line a fact, the problems last."""
    accelerators = [name for name in diagnosis.providers if name not in NOT_ACCELERATORS]
    free = "unknown" if diagnosis.disk_free_mb is None else f"{diagnosis.disk_free_mb} MB free"
    lines = [
        f"marrowscope {diagnosis.version}, Python {diagnosis.python}, {diagnosis.platform}",
        f"threads  {diagnosis.threads} of {diagnosis.cores} cores",
        f"GPU      {', '.join(accelerators) or NO_ACCELERATOR}",
        f"home     {diagnosis.home} ({free})",
        f"licence  {diagnosis.licence}: {diagnosis.licence_note}",
        "models",
        *(
            f"  {model.task} {model.name} {model.version}"
            f"{', in use' if model.is_in_use else ''}, sha256 {model.sha256}"
            f" {'ok' if model.is_intact else 'WRONG'}, {model.licence}"
            for model in diagnosis.models
        ),
        "readers",
        *(f"  {one.name} ({one.extensions}): {one.tested}" for one in diagnosis.readers),
        *(f"note: {note}" for note in diagnosis.notes),
        *(f"wrong: {in_one_line(problem)}" for problem in diagnosis.problems),
        "Something is wrong." if diagnosis.problems else "Nothing is wrong.",
    ]
    return "\n".join(lines) + "\n"
