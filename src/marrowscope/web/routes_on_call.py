"""Cases with a finding that comes before anything else, of which whoever asks was told."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from marrowscope.cases.on_call import is_called_for, told_at
from marrowscope.web.answers import TO_EVERYBODY, refusals
from marrowscope.web.case_access import seen_by
from marrowscope.web.parts import Cases, SignOut
from marrowscope.web.routes_cases import Unattended
from marrowscope.web.session_dependency import CaseReader

router = APIRouter(tags=["on call"])


class CalledForAnswer(BaseModel):
    """A case that waits for whoever asks. told_at: since when. It names no patient."""

    case_id: UUID
    told_at: datetime


class OnCallAnswer(BaseModel):
    """Those told of first come first."""

    cases: list[CalledForAnswer]


@router.get("/api/on-call", responses=refusals(*TO_EVERYBODY, HTTPStatus.UNPROCESSABLE_ENTITY))
def read_on_call(
    reader: CaseReader, cases: Cases, desk: SignOut, _unattended: Unattended = None
) -> OnCallAnswer:
    """What the reader on call was told of and nobody has acknowledged yet."""
    user_name = reader.account.user_name
    found = []
    for case in seen_by(reader, cases.cases()):
        # Who was never told of a case is not kept waiting for its findings.
        if not is_called_for(case) or not any(
            one.user_name == user_name for one in case.sign_out.tellings
        ):
            continue
        urgent = desk.urgent(case)
        told = None if urgent is None else told_at(case.sign_out, *urgent, user_name)
        if told is not None:
            found.append(CalledForAnswer(case_id=case.case_id, told_at=told))
    return OnCallAnswer(cases=sorted(found, key=lambda one: one.told_at))
