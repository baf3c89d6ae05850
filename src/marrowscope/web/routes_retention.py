"""Cases that were kept long enough: listing them, and deleting those that somebody chooses."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from marrowscope.accounts.account import Account
from marrowscope.cases.retention import DueCase
from marrowscope.errors import UsageError
from marrowscope.web.answers import TO_EVERYBODY, refusals
from marrowscope.web.case_ports import CaseStore
from marrowscope.web.parts import Accounts, Address, Audit, Cases, Pictures, Server, Turns
from marrowscope.web.password_again import as_forbidden
from marrowscope.web.session_dependency import WITH_PROOF, CaseDeleter
from marrowscope.web.settings_answers import (
    MOST_LISTED,
    DueDeletionAnswer,
    DueDeletionRequest,
    KeptCaseAnswer,
    RetentionAnswer,
    retention_answer,
)

NOT_DUE = "this case has to be kept; load the page again"
NO_YEARS = "nobody said for how long cases are kept; set retention_years"
NO_REASON = "say why; it is kept in the audit"

router = APIRouter(tags=["retention"])


@router.get("/api/retention", responses=refusals(*TO_EVERYBODY))
def read_retention(deleter: CaseDeleter, server: Server, audit: Audit) -> RetentionAnswer:
    """Cases that need not be kept any longer, the longest kept first."""
    due = server.due()
    if due:
        # First: what cannot be recorded is not shown.
        details = {"cases": [str(one.case.case_id) for one in due[:MOST_LISTED]]}
        audit.append("retention_read", by=deleter.account, about="retention", details=details)
    return retention_answer(server.retention_years, due, server.n_bytes)


@router.post(
    "/api/retention/deletions",
    dependencies=WITH_PROOF,
    responses=refusals(
        *TO_EVERYBODY, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS
    ),
)
async def delete_due_cases(
    body: DueDeletionRequest,
    deleter: CaseDeleter,
    server: Server,
    cases: Cases,
    accounts: Accounts,
    pictures: Pictures,
    turns: Turns,
    address: Address,
) -> DueDeletionAnswer:
    """Deletes chosen ones with their files, each if it is still due; 403 code wrong_password."""
    if server.retention_years is None:
        raise UsageError(NO_YEARS)
    if not body.reason.strip():
        raise UsageError(NO_REASON)
    account = deleter.account
    confirm = partial(accounts.confirm_password, account.account_id, body.password, address)
    await turns.take(partial(as_forbidden, confirm))
    due = await run_in_threadpool(server.due)
    answer = await run_in_threadpool(_delete, body, due, cases, account)
    for case_id in answer.deleted:
        await run_in_threadpool(pictures.close_case, case_id)
    return answer


def _delete(
    body: DueDeletionRequest, due: Sequence[DueCase], cases: CaseStore, account: Account
) -> DueDeletionAnswer:
    known = {one.case.case_id: one for one in due}
    deleted: list[UUID] = []
    kept: list[KeptCaseAnswer] = []
    for case_id in dict.fromkeys(body.case_ids):
        found = known.get(case_id)
        if found is None:
            kept.append(KeptCaseAnswer(case_id=case_id, why=NOT_DUE))
            continue
        try:
            # By its version: whoever works on it meanwhile keeps it.
            cases.delete(case_id, found.case.version, body.reason, by=account)
        except UsageError as error:
            kept.append(KeptCaseAnswer(case_id=case_id, why=str(error)))
        else:
            deleted.append(case_id)
    return DueDeletionAnswer(deleted=deleted, kept=kept)
