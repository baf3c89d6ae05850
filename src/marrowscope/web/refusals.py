"""Requests that are refused, and the answer that says so."""

import math
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse

from marrowscope.accounts.refusals import SessionEndedError, SignInRefusedError
from marrowscope.cases.machine_cells import DamagedResultError
from marrowscope.cases.refusals import (
    CaseChangedError,
    OtherLabelError,
    SignedCaseError,
    UnknownCaseError,
    WrongOffsetError,
)
from marrowscope.cases.review import ReviewMovedOnError
from marrowscope.errors import EnvironmentProblemError, MarrowscopeError, UsageError

UPLOAD_OFFSET = "Upload-Offset"
"""Header: bytes of an upload that are there."""
SIGN_IN_FIRST = "sign in first"


class RequestRefusedError(UsageError):
    """A request that is understood and not done. code: for programs; the message for people.

    headers: what else the answer tells, by name.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def not_signed_in() -> RequestRefusedError:
    """For a request without a session that lasts."""
    return RequestRefusedError(HTTPStatus.UNAUTHORIZED, "not_signed_in", SIGN_IN_FIRST)


def error_answer(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The form of every error: {"error": {"code", "message"}}."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def answer_to(error: MarrowscopeError) -> JSONResponse:
    """What a request is answered that ended with an error raised on purpose."""
    match error:
        case RequestRefusedError():
            return error_answer(error.status, error.code, str(error), error.headers)
        case (
            UnknownCaseError()
            | CaseChangedError()
            | ReviewMovedOnError()
            | SignedCaseError()
            | OtherLabelError()
            | WrongOffsetError()
        ):
            return _answer_about_case(error)
        case SignInRefusedError() if error.wait_s > 0:
            wait_s = math.ceil(error.wait_s)
            headers = {"Retry-After": str(wait_s)}
            return error_answer(HTTPStatus.TOO_MANY_REQUESTS, "wait", str(error), headers)
        case SignInRefusedError() | SessionEndedError():
            is_over = isinstance(error, SessionEndedError)
            code = "not_signed_in" if is_over else "wrong_password"
            return error_answer(HTTPStatus.UNAUTHORIZED, code, str(error))
        case EnvironmentProblemError():
            return _answer_about_server(error)
        case _:
            return error_answer(HTTPStatus.UNPROCESSABLE_ENTITY, "refused", str(error))


def _answer_about_server(error: EnvironmentProblemError) -> JSONResponse:
    if isinstance(error, DamagedResultError):
        code, message = "damaged_result", str(error)
    else:
        # The message names folders of the server, which only its log should.
        code = "unavailable"
        message = "the server cannot read or write its data now; its log says why"
    return error_answer(HTTPStatus.SERVICE_UNAVAILABLE, code, message)


def _answer_about_case(
    error: UnknownCaseError
    | CaseChangedError
    | ReviewMovedOnError
    | SignedCaseError
    | OtherLabelError
    | WrongOffsetError,
) -> JSONResponse:
    match error:
        case UnknownCaseError():
            return error_answer(HTTPStatus.NOT_FOUND, "not_found", str(error))
        case CaseChangedError():
            return error_answer(HTTPStatus.CONFLICT, "case_changed", str(error))
        case ReviewMovedOnError():
            return error_answer(HTTPStatus.CONFLICT, "review_changed", str(error))
        case OtherLabelError():
            return error_answer(HTTPStatus.UNPROCESSABLE_ENTITY, "other_label", str(error))
        case SignedCaseError():
            return error_answer(HTTPStatus.CONFLICT, "signed", str(error))
        case WrongOffsetError():
            headers = {UPLOAD_OFFSET: str(error.offset)}
            return error_answer(HTTPStatus.CONFLICT, "wrong_offset", str(error), headers)
