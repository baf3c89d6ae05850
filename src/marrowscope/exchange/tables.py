"""cells.parquet: the table of cells as a file that any Parquet reader opens."""

from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from marrowscope.cell_table import CellTable
from marrowscope.errors import UnreadableInputError

_ROWS_PER_GROUP = 65_536


def write_cells(cells: CellTable, file: BinaryIO) -> None:
    """Writes the table as Parquet: the same table gives the same bytes.

    Compression, dictionaries and row groups are fixed here, so only another release of the
    Parquet library itself, which signs its files, can change them.
    """
    pq.write_table(
        cells.arrow,
        file,
        version="2.6",
        compression="zstd",
        compression_level=3,
        row_group_size=_ROWS_PER_GROUP,
        use_dictionary=["source", "class_id", "why_not", "slide"],
        write_statistics=True,
        store_schema=True,
    )


def read_cells(path: Path) -> CellTable:
    """The table of a cells.parquet, equal to the one that was written.

    Raises UnreadableInputError where the file is missing, damaged, or of another kind.
    """
    try:
        with path.open("rb") as file:
            return CellTable(pq.ParquetFile(file).read())
    except (OSError, pa.ArrowInvalid, ValueError) as problem:
        raise UnreadableInputError(
            f"{path.name} is not a readable table of cells; analyse the slide again"
        ) from problem
