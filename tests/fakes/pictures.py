"""Pictures and slides in memory."""

from collections.abc import Sequence

import cv2
import numpy as np

from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.slides.model import Picture, Scale, ScaleOrigin, Slide, SlideKind


class ArrayPicture:
    """A `Picture` over an array (rows, columns, 3)."""

    def __init__(self, name: str, pixels: UInt8Array, um_per_px: float | None = None) -> None:
        self.name = name
        self.pixels = pixels
        self.um_per_px = um_per_px
        self.is_closed = False

    @property
    def width_px(self) -> int:
        return self.pixels.shape[1]

    @property
    def height_px(self) -> int:
        return self.pixels.shape[0]

    def read(self, box: PixelBox, out_width: int, out_height: int) -> UInt8Array:
        left, top = int(np.floor(box.x_px)), int(np.floor(box.y_px))
        right, bottom = int(np.ceil(box.x_px + box.w_px)), int(np.ceil(box.y_px + box.h_px))
        area = np.full((bottom - top, right - left, 3), 255, dtype=np.uint8)
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(right, self.width_px), min(bottom, self.height_px)
        if x1 > x0 and y1 > y0:
            area[y0 - top : y1 - top, x0 - left : x1 - left] = self.pixels[y0:y1, x0:x1]
        shrinking = out_width < area.shape[1]
        how = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(area, (out_width, out_height), interpolation=how))

    def close(self) -> None:
        self.is_closed = True


def slide_of(
    pictures: Sequence[Picture],
    um_per_px: float,
    kind: SlideKind = SlideKind.FIELDS,
    name: str = "slide",
) -> Slide:
    scale = Scale(um_per_px, ScaleOrigin.GIVEN)
    return Slide(name, kind, tuple(pictures), scale)
