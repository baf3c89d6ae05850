"""Training pictures of the detector: tiles with known cells, and canvases made of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.evaluation.detector_scores import true_cells
from marrowscope.evaluation.image_sets import BoxedField, ImageSets, LabelledCrop
from marrowscope.geometry import BoolArray, DoubleArray, UInt8Array
from marrowscope.training.stain_jitter import jitter_optics, jitter_stain

TILE_UM_PER_PX = 0.25
INPUT_UM_PER_PX = 0.5
CANVAS_PX = 128
STRIDE = 2
UNKNOWN_SIZE = 0.0
"""Width and height of a cell whose centre is known and whose size is not."""
NOT_A_CELL = frozenset({"ART", "PLATELET"})
"""Crop labels that teach the detector nothing: what an artefact shows may be a smudged cell."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture at 0.25 µm/px with its cells.

    pixels: (rows, columns, 3), RGB. unsure: (rows, columns), True where a cell may lie that
    nobody labelled, so that nothing is learnt there. cells: (n, 4) centre x, y, width, height.
    """

    pixels: UInt8Array
    unsure: BoolArray
    cells: DoubleArray
    source: str


def nuclear_mask(pixels: UInt8Array) -> BoolArray:
    """Where dark purple lies: darker in green than the bright background, and bluer than green.

    Generous on purpose: it marks what must not be taught as empty, and decides nothing else.
    """
    background = np.percentile(pixels.reshape(-1, 3), 92, axis=0).astype(np.float32)
    relative = pixels.astype(np.float32) / np.maximum(background, 1.0)
    red, green, blue = relative[..., 0], relative[..., 1], relative[..., 2]
    dark = ((green < 0.62) & (green < blue - 0.04) & (red < 0.9)).astype(np.uint8)
    opened = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return cv2.dilate(opened, np.ones((7, 7), np.uint8)) > 0


def _rescaled(pixels: UInt8Array, um_per_px: float) -> tuple[UInt8Array, float]:
    factor = um_per_px / TILE_UM_PER_PX
    size = (max(8, round(pixels.shape[1] * factor)), max(8, round(pixels.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=how)), factor


def _clear_around(unsure: BoolArray, cells: DoubleArray) -> None:
    rows, columns = np.mgrid[: unsure.shape[0], : unsure.shape[1]]
    for x, y, w, h in cells:
        half_w, half_h = (w / 2, h / 2) if w else (5.5 / TILE_UM_PER_PX,) * 2
        inside = ((columns - x) / half_w) ** 2 + ((rows - y) / half_h) ** 2 <= 1.0
        unsure[inside] = False


def field_tile(field: BoxedField, pixels: UInt8Array) -> Tile:
    """A field with its boxed nucleated cells; in marrow, where only plasma cells are boxed,
    every other nucleus is unsure.
    """
    small, factor = _rescaled(pixels, field.um_per_px)
    cells = true_cells(field.boxes) * factor
    unsure = np.zeros(small.shape[:2], dtype=bool)
    if field.image_set.startswith("segpc"):
        unsure = nuclear_mask(small)
        _clear_around(unsure, cells)
    return Tile(small, unsure, cells, field.image_set)


def crop_tile(crop: LabelledCrop, pixels: UInt8Array) -> Tile:
    """A single-cell crop: one cell of unknown size in the middle, neighbours unsure."""
    small, _ = _rescaled(pixels, crop.um_per_px)
    middle = np.array([[small.shape[1] / 2, small.shape[0] / 2, UNKNOWN_SIZE, UNKNOWN_SIZE]])
    unsure = nuclear_mask(small)
    _clear_around(unsure, middle)
    return Tile(small, unsure, middle, crop.image_set)


def load_tiles(sets: ImageSets, split: str) -> dict[str, list[Tile]]:
    """Every tile of a split by kind: `blood`, `marrow` (fields), `crops` (marrow cells).

    The full-size fields are never read: their shots are test shots.
    """
    tiles: dict[str, list[Tile]] = {"blood": [], "marrow": [], "crops": []}
    for field in sets.fields:
        if field.split != split or field.image_set.endswith("fullsize"):
            continue
        kind = "marrow" if field.image_set.startswith("segpc") else "blood"
        tiles[kind].append(field_tile(field, sets.field_pixels(field)))
    for crop in sets.crops:
        wanted = crop.image_set == "mll-marrow" and crop.label not in NOT_A_CELL
        if wanted and crop.split == split:
            tiles["crops"].append(crop_tile(crop, sets.crop_pixels(crop)))
    return tiles


def _cut(
    tile: Tile, side_px: int, random: np.random.Generator
) -> tuple[UInt8Array, BoolArray, DoubleArray]:
    """A square of `side_px` input pixels from a tile, at a random scale, place and orientation."""
    factor = TILE_UM_PER_PX / INPUT_UM_PER_PX * float(np.exp(random.uniform(-0.25, 0.25)))
    short = min(tile.pixels.shape[:2])
    factor = max(factor, side_px / short)
    take = min(short, round(side_px / factor))
    left = int(random.integers(0, tile.pixels.shape[1] - take + 1))
    top = int(random.integers(0, tile.pixels.shape[0] - take + 1))
    if len(tile.cells) and random.random() < 0.7:
        x, y = tile.cells[random.integers(len(tile.cells)), :2]
        left = int(np.clip(x - take * random.uniform(0.2, 0.8), 0, tile.pixels.shape[1] - take))
        top = int(np.clip(y - take * random.uniform(0.2, 0.8), 0, tile.pixels.shape[0] - take))
    pixels = cv2.resize(
        tile.pixels[top : top + take, left : left + take],
        (side_px, side_px),
        interpolation=cv2.INTER_AREA,
    )
    unsure = cv2.resize(
        tile.unsure[top : top + take, left : left + take].astype(np.uint8),
        (side_px, side_px),
        interpolation=cv2.INTER_NEAREST,
    )
    scale = side_px / take
    cells = (tile.cells - np.array([left, top, 0, 0])) * scale
    for _ in range(int(random.integers(4))):
        pixels, unsure = np.rot90(pixels), np.rot90(unsure)
        cells = np.stack([cells[:, 1], side_px - cells[:, 0], cells[:, 3], cells[:, 2]], axis=1)
    if random.random() < 0.5:
        pixels, unsure = pixels[:, ::-1], unsure[:, ::-1]
        cells = np.stack([side_px - cells[:, 0], *cells[:, 1:].T], axis=1)
    return np.ascontiguousarray(pixels), np.ascontiguousarray(unsure).astype(bool), cells


@dataclass(frozen=True, slots=True)
class Canvas:
    """One training example: pixels (128, 128, 3); cells (n, 4) in pixels; unsure (128, 128)."""

    pixels: UInt8Array
    unsure: BoolArray
    cells: DoubleArray


def make_canvas(tiles: dict[str, list[Tile]], random: np.random.Generator) -> Canvas:
    """A canvas of one marrow field, four blood or mixed tiles, or nine marrow crops."""
    kind = random.choice(["marrow", "blood", "crops"], p=[0.45, 0.35, 0.2])
    grid = {"marrow": 1, "blood": 2, "crops": 3}[kind]
    edges = np.linspace(0, CANVAS_PX, grid + 1).round().astype(int)
    side = int(np.diff(edges).max())
    pixels = np.zeros((CANVAS_PX, CANVAS_PX, 3), dtype=np.uint8)
    unsure = np.zeros((CANVAS_PX, CANVAS_PX), dtype=bool)
    cells: list[DoubleArray] = []
    for row in range(grid):
        for column in range(grid):
            pool = tiles[kind]
            part, doubt, found = _cut(pool[random.integers(len(pool))], side, random)
            part = jitter_stain(part, random, 1.0)
            top, left = edges[row], edges[column]
            height, width = edges[row + 1] - top, edges[column + 1] - left
            pixels[top : top + height, left : left + width] = part[:height, :width]
            unsure[top : top + height, left : left + width] = doubt[:height, :width]
            inside = (
                (found[:, 0] > 0)
                & (found[:, 0] < width)
                & (found[:, 1] > 0)
                & (found[:, 1] < height)
            )
            cells.append(found[inside] + np.array([left, top, 0, 0]))
    return Canvas(jitter_optics(pixels, random), unsure, np.concatenate(cells))


def targets(canvases: Sequence[Canvas]) -> tuple[UInt8Array, DoubleArray]:
    """Batch for the network: pixels (n, 128, 128, 3) and maps (n, 7, 64, 64).

    Maps: centre heat, log width, log height, offset x, offset y, weight of the heat loss,
    and of the size loss (0 where the size is unknown).
    """
    side = CANVAS_PX // STRIDE
    maps = np.zeros((len(canvases), 7, side, side))
    maps[:, 5] = 1.0
    rows, columns = np.mgrid[:side, :side]
    for out, canvas in zip(maps, canvases, strict=True):
        out[5][canvas.unsure.reshape(side, STRIDE, side, STRIDE).any(axis=(1, 3))] = 0.0
        for x, y, w, h in canvas.cells / STRIDE:
            column, row = min(int(x), side - 1), min(int(y), side - 1)
            sigma = max(1.0, 0.11 * (w + h) / 2) if w else 1.3
            heat = np.exp(-((columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2) / (2 * sigma**2))
            heat[row, column] = 1.0
            out[0] = np.maximum(out[0], heat)
            out[5, row, column] = 1.0
            out[3:5, row, column] = x - column, y - row
            out[6, row, column] = 0.5
            if w:
                out[1:3, row, column] = np.log(w), np.log(h)
                out[6, row, column] = 1.0
    return np.stack([canvas.pixels for canvas in canvases]), maps
