"""Wording of findings: a figure with its limits, then how it stands to the threshold.

A sentence says what was counted and never what the patient has.
"""

from collections.abc import Sequence
from fractions import Fraction

from marrowscope.differential import Interval, ThresholdDecision, ThresholdState
from marrowscope.findings.rules import percent_text


def limits_text(interval: Interval) -> str:
    """95 % limits in percent, one decimal."""
    return f"{100 * interval.low:.1f}–{100 * interval.high:.1f} %"


def cells_text(n: int, kind: str) -> str:
    """A number of cells of a kind: "1 undecided cell", "12 undecided cells"."""
    return f"{n} {kind} cell" if n == 1 else f"{n} {kind} cells"


def head(
    subject: str,
    counts: tuple[int, int, int],
    printed: tuple[str, str],
    interval: Interval | None,
    n_undecided: int,
) -> str:
    """The figure. counts: k, upper_k, n; printed: percentages of k and of upper_k.

    "Blasts 21.4 % (107/500; 95 % limits 18.0–25.2 %, sampling only)"
    """
    k, upper_k, n = counts
    if interval is None:
        return f"{subject}: no cells counted"
    text = f"{subject} {printed[0]} % ({k}/{n}; 95 % limits {limits_text(interval)}, sampling only)"
    if n_undecided:
        undecided = cells_text(n_undecided, "undecided")
        text = f"{text}, up to {printed[1]} % ({upper_k}/{n}) with {undecided}"
    return text


def range_head(
    subject: str,
    not_separated: str,
    counts: tuple[int, int, int],
    printed: tuple[str, str],
    outer: Interval,
    n_undecided: int,
) -> str:
    """The figure where look-alikes were not told apart: a range, undecided cells in it."""
    k, upper_k, n = counts
    included = f"; {cells_text(n_undecided, 'undecided')} included" if n_undecided else ""
    return (
        f"{subject}: {not_separated} not separated: {printed[0]} to {printed[1]} % "
        f"({k} to {upper_k} of {n}{included}; 95 % limits {limits_text(outer)}, sampling only)"
    )


def audited_head(
    subject: str,
    printed: tuple[str, str],
    limits: Interval,
    *,
    not_separated: str,
    has_undecided: bool,
) -> str:
    """The figure of a random audit. printed: percentages of the estimate and of its upper end.

    not_separated: look-alikes that were not told apart, "" where there are none.
    """
    basis = f"(estimated from an audit; 95 % limits {limits_text(limits)}, sampling only"
    if not_separated:
        included = "; undecided cells included" if has_undecided else ""
        return (
            f"{subject}: {not_separated} not separated: {printed[0]} to {printed[1]} % "
            f"{basis}{included})"
        )
    upper = f", up to {printed[1]} % with every undecided cell" if has_undecided else ""
    return f"{subject} {printed[0]} % {basis}){upper}"


def tail(
    decision: ThresholdDecision,
    *,
    threshold: str,
    near_shares: Sequence[Fraction],
    statement: str,
    open_because: str = "no cells counted",
    is_near_only_above: bool = False,
) -> str:
    """How the figure stands to the threshold, and what the rule says where it is reached.

    near_shares: thresholds whose band the figure touches. open_because: what could turn a
    threshold that is not decided. is_near_only_above: the bare count is clear of the band, and
    only with cells that may belong to it does the figure touch it.
    """
    if decision.state is ThresholdState.NOT_MET:
        return f"Not met: {threshold}."
    if decision.state is ThresholdState.NOT_DECIDED:
        return f"Threshold not decided ({threshold}): {open_because}."
    said = f"{statement[0].upper()}{statement[1:]}."
    if decision.state is ThresholdState.MET:
        return said
    near = " and ".join(f"{percent_text(share)} %" for share in near_shares)
    lies = (
        "With every cell that may belong, this value lies"
        if is_near_only_above
        else ("This value lies")
    )
    band = f"{lies} in the indeterminate band around the {near} threshold; extend the count."
    return f"{band} {said}" if decision.is_reached else band


def missing_context(asks: Sequence[str], known: frozenset[str]) -> str:
    """What would decide beside the count and was not given; empty where all of it is known."""
    missing = [question for question in asks if question not in known]
    return f" Not given: {', '.join(missing)}." if missing else ""
