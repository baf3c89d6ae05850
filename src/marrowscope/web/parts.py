"""What every route may ask for: who is there, the stores, what was set."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request

from marrowscope.web.password_turns import PasswordTurns
from marrowscope.web.ports import AccountStore, AuditStore
from marrowscope.web.web_settings import WebSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """What the app was made of."""

    accounts: AccountStore
    audit: AuditStore
    settings: WebSettings
    password_turns: PasswordTurns


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


def _address(request: Request) -> str:
    return "" if request.client is None else request.client.host


Accounts = Annotated[AccountStore, Depends(_accounts)]
Audit = Annotated[AuditStore, Depends(_audit)]
Settings = Annotated[WebSettings, Depends(_settings)]
Turns = Annotated[PasswordTurns, Depends(_password_turns)]
Address = Annotated[str, Depends(_address)]
"""Of the browser, "" where unknown."""
