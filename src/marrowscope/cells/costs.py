"""What it may cost to call cells by a name, given what they may be."""

from collections.abc import Sequence

import numpy as np

from marrowscope.geometry import DoubleArray
from marrowscope.vocabulary import error_cost


def cost_table(class_ids: Sequence[str], called: Sequence[str]) -> DoubleArray:
    """(classes, called), the cost of calling a cell of each class by each name."""
    rows = [[error_cost(truth, name) for name in called] for truth in class_ids]
    return np.array(rows, dtype=np.float64).reshape(len(class_ids), len(called))


def expected_costs(
    probabilities: DoubleArray, class_ids: Sequence[str], called: str
) -> DoubleArray:
    """(n,) mean cost of calling each cell `called`, its classes being as probable as
    `probabilities` (n, classes) say.
    """
    return np.asarray(probabilities @ cost_table(class_ids, (called,))[:, 0])
