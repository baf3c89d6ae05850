"""Signing a report: what is missing, how it will look, the signature, and the signed versions."""

import re
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from marrowscope.accounts.roles import Right, has_right
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.sign_out_events import ReportKind
from marrowscope.cases.standing import next_kinds
from marrowscope.cases.state import AnalysisState, CaseState
from marrowscope.reports.case_page import render_case_page
from marrowscope.reports.case_report import CaseReport
from marrowscope.reports.case_text import render_case_text
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.case_access import NO_SUCH_RESULT, case_for
from marrowscope.web.parts import Accounts, Address, Audit, Cases, SignOut, Turns
from marrowscope.web.password_again import as_forbidden
from marrowscope.web.read_analysis import Finished, Read, ReadAnalysis
from marrowscope.web.routes_reports import FILE_POLICY, REPORT_HEADERS
from marrowscope.web.session_dependency import WITH_PROOF, CaseReader, check_right
from marrowscope.web.session_gate import SignedIn
from marrowscope.web.sign_out_answers import SignOutAnswer, sign_out_answer
from marrowscope.web.sign_out_bodies import ReopeningRequest, SignRequest

MAY_NOT_SIGN = "your role signs no reports; a pathologist or director does"
OLDER = "this is an older analysis; a report is signed on the newest one"
NO_SUCH_REPORT = "there is no such version of this report; load the case again"
MOST_VERSIONS = 10_000

FileName = Literal["report.pdf", "report.txt", "report.json"]
TYPES: dict[str, str] = {
    "report.pdf": "application/pdf",
    "report.txt": "text/plain; charset=utf-8",
    "report.json": "application/json",
}
PAGE = "report.html"
HTML = "text/html; charset=utf-8"
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_ID_LETTERS = 8
VersionNumber = Annotated[int, Path(ge=1, le=MOST_VERSIONS)]

router = APIRouter(tags=["sign-out"])


def _signer(reader: CaseReader) -> SignedIn:
    check_right(reader, Right.SIGN_CASES)
    return reader


CaseSigner = Annotated[SignedIn, Depends(_signer)]


def _described(*types: str) -> dict[int | str, dict[str, Any]]:
    content = {one: {"schema": {"type": "string", "format": "binary"}} for one in types}
    return {200: {"content": content}, **refusals(*ABOUT_ONE)}


@router.get("/api/cases/{case_id}/analyses/{analysis_id}/sign-out", responses=refusals(*ABOUT_ONE))
def read_sign_out(read: Read, desk: SignOut) -> SignOutAnswer:
    """What is missing, what can be signed, and what was."""
    return _answer(read.reader, read.case, read.analysis, desk)


@router.get(
    "/api/cases/{case_id}/analyses/{analysis_id}/report-preview",
    response_class=HTMLResponse,
    responses=_described("text/html"),
)
def read_report_preview(read: Read, desk: SignOut, kind: ReportKind | None = None) -> Response:
    """The report as it would be signed now, as a page that runs no script. kind: as the usual."""
    page = render_case_page(_preview(read, desk, kind))
    return HTMLResponse(page, headers=REPORT_HEADERS)


@router.get(
    "/api/cases/{case_id}/analyses/{analysis_id}/report-preview.txt",
    response_class=PlainTextResponse,
    responses=_described("text/plain"),
)
def read_report_preview_text(read: Read, desk: SignOut, kind: ReportKind | None = None) -> Response:
    """The same as plain text."""
    text = render_case_text(_preview(read, desk, kind))
    return PlainTextResponse(text, headers={"Content-Security-Policy": FILE_POLICY})


@router.post(
    "/api/cases/{case_id}/analyses/{analysis_id}/sign",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS),
)
async def sign_report(
    body: SignRequest,
    signer: CaseSigner,
    read: Finished,
    desk: SignOut,
    accounts: Accounts,
    turns: Turns,
    address: Address,
) -> SignOutAnswer:
    """Signs a version with one's own password; 403 with code wrong_password.

    409 where review or case are not as `review_version` and `case_version` say, or the report
    would no longer say `use`: validations were recorded or withdrawn since.
    """
    account = signer.account
    case_id, analysis_id = read.ids
    confirm = partial(accounts.confirm_password, account.account_id, body.password, address)
    await turns.take(partial(as_forbidden, confirm))
    sign = partial(desk.sign, case_id, analysis_id, body.order(), by=account)
    case = await run_in_threadpool(sign)
    return await run_in_threadpool(_answer, signer, case, read.analysis, desk)


@router.post(
    "/api/cases/{case_id}/reopenings",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE),
)
def reopen_report(
    case_id: UUID, body: ReopeningRequest, signer: CaseSigner, cases: Cases, desk: SignOut
) -> SignOutAnswer:
    """Unlocks a signed case, to be signed again as amended or corrected."""
    case = desk.reopen(case_for(signer, cases, case_id), body.reason, by=signer.account)
    return _answer(signer, case, _newest(case), desk)


@router.get(
    "/api/cases/{case_id}/reports/{number}",
    response_class=HTMLResponse,
    responses=_described("text/html"),
)
def read_signed_report(
    case_id: UUID,
    number: VersionNumber,
    reader: CaseReader,
    cases: Cases,
    audit: Audit,
    desk: SignOut,
) -> Response:
    """A signed version as the page that was signed. Audited each time."""
    content = _signed_file(case_for(reader, cases, case_id), number, PAGE, reader, audit, desk)
    return Response(content, media_type=HTML, headers=REPORT_HEADERS)


@router.get(
    "/api/cases/{case_id}/reports/{number}/files/{name}",
    response_class=Response,
    responses=_described(*TYPES.values()),
)
def read_signed_file(
    case_id: UUID,
    number: VersionNumber,
    name: FileName,
    reader: CaseReader,
    cases: Cases,
    audit: Audit,
    desk: SignOut,
) -> Response:
    """A file of a signed version, to be saved. Audited each time."""
    case = case_for(reader, cases, case_id)
    content = _signed_file(case, number, name, reader, audit, desk)
    saved_as = _saved_as(case, number, name)
    headers = {
        "Content-Security-Policy": FILE_POLICY,
        "Content-Disposition": f'attachment; filename="{saved_as}"',
    }
    return Response(content, media_type=TYPES[name], headers=headers)


def _saved_as(case: CaseState, number: int, name: str) -> str:
    """By accession number, else by the case; with no letter that a file system could refuse."""
    whose = _NOT_IN_A_NAME.sub("-", case.facts.accession).strip("-.")
    stem, _, ending = name.partition(".")
    return f"{whose or str(case.case_id)[:_ID_LETTERS]}-{stem}-{number}.{ending}"


def _preview(read: ReadAnalysis, desk: SignOut, kind: ReportKind | None) -> CaseReport:
    usual = next_kinds(read.case.sign_out)[0]
    return desk.preview(read.case, read.analysis.analysis_id, usual if kind is None else kind)


def _signed_file(
    case: CaseState, number: int, name: str, reader: SignedIn, audit: Audit, desk: SignOut
) -> bytes:
    if number > len(case.sign_out.versions):
        raise UnknownCaseError(NO_SUCH_REPORT)
    content = desk.signed_file(case, number, name)
    details = {"what": name, "report": number}
    audit.append("case_read", by=reader.account, about=str(case.case_id), details=details)
    return content


def _newest(case: CaseState) -> AnalysisState:
    newest = case.newest_result
    if newest is None:
        raise UnknownCaseError(NO_SUCH_RESULT)
    return newest


def _answer(
    reader: SignedIn, case: CaseState, analysis: AnalysisState, desk: SignOut
) -> SignOutAnswer:
    why_not = ""
    if not has_right(reader.account.roles, Right.SIGN_CASES):
        why_not = MAY_NOT_SIGN
    elif _newest(case).analysis_id != analysis.analysis_id:
        why_not = OLDER
    return sign_out_answer(desk.standing(case, analysis.analysis_id), why_not)
