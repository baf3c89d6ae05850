"""The laboratory's validations: what they cover decides whether a report may serve care."""

from functools import partial
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from marrowscope.accounts.roles import Right, has_right
from marrowscope.web.answers import ABOUT_ONE, TO_EVERYBODY, refusals
from marrowscope.web.case_access import seen_by
from marrowscope.web.parts import Accounts, Address, Cases, System, Turns, Validations
from marrowscope.web.password_again import as_forbidden
from marrowscope.web.session_dependency import WITH_PROOF, CaseReader, ValidationRecorder
from marrowscope.web.validation_answers import (
    ValidationAnswer,
    ValidationRequest,
    ValidationsAnswer,
    WithdrawalRequest,
    validation_answer,
    validations_answer,
)

router = APIRouter(tags=["validations"])


@router.get("/api/validations", responses=refusals(*TO_EVERYBODY))
def read_validations(
    reader: CaseReader, validations: Validations, system: System, cases: Cases
) -> ValidationsAnswer:
    """All that were ever recorded, the newest first, and the system that reads slides now."""
    return validations_answer(
        validations.validations(),
        system(),
        seen_by(reader, cases.cases()),
        may_record=has_right(reader.account.roles, Right.RECORD_VALIDATIONS),
    )


@router.post(
    "/api/validations",
    status_code=HTTPStatus.CREATED,
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.TOO_MANY_REQUESTS),
)
async def record_validation(
    body: ValidationRequest,
    recorder: ValidationRecorder,
    validations: Validations,
    system: System,
    accounts: Accounts,
    turns: Turns,
    address: Address,
) -> ValidationAnswer:
    """Records one of the system in use, with one's own password; 403 with code wrong_password."""
    account = recorder.account
    confirm = partial(accounts.confirm_password, account.account_id, body.password, address)
    await turns.take(partial(as_forbidden, confirm))
    used = await run_in_threadpool(system)
    record = partial(validations.record, body.draft(), used, by=account)
    return validation_answer(await run_in_threadpool(record), used)


@router.post(
    "/api/validations/{validation_id}/withdrawal",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.TOO_MANY_REQUESTS),
)
async def withdraw_validation(
    validation_id: UUID,
    body: WithdrawalRequest,
    recorder: ValidationRecorder,
    validations: Validations,
    system: System,
    accounts: Accounts,
    turns: Turns,
    address: Address,
) -> ValidationAnswer:
    """Ends one; reports signed from now on are for research again."""
    account = recorder.account
    confirm = partial(accounts.confirm_password, account.account_id, body.password, address)
    await turns.take(partial(as_forbidden, confirm))
    withdraw = partial(validations.withdraw, validation_id, body.reason, by=account)
    ended = await run_in_threadpool(withdraw)
    return validation_answer(ended, await run_in_threadpool(system))
