"""A server without a socket, its people, and browsers that are signed in as them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from fakes.fake_cases import FakeJobs
from marrowscope.accounts.roles import Role
from marrowscope.assembly_pending_tests import PendingTestRecords
from marrowscope.assembly_settings import Installation, ServerRecords
from marrowscope.assembly_shown_settings import StartedAs
from marrowscope.assembly_sign_out import SignOutRecords
from marrowscope.assembly_web import case_pictures
from marrowscope.cases.validation import ModelUsed, SystemUsed
from marrowscope.settings import Settings, load_settings
from marrowscope.store.account_records import AccountRecords
from marrowscope.store.audit_records import AuditRecords
from marrowscope.store.case_events import CaseRecords
from marrowscope.store.case_parts import CaseParts, case_parts
from marrowscope.store.database import open_database
from marrowscope.web.app import create_app
from marrowscope.web.case_ports import CaseRooms
from marrowscope.web.picture_ports import PictureStore
from marrowscope.web.web_settings import WebSettings

URL = "http://127.0.0.1:8000"
HERE = "127.0.0.1"
PASSWORD = "four plain words here"
OPENED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PEOPLE = {
    "ada": Role.ADMINISTRATOR,
    "tom": Role.TECHNOLOGIST,
    "dora": Role.DIRECTOR,
    "nina": Role.TRAINEE,
    "lara": Role.TRAINEE,
    "limo": Role.SERVICE,
}
SYSTEM = SystemUsed(
    "0.1",
    (
        ModelUsed("detector", "made", "1.0", "ab" * 32),
        ModelUsed("classifier", "made", "1.0", "cd" * 32),
    ),
)
"""What analyses of `made_result` were made with."""
NEW = "nina"
"""Has a temporary password."""


@dataclass
class Clock:
    now: datetime = OPENED

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **given: float) -> None:
        self.now += timedelta(**given)


class Browser:
    """Keeps cookies, and sends the token that it was given with everything."""

    def __init__(
        self, portal: BlockingPortal, app: FastAPI, url: str = URL, address: str = HERE
    ) -> None:
        transport = httpx.ASGITransport(app, client=(address, 50000))
        self._portal = portal
        self.client = httpx.AsyncClient(transport=transport, base_url=url)
        self.csrf = ""

    def ask(
        self, method: str, path: str, body: Any = None, *, csrf: str | None = None, **given: Any
    ) -> httpx.Response:
        token = self.csrf if csrf is None else csrf
        headers = {"X-CSRF-Token": token} if token else {}
        headers |= given.pop("headers", {})
        if body is not None:
            given["json"] = body
        call = partial(self.client.request, method, path, headers=headers, **given)
        return self._portal.call(call)

    def sign_in(self, user_name: str, password: str = PASSWORD) -> httpx.Response:
        body = {"user_name": user_name, "password": password}
        answer = self.ask("POST", "/api/session", body)
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf_token"]
        return answer


@dataclass
class Laboratory:
    accounts: AccountRecords
    audit: AuditRecords
    parts: CaseParts
    pictures: PictureStore
    jobs: FakeJobs
    clock: Clock
    portal: BlockingPortal
    tokens: dict[str, tuple[str, str]]
    in_force: Settings
    settings: WebSettings = field(default_factory=lambda: WebSettings("9.9"))
    notices: list[Exception] = field(default_factory=list)

    @property
    def cases(self) -> CaseRecords:
        return self.parts.records

    @property
    def sign_out(self) -> SignOutRecords:
        return SignOutRecords(self.parts, self.accounts)

    @property
    def rooms(self) -> CaseRooms:
        return CaseRooms(
            cases=self.parts.records,
            results=self.parts.files,
            cells=self.parts.results,
            reviews=self.parts.reviews,
            sign_out=self.sign_out,
            tests=PendingTestRecords(self.parts.records),
            pictures=self.pictures,
            uploads=self.parts.uploads,
            slides=self.parts.slides,
            jobs=self.jobs,
            validations=self.parts.validations,
            system=lambda: SYSTEM,
            server=ServerRecords(
                self.parts, self.in_force, Installation("9.9", "0", StartedAs()), self.clock
            ),
        )

    def app(self, **settings: Any) -> FastAPI:
        return create_app(
            self.accounts,
            self.audit,
            self.rooms,
            WebSettings("9.9", **settings),
            notice=self.notices.append,
        )

    def stranger(self, url: str = URL, address: str = HERE, **settings: Any) -> Browser:
        return Browser(self.portal, self.app(**settings), url, address)

    def browser(self, user_name: str) -> Browser:
        """Of somebody who is signed in."""
        browser = self.stranger()
        token, browser.csrf = self.tokens[user_name]
        browser.client.cookies.set("marrowscope_session", token, domain=HERE)
        return browser

    def id_of(self, user_name: str) -> str:
        account = self.accounts.by_user_name(user_name)
        assert account is not None
        return str(account.account_id)

    def acts(self) -> list[str]:
        return [entry.act for entry in self.audit.entries(None, 100)]


def make_home(home: Path) -> dict[str, tuple[str, str]]:
    """A home with everybody signed in; the tokens of session and CSRF by user name."""
    tokens = {}
    with records_in(home, Clock()) as (accounts, _):
        ada = accounts.set_up("ada", "Ada Administrator", "AA", PASSWORD)
        for name, role in PEOPLE.items():
            if name != "ada":
                accounts.add(
                    name,
                    f"{name.title()} Invented",
                    name[:2].upper(),
                    [role],
                    PASSWORD,
                    by=ada,
                    must_change_password=name == NEW,
                )
            _, session, token = accounts.sign_in(name, PASSWORD, HERE)
            tokens[name] = (token, session.csrf_token)
    return tokens


@contextmanager
def records_in(home: Path, clock: Clock) -> Iterator[tuple[AccountRecords, AuditRecords]]:
    engine = open_database(home)
    try:
        yield AccountRecords(engine, clock), AuditRecords(engine, clock)
    finally:
        engine.dispose()


@contextmanager
def laboratory_in(home: Path, tokens: dict[str, tuple[str, str]]) -> Iterator[Laboratory]:
    clock = Clock(OPENED + timedelta(minutes=1))
    engine = open_database(home)
    parts = case_parts(engine, clock)
    try:
        with start_blocking_portal() as portal, case_pictures(parts) as pictures:
            yield Laboratory(
                AccountRecords(engine, clock),
                AuditRecords(engine, clock),
                parts,
                pictures,
                FakeJobs(parts.records, parts.files),
                clock,
                portal,
                tokens,
                load_settings(home=home),
            )
    finally:
        engine.dispose()


def copied(home: Path, to: Path) -> Path:
    return Path(shutil.copytree(home, to))
