"""Outlines of nuclei from the detector's map of where nuclei lie.

The map is coarse (1 µm) but smooth; its half-way line, drawn at a quarter of that, is close enough
to see what the detector took for the nucleus. Touching nuclei are parted half-way between their
cells' centres.
"""

import cv2
import numpy as np
import numpy.typing as npt

from marrowscope.cells.detection_peaks import STRIDE, Peaks
from marrowscope.geometry import DoubleArray, FloatArray, UInt8Array

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
IndexArray = npt.NDArray[np.int32]


def _owners(
    shape: tuple[int, int], boxes: list[list[float]], windows: list[tuple[slice, slice]]
) -> IndexArray:
    """(rows, columns) which peak each pixel of the map belongs to, -1 for none: the one whose
    centre is nearest in units of its own box.
    """
    owner = np.full(shape, -1, dtype=np.int32)
    nearest = np.full(shape, NEAREST_FORM**2, dtype=np.float32)
    middle_x = np.arange(shape[1], dtype=np.float32) + 0.5
    middle_y = (np.arange(shape[0], dtype=np.float32) + 0.5)[:, None]
    for index, ((x, y, w, h), window) in enumerate(zip(boxes, windows, strict=True)):
        rows, columns = window
        away = ((middle_x[columns] - x) * (2 / w)) ** 2 + ((middle_y[rows] - y) * (2 / h)) ** 2
        closer = away < nearest[window]
        np.copyto(nearest[window], away, where=closer)
        np.copyto(owner[window], index, where=closer)
    return owner


def nucleus_rings(cover: FloatArray, peaks: Peaks) -> list[Rings]:
    """The outline of each peak's nucleus, in input pixels of the view; empty where there is none.

    cover: (rows, columns), the share of each pixel of the map that a nucleus covers.
    """
    shape = (cover.shape[0], cover.shape[1])
    boxes = _on_map(peaks)
    windows = [_window(shape, *box) for box in boxes]
    owner = _owners(shape, boxes, windows)
    rings: list[Rings] = []
    for index, ((x, y, w, h), window) in enumerate(zip(boxes, windows, strict=True)):
        rows, columns = window
        # Another's pixels count as uncovered; interpolation then rounds the line between both.
        part = cover[window] * (owner[window] == index)
        if not part.size or float(part.max()) <= COVERED:
            rings.append(())
            continue
        size = (part.shape[1] * FINER, part.shape[0] * FINER)
        mask = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR) > COVERED
        origin = np.array([columns.start, rows.start], dtype=np.float64)
        low, high = np.array([x - w / 2, y - h / 2]), np.array([x + w / 2, y + h / 2])
        rings.append(
            tuple(
                np.minimum(np.maximum(ring / FINER + origin, low), high) * STRIDE
                for ring in _rings(mask.view(np.uint8))
            )
        )
    return rings


def nucleus_area(rings: Rings) -> float:
    """Area inside the rings, in their own squared units."""
    return float(sum(cv2.contourArea(ring.astype(np.float32)) for ring in rings))


def _on_map(peaks: Peaks) -> list[list[float]]:
    """Centre and box of each peak in pixels of the map."""
    on_map: list[list[float]] = (
        np.stack([peaks.x, peaks.y, peaks.w, peaks.h], axis=1) / STRIDE
    ).tolist()
    return on_map


def _window(shape: tuple[int, int], x: float, y: float, w: float, h: float) -> tuple[slice, slice]:
    """Rows and columns that a nucleus may reach: its cell's box."""
    reach_x, reach_y = 0.5 * w, 0.5 * h
    left, right = max(0, int(x - reach_x)), min(shape[1], int(x + reach_x) + 1)
    top, bottom = max(0, int(y - reach_y)), min(shape[0], int(y + reach_y) + 1)
    return slice(top, max(top, bottom)), slice(left, max(left, right))


def _rings(mask: UInt8Array) -> list[DoubleArray]:
    """Outer lines of the parts of a mask, largest first, in its pixels; pixel centres at .5."""
    lines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if len(lines) > 1:
        lines = sorted(lines, key=cv2.contourArea, reverse=True)
        least = SMALLEST_PART * cv2.contourArea(lines[0])
        lines = [line for line in lines if cv2.contourArea(line) >= least]
    kept = [line for line in lines if len(line) >= 3]
    straight = [cv2.approxPolyDP(line, STRAIGHTNESS, closed=True) for line in kept]
    # OpenCV goes round against the clock; with y pointing down, outlines here go with it.
    return [line[::-1, 0, :].astype(np.float64) + 0.5 for line in straight if len(line) >= 3]
