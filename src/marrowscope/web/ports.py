"""What the web needs of accounts and the audit: small protocols, named for their roles.

`case_ports` has those of cases.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from marrowscope.accounts.account import Account
from marrowscope.accounts.roles import Role
from marrowscope.accounts.sessions import Session


class AccountStore(Protocol):
    """Who can sign in and who is. Whatever changes something is audited with it.

    Every method raises UsageError where what is asked makes no sense, and
    EnvironmentProblemError where the database cannot be read or written.
    """

    def n_accounts(self) -> int:
        """Disabled ones too; 0 until somebody set this up."""

    def has_administrator(self) -> bool:
        """Whether an administrator is there who can sign in."""

    def accounts(self) -> tuple[Account, ...]:
        """All, disabled ones too."""

    def account(self, account_id: UUID) -> Account | None:
        """None where there is none."""

    def by_user_name(self, name: str) -> Account | None:
        """None where there is none."""

    def set_up(self, user_name: str, full_name: str, initials: str, password: str) -> Account:
        """The first account, an administrator who reads cases too; UsageError once there is one."""

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
        """UsageError where the user name is taken. by: None for whoever sits at this machine."""

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
        """None leaves a thing as it is. UsageError for the last administrator's right."""

    def set_password(
        self,
        account_id: UUID,
        password: str,
        *,
        by: Account | None,
        must_change_password: bool,
        keep: str | None = None,
    ) -> None:
        """Ends the account's sessions, but for the one of the token `keep`."""

    def confirm_password(self, account_id: UUID, password: str, address: str = "") -> None:
        """Raises SignInRefusedError where it is not the account's."""

    def sign_in(self, user_name: str, password: str, address: str) -> tuple[Account, Session, str]:
        """With the token of the new session. Raises SignInRefusedError."""

    def session(self, token: str) -> tuple[Account, Session] | None:
        """None where it ended; locked where it was left alone too long."""

    def touch(self, token: str, seen_at: datetime | None = None) -> None:
        """Somebody does something in this session. seen_at: of it, as it was just read."""

    def lock(self, token: str) -> None:
        """Until the password was given again."""

    def unlock(self, token: str, password: str, address: str = "") -> tuple[Account, Session]:
        """Raises SignInRefusedError, SessionEndedError."""

    def sign_out(self, token: str) -> None:
        """Ends the session."""

    def end_sessions(self, account_id: UUID, *, by: Account | None) -> None:
        """Ends all of an account's sessions."""


class AuditEntry(Protocol):
    """One line of the audit."""

    @property
    def seq(self) -> int:
        """Counts from 1 without a gap."""

    @property
    def at(self) -> str:
        """ISO 8601, UTC, with microseconds."""

    @property
    def actor_name(self) -> str:
        """Who did it."""

    @property
    def act(self) -> str:
        """What was done."""

    @property
    def about(self) -> str:
        """To whom or to what."""

    def values(self) -> dict[str, Any]:
        """Whatever else there is to say. Raises ValueError where somebody spoilt it."""


class AuditVerification(Protocol):
    """Whether the audit is as it was written."""

    @property
    def n(self) -> int:
        """Entries there are."""

    @property
    def broken_at(self) -> int | None:
        """Number of the first entry that is not as it was written; None where all are."""


class AuditStore(Protocol):
    """The audit, which only grows. Raises EnvironmentProblemError."""

    def append(
        self,
        act: str,
        *,
        by: Account | None,
        about: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> object:
        """Writes one entry."""

    def entries(
        self,
        before: int | None = None,
        limit: int = 100,
        about: Collection[str] | None = None,
    ) -> tuple[AuditEntry, ...]:
        """The latest first, at most `limit`, those with a number below `before`.

        about: what they are about, None for anything.
        """

    def verify(self) -> AuditVerification:
        """Reads all of it."""
