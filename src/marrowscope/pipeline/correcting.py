"""Class shares corrected for the classifier's errors, or the words that these are not known."""

from collections import Counter

import numpy as np
import numpy.typing as npt

from marrowscope.analysis import JsonObject
from marrowscope.differential import (
    CLASSIFIER_ERROR_NOT_KNOWN,
    design_effect,
    quantification_as_json,
    total_interval,
)
from marrowscope.differential.confusion import UNDECIDED
from marrowscope.geometry import IntArray
from marrowscope.pipeline.cell_columns import CaseCells
from marrowscope.pipeline.models import AnalysisSettings, Models
from marrowscope.vocabulary import classes_of_category, icsh_categories


def corrected_count(cells: CaseCells, models: Models, settings: AnalysisSettings) -> JsonObject:
    """What stands beside the count as auxiliary: `known`, and the shares or the reason.

    Only where a site measured how often the classifier errs on the scanner and stain of the case.
    """
    confusion = models.confusion
    if confusion is None or not confusion.holds_for(settings.scanner, settings.stain):
        return {"known": False, "reason": CLASSIFIER_ERROR_NOT_KNOWN}
    called = np.where(cells.abstained, UNDECIDED, cells.class_id)[cells.in_count]
    rows = [
        [known.class_id for known in classes_of_category(category.category)]
        for category in icsh_categories()
    ]
    in_matrix = [[name for name in row if name in confusion.class_ids] for row in rows]
    result = total_interval(
        dict(Counter(called.tolist())),
        confusion,
        design_effect(_by_region(called, cells.rank[cells.in_count])),
        rows=[row for row in in_matrix if row],
    )
    return {"known": True, **quantification_as_json(result)}


def _by_region(called: npt.NDArray[np.str_], rank: IntArray) -> IntArray:
    """Counted cells as (regions, called classes)."""
    _, region = np.unique(rank, return_inverse=True)
    names, column = np.unique(called, return_inverse=True)
    counts = np.zeros((region.max(initial=-1) + 1, len(names)), dtype=np.int64)
    np.add.at(counts, (region, column), 1)
    return counts
