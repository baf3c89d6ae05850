"""`marrowscope user`: accounts, by whoever may use this machine's command line."""

import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from marrowscope.accounts.account import Account
from marrowscope.accounts.roles import Role
from marrowscope.cli.options import services_of
from marrowscope.errors import UsageError

if TYPE_CHECKING:
    from marrowscope.store.account_records import AccountRecords

UserName: TypeAlias = Annotated[
    str, typer.Argument(metavar="USER_NAME", help="As signed in with, such as jdoe.")
]
FromStdin: TypeAlias = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from standard input, one line."),
]
ForGood: TypeAlias = Annotated[
    bool, typer.Option("--permanent", help="The password need not be changed at the next sign-in.")
]
CHANGE_IT = "; the password has to be changed at the next sign-in"


def build_user() -> typer.Typer:
    """The command `user` with its sub-commands."""
    user = typer.Typer(help="Who can sign in to the server.", rich_markup_mode=None)
    user.command("add")(add)
    user.command("reset-password")(reset_password)
    user.command("disable")(disable)
    return user


def add(
    context: typer.Context,
    user_name: UserName,
    full_name: Annotated[str, typer.Option("--full-name", metavar="NAME", help="As printed.")],
    initials: Annotated[str, typer.Option("--initials", help="Beside what somebody did.")],
    roles: Annotated[
        list[Role],
        typer.Option("--role", metavar="ROLE", help=f"Repeatable: {', '.join(Role)}."),
    ],
    from_stdin: FromStdin = False,
    for_good: ForGood = False,
) -> None:
    """Adds an account; the first one should be an administrator."""
    # The rooms behind are loaded when called: see marrowscope.cli.services.
    from marrowscope.assembly_web import serving_parts  # noqa: PLC0415

    password = read_password(from_stdin=from_stdin)
    with serving_parts(_home(context)) as (accounts, _):
        account = accounts.add(
            user_name,
            full_name,
            initials,
            roles,
            password,
            by=None,
            must_change_password=not for_good,
        )
    held = ", ".join(role for role in Role if role in account.roles)
    _say(f"added {account.user_name} ({held}){'' if for_good else CHANGE_IT}")


def reset_password(
    context: typer.Context,
    user_name: UserName,
    from_stdin: FromStdin = False,
    for_good: ForGood = False,
) -> None:
    """Gives an account a new password and ends its sessions."""
    from marrowscope.assembly_web import existing_parts  # noqa: PLC0415 - see above

    with existing_parts(_home(context)) as (accounts, _):
        account = _account(accounts, user_name)
        password = read_password(from_stdin=from_stdin)
        accounts.set_password(
            account.account_id, password, by=None, must_change_password=not for_good
        )
    _say(f"{account.user_name} has a new password{'' if for_good else CHANGE_IT}")


def disable(context: typer.Context, user_name: UserName) -> None:
    """Keeps an account from signing in and ends its sessions; what it did stays."""
    from marrowscope.assembly_web import existing_parts  # noqa: PLC0415 - see above

    with existing_parts(_home(context)) as (accounts, _):
        account = _account(accounts, user_name)
        accounts.change(account.account_id, by=None, is_disabled=True)
    _say(f"{account.user_name} is disabled and signed out; an administrator can enable it again")


def read_password(*, from_stdin: bool) -> str:
    """From standard input or, typed twice and unseen, the terminal. Raises UsageError."""
    if from_stdin:
        return _first_line()
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask for the password; give --password-stdin")
    try:
        password, again = getpass("Password: "), getpass("The same again: ")
    except EOFError:
        raise UsageError("no password was typed; nothing was changed") from None
    if password != again:
        raise UsageError("these were two different passwords; nothing was changed, try again")
    return password


def _first_line() -> str:
    try:
        line = "" if sys.stdin is None else sys.stdin.readline()
    except UnicodeDecodeError as error:
        raise UsageError("--password-stdin: standard input is not text") from error
    password = line.removesuffix("\n").removesuffix("\r")
    if not password:
        raise UsageError("--password-stdin: there is no password on standard input")
    return password


def _account(accounts: "AccountRecords", user_name: str) -> Account:
    account = accounts.by_user_name(user_name)
    if account is None:
        raise UsageError(f"there is no account {user_name[:64]!r}; 'marrowscope user add' adds one")
    return account


def _home(context: typer.Context) -> Path:
    return services_of(context).load_settings().home


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
