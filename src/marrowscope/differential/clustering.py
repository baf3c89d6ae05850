"""How much cells of a class lie together, and what that costs in counted cells."""

import numpy as np

from marrowscope.errors import UsageError
from marrowscope.geometry import IntArray


def design_effect(counts_by_region: IntArray) -> float | None:
    """How many times the variance of the shares exceeds that of cells drawn singly; 1 or more.

    counts_by_region: (regions, called classes) counted cells. n cells of a clustered smear tell
    as much as n / d independent ones. None where fewer than two regions hold cells: how cells
    cluster can't be seen then.

    One figure for all classes: the variance of the shares between regions (ratio estimator, with
    regions as the units drawn), summed over the classes, over the sum of the multinomial
    variances. Common classes weigh most, so a rare class that alone comes in nests is told
    better by its own two columns, it and all the rest. Below 1 it is set to 1: regions more alike
    than chance allows are chance too. Kish, Survey Sampling, 1965, chapters 5 and 6.
    Raises UsageError where the array is not two-dimensional or a count is negative.
    """
    counts = np.asarray(counts_by_region, dtype=np.int64)
    if counts.ndim != 2 or (counts < 0).any():
        raise UsageError("give the counted cells as (regions, called classes), none below 0")
    cells_of_region = counts.sum(axis=1)
    counts, cells_of_region = counts[cells_of_region > 0], cells_of_region[cells_of_region > 0]
    n_regions, n_cells = len(counts), int(cells_of_region.sum())
    if n_regions < 2:
        return None
    shares = counts.sum(axis=0) / n_cells
    surplus = counts - shares * cells_of_region[:, np.newaxis]
    between = n_regions / (n_regions - 1) * float((surplus**2).sum()) / n_cells**2
    multinomial = float((shares * (1 - shares)).sum()) / n_cells
    if multinomial == 0:  # One class only: nothing varies.
        return 1.0
    return max(1.0, between / multinomial)
