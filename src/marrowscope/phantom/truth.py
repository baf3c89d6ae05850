"""The truth of a phantom as a Parquet table, written block by block."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from marrowscope.phantom.layout import Layout
from marrowscope.phantom.looks import CLASS_IDS
from marrowscope.phantom.scene import BlockTruth, Scene

TRUTH_SCHEMA: Final = pa.schema(
    [
        ("cell_id", pa.string()),
        ("x_px", pa.float64()),
        ("y_px", pa.float64()),
        ("w_px", pa.float64()),
        ("h_px", pa.float64()),
        ("class_id", pa.string()),
        ("region_id", pa.string()),
        ("countable", pa.bool_()),
    ]
)
"""x_px, y_px: centre, w_px, h_px: size of the whole cell's box, level-0 pixels, cut off at the
border of the picture. countable: whole, on the trail, in focus, clear of every other area."""

_ROWS_A_GROUP: Final = 65_536


@dataclass(frozen=True, slots=True)
class ClassCount:
    """Cells of one class in a phantom, and how many of them are countable."""

    class_id: str
    n_cells: int
    n_countable: int


@dataclass(frozen=True, slots=True)
class PhantomTruth:
    """What a phantom holds. class_counts leaves out classes without a cell."""

    picture: Path
    table: Path
    width_px: int
    height_px: int
    um_per_px: float
    seed: int
    n_cells: int
    n_countable: int
    countable_area_mm2: float
    class_counts: tuple[ClassCount, ...]


def truth_path(picture: Path) -> Path:
    """FILE.truth.parquet for FILE.tif."""
    return picture.with_suffix(".truth.parquet")


def write_truth(scene: Scene, path: Path, seed: int) -> tuple[ClassCount, ...]:
    """Writes the table of every nucleated cell and returns their counts by class.

    The file's metadata say what the phantom is. Raises OSError if the file cannot be written.
    """
    metadata = {
        "synthetic": "true",
        "seed": str(seed),
        "um_per_px": repr(scene.um_per_px),
        "width_px": str(scene.width_px),
        "height_px": str(scene.height_px),
    }
    schema = TRUTH_SCHEMA.with_metadata(metadata)
    n_cells: Counter[str] = Counter()
    n_countable: Counter[str] = Counter()
    with pq.ParquetWriter(path, schema) as writer:
        waiting: list[pa.Table] = []
        n_waiting = 0
        for block in scene.truth():
            table = as_table(block, scene.layout).cast(schema)
            n_cells.update(table["class_id"].to_pylist())
            n_countable.update(table.filter(table["countable"])["class_id"].to_pylist())
            waiting.append(table)
            n_waiting += table.num_rows
            if n_waiting >= _ROWS_A_GROUP:
                writer.write_table(pa.concat_tables(waiting))
                waiting, n_waiting = [], 0
        if waiting:
            writer.write_table(pa.concat_tables(waiting).combine_chunks())
    return tuple(
        ClassCount(name, n_cells[name], n_countable[name]) for name in CLASS_IDS if n_cells[name]
    )


def as_table(block: BlockTruth, layout: Layout) -> pa.Table:
    """Rows of TRUTH_SCHEMA for one block. A cell's id tells its block and number there."""
    cells = block.cells
    prefix = f"{block.row + 1:04d}-{block.column + 1:04d}"
    regions = np.array([area.region_id for area in layout.areas])
    columns = {
        "cell_id": [f"{prefix}-{number:03d}" for number in cells.number],
        "x_px": cells.x_px,
        "y_px": cells.y_px,
        "w_px": cells.w_px,
        "h_px": cells.h_px,
        "class_id": np.array(CLASS_IDS)[cells.look],
        "region_id": regions[cells.area],
        "countable": cells.countable,
    }
    return pa.table(columns, schema=TRUTH_SCHEMA)
