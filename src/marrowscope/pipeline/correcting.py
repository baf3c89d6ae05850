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
from marrowscope.differential.confusion import UNDECIDED, ConfusionMatrix
from marrowscope.differential.quantification import LEAST_REVIEWED_CELLS
from marrowscope.geometry import IntArray
from marrowscope.pipeline.cell_columns import CaseCells
from marrowscope.pipeline.models import AnalysisSettings, Models
from marrowscope.vocabulary import (
    cell_class,
    classes_of_category,
    icsh_categories,
    in_reading_order,
)

MOST_UNREVIEWED = 0.02
"""Share of the named cells from which a class has to be among the reviewed ones."""


def corrected_count(cells: CaseCells, models: Models, settings: AnalysisSettings) -> JsonObject:
    """What stands beside the count as auxiliary: `known`, and the shares or the reason.

    Only where a site measured how often the classifier errs on the scanner and stain of the case,
    and reviewed cells of all that the count names: what nobody reviewed would be shared out among
    the classes that were.
    """
    confusion = models.confusion
    if confusion is None:
        return _not_known()
    if not confusion.holds_for(settings.scanner, settings.stain):
        return _not_known(
            f"the site was measured on {confusion.scanner}, {confusion.stain}, and this case is of "
            f"{settings.scanner or 'no named scanner'}, {settings.stain or 'no named stain'}"
        )
    called = np.where(cells.abstained, UNDECIDED, cells.class_id)[cells.in_count]
    unreviewed = _unreviewed(called, confusion)
    if unreviewed:
        labels = ", ".join(cell_class(name).label.lower() for name in unreviewed)
        return _not_known(f"the site has too few reviewed cells of what is counted here: {labels}")
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


def _not_known(why: str = "") -> JsonObject:
    reason = f"{CLASSIFIER_ERROR_NOT_KNOWN}: {why}" if why else CLASSIFIER_ERROR_NOT_KNOWN
    return {"known": False, "reason": reason}


def _unreviewed(called: npt.NDArray[np.str_], confusion: ConfusionMatrix) -> tuple[str, ...]:
    """Classes with a share of the named cells that matters and hardly a reviewed cell."""
    named = called[called != UNDECIDED]
    n_reviewed = dict(zip(confusion.class_ids, confusion.as_array().sum(axis=1), strict=True))
    return in_reading_order(
        name
        for name, n in Counter(named.tolist()).items()
        if n > MOST_UNREVIEWED * len(named) and n_reviewed.get(name, 0) < LEAST_REVIEWED_CELLS
    )


def _by_region(called: npt.NDArray[np.str_], rank: IntArray) -> IntArray:
    """Counted cells as (regions, called classes)."""
    _, region = np.unique(rank, return_inverse=True)
    names, column = np.unique(called, return_inverse=True)
    counts = np.zeros((region.max(initial=-1) + 1, len(names)), dtype=np.int64)
    np.add.at(counts, (region, column), 1)
    return counts
