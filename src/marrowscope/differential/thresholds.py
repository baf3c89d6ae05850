"""How a count stands to a threshold: decided on whole numbers, never on a rounded percentage."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from marrowscope.differential.intervals import interval_holds
from marrowscope.errors import UsageError


class Comparison(StrEnum):
    """Which side of the threshold is meant."""

    AT_LEAST = "≥"
    MORE_THAN = ">"
    LESS_THAN = "<"


class ThresholdState(StrEnum):
    """How a count stands to a threshold.

    NEAR: the interval holds the threshold, so sampling error alone could turn the answer.
    NOT_DECIDED: undecided cells could turn it; this outweighs NEAR.
    """

    MET = "met"
    NEAR = "near"
    NOT_DECIDED = "not decided"
    NOT_MET = "not met"


@dataclass(frozen=True, slots=True)
class ThresholdDecision:
    """The state, and whether the bare count (undecided cells left out) satisfies the comparison."""

    state: ThresholdState
    is_reached: bool


def satisfies(k: int, n: int, comparison: Comparison, share: Fraction) -> bool:
    """Compares k/n with `share` (fraction of 1) exactly; False where n is 0."""
    if n == 0:
        return False
    observed = Fraction(k, n)
    if comparison is Comparison.AT_LEAST:
        return observed >= share
    if comparison is Comparison.MORE_THAN:
        return observed > share
    return observed < share


def decide(
    k: int, upper_k: int, n: int, comparison: Comparison, share: Fraction
) -> ThresholdDecision:
    """Holds a count against a threshold.

    k: cells surely of the class; upper_k: these and every cell that may be of it; n: all counted
    cells; share: threshold as a fraction of 1. With n = 0 nothing is decided.
    Raises UsageError unless 0 <= k <= upper_k <= n.
    """
    if not 0 <= k <= upper_k <= n:
        raise UsageError(f"{k} to {upper_k} of {n} cells is no share; give 0 <= k <= upper_k <= n")
    is_reached = satisfies(k, n, comparison, share)
    if n == 0 or satisfies(upper_k, n, comparison, share) != is_reached:
        return ThresholdDecision(ThresholdState.NOT_DECIDED, is_reached)
    # Both ends lie on one side, so the end nearer to the threshold speaks for all between.
    if interval_holds(k, n, share) or interval_holds(upper_k, n, share):
        return ThresholdDecision(ThresholdState.NEAR, is_reached)
    state = ThresholdState.MET if is_reached else ThresholdState.NOT_MET
    return ThresholdDecision(state, is_reached)


def all_of(decisions: Sequence[ThresholdDecision]) -> ThresholdDecision:
    """The decision on several conditions that must hold together, such as the ends of a band."""
    states = {decision.state for decision in decisions}
    for state in (ThresholdState.NOT_MET, ThresholdState.NOT_DECIDED, ThresholdState.NEAR):
        if state in states:
            break
    else:
        state = ThresholdState.MET
    return ThresholdDecision(state, all(decision.is_reached for decision in decisions))
