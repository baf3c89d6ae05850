"""Whether the count can carry a differential: its size, and the smudged nuclei."""

from marrowscope.differential import (
    Comparison,
    Differential,
    ThresholdDecision,
    ThresholdState,
    decide,
    printed_percent,
    wilson_interval,
)
from marrowscope.findings.evidence import cells_of
from marrowscope.findings.model import Basis, Edition, Evidence, Finding
from marrowscope.findings.rules import percent_text
from marrowscope.findings.sentences import limits_text, tail
from marrowscope.findings.settings import FindingSettings, setting_share

# ICSH 2008: the least that a differential may rest on where no diagnosis depends on it.
_LEAST_CELLS = 300
COUNT_RULE = "F-INAD-COUNT"
_INADEQUATE = "inadequate for a reportable differential"


def count_finding(differential: Differential) -> Finding:
    """F-INAD-COUNT: fewer than 300 cells counted."""
    is_short = differential.total < _LEAST_CELLS
    counted = f"{differential.total} cells counted"
    said = (
        f"{counted}, fewer than {_LEAST_CELLS}: {_INADEQUATE}."
        if is_short
        else f"{counted}, at least {_LEAST_CELLS}."
    )
    return Finding(
        rule_id=COUNT_RULE,
        version=1,
        edition=Edition.NONE,
        basis=Basis.PARTLY_CONFIRMED,
        state=ThresholdState.MET if is_short else ThresholdState.NOT_MET,
        is_reached=is_short,
        sentence=said,
        k=None,
        upper_k=None,
        n=differential.total,
        percent=None,
        upper_percent=None,
        interval=None,
        threshold=f"< {_LEAST_CELLS} cells",
        threshold_percent=None,
        is_critical=False,
        evidence=(),
        scale_note=differential.scale_note,
    )


SMUDGE = "SMUDGE"
SMUDGE_RULE = "F-INAD-SMUDGE"


def smudge_finding(
    differential: Differential, evidence: Evidence, settings: FindingSettings
) -> Finding:
    """F-INAD-SMUDGE: smudged nuclei as a share of counted cells and smudges."""
    k = sum(removed.n for removed in differential.removed if removed.class_id == SMUDGE)
    n = differential.total + k
    share = setting_share(settings.smudge_share)
    decision = (
        decide(k, k, n, Comparison.AT_LEAST, share)
        if n
        else ThresholdDecision(ThresholdState.NOT_DECIDED, False)
    )
    interval = wilson_interval(k, n) if n else None
    figure = (
        f"Smudged nuclei {printed_percent(k, n)} % ({k}/{n} counted cells and smudges; 95 % limits "
        f"{limits_text(interval)}, sampling only)"
        if interval
        else "Smudged nuclei: no cells counted"
    )
    threshold = f"≥ {percent_text(share)} %"
    said = tail(decision, threshold=threshold, near_shares=(share,), statement=_INADEQUATE)
    return Finding(
        rule_id=SMUDGE_RULE,
        version=1,
        edition=Edition.NONE,
        basis=Basis.UNVERIFIED,
        state=decision.state,
        is_reached=decision.is_reached,
        sentence=f"{figure}. {said}",
        k=k,
        upper_k=k,
        n=n,
        percent=100 * k / n if n else None,
        upper_percent=100 * k / n if n else None,
        interval=interval,
        threshold=threshold,
        threshold_percent=float(100 * share),
        is_critical=False,
        evidence=()
        if decision.state is ThresholdState.NOT_MET
        else cells_of(evidence, ("SMUDGE",)),
        scale_note=differential.scale_note,
    )
