"""A differential as plain dictionaries, ready for JSON; percentages throughout, None for unknown.

Limits are rounded to 4 decimals for reading. Nothing is ever decided on these figures.
"""

from typing import Any

from marrowscope.differential.intervals import Interval
from marrowscope.differential.model import CategoryCount, Differential, MyeloidErythroidRatio
from marrowscope.vocabulary import cell_class

JsonObject = dict[str, Any]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _limits(interval: Interval | None) -> tuple[float | None, float | None]:
    if interval is None:
        return None, None
    return round(100 * interval.low, 4), round(100 * interval.high, 4)


def _class(class_id: str) -> JsonObject:
    known = cell_class(class_id)
    return {"class_id": class_id, "label": known.label, "mistaken_for": known.mistaken_for}


def _category(row: CategoryCount) -> JsonObject:
    low, high = _limits(row.interval)
    outer_low, outer_high = _limits(row.outer)
    return {
        "category": row.category,
        "label": row.label,
        "n": row.n,
        "percent": _rounded(row.percent),
        "printed_percent": row.printed_percent,
        "low": low,
        "high": high,
        "not_modelled": not row.is_modelled,
        "upper_n": row.upper_n,
        "upper_percent": _rounded(row.upper_percent),
        "outer_low": outer_low,
        "outer_high": outer_high,
        "near_thresholds": list(row.near_thresholds_percent),
        "open_thresholds": list(row.open_thresholds_percent),
        "not_modelled_classes": [_class(class_id) for class_id in row.not_modelled_class_ids],
        "blood_only": list(row.blood_only_class_ids),
    }


def _me(ratio: MyeloidErythroidRatio) -> JsonObject:
    return {
        "formula": ratio.formula,
        "formula_version": ratio.formula_version,
        "value": _rounded(ratio.value),
        "low": _rounded(ratio.low),
        "high": _rounded(ratio.high),
        "n_myeloid": ratio.n_myeloid,
        "n_erythroid": ratio.n_erythroid,
        "note": ratio.note,
    }


def as_json(differential: Differential) -> JsonObject:
    """`differential` (list of the 13 rows), `me`, and what belongs beside them."""
    return {
        "differential": [_category(row) for row in differential.categories],
        "me": _me(differential.me),
        "total": differential.total,
        "undecided": {
            "n": differential.n_undecided,
            "percent": _rounded(differential.undecided_percent),
            "printed_percent": differential.undecided_printed_percent,
        },
        "classes": {counted.class_id: counted.n for counted in differential.class_counts},
        "removed": {
            "n": differential.n_removed,
            "classes": {counted.class_id: counted.n for counted in differential.removed},
        },
        "partial": {
            "total": differential.partial.total,
            "rows": [
                {"label": row.label, "n": row.n, "percent": _rounded(row.percent)}
                for row in differential.partial.rows
            ],
            "note": differential.partial.note,
        },
        "n_smears": differential.n_smears,
        "advice": list(differential.advice),
        "scale_note": differential.scale_note,
    }
