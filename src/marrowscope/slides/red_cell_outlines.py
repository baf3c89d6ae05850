"""Free red cells in one small image: which outlines are those of one red cell lying alone.

Nothing is known of the scale. An outline counts when its shape is that of a disc, when a step in
brightness runs all round it with plain background outside, and when the stain inside is that of
haemoglobin, which takes up blue light; the azure dyes of nuclei, platelets and blue cytoplasm let
blue pass.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from marrowscope.geometry import DoubleArray, FloatArray, UInt8Array

# Levels at which outlines are drawn, as optical density below the brightest background. A pale
# red cell starts near 0.05; above 0.85 only nuclei, pigment and ink remain.
OUTLINE_DENSITIES = np.linspace(0.05, 0.85, 17)

# A disc drawn on pixels reaches 0.90; a normal red cell seldom falls below 0.80.
MIN_CIRCULARITY = 0.80
# Two cells that touch or overlap leave a notch, so their outline is not convex.
MIN_SOLIDITY = 0.95
# Short axis over long axis: oval cells have no one diameter.
MIN_AXIS_RATIO = 0.74

# Natural optical density against the background just outside. Below, the edge cannot be told
# from the grain of the plasma; above, it is a nucleus, pigment or ink.
MIN_DENSITY = 0.045
MAX_DENSITY = 0.95
# Blue over green density: 0.36 to 1 in red cells of five microscopes, 0.15 to 0.33 in nuclei.
MIN_BLUE_TO_GREEN = 0.38
# A darker, bluer spot inside means a nucleus, a platelet on top, or a stain deposit.
MAX_SPOT_DENSITY = 1.05

# Share of the circle along which the picture must step down from background to cell.
MIN_EDGE_SHARE = 0.88
# Scatter of the background ring over the height of the step.
MAX_RING_SCATTER = 0.40
# Slope inside and outside the edge over the slope on it: a soft blob has no edge.
MAX_SLOPE_OFF_EDGE = 0.55

# A pale centre fades in; the hole of a letter or of a stain ring is empty and has an edge as
# sharp as the outer one. Shares of the density of the rim, and of the slope on the outer edge.
EMPTY_CENTRE = 0.15
SHARP_INNER_EDGE = 0.80

N_DIRECTIONS = 40
INNER_RADII = np.array([0.15, 0.35, 0.55, 0.70, 0.80])
HOLE_RADII = np.array([0.25, 0.35, 0.45, 0.55, 0.65, 0.72])
RING_RADII = np.array([1.18, 1.28, 1.38])
BLUE, GREEN = 2, 1

Contour = npt.NDArray[np.int32]
"""Points of a closed outline, (n, 1, 2): column and row."""


@dataclass(frozen=True, slots=True)
class RedCellOutlines:
    """Free red cells of one image.

    x_px, y_px: (n,) centres; diameter_px: (n,), of the circle of equal area. All float64, in
    pixels of the image measured.
    """

    x_px: DoubleArray
    y_px: DoubleArray
    diameter_px: DoubleArray


@dataclass(frozen=True, slots=True)
class _Outline:
    x_px: float
    y_px: float
    diameter_px: float
    relative_slope: float


def red_cell_outlines(
    pixels: UInt8Array, min_diameter_px: float, max_diameter_px: float
) -> RedCellOutlines:
    """Free red cells from `min_diameter_px` up to, not including, `max_diameter_px` across.

    pixels: (rows, columns, 3), RGB. Cells cut by the border are left out; n may be 0.
    """
    smooth = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.0), dtype=np.uint8)
    found: list[_Outline] = []
    for channel in (GREEN, BLUE):
        plane = np.ascontiguousarray(smooth[:, :, channel])
        slope = _slope(plane)
        white = float(np.percentile(plane, 97))
        levels = sorted({int(white * np.exp(-density)) for density in OUTLINE_DENSITIES})
        seen: set[tuple[int, ...]] = set()
        for level in levels:
            for contour in _disc_contours(plane, level, min_diameter_px, max_diameter_px):
                # A sharp edge gives the same outline at many levels; once is enough.
                frame = tuple(cv2.boundingRect(contour))
                if frame in seen:
                    continue
                seen.add(frame)
                outline = _examine(contour, smooth, slope, channel)
                if outline is not None:
                    found.append(outline)
    return _one_outline_a_cell(found)


def _slope(plane: UInt8Array) -> FloatArray:
    """Steepness of brightness, levels a pixel, same shape as `plane`."""
    across = cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(cv2.magnitude(across, down) / 8, dtype=np.float32)


def _disc_contours(
    plane: UInt8Array, level: int, min_diameter_px: float, max_diameter_px: float
) -> list[Contour]:
    """Closed outlines of areas darker than `level` whose shape is that of a disc."""
    darker = (plane < level).astype(np.uint8)
    contours, hierarchy = cv2.findContours(darker, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if hierarchy is None:
        return []
    height, width = plane.shape
    kept = []
    for contour, links in zip(contours, hierarchy[0], strict=True):
        if links[3] >= 0 or len(contour) < 2 * min_diameter_px:  # a hole, or too small
            continue
        left, top, w, h = cv2.boundingRect(contour)
        cut = left < 2 or top < 2 or left + w > width - 2 or top + h > height - 2
        if cut or max(w, h) > 1.5 * min(w, h) or max(w, h) > 1.3 * max_diameter_px:
            continue
        points = np.asarray(contour, dtype=np.int32)
        if min_diameter_px <= _diameter(points) < max_diameter_px and _is_disc(points):
            kept.append(points)
    return kept


def _diameter(contour: Contour) -> float:
    """Diameter of the circle of equal area.

    The contour runs through the centres of the outermost pixels; Pick's theorem gives the number
    of pixels inside and on it, which is the area drawn.
    """
    area = cv2.contourArea(contour) + len(contour) / 2 + 1
    return float(2 * np.sqrt(area / np.pi))


def _is_disc(contour: Contour) -> bool:
    area, length = cv2.contourArea(contour), cv2.arcLength(contour, True)
    if 4 * np.pi * area < MIN_CIRCULARITY * length**2:
        return False
    if area < MIN_SOLIDITY * cv2.contourArea(cv2.convexHull(contour)):
        return False
    _, axes, _ = cv2.fitEllipse(contour)
    return bool(min(axes) >= MIN_AXIS_RATIO * max(axes))


def _examine(
    contour: Contour, smooth: UInt8Array, slope: FloatArray, channel: int
) -> _Outline | None:
    """The outline as a red cell; None where edge, surroundings or colour are not a red cell's."""
    picks = np.linspace(0, len(contour), N_DIRECTIONS, endpoint=False).astype(int)
    edge = contour[picks, 0, :].astype(np.float64)
    centre = contour[:, 0, :].mean(axis=0)
    diameter_px = _diameter(contour)
    inside = _along_radii(smooth, centre, edge, INNER_RADII) + 1
    ring = _along_radii(smooth, centre, edge, RING_RADII) + 1
    background = np.median(ring.reshape(-1, 3), axis=0)
    body = np.median(inside[-2:].reshape(-1, 3), axis=0)
    density = np.log(background / body)
    if not _is_haemoglobin(density) or _has_spot(inside, background, density):
        return None
    if not _stands_alone(inside[-1, :, channel], ring[:, :, channel]):
        return None
    # The edge lies between the outermost pixel and its neighbour outside: a diameter is 2 px more.
    either_side = np.array([1.0, 1.0 + 2 / diameter_px])
    edge_slope = float(np.mean(_along_radii(slope, centre, edge, either_side)))
    off_edge = np.median(_along_radii(slope, centre, edge, np.array([0.75, 1.25])))
    if off_edge > MAX_SLOPE_OFF_EDGE * edge_slope:
        return None
    hole_slope = float(np.mean(_along_radii(slope, centre, edge, HOLE_RADII).max(axis=0)))
    middle = np.median(inside[0], axis=0)
    if hole_slope > SHARP_INNER_EDGE * edge_slope and _is_empty(middle, background, density):
        return None
    # Slopes of two channels compare only as a share of the background's brightness.
    relative_slope = edge_slope / float(background[channel])
    return _Outline(float(centre[0]), float(centre[1]), diameter_px, relative_slope)


def _along_radii(
    image: UInt8Array | FloatArray, centre: DoubleArray, edge: DoubleArray, radii: DoubleArray
) -> DoubleArray:
    """Values at `radii` times the way from `centre` to each point of `edge`.

    Returns (radii, edge points) or (radii, edge points, channels). Points beyond the image take
    the value of its border.
    """
    points = centre + radii[:, None, None] * (edge - centre)
    nearest = np.rint(points).astype(np.intp)
    columns = np.minimum(np.maximum(nearest[:, :, 0], 0), image.shape[1] - 1)
    rows = np.minimum(np.maximum(nearest[:, :, 1], 0), image.shape[0] - 1)
    values: DoubleArray = image[rows, columns].astype(np.float64)
    return values


def _is_haemoglobin(density: DoubleArray) -> bool:
    strongest = float(max(density[GREEN], density[BLUE]))
    if not MIN_DENSITY <= strongest <= MAX_DENSITY:
        return False
    return bool(density[BLUE] >= MIN_BLUE_TO_GREEN * density[GREEN] and density[BLUE] > 0)


def _has_spot(inside: DoubleArray, background: DoubleArray, density: DoubleArray) -> bool:
    """True where more than a twentieth of the inside is far darker than its rim and not red."""
    spots = np.log(background / inside).reshape(-1, 3)
    darker = spots[:, GREEN] > max(2.0 * density[GREEN], density[GREEN] + 0.25)
    bluish = spots[:, BLUE] < MIN_BLUE_TO_GREEN * spots[:, GREEN]
    return bool(np.mean((darker & bluish) | (spots[:, GREEN] > MAX_SPOT_DENSITY)) > 0.05)


def _is_empty(middle: DoubleArray, background: DoubleArray, density: DoubleArray) -> bool:
    """True where the centre is as bright as the background, in the channel that shows most."""
    channel = int(np.argmax(density))
    return bool(np.log(background[channel] / middle[channel]) < EMPTY_CENTRE * density[channel])


def _stands_alone(rim: DoubleArray, ring: DoubleArray) -> bool:
    """True where nearly every direction steps from one plain background down to the cell.

    rim: (directions,); ring: (radii, directions).
    """
    background = np.median(ring)
    step = background - np.median(rim)
    if step <= 0:
        return False
    halfway = background - step / 2
    stepped = (ring[0] > halfway) & (rim < halfway)
    scatter = np.percentile(ring, 84) - np.percentile(ring, 16)
    return bool(np.mean(stepped) >= MIN_EDGE_SHARE and scatter / 2 <= MAX_RING_SCATTER * step)


def _one_outline_a_cell(found: list[_Outline]) -> RedCellOutlines:
    """Of the outlines that lie about one centre, the one on the steepest edge."""
    kept: list[_Outline] = []
    for outline in sorted(found, key=lambda o: (-o.relative_slope, o.y_px, o.x_px, o.diameter_px)):
        apart = all(
            np.hypot(outline.x_px - other.x_px, outline.y_px - other.y_px)
            > 0.35 * max(outline.diameter_px, other.diameter_px)
            for other in kept
        )
        if apart:
            kept.append(outline)
    return RedCellOutlines(
        np.array([outline.x_px for outline in kept], dtype=np.float64),
        np.array([outline.y_px for outline in kept], dtype=np.float64),
        np.array([outline.diameter_px for outline in kept], dtype=np.float64),
    )
