"""How a differential stands to the rules about shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from marrowscope.differential import (
    Comparison,
    Differential,
    Interval,
    ThresholdDecision,
    ThresholdState,
    all_of,
    decide,
    interval_holds,
    printed_percent,
    wilson_interval,
)
from marrowscope.findings.evidence import cells_of
from marrowscope.findings.model import Evidence, Finding
from marrowscope.findings.rules import Criterion, Rule
from marrowscope.findings.sentences import cells_text, head, missing_context, range_head, tail


@dataclass(frozen=True, slots=True)
class Measured:
    """A criterion held against a differential.

    k: cells surely of the set; n_possible: cells that may be of it, undecided ones not among
    them; upper_k: both and every undecided cell. near_shares: thresholds inside the band.
    """

    criterion: Criterion
    k: int
    n_possible: int
    upper_k: int
    n: int
    decision: ThresholdDecision
    near_shares: tuple[Fraction, ...]

    @property
    def is_bare_near(self) -> bool:
        """True where the band is touched without any cell that only may belong to the set."""
        return any(interval_holds(self.k, self.n, share) for share in self.near_shares)

    @property
    def interval(self) -> Interval | None:
        """Wilson limits of the share; None where no cell was counted."""
        return wilson_interval(self.k, self.n) if self.n else None


def _printed(criterion: Criterion, k: int, differential: Differential) -> str:
    """As in the differential's own column where the set is one of its rows."""
    if len(criterion.categories) == 1:
        row = differential.category(criterion.categories[0])
        if row.n == k and row.printed_percent is not None:
            return row.printed_percent
    return printed_percent(k, differential.total)


def measure(criterion: Criterion, differential: Differential) -> Measured:
    """Counts the cells of a criterion and decides on it."""
    k = sum(differential.n_of(class_id) for class_id in criterion.class_ids)
    n_possible = sum(differential.n_of(class_id) for class_id in criterion.possible_class_ids)
    upper_k = k + n_possible + differential.n_undecided
    total = differential.total
    ends = [(criterion.comparison, criterion.share)]
    if criterion.below_share is not None:
        ends.append((Comparison.LESS_THAN, criterion.below_share))
    decisions = [decide(k, upper_k, total, comparison, share) for comparison, share in ends]
    return Measured(
        criterion=criterion,
        k=k,
        n_possible=n_possible,
        upper_k=upper_k,
        n=total,
        decision=all_of(decisions),
        near_shares=tuple(
            share
            for (_, share), decision in zip(ends, decisions, strict=True)
            if decision.state is ThresholdState.NEAR
        ),
    )


def _head(measured: Measured, differential: Differential) -> str:
    criterion = measured.criterion
    printed = _printed(criterion, measured.k, differential)
    if measured.n_possible:
        return range_head(
            criterion.subject,
            criterion.not_separated,
            (measured.k, measured.upper_k, measured.n),
            (printed, printed_percent(measured.upper_k, measured.n)),
            Interval(
                wilson_interval(measured.k, measured.n).low,
                wilson_interval(measured.upper_k, measured.n).high,
            ),
            differential.n_undecided,
        )
    return head(
        criterion.subject,
        (measured.k, measured.upper_k, measured.n),
        (printed, printed_percent(measured.upper_k, measured.n)),
        measured.interval,
        differential.n_undecided,
    )


def rule_evidence(rule: Rule, state: ThresholdState, evidence: Evidence) -> tuple[str, ...]:
    """Ids of the cells that a rule in this state rests on."""
    if state is ThresholdState.NOT_MET:
        return ()
    class_ids = [
        class_id
        for criterion in rule.criteria
        if criterion.comparison is not Comparison.LESS_THAN
        for class_id in (*criterion.class_ids, *criterion.possible_class_ids)
    ]
    cells = cells_of(evidence, class_ids)
    return cells + evidence.undecided if state is ThresholdState.NOT_DECIDED else cells


def _threshold(rule: Rule) -> str:
    if len(rule.criteria) == 1:
        return rule.criteria[0].threshold
    return " and ".join(f"{part.subject} {part.threshold}" for part in rule.criteria)


def _open_because(parts: Sequence[Measured], differential: Differential) -> str:
    """What could turn a threshold that is not decided."""
    if not differential.total:
        return "no cells counted"
    reasons = [f"{part.criterion.not_separated} not separated" for part in parts if part.n_possible]
    if differential.n_undecided:
        reasons.append(cells_text(differential.n_undecided, "undecided"))
    return " and ".join(reasons)


def share_finding(
    rule: Rule,
    differential: Differential,
    evidence: Evidence,
    known_context: frozenset[str],
) -> Finding:
    """The finding of one rule about shares; its criteria must be modelled."""
    parts = [measure(criterion, differential) for criterion in rule.criteria]
    decision = all_of([part.decision for part in parts])
    first = parts[0]
    threshold = _threshold(rule)
    sentence = "; ".join(_head(part, differential) for part in parts) + ". "
    sentence += tail(
        decision,
        threshold=threshold,
        near_shares=tuple(share for part in parts for share in part.near_shares),
        statement=rule.statement,
        open_because=_open_because(parts, differential),
        is_near_only_above=not any(part.is_bare_near for part in parts),
    )
    if decision.state is not ThresholdState.NOT_MET:
        sentence += missing_context(rule.asks, known_context)
    total = differential.total
    return Finding(
        rule_id=rule.rule_id,
        version=rule.version,
        edition=rule.edition,
        basis=rule.basis,
        state=decision.state,
        is_reached=decision.is_reached,
        sentence=sentence,
        k=first.k,
        upper_k=first.upper_k,
        n=total,
        percent=100 * first.k / total if total else None,
        upper_percent=100 * first.upper_k / total if total else None,
        interval=first.interval,
        threshold=threshold,
        threshold_percent=float(100 * rule.criteria[0].share),
        is_critical=rule.is_critical,
        evidence=rule_evidence(rule, decision.state, evidence),
        scale_note=differential.scale_note,
    )
