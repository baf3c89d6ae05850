"""A session: somebody signed in, until it is too old; locked when left alone."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

LONGEST: Final = timedelta(hours=12)
"""One shift with its handover; whoever goes on signs in again."""
IDLE_LOCK: Final = timedelta(minutes=15)
"""Default: screens of patients are left alone no longer than this."""
CLOCK_SLACK: Final = timedelta(minutes=5)
"""How far a clock may be set back before sessions end."""
TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Session:
    """What is kept of a session: not its token, which only the browser has.

    token_sha256: in hexadecimal. csrf_token: to be sent back with every act. seen_at: when
    somebody last did something. All times aware, UTC.
    """

    token_sha256: str
    account_id: UUID
    csrf_token: str = field(repr=False)
    created_at: datetime
    seen_at: datetime
    is_locked: bool


def new_token() -> str:
    """256 random bits that no one can guess, safe in a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def sha256_of(token: str) -> str:
    """What is kept of a token. Its 256 bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_ended(session: Session, now: datetime) -> bool:
    """Whether it is too old, or from a future that a clock was set back from."""
    return not -CLOCK_SLACK <= now - session.created_at < LONGEST


def is_idle(session: Session, now: datetime, idle_lock: timedelta = IDLE_LOCK) -> bool:
    """Whether nothing was done for so long that it has to be unlocked."""
    return now - session.seen_at >= idle_lock
