"""The plane cut into square blocks, each with random streams of its own.

What lies in a block follows from (seed, stream, block) alone, so that any part of a phantom can be
drawn without the rest.
"""

from typing import Final

import numpy as np

BLOCK_UM: Final = 256.0

_STREAMS: Final = (
    "layout", "sprites", "cells", "red cells", "platelets", "precipitate", "vacuoles", "noise",
)  # fmt: skip


def block_random(seed: int, stream: str, column: int = 0, row: int = 0) -> np.random.Generator:
    """A generator for one block; blocks may lie up to 16 blocks left of or above the picture."""
    return np.random.default_rng([seed, _STREAMS.index(stream), row + 16, column + 16])


def around(column: int, row: int) -> list[tuple[int, int]]:
    """The block, in the middle of the list, and its eight neighbours, row by row."""
    return [(column + dx, row + dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


def blocks_over(
    left_um: float, top_um: float, right_um: float, bottom_um: float
) -> list[tuple[int, int]]:
    """(column, row) of every block that the rectangle meets, row by row."""
    columns = range(int(np.floor(left_um / BLOCK_UM)), int(np.floor(right_um / BLOCK_UM)) + 1)
    rows = range(int(np.floor(top_um / BLOCK_UM)), int(np.floor(bottom_um / BLOCK_UM)) + 1)
    return [(column, row) for row in rows for column in columns]
