"""How a long run tells whoever waits for it how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Hears about the stages of a run. May be called from any thread.

    What it does never changes a result.
    """

    def stage(self, name: str, total: int | None) -> None:
        """A stage of `total` steps begins, and the one before it has ended.

        total: None where the number of steps is not known.
        """

    def advance(self, n: int, cells_found: int = 0) -> None:
        """`n` more steps of the stage are done; they brought `cells_found` more cells."""

    def notice(self, text: str) -> None:
        """Something that a person should know now rather than at the end."""


class NoProgress:
    """Listens and says nothing."""

    def stage(self, name: str, total: int | None) -> None:
        """Does nothing."""

    def advance(self, n: int, cells_found: int = 0) -> None:
        """Does nothing."""

    def notice(self, text: str) -> None:
        """Does nothing."""
