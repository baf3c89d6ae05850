"""Where errors end: each becomes one line on standard error and an exit code, never a traceback."""

import errno
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

import typer

from marrowscope.cli.crash_report import save_crash
from marrowscope.errors import MarrowscopeError, UsageError
from marrowscope.settings import Settings

STOPPED = 130
NOBODY_READS = 141
TERMINATED = 143
NOT_POSSIBLE_HERE = 4
LINK_LOOP = "Symlink loop"
"""What Python 3.11 and 3.12 say of such a path."""
STOPPED_MESSAGE = "stopped; nothing was written"

# Where Typer's errors live has changed between its versions; the parent of the parent of
# BadParameter is their root in all of them.
_TyperError: type[Exception] = typer.BadParameter.__mro__[2]


@dataclass(frozen=True, slots=True)
class Ending:
    """What is said when a run ends early, "" for nothing, and its exit code."""

    message: str
    exit_code: int


class Terminated(KeyboardInterrupt):
    """SIGTERM: stops as cleanly as Ctrl-C does."""


def guarded(
    command: Callable[[], int],
    load_settings: Callable[[], Settings],
    version: str,
    err: TextIO,
) -> int:
    """Runs `command` and returns its exit code; whatever goes wrong is one line on `err`."""
    try:
        with _terminated_like_ctrl_c():
            exit_code = command()
            sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a run ends here, and is told
        ending = expected_ending(error)
        if ending is None:
            ending = Ending(_bug_message(error, load_settings, version, err), NOT_POSSIBLE_HERE)
        _give_up_dead_stdout()
        _say(err, ending.message)
        return ending.exit_code
    return exit_code


def expected_ending(error: BaseException) -> Ending | None:
    """How a run ends that met `error`; None where nobody foresaw it: a bug."""
    ending: Ending | None
    match error:
        case MarrowscopeError():
            ending = Ending(str(error), error.exit_code)
        case _ if isinstance(error, _TyperError):
            ending = Ending(usage_message(error), UsageError.exit_code)
        case Terminated():
            ending = Ending(str(error) or STOPPED_MESSAGE, TERMINATED)
        case KeyboardInterrupt() | typer.Abort():
            ending = Ending(str(error) or STOPPED_MESSAGE, STOPPED)
        case RuntimeError() if str(error).startswith(LINK_LOOP):
            ending = Ending("a link among the given paths leads back to itself; mend it", 2)
        case MemoryError():
            message = "not enough memory; close other programs or use fewer --threads"
            ending = Ending(message, NOT_POSSIBLE_HERE)
        case BrokenPipeError():
            ending = Ending("", NOBODY_READS)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            ending = Ending("the disk is full; free some space and try again", NOT_POSSIBLE_HERE)
        case _:
            ending = None
    return ending


def usage_message(error: BaseException) -> str:
    """What Typer found wrong with the command, in one line that says where help is."""
    format_message = getattr(error, "format_message", error.__str__)
    context = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "marrowscope")
    return f"{str(format_message()).rstrip('.')}; see '{command} --help'"


def in_one_line(message: str) -> str:
    """The message without line breaks and without characters that could steer a terminal."""
    joined = " ".join(message.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in joined)


def _say(err: TextIO, message: str) -> None:
    if message:
        err.write(f"marrowscope: {in_one_line(message)}\n")
        err.flush()


def _bug_message(
    error: BaseException, load_settings: Callable[[], Settings], version: str, err: TextIO
) -> str:
    what = f"this is a bug in Marrowscope ({type(error).__name__}), not in your slide"
    try:
        settings = load_settings()
        saved: Path | None = save_crash(error, settings.home, version)
        debug = settings.debug
    except (MarrowscopeError, OSError):
        saved, debug = None, False
    if debug:
        traceback.print_exception(error, file=err)
    if saved is None:
        return f"{what}; where it happened could not be saved, MARROWSCOPE_DEBUG=1 shows it"
    return f"{what}; please report it with {saved}"


@contextmanager
def _terminated_like_ctrl_c() -> Iterator[None]:
    """Until the end SIGTERM raises Terminated, so that nothing half-written stays behind."""

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _give_up_dead_stdout() -> None:
    """Points standard output at nothing where it takes no more (closed pipe, full disk).

    Python flushes it once more while it ends, and would complain in words of its own.
    """
    try:
        sys.stdout.flush()
    except OSError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
