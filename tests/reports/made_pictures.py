"""A slide of seeded noise: pictures for reports, synthetic, for tests only."""

from dataclasses import dataclass

import numpy as np

from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.slides.model import Scale, ScaleOrigin, Slide, SlideKind


@dataclass(frozen=True)
class GradientPicture:
    """A `Picture` whose red is the x and whose green is the y of a pixel, in 256ths."""

    name: str
    width_px: int = 2560
    height_px: int = 1920
    um_per_px: float | None = 0.1
    gone: bool = False

    def read(self, box: PixelBox, out_width: int, out_height: int) -> UInt8Array:
        if self.gone:
            raise UnreadableInputError(f"{self.name} has gone; put it back and run again")
        x = box.x_px + (np.arange(out_width) + 0.5) * box.w_px / out_width
        y = box.y_px + (np.arange(out_height) + 0.5) * box.h_px / out_height
        pixels = np.full((out_height, out_width, 3), 128, dtype=np.uint8)
        pixels[..., 0] = np.clip(x / self.width_px * 255, 0, 255)
        pixels[..., 1] = np.clip(y / self.height_px * 255, 0, 255)[:, None]
        pixels[:, (x < 0) | (x > self.width_px)] = 255
        pixels[(y < 0) | (y > self.height_px)] = 255
        return pixels

    def close(self) -> None:
        """Nothing is open."""


def gradient_slide(names: tuple[str, ...], gone: bool = False) -> Slide:
    return Slide(
        name="smear-1",
        kind=SlideKind.FIELDS,
        pictures=tuple(GradientPicture(name, gone=gone) for name in names),
        scale=Scale(0.1, ScaleOrigin.METADATA),
        private_images=("label", "macro"),
    )
