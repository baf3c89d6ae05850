"""People: who can sign in, for administrators; and ending one's own sessions everywhere."""

from functools import partial
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from marrowscope.accounts.account import Account
from marrowscope.accounts.passwords import temporary_password
from marrowscope.accounts.roles import Right
from marrowscope.web.answers import (
    NewPersonAnswer,
    PeopleAnswer,
    PersonAnswer,
    TemporaryPasswordAnswer,
    person_answer,
    refusals,
)
from marrowscope.web.parts import Accounts, Turns
from marrowscope.web.ports import AccountStore
from marrowscope.web.refusals import RequestRefusedError
from marrowscope.web.request_bodies import NewPersonRequest, PersonChange
from marrowscope.web.security import take_cookie
from marrowscope.web.session_dependency import WITH_PROOF, Current, PeopleManager, check_right

REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.LOCKED)
ABOUT_ONE = (*REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
NO_SUCH_PERSON = "there is no such person; load the page again"
OWN_PASSWORD = "change your own password under your account"

router = APIRouter(tags=["people"])


@router.get("/api/people", responses=refusals(*REFUSALS))
def read_people(_manager: PeopleManager, accounts: Accounts) -> PeopleAnswer:
    """Everybody who has an account."""
    return PeopleAnswer(people=[person_answer(account) for account in accounts.accounts()])


@router.post(
    "/api/people",
    status_code=HTTPStatus.CREATED,
    dependencies=WITH_PROOF,
    responses=refusals(*REFUSALS, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
)
async def add_person(
    body: NewPersonRequest, manager: PeopleManager, accounts: Accounts, turns: Turns
) -> NewPersonAnswer:
    """Adds somebody with a temporary password."""
    password = temporary_password()
    account = await turns.take(partial(_add, accounts, body, password, manager.account))
    return NewPersonAnswer(person=person_answer(account), temporary_password=password)


@router.patch("/api/people/{account_id}", dependencies=WITH_PROOF, responses=refusals(*ABOUT_ONE))
def change_person(
    account_id: UUID, body: PersonChange, manager: PeopleManager, accounts: Accounts
) -> PersonAnswer:
    """Changes name, initials or roles, disables or enables."""
    _existing(accounts, account_id)
    account = accounts.change(
        account_id,
        by=manager.account,
        full_name=body.full_name,
        initials=body.initials,
        roles=body.roles,
        is_disabled=body.is_disabled,
    )
    return person_answer(account)


@router.post(
    "/api/people/{account_id}/password",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
async def reset_password(
    account_id: UUID, manager: PeopleManager, accounts: Accounts, turns: Turns
) -> TemporaryPasswordAnswer:
    """Gives a temporary password to somebody who lost theirs, and ends their sessions."""
    if account_id == manager.account.account_id:
        raise RequestRefusedError(HTTPStatus.CONFLICT, "own_account", OWN_PASSWORD)
    password = temporary_password()
    await turns.take(partial(_reset, accounts, account_id, password, manager.account))
    return TemporaryPasswordAnswer(temporary_password=password)


@router.delete(
    "/api/people/{account_id}/sessions",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE),
)
def end_sessions(
    account_id: UUID,
    signed_in: Current,
    request: Request,
    response: Response,
    accounts: Accounts,
) -> None:
    """Signs somebody out everywhere. Everybody may do so with themselves, this session too."""
    is_own = account_id == signed_in.account.account_id
    if not is_own:
        check_right(signed_in, Right.MANAGE_PEOPLE)
        _existing(accounts, account_id)
    accounts.end_sessions(account_id, by=signed_in.account)
    if is_own:
        take_cookie(response, request.url.scheme)


def _existing(accounts: AccountStore, account_id: UUID) -> Account:
    account = accounts.account(account_id)
    if account is None:
        raise RequestRefusedError(HTTPStatus.NOT_FOUND, "not_found", NO_SUCH_PERSON)
    return account


def _add(accounts: AccountStore, body: NewPersonRequest, password: str, by: Account) -> Account:
    if accounts.by_user_name(body.user_name) is not None:
        message = "this user name is taken; choose another"
        raise RequestRefusedError(HTTPStatus.CONFLICT, "user_name_taken", message)
    return accounts.add(body.user_name, body.full_name, body.initials, body.roles, password, by=by)


def _reset(accounts: AccountStore, account_id: UUID, password: str, by: Account) -> None:
    _existing(accounts, account_id)
    accounts.set_password(account_id, password, by=by, must_change_password=True)
