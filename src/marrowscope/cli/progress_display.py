"""Progress on standard error: a bar on a terminal, a line every ten seconds elsewhere."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

from marrowscope.progress import EarlyCell, NoProgress, Progress

SECONDS_BETWEEN_LINES = 10.0


class BarProgress:
    """One bar a stage, with the cells found so far and the time left."""

    def __init__(self, shown: RichProgress) -> None:
        self._bars = shown
        self._task: TaskID | None = None
        self._cells = 0
        self._lock = threading.Lock()

    def stage(self, name: str, total: int | None) -> None:
        """Fills the bar of the stage before, and begins the next."""
        with self._lock:
            self._finish()
            self._task = self._bars.add_task(name, total=total, cells=self._text())

    def advance(self, n: int, cells_found: int = 0) -> None:
        """Moves the bar on."""
        with self._lock:
            self._cells += cells_found
            if self._task is not None:
                self._bars.update(self._task, advance=n, cells=self._text())

    def found(self, cells: Sequence[EarlyCell]) -> None:
        """Shows no single cells."""

    def notice(self, text: str) -> None:
        """Prints the text above the bar."""
        self._bars.console.print(f"marrowscope: {text}", markup=False, highlight=False)

    def _finish(self) -> None:
        if self._task is not None:
            done = self._bars.tasks[-1].completed
            self._bars.update(self._task, total=done or 1, completed=done or 1)

    def _text(self) -> str:
        return f"{self._cells:,} cells" if self._cells else ""


class LineProgress:
    """A line at the start of each stage and one every ten seconds within it.

    now: seconds of any clock that never goes back.
    """

    def __init__(self, out: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._now = now
        self._lock = threading.Lock()
        self._name = ""
        self._total: int | None = None
        self._done = 0
        self._cells = 0
        self._began_s = self._said_s = now()

    def stage(self, name: str, total: int | None) -> None:
        """Says which stage begins."""
        with self._lock:
            self._name, self._total, self._done = name, total, 0
            self._began_s = self._said_s = self._now()
            self._say(name)

    def advance(self, n: int, cells_found: int = 0) -> None:
        """Says how far it is, if the last line is ten seconds old."""
        with self._lock:
            self._done += n
            self._cells += cells_found
            now_s = self._now()
            if now_s - self._said_s >= SECONDS_BETWEEN_LINES:
                self._said_s = now_s
                self._say(self._state(now_s))

    def found(self, cells: Sequence[EarlyCell]) -> None:
        """Says nothing of single cells."""

    def notice(self, text: str) -> None:
        """Says it in a line of its own."""
        with self._lock:
            self._say(text)

    def _state(self, now_s: float) -> str:
        of_total = f" of {self._total}" if self._total is not None else ""
        parts = [f"{self._name}: {self._done}{of_total}"]
        if self._cells:
            parts.append(f"{self._cells} cells found")
        if self._total is not None and self._done:
            left_s = (now_s - self._began_s) * max(0, self._total - self._done) / self._done
            parts.append(f"about {left_s:.0f} s left")
        return ", ".join(parts)

    def _say(self, text: str) -> None:
        self._out.write(f"marrowscope: {text}\n")
        self._out.flush()


def bars(console: Console, *, transient: bool) -> RichProgress:
    """Bars with name, share, cells and time left; transient ones vanish at the end."""
    return RichProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[cells]}", markup=False),
        TimeRemainingColumn(),
        console=console,
        transient=transient,
    )


@contextmanager
def shown_progress(err: TextIO, *, quiet: bool) -> Iterator[Progress]:
    """The display that suits `err`: none when quiet, a bar on a terminal, else lines."""
    if quiet:
        yield NoProgress()
    elif err.isatty():
        with bars(Console(file=err), transient=True) as shown:
            yield BarProgress(shown)
    else:
        yield LineProgress(err)
