"""Asking again while a server cannot be reached: a network that is gone, a server that restarts."""

import time
from collections.abc import Callable
from typing import TypeVar

from marrowscope.client.refusals import UnreachableError

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 15.0

Told = TypeVar("Told")


def until_reached(ask: Callable[[], Told], patience_s: float) -> Told:
    """What `ask` gives once there is an answer; only for what may be asked more than once.

    Raises UnreachableError once there was none for `patience_s`, and at once whatever else `ask`
    raises.
    """
    last = time.monotonic() + patience_s
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return ask()
        except UnreachableError:
            left_s = last - time.monotonic()
            if left_s <= 0:
                raise
            time.sleep(min(pause_s, left_s))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
