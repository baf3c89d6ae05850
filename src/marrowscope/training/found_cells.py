"""Which of the objects that a detector found on a half-labelled field may be taught as cells.

Cells are (n, 4): centre x, y, width, height in tile pixels (0.25 µm).
"""

import numpy as np

from marrowscope.geometry import DoubleArray

SURE = 0.45
"""Score from which a detection is taken for a cell."""
SAME_CELL = 0.35
"""Distance of two centres, in mean sides of the box, below which they are one cell."""
OWN_REACH_PX = 24.0
"""6 µm: what is found so near to the middle of a single-cell crop is that cell, or a part of it."""
LOBE_PX, LOBES_APART_PX = 30.0, 36.0
"""7.5 and 9 µm: what is smaller and closer together may be the lobes of one nucleus."""


def may_be_a_lobe(cell: DoubleArray, found: DoubleArray) -> bool:
    """Whether it may be a lobe of a segmented nucleus: small, with another small one beside it."""
    is_small = found[:, 2:].mean(axis=1) < LOBE_PX
    away = np.hypot(found[:, 0] - cell[0], found[:, 1] - cell[1])
    is_beside = (away > 0) & (away < LOBES_APART_PX)
    return bool(cell[2:].mean() < LOBE_PX and (is_small & is_beside).any())


def is_known(found: DoubleArray, known: DoubleArray) -> bool:
    """Whether what was found, (4,), is the known cell, (4,); a known width of 0 is not known."""
    reach = SAME_CELL * (found[2] + found[3]) / 2 if known[2] else OWN_REACH_PX
    return bool(np.hypot(*(found[:2] - known[:2])) < reach)
