"""Training examples of the detector: canvases put together from tiles, and their targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.geometry import BoolArray, DoubleArray, IntArray, UInt8Array
from marrowscope.training.detector_tiles import (
    DEBRIS,
    TILE_UM_PER_PX,
    UNKNOWN_KIND,
    Source,
    Tile,
    within,
)
from marrowscope.training.stain_jitter import jitter_optics, jitter_stain

INPUT_UM_PER_PX = 0.5
CANVAS_PX = 128
STRIDE = 2
WHITE = 255
"""What lies beyond the edge of a picture."""
SHARE = {Source.BOXED: 0.4, Source.PARTLY: 0.2, Source.BLOOD: 0.22, Source.CROPS: 0.18}
"""How often a canvas is made of each source; sources without tiles are left out."""
PARTS = {Source.BOXED: 1, Source.PARTLY: 1, Source.BLOOD: 2, Source.CROPS: 3}
"""Tiles along each side of a canvas."""
SEEN_ENOUGH = 0.3
"""A cell cut by the edge of a canvas is one to be found if this share of its nucleus shows."""
SEEN_TOO_LITTLE = 0.04
"""Below this share nothing of it is left to find; in between nothing is learnt there."""
N_MAPS = 10


@dataclass(frozen=True, slots=True)
class Canvas:
    """One training example at 0.5 µm/px.

    pixels: (128, 128, 3); unsure: (128, 128); nucleus: (128, 128), 0 to 255, the
    covered share of each pixel; cells: (n, 4) in pixels; kinds: (n,).
    """

    pixels: UInt8Array
    unsure: BoolArray
    nucleus: UInt8Array
    cells: DoubleArray
    kinds: IntArray


def _place(tile: Tile, side_px: int, random: np.random.Generator) -> tuple[int, int, int]:
    """Left, top and side, in tile pixels, of a square that becomes `side_px` input pixels.

    At a random scale; mostly with a cell in it; now and then beyond the edge of a field.
    """
    height, width = tile.pixels.shape[:2]
    factor = TILE_UM_PER_PX / INPUT_UM_PER_PX * float(np.exp(random.uniform(-0.25, 0.25)))
    is_field = tile.source is not Source.CROPS
    if not is_field:
        factor = max(factor, side_px / min(height, width))
    take = round(side_px / factor)
    slack = take // 3 if is_field and random.random() < 0.4 else 0
    low = (min(0, width - take) - slack, min(0, height - take) - slack)
    high = (max(0, width - take) + slack, max(0, height - take) + slack)
    if len(tile.cells) and random.random() < 0.7:
        x, y = tile.cells[random.integers(len(tile.cells)), :2]
        left = int(np.clip(x - take * random.uniform(0.2, 0.8), low[0], high[0]))
        top = int(np.clip(y - take * random.uniform(0.2, 0.8), low[1], high[1]))
    else:
        left = int(random.integers(low[0], high[0] + 1))
        top = int(random.integers(low[1], high[1] + 1))
    return left, top, take


def _window(plane: UInt8Array, left: int, top: int, take: int, beyond: int) -> UInt8Array:
    """The square of the plane, `beyond` where the plane ends."""
    height, width = plane.shape[:2]
    out = np.full((take, take, *plane.shape[2:]), beyond, dtype=np.uint8)
    x0, x1 = max(0, left), min(width, left + take)
    y0, y1 = max(0, top), min(height, top + take)
    out[y0 - top : y1 - top, x0 - left : x1 - left] = plane[y0:y1, x0:x1]
    return out


def _seen(tile: Tile, left: int, top: int, take: int) -> tuple[DoubleArray, DoubleArray]:
    """Boxes of the tile's cells clipped to the square, in tile pixels of the square, and the share
    of each nucleus that lies in it; (n, 4) and (n,).
    """
    height, width = tile.pixels.shape[:2]
    clipped = np.zeros((len(tile.cells), 4))
    share = np.zeros(len(tile.cells))
    for index, (x, y, w, h) in enumerate(tile.cells):
        if not w:
            inside = left < x < left + take and top < y < top + take
            clipped[index] = x - left, y - top, w, h
            share[index] = 1.0 if inside else 0.0
            continue
        whole = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        part = (
            max(whole[0], left),
            max(whole[1], top),
            min(whole[2], left + take),
            min(whole[3], top + take),
        )
        if part[2] <= part[0] or part[3] <= part[1]:
            continue
        clipped[index] = (
            (part[0] + part[2]) / 2 - left,
            (part[1] + part[3]) / 2 - top,
            part[2] - part[0],
            part[3] - part[1],
        )
        if part == whole:
            share[index] = 1.0
            continue
        all_of_it = _sum(tile.nucleus, whole, width, height)
        shown = _sum(tile.nucleus, part, width, height)
        area = (part[2] - part[0]) * (part[3] - part[1]) / (w * h)
        share[index] = shown / all_of_it if all_of_it else area
    return clipped, share


def _sum(plane: UInt8Array, box: tuple[float, float, float, float], width: int, height: int) -> int:
    left, top, right, bottom = (round(float(value)) for value in box)
    part = plane[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    return int(part.sum())


def _cut(tile: Tile, side_px: int, random: np.random.Generator) -> Canvas:
    """A square of `side_px` input pixels from a tile, at a random scale, place and orientation."""
    left, top, take = _place(tile, side_px, random)

    def shrunk(plane: UInt8Array, beyond: int, how: int) -> UInt8Array:
        window = _window(plane, left, top, take, beyond)
        return np.asarray(cv2.resize(window, (side_px, side_px), interpolation=how), np.uint8)

    boxes, share = _seen(tile, left, top, take)
    boxes = boxes * (side_px / take)
    keep = share >= SEEN_ENOUGH
    doubtful = within((side_px, side_px), boxes[(share > SEEN_TOO_LITTLE) & ~keep], INPUT_UM_PER_PX)
    planes = (
        shrunk(tile.pixels, WHITE, cv2.INTER_AREA),
        shrunk(tile.unsure.astype(np.uint8), 0, cv2.INTER_NEAREST) | doubtful.astype(np.uint8),
        shrunk(tile.nucleus * np.uint8(255), 0, cv2.INTER_AREA),
    )
    n_turns, is_mirrored = int(random.integers(4)), random.random() < 0.5
    pixels, unsure, nucleus = (_turned(plane, n_turns, is_mirrored) for plane in planes)
    cells = _turned_cells(boxes[keep], side_px, n_turns, is_mirrored)
    return Canvas(pixels, unsure > 0, nucleus, cells, tile.kinds[keep])


def _turned(plane: UInt8Array, n_turns: int, is_mirrored: bool) -> UInt8Array:
    turned = np.rot90(plane, n_turns)
    return np.ascontiguousarray(turned[:, ::-1] if is_mirrored else turned)


def _turned_cells(cells: DoubleArray, side_px: int, n_turns: int, is_mirrored: bool) -> DoubleArray:
    for _ in range(n_turns):
        cells = np.stack([cells[:, 1], side_px - cells[:, 0], cells[:, 3], cells[:, 2]], axis=1)
    if is_mirrored:
        cells = np.stack([side_px - cells[:, 0], *cells[:, 1:].T], axis=1)
    return cells


def make_canvas(tiles: Mapping[Source, Sequence[Tile]], random: np.random.Generator) -> Canvas:
    """A canvas of one marrow field, four blood or mixed tiles, or nine marrow crops."""
    sources = [source for source in Source if tiles[source]]
    weights = np.array([SHARE[source] for source in sources])
    source = sources[int(random.choice(len(sources), p=weights / weights.sum()))]
    grid = PARTS[source]
    edges = np.linspace(0, CANVAS_PX, grid + 1).round().astype(int)
    side = int(np.diff(edges).max())
    pixels = np.zeros((CANVAS_PX, CANVAS_PX, 3), dtype=np.uint8)
    unsure = np.zeros((CANVAS_PX, CANVAS_PX), dtype=bool)
    nucleus = np.zeros((CANVAS_PX, CANVAS_PX), dtype=np.uint8)
    cells: list[DoubleArray] = []
    kinds: list[IntArray] = []
    for row in range(grid):
        for column in range(grid):
            pool = tiles[source]
            part = _cut(pool[int(random.integers(len(pool)))], side, random)
            top, left = edges[row], edges[column]
            height, width = edges[row + 1] - top, edges[column + 1] - left
            place = slice(top, top + height), slice(left, left + width)
            pixels[place] = jitter_stain(part.pixels, random, 1.0)[:height, :width]
            unsure[place] = part.unsure[:height, :width]
            nucleus[place] = part.nucleus[:height, :width]
            inside = np.all((part.cells[:, :2] > 0) & (part.cells[:, :2] < [width, height]), axis=1)
            cells.append(part.cells[inside] + np.array([left, top, 0, 0]))
            kinds.append(part.kinds[inside])
    return Canvas(
        jitter_optics(pixels, random), unsure, nucleus, np.concatenate(cells), np.concatenate(kinds)
    )


def targets(canvases: Sequence[Canvas]) -> tuple[UInt8Array, DoubleArray]:
    """Batch for the network: pixels (n, 128, 128, 3) and maps (n, 10, 64, 64).

    Maps: 0 centre heat, 1-2 log width and height, 3-4 offset x and y, 5 weight of the heat's loss,
    6 of the size's (1 known, 0.5 centre known, 0 no centre), 7 share covered by a nucleus, 8 weight
    of that, 9 kind of the object centred here, or -1.
    """
    side = CANVAS_PX // STRIDE
    maps = np.zeros((len(canvases), N_MAPS, side, side))
    for out, canvas in zip(maps, canvases, strict=True):
        unsure = canvas.unsure.reshape(side, STRIDE, side, STRIDE).any(axis=(1, 3))
        out[5] = np.where(unsure, 0.0, 1.0)
        out[7] = canvas.nucleus.reshape(side, STRIDE, side, STRIDE).mean(axis=(1, 3)) / 255.0
        out[8] = out[5]
        out[9] = UNKNOWN_KIND
        for (x, y, w, h), kind in zip(canvas.cells / STRIDE, canvas.kinds, strict=True):
            _mark(out, x, y, w, h, int(kind))
    return np.stack([canvas.pixels for canvas in canvases]), maps


def _mark(out: DoubleArray, x: float, y: float, w: float, h: float, kind: int) -> None:
    """Writes one object into the maps (10, rows, columns) of its canvas."""
    side = out.shape[1]
    column, row = min(int(x), side - 1), min(int(y), side - 1)
    near = (
        slice(max(0, row - 1), min(side, row + 2)),
        slice(max(0, column - 1), min(side, column + 2)),
    )
    out[(9, *near)] = kind
    if kind == DEBRIS:
        return
    sigma = max(1.0, 0.11 * (w + h) / 2) if w else 1.3
    reach = int(4 * sigma) + 1
    rows = slice(max(0, row - reach), min(side, row + reach + 1))
    columns = slice(max(0, column - reach), min(side, column + reach + 1))
    y_away = np.arange(rows.start, rows.stop)[:, None] + 0.5 - y
    x_away = np.arange(columns.start, columns.stop)[None, :] + 0.5 - x
    heat = np.exp(-(x_away**2 + y_away**2) / (2 * sigma**2))
    out[(0, rows, columns)] = np.maximum(out[(0, rows, columns)], heat)
    out[0, row, column] = 1.0
    out[5, row, column] = 1.0
    out[3:5, row, column] = x - column, y - row
    out[6, row, column] = 0.5
    if w:
        out[1:3, row, column] = np.log(w), np.log(h)
        out[6, row, column] = 1.0
