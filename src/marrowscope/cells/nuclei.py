"""Outlines of nuclei from the detector's map of where nuclei lie.

The map is coarse (1 µm) but smooth; its half-way line, drawn at a quarter of that, is close enough
to see what the detector took for the nucleus. Touching nuclei are parted half-way between their
cells' centres.
"""

import cv2
import numpy as np

from marrowscope.cells.detection_peaks import STRIDE, Peaks
from marrowscope.geometry import BoolArray, DoubleArray, FloatArray, IntArray, UInt8Array

FINER = 4
"""Outlines are drawn on a grid this much finer than the map's."""
COVERED = 0.5
SMALLEST_PART = 0.12
"""Parts smaller than this share of a nucleus's largest are left out."""
STRAIGHTNESS = 0.7
"""How far, in fine pixels, a ring may be from the exact line."""
NEAREST_FORM = 1.6
"""A point farther from a centre than this many half-boxes belongs to no cell."""

Rings = tuple[DoubleArray, ...]


def owners(shape: tuple[int, int], peaks: Peaks) -> IntArray:
    """(rows, columns) which peak each pixel of the map belongs to, -1 for none: the one whose
    centre is nearest in units of its own box.
    """
    owner = np.full(shape, -1, dtype=np.int64)
    nearest = np.full(shape, NEAREST_FORM**2, dtype=np.float64)
    for index, (x, y, w, h) in enumerate(_on_map(peaks)):
        rows, columns = _window(shape, x, y, w, h)
        across = (np.arange(columns.start, columns.stop) + 0.5 - x) / (w / 2)
        down = (np.arange(rows.start, rows.stop) + 0.5 - y) / (h / 2)
        away = across[None, :] ** 2 + down[:, None] ** 2
        closer = away < nearest[rows, columns]
        nearest[rows, columns][closer] = away[closer]
        owner[rows, columns][closer] = index
    return owner


def nucleus_rings(cover: FloatArray, peaks: Peaks) -> list[Rings]:
    """The outline of each peak's nucleus, in input pixels of the view; empty where there is none.

    cover: (rows, columns), the share of each pixel of the map that a nucleus covers.
    """
    owner = owners((cover.shape[0], cover.shape[1]), peaks)
    rings: list[Rings] = []
    for index, (x, y, w, h) in enumerate(_on_map(peaks)):
        rows, columns = _window((cover.shape[0], cover.shape[1]), x, y, w, h)
        part = cover[rows, columns]
        if not part.size or float(part.max()) <= COVERED:
            rings.append(())
            continue
        own = (owner[rows, columns] == index).astype(np.uint8)
        size = (part.shape[1] * FINER, part.shape[0] * FINER)
        smooth = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR) > COVERED
        mask = smooth & (cv2.resize(own, size, interpolation=cv2.INTER_NEAREST) > 0)
        origin = np.array([columns.start, rows.start], dtype=np.float64)
        low, high = np.array([x - w / 2, y - h / 2]), np.array([x + w / 2, y + h / 2])
        rings.append(
            tuple(
                np.clip(ring / FINER + origin, low, high) * STRIDE
                for ring in _rings(_smoothed(mask))
            )
        )
    return rings


def nucleus_area(rings: Rings) -> float:
    """Area inside the rings, in their own squared units."""
    return float(sum(cv2.contourArea(ring.astype(np.float32)) for ring in rings))


def _on_map(peaks: Peaks) -> DoubleArray:
    return np.stack([peaks.x, peaks.y, peaks.w, peaks.h], axis=1) / STRIDE


def _window(shape: tuple[int, int], x: float, y: float, w: float, h: float) -> tuple[slice, slice]:
    """Rows and columns that a nucleus may reach: its cell's box."""
    reach_x, reach_y = 0.5 * w, 0.5 * h
    left, right = max(0, int(x - reach_x)), min(shape[1], int(x + reach_x) + 1)
    top, bottom = max(0, int(y - reach_y)), min(shape[0], int(y + reach_y) + 1)
    return slice(top, max(top, bottom)), slice(left, max(left, right))


def _smoothed(mask: BoolArray) -> UInt8Array:
    """Without the steps that the coarse line between two owners leaves."""
    blurred = cv2.blur(mask.astype(np.uint8) * np.uint8(255), (FINER + 1, FINER + 1))
    return np.asarray(blurred > 127, dtype=np.uint8)


def _rings(mask: UInt8Array) -> list[DoubleArray]:
    """Outer lines of the parts of a mask, largest first, in its pixels; pixel centres at .5."""
    lines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    lines = sorted(lines, key=cv2.contourArea, reverse=True)
    if not lines:
        return []
    least = SMALLEST_PART * cv2.contourArea(lines[0])
    kept = [line for line in lines if len(line) >= 3 and cv2.contourArea(line) >= least]
    straight = [cv2.approxPolyDP(line, STRAIGHTNESS, closed=True) for line in kept]
    # OpenCV goes round against the clock; with y pointing down, outlines here go with it.
    return [line[::-1, 0, :].astype(np.float64) + 0.5 for line in straight if len(line) >= 3]
