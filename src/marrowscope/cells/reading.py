"""High power: reads one region with what surrounds it, and cuts crops out of it."""

import math
from dataclasses import replace

import cv2
import numpy as np

from marrowscope.cells.model import CropBatch, Detections, View
from marrowscope.geometry import PixelBox
from marrowscope.slides.model import Picture

HALO_UM = 16.0
"""Read around a region, so that its border cells are seen whole and their crops are full."""
GRANULE_PX = 4
"""View sides are multiples of this, so that halving them loses nothing."""


def read_view(picture: Picture, box: PixelBox, slide_um_per_px: float, um_per_px: float) -> View:
    """The pixels of `box` and its halo at `um_per_px`; white where the picture ends."""
    level0_per_px = um_per_px / slide_um_per_px
    area = box.enlarged(HALO_UM / slide_um_per_px)
    width = math.ceil(area.w_px / level0_per_px / GRANULE_PX) * GRANULE_PX
    height = math.ceil(area.h_px / level0_per_px / GRANULE_PX) * GRANULE_PX
    exact = PixelBox(area.x_px, area.y_px, width * level0_per_px, height * level0_per_px)
    return View(
        picture=picture.name,
        x_px=area.x_px,
        y_px=area.y_px,
        level0_per_px=level0_per_px,
        um_per_px=um_per_px,
        pixels=picture.read(exact, width, height),
    )


def edge_mirrored(view: View, picture: Picture) -> View:
    """The same view with what lies beyond the picture's edge filled by its mirror image.

    For crops only: the classifier was taught with mirrored edges, and white ones mean glass to it.
    """
    rows, columns = view.pixels.shape[:2]
    left, right = _inside(view.x_px, picture.width_px, view.level0_per_px, columns)
    top, bottom = _inside(view.y_px, picture.height_px, view.level0_per_px, rows)
    if (left, top, right, bottom) == (0, 0, columns, rows):
        return view
    mirrored = cv2.copyMakeBorder(
        view.pixels[top:bottom, left:right],
        top,
        rows - bottom,
        left,
        columns - right,
        cv2.BORDER_REFLECT_101,
    )
    return replace(view, pixels=np.asarray(mirrored, dtype=np.uint8))


def _inside(start_px: float, length_px: int, level0_per_px: float, n: int) -> tuple[int, int]:
    """First and last + 1 of n view pixels that lie wholly within 0 to `length_px`."""
    first = math.ceil(max(0.0, -start_px) / level0_per_px)
    last = math.floor((min(length_px, start_px + n * level0_per_px) - start_px) / level0_per_px)
    return min(first, n - 1), max(min(first, n - 1) + 1, min(last, n))


def shrunk(view: View, um_per_px: float) -> View:
    """The same area at a coarser scale, by area averaging."""
    factor = um_per_px / view.um_per_px
    if factor == 1:
        return view
    rows, columns = view.pixels.shape[:2]
    size = (round(columns / factor), round(rows / factor))
    pixels = cv2.resize(view.pixels, size, interpolation=cv2.INTER_AREA)
    return View(
        picture=view.picture,
        x_px=view.x_px,
        y_px=view.y_px,
        level0_per_px=view.level0_per_px * columns / size[0],
        um_per_px=view.um_per_px * columns / size[0],
        pixels=np.asarray(pixels, dtype=np.uint8),
    )


def crops_of(view: View, found: Detections, crop_px: int) -> CropBatch:
    """A square of `crop_px` view pixels around each centre; mirrored where the view ends."""
    half = crop_px // 2
    padded = cv2.copyMakeBorder(view.pixels, half, half, half, half, cv2.BORDER_REFLECT_101)
    column = np.floor((found.x_px - view.x_px) / view.level0_per_px).astype(int)
    row = np.floor((found.y_px - view.y_px) / view.level0_per_px).astype(int)
    pixels = np.empty((len(row), crop_px, crop_px, 3), dtype=np.uint8)
    for index, (top, left) in enumerate(zip(row, column, strict=True)):
        pixels[index] = padded[top : top + crop_px, left : left + crop_px]
    return CropBatch(view.picture, found.x_px, found.y_px, pixels)
