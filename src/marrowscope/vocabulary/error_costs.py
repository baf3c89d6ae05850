"""What it costs to call a cell by a wrong name: for training, order of review, and reports.

The costs are a judgement, not a measurement: 1 is an ordinary confusion of unlike cells. They say
which mistakes a person should see first and which a training should avoid; they never decide
which class a cell is counted in.
"""

import csv
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from marrowscope.vocabulary.model import CellClass
from marrowscope.vocabulary.table import cell_class

ANY = "*"


@cache
def _costs() -> MappingProxyType[tuple[str, str], float]:
    text = (files(__package__) / "error_costs.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            (row["truth"], row["called"]): float(row["cost"])
            for row in csv.DictReader(text.splitlines())
        }
    )


def _names(known: CellClass) -> tuple[str, ...]:
    """Names under which the table may speak of a class, the narrowest first."""
    return (known.class_id, known.icsh_category, known.parent, ANY)


@cache
def error_cost(truth_id: str, called_id: str) -> float:
    """Cost of calling a cell of class `truth_id` by the name `called_id`; 0 where it is right.

    The narrowest row of `error_costs.csv` counts, that of the truth before that of the name given.
    Raises UsageError if the vocabulary lacks one of them.
    """
    truth, called = cell_class(truth_id), cell_class(called_id)
    if truth == called:
        return 0.0
    costs = _costs()
    return next(
        costs[of_truth, of_called]
        for of_truth in _names(truth)
        for of_called in _names(called)
        if (of_truth, of_called) in costs
    )
