"""Which cells of a class are to be looked at first. It orders the viewing, never the choosing."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np

from marrowscope.errors import UsageError
from marrowscope.geometry import DoubleArray, FloatArray
from marrowscope.vocabulary import all_classes, cell_class, error_cost

_BLASTS: Final = "blasts"


def abnormality(probabilities: DoubleArray | FloatArray, class_ids: Sequence[str]) -> DoubleArray:
    """How much it may cost to overlook what each cell is, (n,).

    probabilities: (n, classes) in the order of class_ids. The sum over the classes of probability
    times the worst cost of overlooking a cell of that class. Raises UsageError where the shapes
    disagree or a class is unknown.
    """
    values = np.asarray(probabilities, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != len(class_ids):
        raise UsageError(
            f"probabilities of shape {values.shape} for {len(class_ids)} classes; give one a class"
        )
    costs = np.array([overlooking_cost(class_id) for class_id in class_ids], dtype=np.float64)
    return values @ costs


@cache
def overlooking_cost(class_id: str) -> float:
    """The worst cost of giving a cell of a class another name, but for that of a blast.

    Who takes a cell for a blast overlooks nothing: blasts are what is looked for.
    Raises UsageError at an unknown class.
    """
    truth = cell_class(class_id).class_id
    return max(
        error_cost(truth, called.class_id)
        for called in all_classes()
        if called.icsh_category != _BLASTS
    )
