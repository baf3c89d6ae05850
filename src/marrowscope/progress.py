"""How a long run tells whoever waits for it how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EarlyCell:
    """A cell as it is told while the run goes on: a first look, that no result rests on.

    slide, source: as the result will call slide and picture. x_px, y_px: centre in level-0 pixels
    of the picture; um_per_px: of those. class_id: best guess, None before it was named;
    is_undecided: whether the guess may not be used.
    """

    slide: str
    source: str
    x_px: float
    y_px: float
    um_per_px: float
    class_id: str | None = None
    is_undecided: bool = False


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

    def found(self, cells: Sequence[EarlyCell]) -> None:
        """Cells of one region, as soon as they are seen; some come unnamed first, then named.

        A region that is told may yet be left out of the result.
        """

    def notice(self, text: str) -> None:
        """Something that a person should know now rather than at the end."""


class NoProgress:
    """Listens and says nothing."""

    def stage(self, name: str, total: int | None) -> None:
        """Does nothing."""

    def advance(self, n: int, cells_found: int = 0) -> None:
        """Does nothing."""

    def found(self, cells: Sequence[EarlyCell]) -> None:
        """Does nothing."""

    def notice(self, text: str) -> None:
        """Does nothing."""
