"""Takes the cell in the middle of a crop out of its surroundings, roughly.

Good enough to set a cell among the red cells of another laboratory while training; not an outline
to measure anything on.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.geometry import BoolArray, DoubleArray, FloatArray, UInt8Array

WHITE = 236.0
"""Grey level of optical density 0: the common white of `cells.stain`, plus one."""
NUCLEUS_BLUR_PX = 1.5
LEAST_NUCLEAR_DENSITY = 0.18
MIDDLE_PX = 10
"""Nuclear pixels this near to the middle make a part of the central cell's nucleus ..."""
NEAR_PX = 22
"""... and so do parts whose own middle is this near: lobes."""
LEAST_PART_PX = 25
CYTOPLASM_REACH_PX = 12
CYTOPLASM_DENSITY = 0.22
"""Sum over the channels above which a pixel is not empty glass."""
RIM_PX = 3
GROUND_SHRUNK = 2


@dataclass(frozen=True, slots=True)
class Cutout:
    """cell: (size, size), the central cell. nuclear_density: (3,), mean optical density of its
    nucleus in red, green, blue.
    """

    cell: BoolArray
    nuclear_density: FloatArray


def optical_density(pixels: UInt8Array) -> FloatArray:
    """Optical density (..., 3) of white-balanced RGB; negative where brighter than white."""
    table = -np.log((np.arange(256, dtype=np.float32) + 1.0) / np.float32(WHITE))
    return np.asarray(table[pixels], dtype=np.float32)


def rgb_of_density(density: FloatArray) -> UInt8Array:
    """The inverse of `optical_density`, clipped to 0..255."""
    return np.clip(WHITE * np.exp(-density) - 1.0, 0, 255).astype(np.uint8)


def _disc(radius_px: int) -> UInt8Array:
    size = 2 * radius_px + 1
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(shape, dtype=np.uint8)


def central_nucleus(pixels: UInt8Array) -> BoolArray:
    """Nuclear pixels of the cell in the middle of a crop (size, size, 3).

    Nuclei are what absorbs red, which red cells hardly do. A disc where nothing is dark enough.
    """
    size = pixels.shape[0]
    middle = (size - 1) / 2
    density = cv2.GaussianBlur(optical_density(pixels)[..., 0], (0, 0), NUCLEUS_BLUR_PX)
    inner = density[size // 5 : -size // 5, size // 5 : -size // 5]
    levels = np.clip(inner * 100, 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)
    dark = (density > max(threshold / 100, LEAST_NUCLEAR_DENSITY)).astype(np.uint8)
    n, labels, sizes, centres = cv2.connectedComponentsWithStats(dark, connectivity=8)
    parts = labels.astype(np.int64)
    if n < 2:
        disc = np.zeros((size, size), dtype=np.uint8)
        cv2.circle(disc, (size // 2, size // 2), size // 6, 1, -1)
        return np.asarray(disc, dtype=np.bool_)
    nearest: DoubleArray = np.full(n, np.inf)
    rows, columns = np.nonzero(dark)
    np.minimum.at(nearest, parts[rows, columns], np.hypot(rows - middle, columns - middle))
    away = np.hypot(centres[:, 0] - middle, centres[:, 1] - middle)
    big = sizes[:, cv2.CC_STAT_AREA] >= LEAST_PART_PX
    keep = big & ((nearest < MIDDLE_PX) | (away < NEAR_PX))
    keep[0] = False
    if not keep.any():
        keep[1 + int(np.argmin(away[1:]))] = True
    return np.asarray(keep[parts], dtype=np.bool_)


def central_cell(pixels: UInt8Array, nucleus: BoolArray) -> BoolArray:
    """The whole cell in the middle: its nucleus, filled out, and what looks like its cytoplasm."""
    rows, columns = np.nonzero(nucleus)
    outline = cv2.convexHull(np.stack([columns, rows], axis=1).astype(np.int32))
    filled = np.zeros(nucleus.shape, dtype=np.uint8)
    cv2.fillConvexPoly(filled, outline, 1)
    near = cv2.dilate(filled, _disc(CYTOPLASM_REACH_PX))
    core = cv2.dilate(filled, _disc(RIM_PX))
    density = cv2.GaussianBlur(optical_density(pixels), (0, 0), 1.0)
    is_red_cell = (density[..., 1] > 0.16) & (density[..., 0] < 0.45 * density[..., 1])
    cytoplasm = (density.sum(axis=2) > CYTOPLASM_DENSITY) & ~is_red_cell & (near > 0)
    whole = (cytoplasm | (core > 0)).astype(np.uint8)
    whole = np.maximum(cv2.morphologyEx(whole, cv2.MORPH_OPEN, _disc(RIM_PX)), core)
    n, parts = cv2.connectedComponents(whole)
    overlap = np.bincount(parts[nucleus], minlength=n)
    overlap[0] = 0
    one = (parts == overlap.argmax()).astype(np.uint8)
    contours, _ = cv2.findContours(one, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(one, contours, -1, 1, -1)
    return np.asarray(one, dtype=np.bool_)


def cut_out(pixels: UInt8Array) -> Cutout:
    """The central cell of a white-balanced crop (size, size, 3) and how dense its nucleus is."""
    nucleus = central_nucleus(pixels)
    density = optical_density(pixels)[nucleus].mean(axis=0)
    return Cutout(central_cell(pixels, nucleus), np.asarray(density, dtype=np.float32))


def ground_of(pixels: UInt8Array, cell: BoolArray) -> UInt8Array:
    """The same crop with its central cell painted over by what surrounds it."""
    hole = cv2.dilate(cell.astype(np.uint8), _disc(RIM_PX))
    size = (pixels.shape[1] // GROUND_SHRUNK, pixels.shape[0] // GROUND_SHRUNK)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    small_hole = (cv2.resize(hole, size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    painted = cv2.inpaint(small, small_hole, 3, cv2.INPAINT_TELEA)
    back = cv2.resize(painted, (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_LINEAR)
    soft = np.maximum(cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 2.0), hole)[..., None]
    return np.asarray(pixels * (1 - soft) + back * soft, dtype=np.uint8)
