"""`marrowscope coding log`: services by day, what they are worth, and what is left unvalued."""

import typer

from marrowscope.cli.coding_log_changes import restore, undo, withdraw
from marrowscope.cli.coding_log_correct import correct
from marrowscope.cli.coding_log_entry import add
from marrowscope.cli.coding_log_export import export
from marrowscope.cli.coding_log_import import import_table
from marrowscope.cli.coding_log_list import list_log


def build_log() -> typer.Typer:
    """The command `log` with its sub-commands."""
    log = typer.Typer(
        help="The work log: your services and their work RVUs.", rich_markup_mode=None
    )
    log.command("add")(add)
    log.command("import")(import_table)
    log.command("list")(list_log)
    log.command("export")(export)
    log.command("correct")(correct)
    log.command("withdraw")(withdraw)
    log.command("restore")(restore)
    log.command("undo")(undo)
    return log
