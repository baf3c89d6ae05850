"""Uploads in parts, which go on after a lost connection."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from marrowscope.errors import UsageError
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.case_access import case_for, upload_for
from marrowscope.web.case_answers import (
    UploadAnswer,
    UploadedAnswer,
    upload_answer,
    uploaded_answer,
)
from marrowscope.web.case_bodies import MOST_BYTES, UploadEnd, UploadRequest
from marrowscope.web.parts import Cases, Uploads
from marrowscope.web.refusals import UPLOAD_OFFSET
from marrowscope.web.session_dependency import WITH_PROOF, CaseAdder

NO_BYTES = "this part has no bytes; send what follows the offset"

Offset = Annotated[
    int,
    Header(alias=UPLOAD_OFFSET, ge=0, le=MOST_BYTES, description="Where this part begins."),
]
PART: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Up to 16 MiB.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}

router = APIRouter(tags=["uploads"])


@router.post(
    "/api/cases/{case_id}/uploads",
    status_code=HTTPStatus.CREATED,
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.SERVICE_UNAVAILABLE),
)
def begin_upload(
    case_id: UUID, body: UploadRequest, adder: CaseAdder, cases: Cases, uploads: Uploads
) -> UploadAnswer:
    """Begins to take a file into a case."""
    case_for(adder, cases, case_id)
    return upload_answer(uploads.begin(case_id, body.name, body.n_bytes, by=adder.account))


@router.get("/api/uploads/{upload_id}", responses=refusals(*ABOUT_ONE))
def read_upload(upload_id: UUID, adder: CaseAdder, cases: Cases, uploads: Uploads) -> UploadAnswer:
    """Where an upload goes on."""
    return upload_answer(upload_for(adder, cases, uploads, upload_id))


@router.patch(
    "/api/uploads/{upload_id}",
    dependencies=WITH_PROOF,
    openapi_extra=PART,
    responses=refusals(
        *ABOUT_ONE,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)
async def append_to_upload(
    upload_id: UUID,
    request: Request,
    offset: Offset,
    adder: CaseAdder,
    cases: Cases,
    uploads: Uploads,
) -> UploadAnswer:
    """Takes a part of a file. 409 with code wrong_offset and the right one in Upload-Offset."""
    part = await request.body()
    if not part:
        raise UsageError(NO_BYTES)

    def append() -> UploadAnswer:
        upload = upload_for(adder, cases, uploads, upload_id)
        return upload_answer(upload, uploads.append(upload_id, offset, part))

    return await run_in_threadpool(append)


@router.post(
    "/api/uploads/{upload_id}/finish",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.SERVICE_UNAVAILABLE),
)
def finish_upload(
    upload_id: UUID,
    adder: CaseAdder,
    cases: Cases,
    uploads: Uploads,
    body: UploadEnd | None = None,
) -> UploadedAnswer:
    """Closes an upload whose bytes are all there. May be asked again."""
    upload_for(adder, cases, uploads, upload_id)
    return uploaded_answer(
        upload_id, uploads.finish(upload_id, "" if body is None else body.sha256)
    )


@router.delete(
    "/api/uploads/{upload_id}",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE),
)
def abandon_upload(upload_id: UUID, adder: CaseAdder, cases: Cases, uploads: Uploads) -> None:
    """Throws away what came of a file."""
    upload_for(adder, cases, uploads, upload_id)
    uploads.abandon(upload_id)
