"""Divides every picture into equal regions, the units in which cells are read and counted."""

from dataclasses import dataclass

from marrowscope.geometry import PixelBox
from marrowscope.slides.model import Picture


@dataclass(frozen=True, slots=True)
class Square:
    """One region of a picture: about `region_um` on a side, never a sliver.

    picture: index in the slide's pictures. row, column: place in that picture's grid.
    box: level-0 pixels; neighbouring boxes share edges and together cover the picture.
    """

    picture: int
    row: int
    column: int
    box: PixelBox


@dataclass(frozen=True, slots=True)
class Grid:
    """How one picture is divided: rows x columns boxes of equal size."""

    rows: int
    columns: int
    w_px: float
    h_px: float

    def box(self, row: int, column: int) -> PixelBox:
        """The box at a place of the grid."""
        return PixelBox(column * self.w_px, row * self.h_px, self.w_px, self.h_px)


def grid_of(picture: Picture, um_per_px: float, region_um: float) -> Grid:
    """The grid whose boxes come closest to `region_um` on each side."""
    side_px = region_um / um_per_px
    rows = max(1, round(picture.height_px / side_px))
    columns = max(1, round(picture.width_px / side_px))
    return Grid(rows, columns, picture.width_px / columns, picture.height_px / rows)
