"""Areas and their units: level-0 pixels of a picture, and micrometres on the glass."""

from dataclasses import dataclass
from typing import NewType

import numpy as np
import numpy.typing as npt

Micrometres = NewType("Micrometres", float)
UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
ObjectArray = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class PixelBox:
    """A rectangle in level-0 pixels of one picture: top-left corner and size."""

    x_px: float
    y_px: float
    w_px: float
    h_px: float

    def contains(self, x_px: float, y_px: float) -> bool:
        """True where the point lies inside; left and top edges belong, right and bottom do not."""
        return (
            self.x_px <= x_px < self.x_px + self.w_px and self.y_px <= y_px < self.y_px + self.h_px
        )

    def enlarged(self, margin_px: float) -> "PixelBox":
        """The same box with `margin_px` level-0 pixels more on every side."""
        return PixelBox(
            self.x_px - margin_px,
            self.y_px - margin_px,
            self.w_px + 2 * margin_px,
            self.h_px + 2 * margin_px,
        )

    def area_mm2(self, um_per_px: float) -> float:
        """Area on the glass in mm²."""
        return self.w_px * self.h_px * um_per_px**2 * 1e-6
