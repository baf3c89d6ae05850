"""Nuclei of known cells, marked by their colour, to teach the detector's outline.

Nobody drew these outlines. Within a cell's box the darkest of three shades (background, cytoplasm
and red cells, chromatin) is the nucleus; a network that sees thousands of them learns what they
have in common and not where a single one is wrong.
"""

import cv2
import numpy as np

from marrowscope.geometry import DoubleArray, FloatArray, UInt8Array

UNSEEN_SIZE_PX = 56.0
"""Side of the square searched where a cell's size is unknown: 14 µm at 0.25 µm/px."""
PALEST_CHROMATIN = 0.25
"""Purple density below which nothing is chromatin."""
SMALLEST_PART = 0.12
"""Parts of a nucleus smaller than this share of its largest are left out."""
LARGEST_HOLE_PX = 80
N_BINS = 64


def purple_density(pixels: UInt8Array) -> FloatArray:
    """Optical density to green light, less some of that to red: high in chromatin, lower in blue
    cytoplasm and in red cells. pixels: (rows, columns, 3), RGB; result: (rows, columns).
    """
    background = np.percentile(pixels.reshape(-1, 3), 92, axis=0).astype(np.float32)
    smooth = cv2.GaussianBlur(pixels, (0, 0), 1.6).astype(np.float32)
    density = -np.log(np.clip(np.maximum(smooth, 8.0) / np.maximum(background, 8.0), 0.03, 1.2))
    return np.asarray(1.4 * density[..., 1] - 0.4 * density[..., 0], dtype=np.float32)


def _darkest_of_three(values: FloatArray) -> float:
    """The upper of the two thresholds that part the values into three shades (Otsu)."""
    low, high = np.percentile(values, [1, 99])
    if high - low < 1e-3:
        return float(high)
    counts, edges = np.histogram(np.clip(values, low, high), N_BINS, (low, high))
    share = np.concatenate([[0.0], np.cumsum(counts / counts.sum())])
    middle = (edges[:-1] + edges[1:]) / 2
    moment = np.concatenate([[0.0], np.cumsum(counts / counts.sum() * middle)])
    first, second = np.triu_indices(N_BINS, 1)
    first, second = first[first > 0], second[first > 0]

    def spread(start: np.ndarray | int, end: np.ndarray | int) -> np.ndarray:
        weight = share[end] - share[start]
        return (moment[end] - moment[start]) ** 2 / np.maximum(weight, 1e-9)

    between = spread(0, first) + spread(first, second) + spread(second, N_BINS)
    return float(edges[second[np.argmax(between)]])


def nucleus_mask(pixels: UInt8Array, cells: DoubleArray) -> UInt8Array:
    """1 where a nucleus of one of the cells lies, else 0; (rows, columns).

    pixels: (rows, columns, 3), RGB at 0.25 µm/px. cells: (n, 4) centre x, y, width, height.
    """
    density = purple_density(pixels)
    height, width = density.shape
    mask = np.zeros((height, width), dtype=np.uint8)
    for x, y, w, h in cells:
        cell_w, cell_h = (w, h) if w else (UNSEEN_SIZE_PX, UNSEEN_SIZE_PX)
        left, right = max(0, int(x - 0.8 * cell_w)), min(width, int(x + 0.8 * cell_w) + 1)
        top, bottom = max(0, int(y - 0.8 * cell_h)), min(height, int(y + 0.8 * cell_h) + 1)
        rows, columns = np.mgrid[top:bottom, left:right]
        inside = ((columns - x) / (0.525 * cell_w)) ** 2 + (
            (rows - y) / (0.525 * cell_h)
        ) ** 2 <= 1.0
        if inside.sum() < 16:
            continue
        around = density[top:bottom, left:right]
        # Chromatin is coarse: above this it is all one shade.
        cap = 0.84 * float(np.percentile(around[inside], 86))
        limit = max(PALEST_CHROMATIN, _darkest_of_three(np.minimum(around, cap)))
        mask[top:bottom, left:right] |= _tidied(((around > limit) & inside).astype(np.uint8))
    return mask


def _tidied(part: UInt8Array) -> UInt8Array:
    """Without specks, and with small holes filled."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    opened = cv2.morphologyEx(part, cv2.MORPH_OPEN, disc)
    n, labels, facts, _ = cv2.connectedComponentsWithStats(opened)
    areas = facts[1:, cv2.CC_STAT_AREA]
    if n < 2:
        return np.asarray(opened, dtype=np.uint8)
    kept = np.isin(labels, 1 + np.flatnonzero(areas >= SMALLEST_PART * areas.max()))
    n, labels, facts, _ = cv2.connectedComponentsWithStats((~kept).astype(np.uint8))
    holes = np.flatnonzero(facts[1:, cv2.CC_STAT_AREA] < LARGEST_HOLE_PX) + 1
    return np.asarray(kept | np.isin(labels, holes), dtype=np.uint8)
