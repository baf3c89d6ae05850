"""One example to learn from: a crop of the size that is stored, and what it may show."""

from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.geometry import UInt8Array
from marrowscope.training.detector_tiles import TILE_UM_PER_PX

STORED_PX = 104
CROP_PX = 96
UM_PER_PX = TILE_UM_PER_PX


@dataclass(frozen=True, slots=True)
class CropExample:
    """pixels: (104, 104, 3) white-balanced RGB at 0.25 µm/px. class_ids: the modelled classes it
    may show. group: "set CLASS", or what else it is in that set.
    """

    pixels: UInt8Array
    class_ids: tuple[str, ...]
    image_set: str
    group: str


def stored_crop(pixels: UInt8Array, x: float, y: float, um_per_px: float) -> UInt8Array:
    """A 104 px crop at 0.25 µm/px around (x, y), mirrored at the picture's edge."""
    factor = UM_PER_PX / um_per_px
    half = STORED_PX / 2 * factor
    if factor > 1:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.4 * factor), dtype=np.uint8)
    place = np.array([[factor, 0, x - half], [0, factor, y - half]], dtype=np.float32)
    crop = cv2.warpAffine(
        pixels,
        place,
        (STORED_PX, STORED_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(crop, dtype=np.uint8)
