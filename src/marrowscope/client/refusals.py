"""What a program is told of a request that was not done, in the reading room's own sentence.

ReadingRoomError
├── NotSignedInError     wrong password, or the session ended
├── NotFoundError        not there, or not for this account
├── RefusedError         understood and not done
├── UnreachableError     no answer, or not one of a reading room
├── NotDoneYetError      an analysis takes longer than one would wait
└── AnalysisEndedError   an analysis failed or was cancelled
"""

from marrowscope.errors import MarrowscopeError


class ReadingRoomError(MarrowscopeError):
    """Root of them. status: of HTTP, 0 without an answer. code: the API's, "" without one."""

    def __init__(self, message: str, *, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class NotSignedInError(ReadingRoomError):
    """The password is wrong, or the session ended."""


class NotFoundError(ReadingRoomError, LookupError):
    """There is no such case, analysis or report, or it is not for this account."""


class RefusedError(ReadingRoomError):
    """Understood and not done: something in it is wrong, not allowed, or cannot be done now."""


class UnreachableError(ReadingRoomError, ConnectionError):
    """No answer came, or what answered is no reading room or cannot be trusted to be this one."""


class NotDoneYetError(ReadingRoomError, TimeoutError):
    """An analysis still waits or runs."""


class AnalysisEndedError(ReadingRoomError):
    """An analysis failed or was cancelled, and has no result."""
