"""Cell classes, the 13 ICSH categories, who is counted and who takes part in M:E."""

from marrowscope.vocabulary.error_costs import error_cost
from marrowscope.vocabulary.model import (
    CellClass,
    Counting,
    IcshCategory,
    MyeloidErythroidSide,
    Rollup,
)
from marrowscope.vocabulary.table import (
    all_classes,
    cell_class,
    class_ids,
    classes_not_modelled,
    classes_of_category,
    classes_of_rollup,
    counts_in_differential,
    icsh_categories,
    icsh_category,
    in_reading_order,
    rollups,
)

__all__ = [
    "CellClass",
    "Counting",
    "IcshCategory",
    "MyeloidErythroidSide",
    "Rollup",
    "all_classes",
    "cell_class",
    "class_ids",
    "classes_not_modelled",
    "classes_of_category",
    "classes_of_rollup",
    "counts_in_differential",
    "error_cost",
    "icsh_categories",
    "icsh_category",
    "in_reading_order",
    "rollups",
]
