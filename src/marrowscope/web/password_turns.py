"""Work on passwords takes turns: it is slow on purpose, and must not hold up everybody else."""

from collections.abc import Callable
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

AT_ONCE: Final = 4
"""As many as `accounts.passwords` computes; more would only hold a thread while they wait."""

Result = TypeVar("Result")


class PasswordTurns:
    """A few threads of its own, so that a flood of sign-ins leaves those of the server free."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_ONCE)

    async def take(self, work: Callable[[], Result]) -> Result:
        """Does `work` on another thread when it is its turn."""
        return await to_thread.run_sync(work, limiter=self._limiter)
