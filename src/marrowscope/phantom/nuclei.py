"""Outlines of nuclei as distance fields: discs, arcs and lobes joined by threads."""

from itertools import pairwise
from typing import Final

import numpy as np

from marrowscope.geometry import FloatArray
from marrowscope.phantom.looks import CellLook, NucleusShape

_N_ANGLES: Final = 720

Point = tuple[float, float]


def nucleus_distance_um(
    look: CellLook,
    diameter_um: float,
    x_um: FloatArray,
    y_um: FloatArray,
    random: np.random.Generator,
) -> FloatArray:
    """Distance to the nuclear outline in µm at each sample point; negative inside.

    x_um, y_um: positions from the centre of the cell.
    """
    along, across = turned(x_um, y_um, random)
    along = along - 0.5 * diameter_um * look.offset_fraction
    radius_um = 0.5 * diameter_um * look.nucleus_fraction
    distance = _shape_distance(look.shape, radius_um, along, across, random)
    return distance + _wobble(look.shape, radius_um, along, across, random)


def _shape_distance(
    shape: NucleusShape,
    radius_um: float,
    x_um: FloatArray,
    y_um: FloatArray,
    random: np.random.Generator,
) -> FloatArray:
    match shape:
        case NucleusShape.OVAL:
            return np.asarray(np.hypot(x_um * 1.12, y_um / 1.12) - radius_um)
        case NucleusShape.KIDNEY:
            return _arc(x_um, y_um, 0.62 * radius_um, 0.62 * radius_um, 0.95 * np.pi)
        case NucleusShape.BAND:
            bend = (1.15 + 0.3 * random.random()) * np.pi
            return _arc(x_um, y_um, 0.98 * radius_um, 0.40 * radius_um, bend)
        case NucleusShape.TWO_LOBES:
            return _lobes(x_um, y_um, 2, 0.80 * radius_um, 0.62 * radius_um, random)
        case NucleusShape.LOBES:
            n_lobes = 3 + int(random.random() < 0.4)
            return _lobes(x_um, y_um, n_lobes, 0.92 * radius_um, 0.56 * radius_um, random)
        case NucleusShape.ROUND | NucleusShape.SMUDGED:
            return np.asarray(np.hypot(x_um, y_um) - radius_um)


def _wobble(
    shape: NucleusShape,
    radius_um: float,
    x_um: FloatArray,
    y_um: FloatArray,
    random: np.random.Generator,
) -> FloatArray:
    size = 0.13 if shape is NucleusShape.SMUDGED else 0.03
    heights = {2: 0.71, 3: 0.58, 4: 0.5, 6: 0.41}
    return size * radius_um * waves_around(x_um, y_um, heights, random)


def turned(
    x_um: FloatArray, y_um: FloatArray, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """The same positions in axes turned by a random angle."""
    turn = 2 * np.pi * random.random()
    cosine, sine = float(np.cos(turn)), float(np.sin(turn))
    return x_um * cosine + y_um * sine, y_um * cosine - x_um * sine


def waves_around(
    x_um: FloatArray, y_um: FloatArray, heights: dict[int, float], random: np.random.Generator
) -> FloatArray:
    """Sum of waves around the centre; `heights` maps waves a turn to their height."""
    turn = np.arange(_N_ANGLES + 1) * (2 * np.pi / _N_ANGLES)
    table = np.zeros(turn.size, dtype=np.float32)
    for n_waves, height in heights.items():
        table += np.float32(height) * np.sin(n_waves * turn + 2 * np.pi * random.random())
    place = (np.arctan2(y_um, x_um) + np.float32(np.pi)) * np.float32(_N_ANGLES / (2 * np.pi))
    return np.asarray(table[place.astype(np.int64)])


def _arc(
    x_um: FloatArray, y_um: FloatArray, bend_um: float, half_width_um: float, sweep: float
) -> FloatArray:
    """A thick arc of `sweep` radians on a circle of radius `bend_um`, open towards +x."""
    angle = np.clip(np.arctan2(y_um, -x_um), -sweep / 2, sweep / 2)
    near_x, near_y = -bend_um * np.cos(angle), bend_um * np.sin(angle)
    return np.asarray(np.hypot(x_um - near_x, y_um - near_y) - half_width_um)


def _lobes(
    x_um: FloatArray,
    y_um: FloatArray,
    n_lobes: int,
    bend_um: float,
    lobe_um: float,
    random: np.random.Generator,
) -> FloatArray:
    """Round lobes on an arc, neighbours joined by a strand."""
    step = (1.25 if n_lobes == 2 else 0.52) * np.pi * (0.92 + 0.16 * random.random())
    sizes = lobe_um * (0.85 + 0.3 * random.random(n_lobes))
    angles = np.pi + (np.arange(n_lobes) - (n_lobes - 1) / 2) * step
    centres = [(bend_um * float(np.cos(a)), bend_um * float(np.sin(a))) for a in angles]
    distance = np.full(x_um.shape, np.inf)
    for (centre_x, centre_y), size in zip(centres, sizes, strict=True):
        distance = np.minimum(distance, np.hypot(x_um - centre_x, y_um - centre_y) - size)
    for start, end in pairwise(centres):
        distance = np.minimum(distance, _strand(x_um, y_um, start, end) - 0.32 * lobe_um)
    return distance


def _strand(x_um: FloatArray, y_um: FloatArray, start: Point, end: Point) -> FloatArray:
    """Distance to the straight line between two points."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    share = ((x_um - start[0]) * dx + (y_um - start[1]) * dy) / (dx * dx + dy * dy)
    share = np.clip(share, 0.0, 1.0)
    return np.asarray(np.hypot(x_um - start[0] - share * dx, y_um - start[1] - share * dy))
