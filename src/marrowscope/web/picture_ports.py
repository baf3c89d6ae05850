"""What the routes of pictures need, named for its role."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from marrowscope.cases.state import CaseState


class PictureState(Protocol):
    """What a viewer must know of a picture."""

    @property
    def number(self) -> int:
        """Among those of its analysis, from 0."""

    @property
    def name(self) -> str:
        """As results call it."""

    @property
    def slide_id(self) -> UUID:
        """Of the case's slide that it belongs to."""

    @property
    def slide(self) -> str:
        """As results call that."""

    @property
    def width_px(self) -> int:
        """At full size."""

    @property
    def height_px(self) -> int:
        """At full size."""

    @property
    def um_per_px(self) -> float | None:
        """None where it is not known, or not yet."""

    @property
    def tile_px(self) -> int:
        """Side of a tile."""

    @property
    def n_levels(self) -> int:
        """The last is full size, each before is half of it, the first one pixel."""


class PictureStore(Protocol):
    """Pictures of the slides of analyses.

    Every method raises InputRefusedError where a slide is gone or damaged, and
    EnvironmentProblemError where the machine cannot do it.
    """

    def pictures(self, case: CaseState, analysis_id: UUID) -> Sequence[PictureState]:
        """All of an analysis, in the order in which it reads them."""

    def tile(
        self, case: CaseState, analysis_id: UUID, number: int, level: int, column: int, row: int
    ) -> bytes | None:
        """A tile as JPEG; None where there is none such."""

    def crop(
        self,
        case: CaseState,
        analysis_id: UUID,
        number: int,
        *,
        x_px: float,
        y_px: float,
        side_px: float,
        out_px: int,
    ) -> bytes | None:
        """A square around a point of the picture as JPEG; None where there is no such picture."""

    def crops(
        self,
        case: CaseState,
        analysis_id: UUID,
        squares: Sequence[tuple[int, float, float, float]],
        out_px: int,
    ) -> bytes | None:
        """Squares (picture, x, y, side) side by side; None where one picture is not there."""

    def close_case(self, case_id: UUID) -> None:
        """Lets go of the files of a case."""
