"""What an estimate of the true class shares says, as values and as plain dictionaries."""

from dataclasses import dataclass
from typing import Any

from marrowscope.differential.confusion import MeasuredOn

CLASSIFIER_ERROR_NOT_KNOWN = "classifier error on this scanner and stain is not known"
"""Said in place of the interval where no matrix was measured on the scanner and stain."""

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CorrectedShare:
    """The corrected share of one row of the differential.

    class_ids: the classes of the row that the matrix can speak of; also those of another row
    where the classifier confuses the two too much to give them apart. share: median of the
    draws; low, high: 2.5 and 97.5 % limits; fractions of 1. All three None where nothing can be
    said: too few reviewed cells of the class, or no cells counted. is_upper_limit: the row can't
    be told from a near-zero one; low is 0 then, and only high is a statement.
    """

    class_ids: tuple[str, ...]
    share: float | None
    low: float | None
    high: float | None
    is_upper_limit: bool


@dataclass(frozen=True, slots=True)
class QuantificationResult:
    """Corrected shares of a case, auxiliary to its count.

    design_effect: None where clustering could not be measured; the limits then take the cells for
    independent and may be too narrow. n_cells: cells of the case, whatever they were called.
    not_measured_class_ids: classes whose share the matrix can't tell, for want of reviewed cells;
    cells of them that are called something else are counted among the other rows.
    """

    rows: tuple[CorrectedShare, ...]
    design_effect: float | None
    n_cells: int
    method: str
    measured_on: MeasuredOn
    not_measured_class_ids: tuple[str, ...]


def quantification_as_json(result: QuantificationResult) -> JsonObject:
    """The result with percentages of 4 decimals, None for unknown."""
    return {
        "rows": [
            {
                "class_ids": list(row.class_ids),
                "percent": _percent(row.share),
                "low": _percent(row.low),
                "high": _percent(row.high),
                "is_upper_limit": row.is_upper_limit,
            }
            for row in result.rows
        ],
        "design_effect": None if result.design_effect is None else round(result.design_effect, 4),
        "n_cells": result.n_cells,
        "method": result.method,
        "measured_on": {
            "scanner": result.measured_on.scanner,
            "stain": result.measured_on.stain,
            "note": result.measured_on.note,
            "n_cells": result.measured_on.n_cells,
        },
        "not_measured_classes": list(result.not_measured_class_ids),
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 4)
