"""Counting: which cells are the count, percentages with their limits, and M:E."""

from marrowscope.differential.clustering import design_effect
from marrowscope.differential.confusion import (
    ConfusionMatrix,
    MeasuredOn,
    confusion_as_json,
    confusion_from_json,
    confusion_of_cells,
)
from marrowscope.differential.corrected_shares import (
    CLASSIFIER_ERROR_NOT_KNOWN,
    CorrectedShare,
    QuantificationResult,
    quantification_as_json,
)
from marrowscope.differential.counting import (
    Tally,
    case_differential,
    differential,
    tally,
    tally_differential,
)
from marrowscope.differential.double_sampling import (
    AuditedDifferential,
    AuditedShare,
    AuditedStratum,
    DoubleSamplingEstimate,
    audited_differential,
    double_sampling,
)
from marrowscope.differential.emq import EmqEstimate, emq_shares
from marrowscope.differential.hidden_cells import HiddenCells
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
from marrowscope.differential.quantification import adjusted_shares, total_interval
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
    "CLASSIFIER_ERROR_NOT_KNOWN",
    "ICSH_2008",
    "ME_FORMULAS",
    "WITHOUT_MONOCYTES",
    "AuditedDifferential",
    "AuditedShare",
    "AuditedStratum",
    "CaseDifferential",
    "CategoryCount",
    "ClassCount",
    "Comparison",
    "ConfusionMatrix",
    "CorrectedShare",
    "CountChoice",
    "Differential",
    "DoubleSamplingEstimate",
    "EmqEstimate",
    "FinishedCount",
    "HiddenCells",
    "Interval",
    "MeasuredOn",
    "MyeloidErythroidFormula",
    "MyeloidErythroidRatio",
    "PartialCount",
    "PartialDifferential",
    "QuantificationResult",
    "SlideDifferential",
    "Tally",
    "ThresholdDecision",
    "ThresholdState",
    "adjusted_shares",
    "all_of",
    "as_json",
    "audited_differential",
    "case_differential",
    "choose_count",
    "clopper_pearson_interval",
    "confusion_as_json",
    "confusion_from_json",
    "confusion_of_cells",
    "decide",
    "design_effect",
    "differential",
    "double_sampling",
    "emq_shares",
    "finish_count",
    "interval_holds",
    "me_formula_named",
    "me_interval",
    "printed_percent",
    "printed_tenths",
    "quantification_as_json",
    "tally",
    "tally_differential",
    "total_interval",
    "wilson_interval",
]
