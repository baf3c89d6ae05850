"""Reading pictures takes turns, and the first look at those of a case is written down."""

import os
from collections.abc import Callable
from threading import Lock
from typing import Final, TypeVar
from uuid import UUID

from anyio import CapacityLimiter, to_thread

from marrowscope.web.shown_cases import ShownCases

FEWEST_AT_ONCE: Final = 4
"""So that one slow read, such as of a slide just opened, does not hold up the others."""

Result = TypeVar("Result")


class PictureTurns:
    """A few threads of its own, so that a slide full of tiles leaves those of the server free."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(max(FEWEST_AT_ONCE, os.cpu_count() or 1))

    async def take(self, work: Callable[[], Result]) -> Result:
        """Does `work` on another thread when it is its turn."""
        return await to_thread.run_sync(work, limiter=self._limiter)


class FirstLooks:
    """Remembers while the server runs which session saw pictures of which case."""

    def __init__(self) -> None:
        self._seen = ShownCases()
        self._lock = Lock()

    def record(self, session: str, case_id: UUID, write: Callable[[], object]) -> None:
        """Calls `write` at the first look; a page asks for many tiles at the same moment."""
        if not self._seen.not_yet(session, [case_id]):
            return
        with self._lock:
            if self._seen.not_yet(session, [case_id]):
                write()
                self._seen.add(session, [case_id])
