"""What the API answers about the random audit of a count."""

from pydantic import BaseModel

from marrowscope.cases.audit_sample import NOT_DECIDED
from marrowscope.cases.audit_view import AuditView, StratumView
from marrowscope.differential import AuditedShare, Interval
from marrowscope.vocabulary import cell_class

UNDECIDED = "undecided"
_DECIMALS = 4
"""Of percentages, for reading. Nothing is decided on these figures."""


class StratumAnswer(BaseModel):
    """Cells that the machine showed alike: all unseen ones, those drawn, and of these the seen.

    class_id: "undecided" where it would not name them.
    """

    class_id: str
    label: str
    n: int
    n_sampled: int
    n_seen: int


class EstimateAnswer(BaseModel):
    """A row of the differential as estimated, with 95 % limits, in percent.

    outer_low, outer_high: with every undecided cell in or out of it. audit_low, audit_high: what
    the unseen cells of this count alone leave open.
    """

    category: str
    label: str
    percent: float
    low: float
    high: float
    outer_low: float
    outer_high: float
    audit_low: float
    audit_high: float


class AuditSampleAnswer(BaseModel):
    """The random audit of an analysis.

    cell_ids: all of its cells; missing: those of them that nobody saw yet. suggested: cells to
    draw. estimate: null until it is complete. blind_spot: what a review of some galleries cannot
    know, "" where every cell was seen. may_draw, why_not: whether one may draw it, or more of it.
    """

    is_drawn: bool
    n_drawn: int
    n_seen: int
    is_complete: bool
    cell_ids: list[str]
    missing: list[str]
    strata: list[StratumAnswer]
    suggested: int
    estimate: list[EstimateAnswer] | None
    blind_spot: str
    may_draw: bool
    why_not: str


def audit_sample_answer(view: AuditView, why_not: str) -> AuditSampleAnswer:
    """why_not: why one may not draw, "" where one may."""
    estimate = view.estimate
    return AuditSampleAnswer(
        is_drawn=view.drawn is not None,
        n_drawn=view.n_drawn,
        n_seen=view.n_seen,
        is_complete=view.is_complete,
        cell_ids=[] if view.drawn is None else list(view.drawn.plan.cell_ids),
        missing=list(view.missing),
        strata=[_stratum(part) for part in view.parts],
        suggested=view.suggested,
        estimate=None if estimate is None else [_estimate(row) for row in estimate.rows],
        blind_spot=view.blind_spot.sentence,
        may_draw=not why_not,
        why_not=why_not,
    )


def _stratum(part: StratumView) -> StratumAnswer:
    is_undecided = part.called == NOT_DECIDED
    return StratumAnswer(
        class_id=UNDECIDED if is_undecided else part.called,
        label="Undecided" if is_undecided else cell_class(part.called).label,
        n=part.n,
        n_sampled=part.n_sampled,
        n_seen=part.n_seen,
    )


def _estimate(row: AuditedShare) -> EstimateAnswer:
    estimate = row.estimate
    low, high = _limits(estimate.overall)
    audit_low, audit_high = _limits(estimate.finite)
    return EstimateAnswer(
        category=row.category,
        label=row.label,
        percent=_percent(estimate.share),
        low=low,
        high=high,
        outer_low=low,
        outer_high=max(high, _limits(row.with_undecided.overall)[1]),
        audit_low=audit_low,
        audit_high=audit_high,
    )


def _limits(interval: Interval) -> tuple[float, float]:
    return _percent(interval.low), _percent(interval.high)


def _percent(share: float) -> float:
    return round(100 * share, _DECIMALS)
