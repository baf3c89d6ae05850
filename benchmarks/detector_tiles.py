"""The tiles that detectors are measured on: 512 x 512 px at 0.25 µm/px, RGB.

Usage: python benchmarks/detector_tiles.py TILES.npy
"""

import os
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import openslide
from detector_speed import SIDE_PX, UM_PER_PX

from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.geometry import UInt8Array
from marrowscope.phantom import write_phantom

N_TILES = 16
MARROW_FIELDS = "segpc-marrow"
PHANTOM_PX = 4096
PHANTOM_SEED = 7
REPOSITORY = Path(__file__).resolve().parent.parent


def data_folder() -> Path | None:
    """The folder of real images, if it is there."""
    folder = Path(os.environ.get("MARROWSCOPE_DATA") or REPOSITORY.parent / "shared" / "data")
    return folder if (folder / "fields.zip").exists() else None


def _mirrored(pixels: UInt8Array) -> UInt8Array:
    """The picture continued by its mirror images, or cut, to one tile."""
    rows, columns = (max(0, SIDE_PX - length) for length in pixels.shape[:2])
    padded = np.pad(pixels, ((0, rows), (0, columns), (0, 0)), mode="symmetric")
    return np.ascontiguousarray(padded[:SIDE_PX, :SIDE_PX])


def tiles_of_fields(data: Path) -> UInt8Array:
    """(N_TILES, 512, 512, 3) from marrow fields evenly spread over their set."""
    sets = ImageSets(data)
    fields = [field for field in sets.fields if field.image_set == MARROW_FIELDS]
    tiles = []
    for index in np.linspace(0, len(fields) - 1, N_TILES).astype(int):
        pixels = sets.field_pixels(fields[index])
        factor = fields[index].um_per_px / UM_PER_PX
        size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        tiles.append(_mirrored(cv2.resize(pixels, size, interpolation=how)))
    return np.stack(tiles)


def tiles_of_phantom(phantom: Path) -> UInt8Array:
    """(N_TILES, 512, 512, 3) from the middle of a phantom at 0.25 µm/px."""
    n_columns = 4
    n_rows = N_TILES // n_columns
    with openslide.OpenSlide(phantom) as slide:
        left = (slide.dimensions[0] - n_columns * SIDE_PX) // 2
        top = (slide.dimensions[1] - n_rows * SIDE_PX) // 2
        corners = [
            (left + column * SIDE_PX, top + row * SIDE_PX)
            for row in range(n_rows)
            for column in range(n_columns)
        ]
        tiles = [slide.read_region(corner, 0, (SIDE_PX, SIDE_PX)) for corner in corners]
    return np.stack([np.asarray(tile.convert("RGB"), dtype=np.uint8) for tile in tiles])


def write_tiles(out: Path, data: Path | None, phantom: Path) -> str:
    """Writes the tiles; returns what they were cut from. data: None where there is none."""
    np.save(out, tiles_of_phantom(phantom) if data is None else tiles_of_fields(data))
    return "phantom" if data is None else f"real marrow fields ({MARROW_FIELDS})"


def main() -> None:
    data = data_folder()
    with tempfile.TemporaryDirectory() as folder:
        phantom = Path(folder) / "phantom.tif"
        if data is None:
            write_phantom(phantom, width_px=PHANTOM_PX, height_px=PHANTOM_PX, seed=PHANTOM_SEED)
        print(write_tiles(Path(sys.argv[1]), data, phantom))


if __name__ == "__main__":
    main()
