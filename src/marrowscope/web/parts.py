"""What every route may ask for: who is there, the stores, what was set."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request

from marrowscope.web.case_ports import (
    CaseResults,
    CaseRooms,
    CaseStore,
    JobStore,
    SlideStore,
    UploadStore,
)
from marrowscope.web.password_turns import PasswordTurns
from marrowscope.web.ports import AccountStore, AuditStore
from marrowscope.web.shown_cases import ShownCases
from marrowscope.web.web_settings import WebSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """What the app was made of."""

    accounts: AccountStore
    audit: AuditStore
    rooms: CaseRooms
    settings: WebSettings
    password_turns: PasswordTurns
    shown_cases: ShownCases


def _parts(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)


def _accounts(request: Request) -> AccountStore:
    return _parts(request).accounts


def _audit(request: Request) -> AuditStore:
    return _parts(request).audit


def _settings(request: Request) -> WebSettings:
    return _parts(request).settings


def _password_turns(request: Request) -> PasswordTurns:
    return _parts(request).password_turns


def _cases(request: Request) -> CaseStore:
    return _parts(request).rooms.cases


def _results(request: Request) -> CaseResults:
    return _parts(request).rooms.results


def _uploads(request: Request) -> UploadStore:
    return _parts(request).rooms.uploads


def _slides(request: Request) -> SlideStore:
    return _parts(request).rooms.slides


def _jobs(request: Request) -> JobStore:
    return _parts(request).rooms.jobs


def _shown(request: Request) -> ShownCases:
    return _parts(request).shown_cases


def _address(request: Request) -> str:
    return "" if request.client is None else request.client.host


Accounts = Annotated[AccountStore, Depends(_accounts)]
Audit = Annotated[AuditStore, Depends(_audit)]
Cases = Annotated[CaseStore, Depends(_cases)]
Results = Annotated[CaseResults, Depends(_results)]
Uploads = Annotated[UploadStore, Depends(_uploads)]
Slides = Annotated[SlideStore, Depends(_slides)]
Jobs = Annotated[JobStore, Depends(_jobs)]
Shown = Annotated[ShownCases, Depends(_shown)]
Settings = Annotated[WebSettings, Depends(_settings)]
Turns = Annotated[PasswordTurns, Depends(_password_turns)]
Address = Annotated[str, Depends(_address)]
"""Of the browser, "" where unknown."""
