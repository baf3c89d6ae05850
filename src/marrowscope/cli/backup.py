"""`marrowscope backup` and `restore`: everything lasting of a home folder, in one file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from marrowscope.cli.options import given_path, services_of

_BYTES_PER_MB = 1_000_000


def backup(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", parser=given_path, help="Zip file to write; new.")
    ],
) -> None:
    """Copies accounts, audit, cases with their slides, settings and coding desk into one file.

    The server may run meanwhile.
    """
    # The rooms behind are loaded when called: see marrowscope.cli.services.
    from marrowscope.store.backups import back_up  # noqa: PLC0415

    made = back_up(services_of(context).load_settings().home, file)
    size_mb = made.n_bytes / _BYTES_PER_MB
    sys.stdout.write(
        f"{made.file}: {made.n_files} files, {size_mb:.1f} MB, of {made.made_at}\n"
        "Keep it where only you can read it: it holds names, patients' slides and password "
        "hashes.\n"
    )


def restore(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", parser=given_path, help="What `backup` wrote.")
    ],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Also where something is there already; it is kept aside."),
    ] = False,
) -> None:
    """Brings back what a backup holds, all of it or nothing; the server must not run."""
    from marrowscope.store.backups import restore as bring_back  # noqa: PLC0415 - see above

    home = services_of(context).load_settings().home
    restored = bring_back(file, home, replace=replace)
    sys.stdout.write(f"restored {restored.n_files} files of {restored.made_at} into {home}\n")
    if restored.kept_aside is not None:
        sys.stdout.write(f"what was there before is in {restored.kept_aside}\n")
