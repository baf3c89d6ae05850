"""A finding, and what was not assessed, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from marrowscope.differential import Interval, ThresholdState
from marrowscope.geometry import BoolArray


class Edition(StrEnum):
    """The classification a threshold belongs to; NONE for thresholds of no classification."""

    WHO5 = "WHO5"
    ICC2022 = "ICC2022"
    NONE = "none"


class Basis(StrEnum):
    """How well a threshold is founded."""

    CONFIRMED = "C"
    PARTLY_CONFIRMED = "P"
    UNVERIFIED = "U"


@dataclass(frozen=True, slots=True)
class Finding:
    """How the count stands to one rule.

    state: met, near (sampling error alone could turn it), not decided (undecided cells could turn
    it) or not met. is_reached: whether the bare count, undecided cells left out, satisfies the
    rule. k, upper_k, n: cells surely of the class set, these and all that may be of it, and all
    cells; percent, upper_percent: 100 k/n, 100 upper_k/n, unrounded; interval: 95 % Wilson limits
    of k/n, fractions. All of these speak of the rule's first condition, and are None where the
    rule is not about a share. Of an audit's estimate k, upper_k and n are None, and the limits are
    its overall ones. threshold: in words; threshold_percent: of the
    first condition, None where it is no share. is_critical: calls for a message, not only a
    line. evidence: ids of the cells the finding rests on, the undecided ones too where they
    decide; empty where the rule is not met. scale_note: set where the µm/px is an estimate.
    """

    rule_id: str
    version: int
    edition: Edition
    basis: Basis
    state: ThresholdState
    is_reached: bool
    sentence: str
    k: int | None
    upper_k: int | None
    n: int | None
    percent: float | None
    upper_percent: float | None
    interval: Interval | None
    threshold: str
    threshold_percent: float | None
    is_critical: bool
    evidence: tuple[str, ...]
    scale_note: str | None


@dataclass(frozen=True, slots=True)
class FoundCells:
    """Every cell found, in the count or not.

    cell_ids, class_ids: (n,), best guess; abstained: (n,), True where it is not to be used.
    """

    cell_ids: Sequence[str]
    class_ids: Sequence[str]
    abstained: Sequence[bool] | BoolArray


@dataclass(frozen=True, slots=True)
class Evidence:
    """The cells behind a differential.

    decided: ids of the decided cells chosen for the count, by class, removed ones included.
    undecided: ids of the undecided ones. found: all cells found.
    """

    decided: Mapping[str, tuple[str, ...]]
    undecided: tuple[str, ...]
    found: FoundCells


class NotAssessedKind(StrEnum):
    """Why something was not assessed."""

    CLASS_NOT_MODELLED = "class not modelled"
    BLOOD_ONLY = "learnt from blood alone"
    EXAMINATION = "examination"
    AREA = "area"
    CLASSIFIER_ERROR = "classifier error"
    RULE = "rule not evaluated"


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """Something that a reader might take for assessed, and was not.

    class_id and mistaken_for are set for classes, rule_id for rules; else None.
    """

    kind: NotAssessedKind
    what: str
    why: str
    class_id: str | None = None
    mistaken_for: str | None = None
    rule_id: str | None = None

    @property
    def sentence(self) -> str:
        """Both in one line."""
        return f"{self.what}: {self.why}"
