"""The machine's report of a finished analysis, and its files."""

from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import FileResponse

from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.case_access import NO_SUCH_RESULT, analysis_of, case_for, check_finished
from marrowscope.web.parts import Audit, Cases, Results
from marrowscope.web.ports import AuditStore
from marrowscope.web.session_dependency import CaseReader
from marrowscope.web.session_gate import SignedIn

ResultName = Literal["analysis.json", "cells.parquet", "cells.geojson"]
REPORT = "report.html"
TYPES = {
    REPORT: "text/html; charset=utf-8",
    "analysis.json": "application/json",
    "cells.parquet": "application/vnd.apache.parquet",
    "cells.geojson": "application/geo+json",
}
REPORT_POLICY = "; ".join(
    (
        # No script, no form, no request to anywhere. Of this server's origin, so that the page
        # around it hears the keys that are pressed in it.
        "sandbox allow-same-origin",
        "default-src 'none'",
        "img-src data:",
        # Its style sheet stands in the page, and it cannot reach beyond the page.
        "style-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
REPORT_HEADERS = {
    "Content-Security-Policy": REPORT_POLICY,
    "X-Frame-Options": "SAMEORIGIN",
}
FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"

router = APIRouter(tags=["reports"])


def _described(*types: str) -> dict[int | str, dict[str, Any]]:
    content = {one: {"schema": {"type": "string", "format": "binary"}} for one in types}
    return {200: {"content": content}, **refusals(*ABOUT_ONE)}


@router.get(
    "/api/cases/{case_id}/analyses/{analysis_id}/report",
    response_class=FileResponse,
    responses=_described("text/html"),
)
def read_report(
    case_id: UUID,
    analysis_id: UUID,
    reader: CaseReader,
    cases: Cases,
    results: Results,
    audit: Audit,
) -> FileResponse:
    """The report as a page of its own that runs no script, to be shown in a frame."""
    _check(reader, cases, case_id, analysis_id)
    path = _recorded(reader, results, audit, case_id, analysis_id, REPORT)
    return FileResponse(path, headers=REPORT_HEADERS, media_type=TYPES[REPORT])


@router.get(
    "/api/cases/{case_id}/analyses/{analysis_id}/files/{name}",
    response_class=FileResponse,
    responses=_described(*(kind for name, kind in TYPES.items() if name != REPORT)),
)
def read_result(
    case_id: UUID,
    analysis_id: UUID,
    name: ResultName,
    reader: CaseReader,
    cases: Cases,
    results: Results,
    audit: Audit,
) -> FileResponse:
    """A file of the result, to be saved."""
    _check(reader, cases, case_id, analysis_id)
    path = _recorded(reader, results, audit, case_id, analysis_id, name)
    return FileResponse(
        path,
        headers={"Content-Security-Policy": FILE_POLICY},
        media_type=TYPES[name],
        filename=name,
    )


def _check(reader: SignedIn, cases: Cases, case_id: UUID, analysis_id: UUID) -> None:
    check_finished(analysis_of(case_for(reader, cases, case_id), analysis_id))


def _recorded(
    reader: SignedIn,
    results: Results,
    audit: AuditStore,
    case_id: UUID,
    analysis_id: UUID,
    name: str,
) -> Path:
    """Where the file is, once it is written down that it was read. Raises UnknownCaseError."""
    path = results.result(case_id, analysis_id, name)
    if path is None:
        raise UnknownCaseError(NO_SUCH_RESULT)
    details = {"what": name, "analysis_id": str(analysis_id)}
    audit.append("case_read", by=reader.account, about=str(case_id), details=details)
    return path
