"""Puts the parts of the server together: a home folder's database, the web, a socket."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marrowscope.accounts.sessions import IDLE_LOCK
from marrowscope.errors import UsageError
from marrowscope.store.account_records import AccountRecords
from marrowscope.store.audit_records import AuditRecords
from marrowscope.store.database import FILE, open_database
from marrowscope.web.addresses import EVERYWHERE, refusal
from marrowscope.web.app import create_app
from marrowscope.web.boundary import Notice
from marrowscope.web.serving import TlsFiles, listen, serve_until_stopped, url_of
from marrowscope.web.web_settings import IDLE_LOCK_MINUTES, WebSettings


@dataclass(frozen=True, slots=True)
class ServingOrder:
    """Where to serve and as what.

    port: 0 takes any that is free. names: by which browsers may call the server besides `host`.
    version: of the software. idle_lock_minutes: after which a session that is left alone locks.
    """

    version: str
    host: str
    port: int
    tls: TlsFiles | None = None
    trusted_proxy: bool = False
    names: frozenset[str] = frozenset()
    idle_lock_minutes: int = IDLE_LOCK_MINUTES


@dataclass(frozen=True, slots=True)
class Listening:
    """url: what to open in a browser. needs_set_up: whether there is no account yet."""

    url: str
    needs_set_up: bool


@contextmanager
def serving_parts(
    home: Path, idle_lock: timedelta = IDLE_LOCK
) -> Iterator[tuple[AccountRecords, AuditRecords]]:
    """Accounts and audit of a home folder, whose database is made where it is not there yet.

    Until the end nothing can be restored into the home. Raises EnvironmentProblemError.
    """
    engine = open_database(home)
    try:
        yield AccountRecords(engine, _now, idle_lock), AuditRecords(engine, _now)
    finally:
        engine.dispose()


@contextmanager
def existing_parts(home: Path) -> Iterator[tuple[AccountRecords, AuditRecords]]:
    """As `serving_parts`, of a home that was set up. Raises UsageError where it was not."""
    if not (home / FILE).exists():
        raise UsageError(f"nothing is set up in {home} yet; run 'marrowscope serve' first")
    with serving_parts(home) as parts:
        yield parts


def serve_home(
    home: Path, order: ServingOrder, notice: Notice, announce: Callable[[Listening], None]
) -> None:
    """Serves a home folder until Ctrl-C or SIGTERM.

    notice: told of errors that are not a request's fault. announce: told once it listens.
    Raises UsageError where it may not listen so; EnvironmentProblemError where it cannot.
    """
    if order.tls is not None:
        order.tls.check()
    idle_lock = timedelta(minutes=order.idle_lock_minutes)
    with serving_parts(home, idle_lock) as (accounts, audit):
        why_not = refusal(
            order.host,
            has_administrator=accounts.has_administrator(),
            has_tls=order.tls is not None,
            trusted_proxy=order.trusted_proxy,
        )
        if why_not is not None:
            raise UsageError(why_not)
        settings = WebSettings(
            version=order.version,
            idle_lock_minutes=order.idle_lock_minutes,
            host_names=_names_of(order),
            trusted_proxy=order.trusted_proxy,
        )
        app = create_app(accounts, audit, settings, notice=notice)
        with closing(listen(order.host, order.port)) as listening:
            url = url_of(listening, _shown_host(order), has_tls=order.tls is not None)
            announce(Listening(url, accounts.n_accounts() == 0))
            serve_until_stopped(app, listening, order.tls)


def _now() -> datetime:
    return datetime.now(UTC)


def _names_of(order: ServingOrder) -> frozenset[str]:
    """A server that listens everywhere is called by the machine's own name."""
    own = socket.gethostname() if order.host in EVERYWHERE else order.host
    return order.names | {own.lower()}


def _shown_host(order: ServingOrder) -> str:
    return socket.gethostname() if order.host in EVERYWHERE else order.host
