"""Who is signed in, in the database; each change with its audit entry, or neither."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, delete

from marrowscope.accounts.account import Account, checked_user_name
from marrowscope.accounts.passwords import hash_password, is_right, needs_rehash, pretend_to_check
from marrowscope.accounts.refusals import SessionEndedError, SignInRefusedError
from marrowscope.accounts.sessions import (
    IDLE_LOCK,
    LONGEST,
    Session,
    is_ended,
    is_idle,
    new_token,
    sha256_of,
)
from marrowscope.errors import UsageError
from marrowscope.store.account_rows import (
    account_of_id,
    account_of_name,
    delete_session,
    insert_session,
    known_account,
    session_of,
    update_account,
    update_session,
)
from marrowscope.store.audit_chain import Act
from marrowscope.store.audit_records import act_by, append_act
from marrowscope.store.database import reading, writing
from marrowscope.store.failure_rows import (
    Attempt,
    attempt_of,
    delete_failures,
    insert_failure,
    wait_of,
)
from marrowscope.store.tables import SESSIONS

T = TypeVar("T")

TOUCH_EVERY: Final = timedelta(seconds=30)
"""A click is not worth a sync of the disk each time."""
NOBODY: Final = "nobody signed in"


class SessionRecords:
    """now: the clock, aware. idle_lock: after how long without an act a session is locked.

    Raises OutputError wherever the database cannot be used.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], datetime], idle_lock: timedelta = IDLE_LOCK
    ) -> None:
        self._engine = engine
        self._now = now
        self._idle_lock = idle_lock

    def sign_in(self, user_name: str, password: str, address: str) -> tuple[Account, Session, str]:
        """The account, its new session, and the session's token, which is kept nowhere else.

        address: where the request comes from. Raises SignInRefusedError, the same for a name that
        is unknown, a password that is wrong and an account that is disabled.
        """
        account = self.by_user_name(user_name)
        name = user_name.strip() if account is None else account.user_name
        trial = _Trial(account, attempt_of(name, address), "sign_in_failed", address)
        token = new_token()

        def begin(connection: Connection, account: Account) -> tuple[Account, Session, str]:
            session = _new_session(token, account, self._now())
            _forget_ended(connection, session.created_at)
            insert_session(connection, session)
            append_act(
                connection,
                act_by(account, "signed_in", account.user_name, trial.where),
                self._now(),
            )
            return account, session, token

        return self._tried(trial, password, begin)

    def by_user_name(self, name: str) -> Account | None:
        """Whatever the case of its letters; None where there is none."""
        try:
            user_name = checked_user_name(name)
        except UsageError:
            return None
        with reading(self._engine) as connection:
            return account_of_name(connection, user_name)

    def session(self, token: str) -> tuple[Account, Session] | None:
        """Who is signed in with a token. None where that has ended or the account is disabled.

        The session is locked where somebody locked it, or where it was left alone for too long.
        """
        with reading(self._engine) as connection:
            return self._live(connection, token)

    def touch(self, token: str, seen_at: datetime | None = None) -> None:
        """Somebody did something: the session is not idle. A locked one stays as it is.

        Written at most twice a minute, and not into the audit trail. seen_at: of the session as
        it was just read, which saves reading it again.
        """
        now = self._now()
        if seen_at is not None and abs(now - seen_at) < TOUCH_EVERY:
            return
        live = self.session(token)
        if live is None or live[1].is_locked or abs(now - live[1].seen_at) < TOUCH_EVERY:
            return
        with writing(self._engine) as connection:
            live = self._live(connection, token)
            if live is not None and not live[1].is_locked:
                update_session(connection, live[1].token_sha256, seen_at=now)

    def lock(self, token: str) -> None:
        """Until its password is given again. Nothing happens to one that is locked or ended."""
        with writing(self._engine) as connection:
            live = self._live(connection, token)
            if live is None or live[1].is_locked:
                return
            account, session = live
            update_session(connection, session.token_sha256, is_locked=True)
            act = act_by(account, "session_locked", account.user_name)
            append_act(connection, act, self._now())

    def unlock(self, token: str, password: str, address: str = "") -> tuple[Account, Session]:
        """The account and its session, open again.

        Raises SignInRefusedError where the password is wrong, SessionEndedError where the session
        is no more.
        """
        live = self.session(token)
        if live is None:
            raise SessionEndedError
        account, session = live
        trial = _Trial(account, attempt_of(account.user_name, address), "unlock_failed", address)

        def open_again(connection: Connection, account: Account) -> tuple[Account, Session] | None:
            if self._live(connection, token) is None:
                return None
            now = self._now()
            update_session(connection, session.token_sha256, is_locked=False, seen_at=now)
            append_act(connection, act_by(account, "session_unlocked", account.user_name), now)
            return self._live(connection, token)

        opened = self._tried(trial, password, open_again)
        if opened is None:
            raise SessionEndedError
        return opened

    def confirm_password(self, account_id: UUID, password: str, address: str = "") -> None:
        """Before somebody who is signed in changes the password: it has to be given once more.

        Raises SignInRefusedError where it is wrong, UsageError where there is no such account.
        """
        with reading(self._engine) as connection:
            account = known_account(connection, account_id)
        attempt = attempt_of(account.user_name, address)
        trial = _Trial(account, attempt, "password_confirmation_failed", address)
        self._tried(trial, password, lambda _connection, _account: None)

    def sign_out(self, token: str) -> None:
        """Ends the session; nothing happens where it has ended."""
        with writing(self._engine) as connection:
            session = session_of(connection, sha256_of(token))
            if session is None:
                return
            delete_session(connection, session.token_sha256)
            account = known_account(connection, session.account_id)
            append_act(connection, act_by(account, "signed_out", account.user_name), self._now())

    def _live(self, connection: Connection, token: str) -> tuple[Account, Session] | None:
        session = session_of(connection, sha256_of(token))
        now = self._now()
        if session is None or is_ended(session, now):
            return None
        account = account_of_id(connection, session.account_id)
        if account is None or account.is_disabled:
            return None
        is_locked = session.is_locked or is_idle(session, now, self._idle_lock)
        return account, replace(session, is_locked=is_locked)

    def _tried(self, trial: "_Trial", password: str, then: Callable[[Connection, Account], T]) -> T:
        """What `then` makes of the account where the password is right, in one transaction.

        The password is checked before that transaction, since it takes a while, and whether it may
        be tried at all is asked again within: of many that come at once only a few are heard.
        Raises SignInRefusedError, after what was wrong has been recorded.
        """
        with reading(self._engine) as connection:
            wait_s = wait_of(connection, trial.attempt, self._now())
        if wait_s:
            raise SignInRefusedError(wait_s)
        hashed = _hash_where_right(trial.account, password)
        with writing(self._engine) as connection:
            wait_s = wait_of(connection, trial.attempt, self._now())
            if not wait_s:
                account = _accepted(connection, trial.account, hashed)
                if account is not None:
                    delete_failures(connection, trial.attempt)
                    return then(connection, account)
                insert_failure(connection, trial.attempt, self._now())
                append_act(connection, trial.failure(hashed), self._now())
        raise SignInRefusedError(wait_s)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A password to be tried. account: None where the name is unknown. act: if it fails."""

    account: Account | None
    attempt: Attempt
    act: str
    address: str

    @property
    def where(self) -> dict[str, str]:
        return {"address": self.address} if self.address else {}

    def failure(self, hashed: str | None) -> Act:
        """What the trail says. A name that is unknown is not repeated: it may be a password."""
        if self.account is None:
            reason, about = "unknown user name", ""
        else:
            reason = "wrong password" if hashed is None else "account disabled or just changed"
            about = self.account.user_name
        return Act(None, NOBODY, self.act, about, {"reason": reason, **self.where})


def _hash_where_right(account: Account | None, password: str) -> str | None:
    """The hash to keep from now on, None where the password is wrong. As slow for nobody."""
    if account is None:
        pretend_to_check(password)
        return None
    if not is_right(password, account.password_hash):
        return None
    return hash_password(password) if needs_rehash(account.password_hash) else account.password_hash


def _accepted(connection: Connection, tried: Account | None, hashed: str | None) -> Account | None:
    """The account as it is now, None where it may not be used or its password was just changed."""
    if tried is None or hashed is None:
        return None
    account = account_of_id(connection, tried.account_id)
    if account is None or account.is_disabled or account.password_hash != tried.password_hash:
        return None
    if hashed != account.password_hash:
        account = replace(account, password_hash=hashed)
        update_account(connection, account)
    return account


def _new_session(token: str, account: Account, now: datetime) -> Session:
    return Session(
        token_sha256=sha256_of(token),
        account_id=account.account_id,
        csrf_token=new_token(),
        created_at=now,
        seen_at=now,
        is_locked=False,
    )


def _forget_ended(connection: Connection, now: datetime) -> None:
    connection.execute(delete(SESSIONS).where(SESSIONS.c.created_at <= now - LONGEST))
