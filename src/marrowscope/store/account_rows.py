"""Accounts and sessions as rows, and what is asked of them inside a transaction."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, select, update

from marrowscope.accounts.account import Account
from marrowscope.accounts.roles import Role
from marrowscope.accounts.sessions import Session
from marrowscope.errors import UsageError
from marrowscope.store.tables import ACCOUNTS, SESSIONS

_ACCOUNT: Final = tuple(ACCOUNTS.c[field.name] for field in fields(Account))
_SESSION: Final = tuple(SESSIONS.c[field.name] for field in fields(Session))


def all_accounts(connection: Connection) -> tuple[Account, ...]:
    """By user name."""
    rows = connection.execute(select(*_ACCOUNT).order_by(ACCOUNTS.c.user_name))
    return tuple(_account(row) for row in rows)


def account_of_id(connection: Connection, account_id: UUID) -> Account | None:
    """None where there is none."""
    query = select(*_ACCOUNT).where(ACCOUNTS.c.account_id == account_id)
    row = connection.execute(query).first()
    return None if row is None else _account(row)


def account_of_name(connection: Connection, user_name: str) -> Account | None:
    """None where there is none. user_name: as checked."""
    query = select(*_ACCOUNT).where(ACCOUNTS.c.user_name == user_name)
    row = connection.execute(query).first()
    return None if row is None else _account(row)


def known_account(connection: Connection, account_id: UUID) -> Account:
    """Raises UsageError where there is none."""
    account = account_of_id(connection, account_id)
    if account is None:
        raise UsageError("there is no such account")
    return account


def insert_account(connection: Connection, account: Account) -> None:
    """Adds it. Raises UsageError where its user name is taken."""
    if account_of_name(connection, account.user_name) is not None:
        raise UsageError(f"the user name {account.user_name} is taken; choose another one")
    connection.execute(insert(ACCOUNTS).values(_values(account)))


def update_account(connection: Connection, account: Account) -> None:
    """Writes what it is now over what it was."""
    query = update(ACCOUNTS).where(ACCOUNTS.c.account_id == account.account_id)
    connection.execute(query.values(_values(account)))


def session_of(connection: Connection, token_sha256: str) -> Session | None:
    """As it was written, ended or not; None where there is none."""
    query = select(*_SESSION).where(SESSIONS.c.token_sha256 == token_sha256)
    row = connection.execute(query).first()
    return None if row is None else Session(*row)


def insert_session(connection: Connection, session: Session) -> None:
    """Adds it."""
    values = {column.name: getattr(session, column.name) for column in _SESSION}
    connection.execute(insert(SESSIONS).values(values))


def update_session(connection: Connection, token_sha256: str, **values: Any) -> None:
    """Writes some of its columns."""
    query = update(SESSIONS).where(SESSIONS.c.token_sha256 == token_sha256)
    connection.execute(query.values(**values))


def delete_session(connection: Connection, token_sha256: str) -> None:
    """Ends one."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.token_sha256 == token_sha256))


def delete_sessions(connection: Connection, account_id: UUID, keep_sha256: str = "") -> int:
    """Ends those of an account but one; how many they were."""
    query = delete(SESSIONS).where(
        SESSIONS.c.account_id == account_id, SESSIONS.c.token_sha256 != keep_sha256
    )
    return connection.execute(query).rowcount


def in_order(roles: Iterable[Role]) -> list[str]:
    """Names of roles, always in the same order."""
    return sorted(role.value for role in roles)


def _values(account: Account) -> dict[str, Any]:
    values = {column.name: getattr(account, column.name) for column in _ACCOUNT}
    return values | {"roles": " ".join(in_order(account.roles))}


def _account(row: Row[Any]) -> Account:
    values = dict(row._mapping)
    return Account(**values | {"roles": frozenset(Role(name) for name in row.roles.split())})
