"""A folder a class with pictures of cells: what `adapt`, `evaluate` and `train` read."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from marrowscope.errors import OutputError
from marrowscope.geometry import UInt8Array

MAP_NAME = "map.csv"

NamedCrop: TypeAlias = tuple[str, str, UInt8Array]
"""Class id, name of the file without its ending, (rows, columns, 3) RGB with the cell amid it."""


def write_class_folders(
    folder: Path, crops: Iterable[NamedCrop], um_per_px: float
) -> Mapping[str, int]:
    """Writes PNG files below a new or empty folder, and `map.csv` last; how many of each class.

    um_per_px: of all pictures. Raises OutputError where the folder holds something or cannot be
    written; what was written by then stays, without `map.csv`.
    """
    written: Counter[str] = Counter()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OutputError(f"{folder} is not empty; give a new folder")
        for class_id, name, pixels in crops:
            (folder / class_id).mkdir(exist_ok=True)
            Image.fromarray(pixels).save(folder / class_id / f"{name}.png", optimize=False)
            written[class_id] += 1
        (folder / MAP_NAME).write_text(_map(sorted(written), um_per_px), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder}: {error.strerror or error}; choose another folder") from error
    return dict(sorted(written.items()))


def _map(class_ids: Iterable[str], um_per_px: float) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("folder", "class_id", "um_per_px"))
    rows.writerows((class_id, class_id, f"{um_per_px:g}") for class_id in class_ids)
    return text.getvalue()
