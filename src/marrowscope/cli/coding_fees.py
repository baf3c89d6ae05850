"""`marrowscope coding import-fees` and `coding show`: fee schedules in, values of a code out."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.options import AsJson, given_path, services_of
from marrowscope.errors import UsageError


def import_fees(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            parser=given_path,
            help="Zip of a release from cms.gov, or PPRRVU or GPCI from it: CSV, TXT or XLSX.",
        ),
    ],
    release: Annotated[
        str | None,
        typer.Option(
            metavar="2025D", help="Year and quarter A to D, where no title or name tells it."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Reads fee schedules that you downloaded from CMS. All files are imported, or none."""
    # The rooms behind are loaded when called: see marrowscope.cli.services.
    from marrowscope.cli.coding_fee_calls import import_files  # noqa: PLC0415
    from marrowscope.cli.coding_fee_text import import_object, import_text  # noqa: PLC0415

    home = services_of(context).load_settings().home
    imported = import_files(files, release, home)
    sys.stdout.write(
        json.dumps(import_object(imported)) + "\n" if as_json else import_text(imported)
    )


def show(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Such as 85097 or 0855T.")],
    on: Annotated[
        str | None,
        typer.Option(
            "--on", metavar="DATE", help="Day of service, 2025-10-31; every release unless given."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Shows what a code is worth in the imported fee schedules, newest first."""
    # The rooms behind are loaded when called: see marrowscope.cli.services.
    from marrowscope.cli.coding_fee_calls import look_up  # noqa: PLC0415
    from marrowscope.cli.coding_fee_text import values_object, values_text  # noqa: PLC0415

    day = None if on is None else day_of(on)
    values = look_up(code, day, services_of(context).load_settings().home)
    sys.stdout.write(json.dumps(values_object(values)) + "\n" if as_json else values_text(values))


def day_of(text: str) -> date:
    """2025-10-31. Raises UsageError for anything else."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or day.isoformat() != text.strip():
        raise UsageError(f"--on: {text[:20]!r} is no day; give year-month-day, such as 2025-10-31")
    return day
