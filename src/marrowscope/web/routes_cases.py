"""The worklist; making a case, reading it, changing its facts, deleting it."""

from functools import partial
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool

from marrowscope.cases.facts import Priority, Purpose
from marrowscope.cases.on_call import is_called_for
from marrowscope.cases.state import CaseState, CaseStatus
from marrowscope.cases.worklist import Wanted, machine_calls, worklist
from marrowscope.web.answers import ABOUT_ONE, TO_EVERYBODY, refusals
from marrowscope.web.case_access import case_for, seen_by
from marrowscope.web.case_answers import CaseAnswer, CasesAnswer, case_answer, cases_answer
from marrowscope.web.case_bodies import DeletionRequest, FactsChange, FactsRequest
from marrowscope.web.parts import (
    Accounts,
    Address,
    Audit,
    Cases,
    Jobs,
    Pictures,
    Shown,
    SignOut,
    Turns,
)
from marrowscope.web.password_again import as_forbidden
from marrowscope.web.session_dependency import WITH_PROOF, CaseAdder, CaseDeleter, CaseReader
from marrowscope.web.session_gate import UNATTENDED
from marrowscope.web.sign_out_ports import SignOutDesk

LONGEST_SEARCH = 200
USUAL_ROWS = 200
MOST_ROWS = 5000

Search = Annotated[
    str,
    Query(
        max_length=LONGEST_SEARCH,
        description="Words, each of which is in the accession, the patient's name or id.",
    ),
]
Skip = Annotated[int, Query(ge=0, description="Rows to leave out, from the first.")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Most rows of one answer.")]
Unattended = Annotated[
    str | None,
    Header(alias=UNATTENDED, description="Anything: the page asks by itself."),
]

router = APIRouter(tags=["cases"])


@router.get("/api/cases", responses=refusals(*TO_EVERYBODY, HTTPStatus.UNPROCESSABLE_ENTITY))
def read_cases(
    reader: CaseReader,
    cases: Cases,
    jobs: Jobs,
    audit: Audit,
    desk: SignOut,
    shown: Shown,
    search: Search = "",
    status: CaseStatus | None = None,
    purpose: Purpose | None = None,
    priority: Priority | None = None,
    skip: Skip = 0,
    limit: Limit = USUAL_ROWS,
    _unattended: Unattended = None,
) -> CasesAnswer:
    """The worklist, in the order that `cases` says. A session is audited once for each."""
    visible = seen_by(reader, cases.cases())
    first = frozenset(case.case_id for case in visible if _comes_first(case, desk))
    fitting = worklist(visible, Wanted(search, status, purpose, priority), first)
    found = fitting[skip : skip + limit]
    session = reader.session.token_sha256
    new = shown.not_yet(session, (case.case_id for case in found))
    if new:
        # First: what cannot be recorded is not shown.
        details = {"cases": [str(case_id) for case_id in new]}
        audit.append("worklist_read", by=reader.account, about="worklist", details=details)
        shown.add(session, new)
    return cases_answer(len(visible), len(fitting), found, first, jobs.progress)


def _comes_first(case: CaseState, desk: SignOutDesk) -> bool:
    """By the machine's own findings, or by what readers made of the cells where one was called.

    Of cases that nobody was called for only what the case itself says is asked: there are many.
    """
    if not is_called_for(case):
        return False
    if machine_calls(case):
        return True
    urgent = desk.urgent(case) if case.sign_out.tellings else None
    return urgent is not None and bool(urgent[1])


@router.post(
    "/api/cases",
    status_code=HTTPStatus.CREATED,
    dependencies=WITH_PROOF,
    responses=refusals(*TO_EVERYBODY, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def add_case(body: FactsRequest, adder: CaseAdder, cases: Cases, jobs: Jobs) -> CaseAnswer:
    """Makes a case without slides."""
    return case_answer(cases.open_case(body.facts(), by=adder.account), jobs.progress)


@router.get("/api/cases/{case_id}", responses=refusals(*ABOUT_ONE))
def read_case(
    case_id: UUID, reader: CaseReader, cases: Cases, jobs: Jobs, audit: Audit
) -> CaseAnswer:
    """A case. Audited each time: while waiting ask for the progress of its analysis instead."""
    case = case_for(reader, cases, case_id)
    audit.append("case_read", by=reader.account, about=str(case_id), details={"what": "case"})
    return case_answer(case, jobs.progress)


@router.put(
    "/api/cases/{case_id}/facts",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def change_facts(
    case_id: UUID, body: FactsChange, adder: CaseAdder, cases: Cases, jobs: Jobs
) -> CaseAnswer:
    """Replaces all facts. 409 with code case_changed where `version` is not the case's now."""
    case_for(adder, cases, case_id)
    changed = cases.change_facts(case_id, body.version, body.facts.facts(), by=adder.account)
    return case_answer(changed, jobs.progress)


@router.delete(
    "/api/cases/{case_id}",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
async def delete_case(
    case_id: UUID,
    body: DeletionRequest,
    deleter: CaseDeleter,
    cases: Cases,
    accounts: Accounts,
    pictures: Pictures,
    turns: Turns,
    address: Address,
) -> None:
    """Deletes a case with its files, by an administrator; 403 with code wrong_password."""
    await run_in_threadpool(case_for, deleter, cases, case_id)
    account = deleter.account
    confirm = partial(accounts.confirm_password, account.account_id, body.password, address)
    await turns.take(partial(as_forbidden, confirm))
    await run_in_threadpool(cases.delete, case_id, None, body.reason, by=account)
    await run_in_threadpool(pictures.close_case, case_id)
