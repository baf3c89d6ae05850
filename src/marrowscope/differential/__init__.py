"""Counting: which cells are the count, percentages with their limits, and M:E."""

from marrowscope.differential.counting import Tally, case_differential, differential, tally
from marrowscope.differential.intervals import (
    Interval,
    clopper_pearson_interval,
    interval_holds,
    wilson_interval,
)
from marrowscope.differential.json_form import as_json
from marrowscope.differential.model import (
    CaseDifferential,
    CategoryCount,
    ClassCount,
    Differential,
    MyeloidErythroidRatio,
    PartialCount,
    PartialDifferential,
    SlideDifferential,
)
from marrowscope.differential.myeloid_erythroid import (
    ICSH_2008,
    ME_FORMULAS,
    WITHOUT_MONOCYTES,
    MyeloidErythroidFormula,
    me_formula_named,
    me_interval,
)
from marrowscope.differential.printing import printed_percent, printed_tenths
from marrowscope.differential.selection import (
    CountChoice,
    FinishedCount,
    choose_count,
    finish_count,
)
from marrowscope.differential.thresholds import (
    Comparison,
    ThresholdDecision,
    ThresholdState,
    all_of,
    decide,
)

__all__ = [
    "ICSH_2008",
    "ME_FORMULAS",
    "WITHOUT_MONOCYTES",
    "CaseDifferential",
    "CategoryCount",
    "ClassCount",
    "Comparison",
    "CountChoice",
    "Differential",
    "FinishedCount",
    "Interval",
    "MyeloidErythroidFormula",
    "MyeloidErythroidRatio",
    "PartialCount",
    "PartialDifferential",
    "SlideDifferential",
    "Tally",
    "ThresholdDecision",
    "ThresholdState",
    "all_of",
    "as_json",
    "case_differential",
    "choose_count",
    "clopper_pearson_interval",
    "decide",
    "differential",
    "finish_count",
    "interval_holds",
    "me_formula_named",
    "me_interval",
    "printed_percent",
    "printed_tenths",
    "tally",
    "wilson_interval",
]
