"""Work that is done again and again in the background until its block ends."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from marrowscope.engine.ports import Notice
from marrowscope.errors import EnvironmentProblemError

LONGEST_END_S: Final = 30.0


@contextmanager
def in_rounds(
    look: Callable[[], None], every_s: float, name: str, notice: Notice
) -> Iterator[None]:
    """Calls `look` in a thread of this name, with pauses of `every_s` seconds.

    What it raises is told, the same trouble once, and the next round is tried all the same. The
    block ends once the round under way is over, or after LONGEST_END_S, which is told.
    """
    stop = threading.Event()

    def keep() -> None:
        told = ""
        while not stop.is_set():
            try:
                look()
                told = ""
            except Exception as error:  # noqa: BLE001 - a worker's round ends here
                said = f"{type(error).__name__}: {error}"
                if said != told:
                    told = said
                    notice(error)
            stop.wait(every_s)

    thread = threading.Thread(target=keep, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LONGEST_END_S)
        if thread.is_alive():
            notice(EnvironmentProblemError(f"{name}: did not end; it is left as it is"))
