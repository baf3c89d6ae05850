"""`marrowscope audit verify`: whether the audit is as it was written."""

import json
import sys

import typer

from marrowscope.cli.boundary import NOT_POSSIBLE_HERE
from marrowscope.cli.options import AsJson, services_of


def build_audit() -> typer.Typer:
    """The command `audit` with its sub-commands."""
    audit = typer.Typer(
        help="What was done on the server, by whom and when.", rich_markup_mode=None
    )
    # Keeps the sub-command's name a word of the command while it is the only one.
    audit.callback()(_root)
    audit.command("verify")(verify)
    return audit


def _root() -> None:
    """What was done on the server, by whom and when."""


def verify(context: typer.Context, as_json: AsJson = False) -> None:
    """Reads every entry of the audit; exit code 4 where one is not as it was written."""
    # The rooms behind are loaded when called: see marrowscope.cli.services.
    from marrowscope.assembly_web import existing_parts  # noqa: PLC0415

    with existing_parts(services_of(context).load_settings().home) as (_, audit):
        found = audit.verify()
    if as_json:
        facts = {"n": found.n, "is_intact": found.broken_at is None, "broken_at": found.broken_at}
        sys.stdout.write(json.dumps(facts) + "\n")
    elif found.broken_at is None:
        sys.stdout.write(f"all {found.n} entries of the audit are as they were written\n")
    else:
        sys.stdout.write(
            f"entry {found.broken_at} of the audit is not as it was written; keep the home folder "
            "as it is and compare it with a backup\n"
        )
    if found.broken_at is not None:
        raise typer.Exit(NOT_POSSIBLE_HERE)
