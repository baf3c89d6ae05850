"""Small pictures of single cells, as the light they let through, drawn from their looks."""

from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.geometry import FloatArray
from marrowscope.phantom.looks import BODY_RGB, CellLook, Rgb
from marrowscope.phantom.nuclei import nucleus_distance_um, turned, waves_around

_FINEST_UM = 0.14
_EDGE_SOFTNESS_UM = 0.35
_LENS_BLUR_UM = 0.22


@dataclass(frozen=True, slots=True)
class Canvas:
    """A square grid of sample points around a cell, finer than the picture.

    x_um, y_um: (side, side) positions from the centre. step_um: spacing. reduce: samples a pixel.
    """

    x_um: FloatArray
    y_um: FloatArray
    step_um: float
    reduce: int


def open_canvas(diameter_um: float, um_per_px: float) -> Canvas:
    """A canvas that holds an object of this diameter with a rim of about 1 µm."""
    reduce = max(1, round(um_per_px / _FINEST_UM))
    side_px = int(np.ceil((diameter_um + 2.0) / um_per_px))
    step_um = um_per_px / reduce
    line = (np.arange(side_px * reduce) - (side_px * reduce - 1) / 2) * step_um
    x_um, y_um = np.meshgrid(line.astype(np.float32), line.astype(np.float32))
    return Canvas(x_um, y_um, step_um, reduce)


def develop(density: FloatArray, canvas: Canvas) -> FloatArray:
    """Light let through, (rows, columns, 3), 0 to 1, at the picture's scale.

    density: (side, side, 3) optical density at the canvas's sample points.
    """
    light = np.exp(-np.maximum(density, 0.0))
    light = cv2.GaussianBlur(light, (0, 0), _LENS_BLUR_UM / canvas.step_um)
    side_px = light.shape[0] // canvas.reduce
    return np.asarray(
        cv2.resize(light, (side_px, side_px), interpolation=cv2.INTER_AREA), dtype=np.float32
    )


def density_of(rgb: Rgb) -> FloatArray:
    """Optical density, (3,), that turns the film between the cells into this colour."""
    return -np.log(np.asarray(rgb, dtype=np.float32) / np.asarray(BODY_RGB, dtype=np.float32))


def soft_inside(distance_um: FloatArray) -> FloatArray:
    """1 inside, 0 outside, with an edge about a third of a micrometre wide."""
    return np.asarray(np.clip(0.5 - distance_um / _EDGE_SOFTNESS_UM, 0.0, 1.0))


def grain(random: np.random.Generator, canvas: Canvas, size_um: float) -> FloatArray:
    """Smooth noise of mean 0 and standard deviation 1 with features of about `size_um`."""
    white = random.standard_normal(canvas.x_um.shape, dtype=np.float32)
    sigma = max(0.5, 0.5 * size_um / canvas.step_um)
    smooth = np.asarray(cv2.GaussianBlur(white, (0, 0), sigma), dtype=np.float32)
    return np.asarray((smooth - smooth.mean()) / smooth.std())


def draw_cell(
    look: CellLook, diameter_um: float, um_per_px: float, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """One cell: its light, (side, side, 3), and how far inside the outline each pixel lies in µm.

    The second array, (side, side), is positive within the cell.
    """
    canvas = open_canvas(1.25 * diameter_um * look.elongation, um_per_px)
    outline_um = _outline_distance_um(look, diameter_um, canvas, random)
    nucleus_um = nucleus_distance_um(look, diameter_um, canvas.x_um, canvas.y_um, random)
    nucleus_um = np.maximum(nucleus_um, outline_um + 0.25)
    nucleus = soft_inside(nucleus_um)[..., None]
    density = (1 - nucleus) * _cytoplasm(look, outline_um, nucleus_um, canvas, random)
    density += nucleus * _chromatin(look, diameter_um, nucleus_um, canvas, random)
    if look.granules is not None:
        specks = _specks(look, outline_um, canvas, random)
        if not look.granules.over_nucleus:
            specks = specks * (1 - nucleus)
        density = density + specks * np.maximum(density_of(look.granules.rgb) - density, 0.0)
    inside_um = cv2.resize(
        -outline_um, (outline_um.shape[1] // canvas.reduce,) * 2, interpolation=cv2.INTER_AREA
    )
    return develop(density, canvas), np.asarray(inside_um, dtype=np.float32)


def _outline_distance_um(
    look: CellLook, diameter_um: float, canvas: Canvas, random: np.random.Generator
) -> FloatArray:
    along, across = turned(canvas.x_um, canvas.y_um, random)
    stretch = float(np.sqrt(look.elongation))
    along, across = along / stretch, across * stretch
    wobble = waves_around(along, across, {2: 0.5, 3: 0.33, 5: 0.2, 7: 0.14}, random)
    radius_um = 0.5 * diameter_um * (1 + 1.4 * look.ruffle * wobble)
    return np.asarray(np.hypot(along, across) - radius_um)


def _cytoplasm(
    look: CellLook,
    outline_um: FloatArray,
    nucleus_um: FloatArray,
    canvas: Canvas,
    random: np.random.Generator,
) -> FloatArray:
    amount = soft_inside(outline_um) * (1 + 0.10 * grain(random, canvas, 1.2))
    amount *= 1 + 0.25 * np.exp(-((outline_um + 0.5) ** 2) / 0.5)  # the rim stains a little more
    if look.hof:
        amount *= 1 - 0.55 * np.exp(-((nucleus_um - 1.0) ** 2) / 1.6)
    for _ in range(look.n_vacuoles):
        spot_x, spot_y, spot_um = _three(random, 8.0, 8.0, 0.5)
        spot_um += 0.75
        hole = soft_inside(np.hypot(canvas.x_um - spot_x, canvas.y_um - spot_y) - spot_um)
        amount *= 1 - 0.8 * hole
    return np.asarray(amount[..., None] * density_of(look.cytoplasm_rgb))


def _chromatin(
    look: CellLook,
    diameter_um: float,
    nucleus_um: FloatArray,
    canvas: Canvas,
    random: np.random.Generator,
) -> FloatArray:
    amount = 1 + look.chromatin_contrast * np.clip(grain(random, canvas, look.chromatin_um), -2, 2)
    amount += 0.10 * np.exp(-((nucleus_um + 0.5) ** 2) / 0.3)  # nuclear membrane
    reach_um = 0.25 * look.nucleus_fraction * diameter_um
    for _ in range(look.n_nucleoli):
        spot_x, spot_y, _ = _three(random, 2 * reach_um, 2 * reach_um, 0.0)
        spot = np.exp(-((canvas.x_um - spot_x) ** 2 + (canvas.y_um - spot_y) ** 2) / 1.2)
        amount -= 0.28 * spot
    return np.asarray(amount[..., None] * density_of(look.nucleus_rgb))


def _three(
    random: np.random.Generator, first: float, second: float, third: float
) -> tuple[float, float, float]:
    """Three uniform numbers around 0 that span the given ranges."""
    return tuple(span * (random.random() - 0.5) for span in (first, second, third))  # type: ignore[return-value]


def _specks(
    look: CellLook, outline_um: FloatArray, canvas: Canvas, random: np.random.Generator
) -> FloatArray:
    """Cover of the granules, (side, side, 1), 0 to 1, inside the cell only."""
    granules = look.granules
    if granules is None:
        return np.zeros((*outline_um.shape, 1), dtype=np.float32)
    inside = outline_um < -0.3
    wanted = int(granules.per_um2 * inside.sum() * canvas.step_um**2)
    rows, columns = np.nonzero(inside)
    chosen = (random.random(wanted) * rows.size).astype(np.int64)
    dots = np.zeros(outline_um.shape, dtype=np.float32)
    dots[rows[chosen], columns[chosen]] = 1.0
    sigma = 0.42 * granules.diameter_um / canvas.step_um
    dots = cv2.GaussianBlur(dots, (0, 0), sigma) * (2 * np.pi * sigma**2)
    return np.asarray(np.clip(dots, 0.0, 1.0)[..., None])
