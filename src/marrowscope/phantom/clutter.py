"""Sprites of what has no nucleus: red cells, platelets, stain precipitate."""

import cv2
import numpy as np

from marrowscope.geometry import FloatArray
from marrowscope.phantom.nuclei import turned, waves_around
from marrowscope.phantom.sprites import (
    density_of,
    develop,
    grain,
    open_canvas,
    soft_inside,
)

RED_CELL_UM = 7.2
"""Mean diameter of a red cell on a dried smear, the ruler of the scale estimate."""

_RED_RGB = (200.0, 177.0, 180.0)
_PLATELET_RGB = (158.0, 122.0, 176.0)
_PRECIPITATE_RGB = (72.0, 34.0, 96.0)


def draw_red_cell(diameter_um: float, um_per_px: float, random: np.random.Generator) -> FloatArray:
    """A red cell with central pallor: light let through, (side, side, 3)."""
    canvas = open_canvas(1.12 * diameter_um, um_per_px)
    along, across = turned(canvas.x_um, canvas.y_um, random)
    stretch = float(np.sqrt(1 + 0.06 * random.random()))
    along, across = along / stretch, across * stretch
    radius_um = 0.5 * diameter_um * (1 + 0.015 * waves_around(along, across, {3: 1.0}, random))
    rho = np.hypot(along, across) / radius_um
    pallor = (0.45 + 0.35 * random.random()) * np.exp(-((rho / 0.45) ** 2))
    amount = soft_inside((rho - 1) * radius_um) * (1 - pallor + 0.10 * rho**4)
    amount *= 1 + 0.02 * grain(random, canvas, 1.0)
    return develop(amount[..., None] * density_of(_RED_RGB), canvas)


def draw_platelet(um_per_px: float, random: np.random.Generator) -> FloatArray:
    """A platelet, 2 to 3 µm, pale with a granular centre: light let through."""
    diameter_um = 2.0 + random.random()
    canvas = open_canvas(diameter_um * 1.2, um_per_px)
    radius_um = (
        0.5 * diameter_um * (1 + 0.10 * waves_around(canvas.x_um, canvas.y_um, {3: 1.0}, random))
    )
    inside = soft_inside(np.hypot(canvas.x_um, canvas.y_um) - radius_um)
    amount = inside * (1 + 0.35 * np.clip(grain(random, canvas, 0.6), -1.5, 1.5))
    return develop(amount[..., None] * density_of(_PLATELET_RGB), canvas)


def draw_precipitate(um_per_px: float, random: np.random.Generator) -> FloatArray:
    """Loose fine specks of stain over about 9 µm, none larger than 0.7 µm."""
    canvas = open_canvas(12.0, um_per_px)
    dots = np.zeros(canvas.x_um.shape, dtype=np.float32)
    n_dots = 8 + int(14 * random.random())
    spread = random.standard_normal((n_dots, 2)) * 2.2
    middle = (canvas.x_um.shape[0] - 1) / 2
    cells = np.rint(middle + np.clip(spread, -5.5, 5.5) / canvas.step_um).astype(np.int64)
    dots[cells[:, 1], cells[:, 0]] = 1.0
    sigma = 0.22 / canvas.step_um
    dots = np.minimum(cv2.GaussianBlur(dots, (0, 0), sigma) * 2 * np.pi * sigma**2, 1.0)
    return develop(dots[..., None] * density_of(_PRECIPITATE_RGB), canvas)
