"""How the estimate of a random audit stands to the rules about shares.

Where not every counted cell was seen, the estimate by double sampling is the result, and not the
plain count, which would contradict it. Rules with several conditions are not evaluated: the
limits of an estimate say nothing of two shares at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from marrowscope.differential import (
    AuditedStratum,
    Comparison,
    DoubleSamplingEstimate,
    Interval,
    ThresholdDecision,
    ThresholdState,
    all_of,
    decide,
    double_sampling,
    printed_percent,
)
from marrowscope.findings.model import Evidence, Finding
from marrowscope.findings.rules import Criterion, Rule
from marrowscope.findings.sentences import audited_head, missing_context, tail
from marrowscope.findings.settings import FindingSettings, rules_in_force
from marrowscope.findings.shares import rule_evidence
from marrowscope.vocabulary import Counting, all_classes

_PARTS: Final = 10**9
"""An estimate is read as so many parts of 1, so that its rounding error turns no threshold."""


@dataclass(frozen=True, slots=True)
class AuditedMeasure:
    """A criterion held against the estimate of an audit.

    estimate: cells surely of the set; upper: these, those that may be of it, and every undecided
    one. not_separated: classes with cells that may be of it. has_undecided: whether there are
    undecided cells. near_shares: thresholds inside the band; is_bare_near: whether the limits of
    `estimate` alone hold one.
    """

    criterion: Criterion
    estimate: DoubleSamplingEstimate
    upper: DoubleSamplingEstimate
    not_separated: tuple[str, ...]
    has_undecided: bool
    decision: ThresholdDecision
    near_shares: tuple[Fraction, ...]
    is_bare_near: bool

    @property
    def limits(self) -> Interval:
        """95 %, all sampling in them; those of a range hold both of its ends."""
        low, high = self.estimate.overall.low, self.estimate.overall.high
        return Interval(low, self.upper.overall.high if self.not_separated else high)


def printed_share(share: float) -> str:
    """An estimated share (fraction of 1) in percent, as a count is printed."""
    return printed_percent(round(share * _PARTS), _PARTS)


def decide_audited(
    estimate: DoubleSamplingEstimate,
    upper: DoubleSamplingEstimate,
    comparison: Comparison,
    share: Fraction,
) -> ThresholdDecision:
    """Holds an estimate against a threshold (fraction of 1), by the rule for counts (`decide`).

    estimate: cells surely of the class; upper: these and every cell that may be of it. Near where
    the overall limits of either hold the threshold.
    """
    is_reached = _satisfies(estimate, comparison, share)
    if _satisfies(upper, comparison, share) != is_reached:
        return ThresholdDecision(ThresholdState.NOT_DECIDED, is_reached)
    if _holds(estimate, share) or _holds(upper, share):
        return ThresholdDecision(ThresholdState.NEAR, is_reached)
    state = ThresholdState.MET if is_reached else ThresholdState.NOT_MET
    return ThresholdDecision(state, is_reached)


def measure_audited(
    strata: Sequence[AuditedStratum], criteria: Sequence[Criterion]
) -> tuple[AuditedMeasure, ...]:
    """Estimates the cells of each criterion and decides on it.

    strata: of a complete audit, as for `double_sampling`, whose errors it raises.
    """
    undecided = frozenset(
        one.class_id for one in all_classes() if one.counting is Counting.UNDECIDED
    )
    wanted: dict[frozenset[str], None] = {undecided: None}
    for criterion in criteria:
        wanted.update(dict.fromkeys((_own(criterion), _upper(criterion) | undecided)))
        wanted.update(dict.fromkeys(frozenset({one}) for one in criterion.possible_class_ids))
    found = dict(zip(wanted, double_sampling(strata, list(wanted)), strict=True))
    return tuple(
        _measured(
            criterion,
            found[_own(criterion)],
            found[_upper(criterion) | undecided],
            [one for one in criterion.possible_class_ids if found[frozenset({one})].n],
            has_undecided=found[undecided].n > 0,
        )
        for criterion in criteria
    )


def audited_rules(settings: FindingSettings) -> tuple[Rule, ...]:
    """Rules in force that an audit can speak of."""
    return tuple(rule for rule in rules_in_force(settings) if len(rule.criteria) == 1)


def audited_findings(
    strata: Sequence[AuditedStratum],
    evidence: Evidence,
    settings: FindingSettings,
    scale_note: str | None = None,
) -> tuple[Finding, ...]:
    """Every rule about shares that an audit can speak of, met or not, in a fixed order.

    strata: of a complete audit. evidence: the cells as they are named now. All classes are
    modelled: the names are those of persons.
    """
    rules = audited_rules(settings)
    measures = measure_audited(strata, [rule.criteria[0] for rule in rules])
    return tuple(
        _finding(rule, measured, evidence, settings.known_context, scale_note)
        for rule, measured in zip(rules, measures, strict=True)
    )


def _own(criterion: Criterion) -> frozenset[str]:
    return frozenset(criterion.class_ids)


def _upper(criterion: Criterion) -> frozenset[str]:
    return frozenset((*criterion.class_ids, *criterion.possible_class_ids))


def _satisfies(estimate: DoubleSamplingEstimate, comparison: Comparison, share: Fraction) -> bool:
    parts = round(estimate.share * _PARTS)
    return decide(parts, parts, _PARTS, comparison, share).is_reached


def _holds(estimate: DoubleSamplingEstimate, share: Fraction) -> bool:
    return estimate.overall.low < share < estimate.overall.high


def _measured(
    criterion: Criterion,
    estimate: DoubleSamplingEstimate,
    upper: DoubleSamplingEstimate,
    not_separated: Collection[str],
    *,
    has_undecided: bool,
) -> AuditedMeasure:
    ends = [(criterion.comparison, criterion.share)]
    if criterion.below_share is not None:
        ends.append((Comparison.LESS_THAN, criterion.below_share))
    decisions = [decide_audited(estimate, upper, *end) for end in ends]
    near = tuple(
        share
        for (_, share), decision in zip(ends, decisions, strict=True)
        if decision.state is ThresholdState.NEAR
    )
    return AuditedMeasure(
        criterion=criterion,
        estimate=estimate,
        upper=upper,
        not_separated=tuple(not_separated),
        has_undecided=has_undecided,
        decision=all_of(decisions),
        near_shares=near,
        is_bare_near=any(_holds(estimate, share) for share in near),
    )


def _finding(
    rule: Rule,
    measured: AuditedMeasure,
    evidence: Evidence,
    known_context: frozenset[str],
    scale_note: str | None,
) -> Finding:
    criterion, decision = measured.criterion, measured.decision
    not_separated = criterion.not_separated if measured.not_separated else ""
    reasons = [f"{not_separated} not separated"] if not_separated else []
    if measured.has_undecided:
        reasons.append("undecided cells")
    figure = audited_head(
        criterion.subject,
        (printed_share(measured.estimate.share), printed_share(measured.upper.share)),
        measured.limits,
        not_separated=not_separated,
        has_undecided=measured.has_undecided,
    )
    said = tail(
        decision,
        threshold=criterion.threshold,
        near_shares=measured.near_shares,
        statement=rule.statement,
        open_because=" and ".join(reasons),
        is_near_only_above=not measured.is_bare_near,
    )
    asked = ""
    if decision.state is not ThresholdState.NOT_MET:
        asked = missing_context(rule.asks, known_context)
    return Finding(
        rule_id=rule.rule_id,
        version=rule.version,
        edition=rule.edition,
        basis=rule.basis,
        state=decision.state,
        is_reached=decision.is_reached,
        sentence=f"{figure}. {said}{asked}",
        k=None,
        upper_k=None,
        n=None,
        percent=100 * measured.estimate.share,
        upper_percent=100 * measured.upper.share,
        interval=measured.estimate.overall,
        threshold=criterion.threshold,
        threshold_percent=float(100 * criterion.share),
        is_critical=rule.is_critical,
        evidence=rule_evidence(rule, decision.state, evidence),
        scale_note=scale_note,
    )
