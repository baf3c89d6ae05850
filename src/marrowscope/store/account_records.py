"""Accounts in the database; every change with its audit entry, or neither."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from marrowscope.accounts.account import (
    Account,
    checked_full_name,
    checked_initials,
    checked_roles,
    checked_user_name,
)
from marrowscope.accounts.passwords import check_password, hash_password, is_right
from marrowscope.accounts.roles import Role
from marrowscope.accounts.sessions import sha256_of
from marrowscope.errors import UsageError
from marrowscope.store.account_rows import (
    account_of_id,
    all_accounts,
    delete_sessions,
    in_order,
    insert_account,
    known_account,
    update_account,
)
from marrowscope.store.audit_records import act_by, append_act
from marrowscope.store.database import reading, writing
from marrowscope.store.failure_rows import attempt_of, delete_failures
from marrowscope.store.session_records import SessionRecords


class AccountRecords(SessionRecords):
    """The accounts of one database. `by` is who acts: None is the command line.

    Raises UsageError where what is asked makes no sense, OutputError where the database cannot be
    used.
    """

    def n_accounts(self) -> int:
        """Disabled ones too."""
        return len(self.accounts())

    def has_administrator(self) -> bool:
        """Whether there is one who is not disabled."""
        return any(map(_is_administrator, self.accounts()))

    def accounts(self) -> tuple[Account, ...]:
        """By user name, disabled ones too."""
        with reading(self._engine) as connection:
            return all_accounts(connection)

    def account(self, account_id: UUID) -> Account | None:
        """None where there is none."""
        with reading(self._engine) as connection:
            return account_of_id(connection, account_id)

    def set_up(self, user_name: str, full_name: str, initials: str, password: str) -> Account:
        """Makes the first account. Raises UsageError where any exists.

        It is an administrator's and a pathologist's, so that one person alone can read a case to
        its end.
        """
        roles = [Role.ADMINISTRATOR, Role.PATHOLOGIST]
        account = self._new(user_name, full_name, initials, roles, password, must_change=False)
        with writing(self._engine) as connection:
            if all_accounts(connection):
                raise UsageError("this Marrowscope is already set up; sign in instead")
            self._insert(connection, account, account, "set_up")
        return account

    def add(
        self,
        user_name: str,
        full_name: str,
        initials: str,
        roles: Iterable[Role],
        password: str,
        *,
        by: Account | None,
        must_change_password: bool = True,
    ) -> Account:
        """Adds an account. Raises UsageError where the user name is taken or something is wrong."""
        account = self._new(
            user_name, full_name, initials, roles, password, must_change=must_change_password
        )
        with writing(self._engine) as connection:
            self._insert(connection, account, by, "account_added")
        return account

    def change(
        self,
        account_id: UUID,
        *,
        by: Account | None,
        full_name: str | None = None,
        initials: str | None = None,
        roles: Iterable[Role] | None = None,
        is_disabled: bool | None = None,
    ) -> Account:
        """Changes what is given and leaves what is None; gives back the account as it is now.

        Disabling ends its sessions. Raises UsageError where nobody could manage people any more.
        """
        given = {
            "full_name": None if full_name is None else checked_full_name(full_name),
            "initials": None if initials is None else checked_initials(initials),
            "roles": None if roles is None else checked_roles(roles),
            "is_disabled": is_disabled,
        }
        values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        with writing(self._engine) as connection:
            old = known_account(connection, account_id)
            new = replace(old, **values)
            if new == old:
                return old
            _check_administrator_left(connection, old, new)
            update_account(connection, new)
            if new.is_disabled:
                delete_sessions(connection, account_id)
            act = act_by(by, _name_of_change(old, new), new.user_name, _differences(old, new))
            append_act(connection, act, self._now())
        return new

    def set_password(
        self,
        account_id: UUID,
        password: str,
        *,
        by: Account | None,
        must_change_password: bool,
        keep: str | None = None,
    ) -> None:
        """Gives an account another password and ends its sessions but that of the token `keep`.

        Raises UsageError where the password is too weak, or somebody's own is the one they have.
        """
        account = self._known(account_id)
        check_password(password, account.user_name)
        is_own = by is not None and by.account_id == account_id
        if is_own and is_right(password, account.password_hash):
            raise UsageError("the new password is the old one; choose another one")
        hashed = hash_password(password)
        act = "password_changed" if is_own else "password_reset"
        with writing(self._engine) as connection:
            account = known_account(connection, account_id)
            new = replace(account, password_hash=hashed, must_change_password=must_change_password)
            update_account(connection, new)
            delete_sessions(connection, account_id, sha256_of(keep) if keep else "")
            # Who has a new password need not wait for somebody else's wrong tries.
            delete_failures(connection, attempt_of(account.user_name, ""))
            append_act(connection, act_by(by, act, account.user_name), self._now())

    def end_sessions(self, account_id: UUID, *, by: Account | None) -> None:
        """Signs somebody out everywhere."""
        with writing(self._engine) as connection:
            account = known_account(connection, account_id)
            n_ended = delete_sessions(connection, account_id)
            act = act_by(by, "sessions_ended", account.user_name, {"n": n_ended})
            append_act(connection, act, self._now())

    def _known(self, account_id: UUID) -> Account:
        with reading(self._engine) as connection:
            return known_account(connection, account_id)

    def _new(
        self,
        user_name: str,
        full_name: str,
        initials: str,
        roles: Iterable[Role],
        password: str,
        *,
        must_change: bool,
    ) -> Account:
        name = checked_user_name(user_name)
        full, short, allowed = (
            checked_full_name(full_name),
            checked_initials(initials),
            checked_roles(roles),
        )
        check_password(password, name)
        return Account(
            account_id=uuid4(),
            user_name=name,
            full_name=full,
            initials=short,
            roles=allowed,
            is_disabled=False,
            must_change_password=must_change,
            password_hash=hash_password(password),
            created_at=self._now().astimezone(UTC),
        )

    def _insert(
        self, connection: Connection, account: Account, by: Account | None, act: str
    ) -> None:
        insert_account(connection, account)
        details = {"full_name": account.full_name, "roles": in_order(account.roles)}
        append_act(connection, act_by(by, act, account.user_name, details), self._now())


def _is_administrator(account: Account) -> bool:
    return Role.ADMINISTRATOR in account.roles and not account.is_disabled


def _check_administrator_left(connection: Connection, old: Account, new: Account) -> None:
    if not _is_administrator(old) or _is_administrator(new):
        return
    others = (one for one in all_accounts(connection) if one.account_id != old.account_id)
    if not any(map(_is_administrator, others)):
        raise UsageError(f"{old.user_name} is the last administrator; make somebody else one first")


def _name_of_change(old: Account, new: Account) -> str:
    if old.is_disabled == new.is_disabled:
        return "account_changed"
    return "account_disabled" if new.is_disabled else "account_enabled"


def _differences(old: Account, new: Account) -> dict[str, Any]:
    """What is different, each as it was and as it is."""
    shown: Mapping[str, Callable[[Account], Any]] = {
        "full_name": lambda account: account.full_name,
        "initials": lambda account: account.initials,
        "roles": lambda account: in_order(account.roles),
        "is_disabled": lambda account: account.is_disabled,
    }
    return {
        name: {"from": show(old), "to": show(new)}
        for name, show in shown.items()
        if show(old) != show(new)
    }
