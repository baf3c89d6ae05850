"""Smears drawn for tests of the whole command; nothing in them is a real cell."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

GLASS = (226, 221, 229)
RED_CELL = (208, 184, 186)
CYTOPLASM = (176, 168, 214)
NUCLEUS = (88, 48, 138)
SIDE_PX = 480
UM_PER_PX = 0.25


def drawn_field(
    seed: int, n_cells: int = 9, side: int = SIDE_PX, n_red_cells: int = 60
) -> np.ndarray:
    """A field at 0.25 µm/px with overlapping red cells and nucleated cells on a loose grid."""
    random = np.random.default_rng(seed)
    pixels = np.full((side, side, 3), GLASS, dtype=np.uint8)
    for x, y in random.integers(0, side, (n_red_cells, 2)).tolist():
        cv2.circle(pixels, (x, y), 15, RED_CELL, -1, cv2.LINE_AA)
    per_side = int(np.ceil(np.sqrt(n_cells)))
    step = side // per_side
    for number in range(n_cells):
        x = number % per_side * step + step // 2 + int(random.integers(-12, 13))
        y = number // per_side * step + step // 2 + int(random.integers(-12, 13))
        cv2.circle(pixels, (x, y), 26, CYTOPLASM, -1, cv2.LINE_AA)
        cv2.circle(pixels, (x + 4, y), 17, NUCLEUS, -1, cv2.LINE_AA)
    noise = random.normal(0, 3, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def write_fields(folder: Path, n: int) -> Path:
    """A folder of `n` PNG fields; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(n):
        Image.fromarray(drawn_field(number)).save(folder / f"field-{number}.png")
    return folder


def furry_photograph() -> np.ndarray:
    """Brown and orange stripes and two green eyes: no smear, but rich in edges."""
    random = np.random.default_rng(5)
    rows, columns = np.mgrid[:400, :600]
    stripes = np.sin(columns / 9 + 3 * np.sin(rows / 40)) * 0.5 + 0.5
    fur = np.stack([120 + 90 * stripes, 80 + 60 * stripes, 40 + 30 * stripes], axis=-1)
    pixels = np.clip(fur + random.normal(0, 12, fur.shape), 0, 255).astype(np.uint8)
    for x in (220, 380):
        cv2.circle(pixels, (x, 160), 28, (150, 190, 60), -1)
        cv2.circle(pixels, (x, 160), 12, (10, 10, 10), -1)
    return pixels
