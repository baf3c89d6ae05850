"""A sign-in that is refused, in words that do not tell why."""

from typing import Final

from marrowscope.errors import UsageError

WRONG: Final = "the user name or the password is wrong"
WAIT: Final = "too many wrong passwords; try again in {wait_s} s"
ENDED: Final = "this session has ended; sign in again"


class SignInRefusedError(UsageError):
    """Neither who it is nor why is said: unknown, wrong and disabled read the same.

    wait_s: seconds until another try is heard; 0 where it may come at once.
    """

    def __init__(self, wait_s: int = 0) -> None:
        super().__init__(WAIT.format(wait_s=wait_s) if wait_s else WRONG)
        self.wait_s = wait_s


class SessionEndedError(UsageError):
    """The session of this token is no more: signed out, too old, or its account disabled."""

    def __init__(self) -> None:
        super().__init__(ENDED)
