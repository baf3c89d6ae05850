"""What the API answers, and how that is made of accounts, sessions and the audit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from marrowscope.accounts.account import Account
from marrowscope.accounts.roles import Right, Role, rights_of
from marrowscope.accounts.sessions import Session
from marrowscope.web.ports import AuditEntry, AuditVerification


class ErrorDetail(BaseModel):
    """code: for programs, stable. message: for people."""

    code: str
    message: str


class ErrorAnswer(BaseModel):
    """Of every request that was not done."""

    error: ErrorDetail


class HealthAnswer(BaseModel):
    """needs_set_up: nobody can sign in yet, because there is no account."""

    status: Literal["ok"] = "ok"
    version: str
    needs_set_up: bool
    research_use_only: Literal[True] = True


class AccountAnswer(BaseModel):
    """Who is signed in."""

    account_id: UUID
    user_name: str
    full_name: str
    initials: str
    roles: list[Role]
    must_change_password: bool


class SessionAnswer(BaseModel):
    """csrf_token: goes into the header X-CSRF-Token of everything that changes something."""

    account: AccountAnswer
    rights: list[Right]
    csrf_token: str
    is_locked: bool
    idle_lock_minutes: int


class PersonAnswer(AccountAnswer):
    """Somebody with an account."""

    is_disabled: bool
    created_at: datetime


class PeopleAnswer(BaseModel):
    """Everybody, also those whose account is disabled."""

    people: list[PersonAnswer]


class NewPersonAnswer(BaseModel):
    """temporary_password: told this once; it has to be changed at the first sign-in."""

    person: PersonAnswer
    temporary_password: str


class TemporaryPasswordAnswer(BaseModel):
    """Told this once."""

    temporary_password: str


class AuditEntryAnswer(BaseModel):
    """One line of the audit."""

    seq: int
    at: datetime
    actor_name: str
    act: str
    about: str
    details: dict[str, Any]


class AuditAnswer(BaseModel):
    """The latest first. next_before: what `before` is for the page after this; null on the last.

    accessions: of the cases that entries are about and that one may see, by `about`.
    """

    entries: list[AuditEntryAnswer]
    accessions: dict[str, str]
    next_before: int | None


class VerificationAnswer(BaseModel):
    """broken_at: number of the first entry that is not as it was written."""

    n: int
    is_intact: bool
    broken_at: int | None


TO_EVERYBODY = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.LOCKED)
"""What every route behind the gate may answer."""
ABOUT_ONE = (*TO_EVERYBODY, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
"""What a route about a thing of an id may answer."""


def refusals(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """For the API's description: statuses that a route answers with an error."""
    return {int(one): {"model": ErrorAnswer, "description": one.phrase} for one in statuses}


def session_answer(account: Account, session: Session, idle_lock_minutes: int) -> SessionAnswer:
    """What a page needs to know of who is signed in."""
    return SessionAnswer(
        account=AccountAnswer(
            account_id=account.account_id,
            user_name=account.user_name,
            full_name=account.full_name,
            initials=account.initials,
            roles=in_order(account.roles),
            must_change_password=account.must_change_password,
        ),
        rights=[right for right in Right if right in rights_of(account.roles)],
        csrf_token=session.csrf_token,
        is_locked=session.is_locked,
        idle_lock_minutes=idle_lock_minutes,
    )


def person_answer(account: Account) -> PersonAnswer:
    """An account without its secrets."""
    return PersonAnswer(
        account_id=account.account_id,
        user_name=account.user_name,
        full_name=account.full_name,
        initials=account.initials,
        roles=in_order(account.roles),
        must_change_password=account.must_change_password,
        is_disabled=account.is_disabled,
        created_at=account.created_at,
    )


def in_order(roles: Iterable[Role]) -> list[Role]:
    """Always the same order, that of `Role`."""
    held = frozenset(roles)
    return [role for role in Role if role in held]


def audit_answer(
    entries: Sequence[AuditEntry], accessions: Mapping[str, str], limit: int
) -> AuditAnswer:
    """One page. accessions: of all cases, by id. limit: how many entries were asked for."""
    is_last = len(entries) < limit or entries[-1].seq <= 1
    return AuditAnswer(
        entries=[_entry_answer(entry) for entry in entries],
        accessions={one.about: accessions[one.about] for one in entries if one.about in accessions},
        next_before=None if is_last else entries[-1].seq,
    )


def _entry_answer(entry: AuditEntry) -> AuditEntryAnswer:
    return AuditEntryAnswer(
        seq=entry.seq,
        at=datetime.fromisoformat(entry.at),
        actor_name=entry.actor_name,
        act=entry.act,
        about=entry.about,
        details=_details(entry),
    )


def _details(entry: AuditEntry) -> dict[str, Any]:
    """What somebody spoilt is for the verification to tell; the rest can still be read."""
    try:
        return entry.values()
    except ValueError:
        return {}


def verification_answer(verification: AuditVerification) -> VerificationAnswer:
    """Whether the audit is as it was written."""
    return VerificationAnswer(
        n=verification.n,
        is_intact=verification.broken_at is None,
        broken_at=verification.broken_at,
    )
