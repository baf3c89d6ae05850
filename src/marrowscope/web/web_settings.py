"""What the web has to be told; it reads neither files nor the environment."""

from dataclasses import dataclass

from marrowscope.accounts.sessions import IDLE_LOCK

IDLE_LOCK_MINUTES = int(IDLE_LOCK.total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class WebSettings:
    """version: of the software. idle_lock_minutes: after which the page asks for the password.

    host_names: by which browsers may call this server besides those of this machine, in lower
    case, without port. trusted_proxy: whether every request comes through a proxy that tells who
    asked, in X-Forwarded-For and X-Forwarded-Proto.
    """

    version: str
    idle_lock_minutes: int = IDLE_LOCK_MINUTES
    host_names: frozenset[str] = frozenset()
    trusted_proxy: bool = False
