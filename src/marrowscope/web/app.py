"""Puts the web together: routes, and around them what every request passes."""

from importlib.resources.abc import Traversable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from marrowscope.web import (
    routes_analyses,
    routes_audit,
    routes_audit_sample,
    routes_cases,
    routes_cells,
    routes_findings,
    routes_health,
    routes_on_call,
    routes_pending_tests,
    routes_people,
    routes_pictures,
    routes_report_text,
    routes_reports,
    routes_retention,
    routes_review,
    routes_session,
    routes_set_up,
    routes_settings,
    routes_sign_out,
    routes_slides,
    routes_taken_over,
    routes_uploads,
    routes_validations,
)
from marrowscope.web.boundary import Boundary, Notice, answer_http_error, answer_invalid
from marrowscope.web.case_ports import CaseRooms
from marrowscope.web.encoded_cells import KeptCells
from marrowscope.web.page import built_page, page_routes
from marrowscope.web.parts import Parts
from marrowscope.web.password_turns import PasswordTurns
from marrowscope.web.picture_turns import FirstLooks, PictureTurns
from marrowscope.web.ports import AccountStore, AuditStore
from marrowscope.web.request_guard import BodyLimit, RequestGuard
from marrowscope.web.security import SecurityHeaders
from marrowscope.web.session_gate import UNATTENDED, SessionGate
from marrowscope.web.shown_cases import ShownCases
from marrowscope.web.trusted_proxy import TrustedProxy
from marrowscope.web.web_settings import WebSettings

DESCRIPTION = (
    "Everything but health, set-up and signing in needs a session. Whatever changes something "
    "carries the session's csrf_token in the header X-CSRF-Token. What a page asks by itself, with "
    f"nobody there, carries the header {UNATTENDED}: 1, so that the session locks when left alone; "
    "progress and parts of uploads need none. Research use only."
)
ROUTERS = (
    routes_health.router,
    routes_set_up.router,
    routes_session.router,
    routes_people.router,
    routes_audit.router,
    routes_cases.router,
    routes_uploads.router,
    routes_slides.router,
    routes_analyses.router,
    routes_reports.router,
    routes_on_call.router,
    routes_cells.router,
    routes_review.router,
    routes_taken_over.router,
    routes_pictures.router,
    routes_findings.router,
    routes_report_text.router,
    routes_audit_sample.router,
    routes_pending_tests.router,
    routes_validations.router,
    routes_sign_out.router,
    routes_settings.router,
    routes_retention.router,
)


def ignore(_error: Exception) -> None:
    """Gives notice to nobody."""


def create_app(
    records: AccountStore,
    audit: AuditStore,
    rooms: CaseRooms,
    settings: WebSettings,
    *,
    notice: Notice = ignore,
    page: Traversable | None = None,
) -> FastAPI:
    """The application.

    notice: told of errors that whoever runs the server must see. page: folder of the built page,
    the package's own where None.
    """
    app = FastAPI(
        title="Marrowscope",
        version=settings.version,
        description=DESCRIPTION,
        # Their pages load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_name_of,
        exception_handlers=_ERROR_ANSWERS,
        middleware=_middleware(records, settings, notice),
    )
    app.state.parts = Parts(
        accounts=records,
        audit=audit,
        rooms=rooms,
        settings=settings,
        password_turns=PasswordTurns(),
        shown_cases=ShownCases(),
        read_analyses=ShownCases(),
        kept_cells=KeptCells(),
        picture_turns=PictureTurns(),
        first_looks=FirstLooks(),
    )
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(page_routes(built_page() if page is None else page))
    return app


_ERROR_ANSWERS: dict[Any, Any] = {
    HTTPException: answer_http_error,
    RequestValidationError: answer_invalid,
}


def _name_of(route: APIRoute) -> str:
    return route.name


def _middleware(records: AccountStore, settings: WebSettings, notice: Notice) -> list[Middleware]:
    """What a request passes, the outermost first."""
    return [
        Middleware(SecurityHeaders),
        Middleware(Boundary, notice=notice),
        *([Middleware(TrustedProxy)] if settings.trusted_proxy else []),
        Middleware(RequestGuard, names=settings.host_names),
        Middleware(SessionGate, accounts=records),
        Middleware(BodyLimit),
    ]
