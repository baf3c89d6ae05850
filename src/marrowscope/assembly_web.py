"""Puts the parts of the server together: a home folder's database, its jobs, the web, a socket."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from marrowscope.accounts.roles import Right, has_right
from marrowscope.accounts.sessions import IDLE_LOCK
from marrowscope.assembly_cases import asked_jobs, running_jobs_of
from marrowscope.assembly_on_call import on_call_watch, unknown_on_call
from marrowscope.assembly_pending_tests import PendingTestRecords
from marrowscope.assembly_settings import Installation, ServerRecords
from marrowscope.assembly_shown_settings import StartedAs
from marrowscope.cases.validation import ModelUsed, SystemUsed, release_line
from marrowscope.engine.on_call_watch import watching_for_calls
from marrowscope.engine.ports import Draw, Jobs
from marrowscope.errors import UsageError
from marrowscope.settings import Licence, Settings
from marrowscope.store.account_records import AccountRecords
from marrowscope.store.audit_records import COMMAND_LINE, AuditRecords
from marrowscope.store.case_events import MACHINE
from marrowscope.store.case_parts import CaseParts, case_parts
from marrowscope.store.database import FILE, open_database, revision_of
from marrowscope.web.addresses import EVERYWHERE, refusal
from marrowscope.web.app import create_app
from marrowscope.web.boundary import Notice
from marrowscope.web.case_ports import CaseRooms
from marrowscope.web.picture_ports import PictureStore
from marrowscope.web.serving import TlsFiles, listen, serve_until_stopped, url_of
from marrowscope.web.web_settings import IDLE_LOCK_MINUTES, WebSettings


@dataclass(frozen=True, slots=True)
class ServingOrder:
    """Where to serve and as what.

    port: 0 takes any that is free. names: by which browsers may call the server besides `host`.
    version: of the software. idle_lock_minutes: after which a session that is left alone locks.
    draw_demo: draws the slide of the first case, which is made where there never was one; None
    makes none.
    """

    version: str
    host: str
    port: int
    tls: TlsFiles | None = None
    trusted_proxy: bool = False
    names: frozenset[str] = frozenset()
    idle_lock_minutes: int = IDLE_LOCK_MINUTES
    draw_demo: Draw | None = None


@dataclass(frozen=True, slots=True)
class Listening:
    """url: what to open in a browser. needs_set_up: whether there is no account yet."""

    url: str
    needs_set_up: bool


@dataclass(frozen=True, slots=True)
class HomeParts:
    """All that a home folder's database holds. revision: by which form of its tables."""

    accounts: AccountRecords
    audit: AuditRecords
    cases: CaseParts
    revision: str


@contextmanager
def home_parts(
    home: Path, idle_lock: timedelta = IDLE_LOCK, unattended: str = COMMAND_LINE
) -> Iterator[HomeParts]:
    """The parts of a home folder, whose database is made where it is not there yet.

    unattended: what is called who acts where nobody signed in.
    Until the end nothing can be restored into the home. Raises EnvironmentProblemError.
    """
    engine = open_database(home)
    try:
        yield HomeParts(
            accounts=AccountRecords(engine, _now, idle_lock),
            audit=AuditRecords(engine, _now),
            cases=case_parts(engine, _now, unattended),
            revision=revision_of(engine),
        )
    finally:
        engine.dispose()


@contextmanager
def serving_parts(
    home: Path, idle_lock: timedelta = IDLE_LOCK
) -> Iterator[tuple[AccountRecords, AuditRecords]]:
    """As `home_parts`, accounts and audit alone."""
    with home_parts(home, idle_lock) as parts:
        yield parts.accounts, parts.audit


@contextmanager
def existing_parts(home: Path) -> Iterator[tuple[AccountRecords, AuditRecords]]:
    """As `serving_parts`, of a home that was set up. Raises UsageError where it was not."""
    _check_set_up(home)
    with serving_parts(home) as parts:
        yield parts


@contextmanager
def existing_cases(settings: Settings) -> Iterator[tuple[HomeParts, Jobs]]:
    """Parts of a home that was set up, and jobs that the server runs, now or once it is started.

    Raises UsageError where it was not set up; EnvironmentProblemError.
    """
    _check_set_up(settings.home)
    with home_parts(settings.home) as parts:
        yield parts, asked_jobs(parts.cases, settings)


def serve_home(
    settings: Settings,
    order: ServingOrder,
    notice: Notice,
    announce: Callable[[Listening], None],
) -> None:
    """Serves a home folder until Ctrl-C or SIGTERM, and runs the analyses asked for meanwhile.

    notice: told of errors that are not a request's fault. announce: told once it listens.
    Raises UsageError where it may not listen so; EnvironmentProblemError where it cannot.
    """
    if order.tls is not None:
        order.tls.check()
    idle_lock = timedelta(minutes=order.idle_lock_minutes)
    with home_parts(settings.home, idle_lock, MACHINE) as parts:
        accounts = parts.accounts
        _check_may_listen(order, accounts)
        with (
            closing(listen(order.host, order.port)) as listening,
            running_jobs_of(
                settings.home,
                parts.cases,
                settings,
                notice,
                draw_demo=order.draw_demo,
                is_set_up=accounts.has_administrator,
            ) as jobs,
            case_pictures(parts.cases) as pictures,
        ):
            rooms = _rooms(parts, jobs, pictures, settings, order)
            calls = on_call_watch(
                settings, parts.cases.records, rooms.sign_out.urgent, _now, notice
            )
            app = create_app(accounts, parts.audit, rooms, _web_settings(order), notice=notice)
            url = url_of(listening, _shown_host(order), has_tls=order.tls is not None)
            announce(Listening(url, accounts.n_accounts() == 0))
            _say_unknown_on_call(settings, accounts, notice)
            with watching_for_calls(calls):
                serve_until_stopped(app, listening, order.tls)


def _say_unknown_on_call(settings: Settings, accounts: AccountRecords, notice: Notice) -> None:
    known = [one for one in accounts.accounts() if not one.is_disabled]
    readers = {one.user_name for one in known if has_right(one.roles, Right.READ_EVERY_CASE)}
    unknown = unknown_on_call(settings, readers)
    # Before the first account is made nobody can be known.
    if known and unknown is not None:
        notice(unknown)


def _check_may_listen(order: ServingOrder, accounts: AccountRecords) -> None:
    why_not = refusal(
        order.host,
        has_administrator=accounts.has_administrator(),
        has_tls=order.tls is not None,
        trusted_proxy=order.trusted_proxy,
    )
    if why_not is not None:
        raise UsageError(why_not)


def _web_settings(order: ServingOrder) -> WebSettings:
    return WebSettings(
        version=order.version,
        idle_lock_minutes=order.idle_lock_minutes,
        host_names=_names_of(order),
        trusted_proxy=order.trusted_proxy,
    )


@contextmanager
def case_pictures(cases: CaseParts) -> Iterator[PictureStore]:
    """Pictures of slides, which are opened as they are looked at, and closed at the end."""
    # Loaded when needed: most that is done with a home opens no slide.
    from marrowscope.store.case_pictures import CasePictures  # noqa: PLC0415
    from marrowscope.store.opened_slides import opened_slides  # noqa: PLC0415

    with opened_slides(cases.files) as opened:
        yield CasePictures(opened, cases.results.header)


def _rooms(
    parts: HomeParts, jobs: Jobs, pictures: PictureStore, settings: Settings, order: ServingOrder
) -> CaseRooms:
    # Loaded when needed, as above: it knows all that reports are made with.
    from marrowscope.assembly_sign_out import SignOutRecords  # noqa: PLC0415

    cases = parts.cases
    return CaseRooms(
        cases=cases.records,
        results=cases.files,
        cells=cases.results,
        reviews=cases.reviews,
        sign_out=SignOutRecords(cases, parts.accounts, settings.institution),
        tests=PendingTestRecords(cases.records),
        pictures=pictures,
        uploads=cases.uploads,
        slides=cases.slides,
        jobs=jobs,
        validations=cases.validations,
        system=partial(_system, settings, order.version),
        server=ServerRecords(cases, settings, _installation(parts, order), _now),
    )


def _installation(parts: HomeParts, order: ServingOrder) -> Installation:
    started_as = StartedAs(order.host, order.tls is not None, order.trusted_proxy, order.names)
    return Installation(order.version, parts.revision, started_as)


def _system(settings: Settings, version: str) -> SystemUsed:
    """With what slides are analysed: the models that `analyze` would take."""
    # Loaded when needed, as above.
    from marrowscope.cells.manifest import shipped_model  # noqa: PLC0415

    is_permissive = settings.licence is Licence.PERMISSIVE
    cards = [shipped_model(task, permissive=is_permissive) for task in ("detector", "classifier")]
    models = tuple(ModelUsed(one.task, one.name, one.version, one.sha256) for one in cards)
    return SystemUsed(release_line(version), models)


def _check_set_up(home: Path) -> None:
    if not (home / FILE).exists():
        raise UsageError(f"nothing is set up in {home} yet; run 'marrowscope serve' first")


def _now() -> datetime:
    return datetime.now(UTC)


def _names_of(order: ServingOrder) -> frozenset[str]:
    """A server that listens everywhere is called by the machine's own name."""
    own = socket.gethostname() if order.host in EVERYWHERE else order.host
    return order.names | {own.lower()}


def _shown_host(order: ServingOrder) -> str:
    return socket.gethostname() if order.host in EVERYWHERE else order.host
