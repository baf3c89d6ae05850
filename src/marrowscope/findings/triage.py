"""The triage for immature or unusual cells: over all cells found, before any review.

No model here knows abnormal promyelocytes, whose hypogranular form looks like a monocyte, and the
disease they belong to (APL) is an emergency. So it speaks early, on a share of blasts,
promyelocytes and monocyte-like cells or of undecided cells, and it cannot be switched off. Both
shares are defaults without a published source.
"""

from collections.abc import Collection

from marrowscope.differential import (
    Comparison,
    ThresholdDecision,
    ThresholdState,
    decide,
    printed_percent,
    wilson_interval,
)
from marrowscope.findings.evidence import found_cells_of, found_tally, undecided_found_cells
from marrowscope.findings.model import Basis, Edition, Finding, FoundCells
from marrowscope.findings.rules import percent_text
from marrowscope.findings.settings import APL_TRIAGE, FindingSettings, setting_share
from marrowscope.vocabulary import classes_of_category

_IMMATURE_CATEGORIES = ("blasts", "promyelocytes", "promonocytes+monocytes")
_ABNORMAL_PROMYELOCYTE = "PROMY_ABN"


def immature_class_ids() -> tuple[str, ...]:
    """Blasts, promyelocytes and monocyte-like cells."""
    return tuple(
        known.class_id
        for category in _IMMATURE_CATEGORIES
        for known in classes_of_category(category)
    )


def _caveat(modelled: Collection[str]) -> str:
    """What always stands beside it, whatever the state."""
    unseen = [
        category
        for category in _IMMATURE_CATEGORIES
        if not any(known.class_id in modelled for known in classes_of_category(category))
    ]
    text = f" Not modelled: {', '.join(unseen)}." if unseen else ""
    if _ABNORMAL_PROMYELOCYTE in modelled:
        return f"{text} APL not excluded."
    return f"{text} Abnormal promyelocytes not modelled; APL not excluded."


def _state(immature: ThresholdDecision, undecided: ThresholdDecision) -> ThresholdState:
    """Any of the two shares reached is enough; nearness does not soften it."""
    if immature.is_reached or undecided.is_reached:
        return ThresholdState.MET
    if immature.state is ThresholdState.NOT_DECIDED:
        return ThresholdState.NOT_DECIDED
    if ThresholdState.NEAR in (immature.state, undecided.state):
        return ThresholdState.NEAR
    return ThresholdState.NOT_MET


_OPENING = {
    ThresholdState.MET: "Many immature or unusual cells: look now.",
    ThresholdState.NOT_DECIDED: "Undecided cells could reach the triage level: look at them soon.",
    ThresholdState.NEAR: "Close to the triage level for immature or unusual cells.",
    ThresholdState.NOT_MET: "Below the triage level for immature or unusual cells.",
}


def apl_triage(
    found: FoundCells,
    modelled: Collection[str],
    settings: FindingSettings,
    scale_note: str | None = None,
) -> Finding:
    """F-APL-triage over all found cells (smudges and what is no cell left out of the total).

    k is the number of immature cells, n that of nucleated cells that could be in a differential.
    May be called again and again while a run goes on, per slide and for all.
    """
    counted, n_undecided, n = found_tally(found)
    k = sum(counted.get(class_id, 0) for class_id in immature_class_ids())
    immature = decide(
        k, k + n_undecided, n, Comparison.AT_LEAST, setting_share(settings.apl_immature_share)
    )
    undecided = decide(
        n_undecided,
        n_undecided,
        n,
        Comparison.AT_LEAST,
        setting_share(settings.apl_undecided_share),
    )
    state = _state(immature, undecided)
    level = percent_text(setting_share(settings.apl_immature_share))
    undecided_level = percent_text(setting_share(settings.apl_undecided_share))
    figures = (
        f"Blasts, promyelocytes and monocyte-like cells {printed_percent(k, n)} % ({k}/{n} "
        f"nucleated cells found), undecided {printed_percent(n_undecided, n)} % "
        f"({n_undecided}/{n})."
        if n
        else "No cells found."
    )
    reached = [
        f"{name} ≥ {limit} %"
        for name, limit, decision in (
            ("immature", level, immature),
            ("undecided", undecided_level, undecided),
        )
        if decision.is_reached
    ]
    if reached:
        figures += f" Reached: {', '.join(reached)}."
    evidence: tuple[str, ...] = ()
    if state is not ThresholdState.NOT_MET:
        evidence = found_cells_of(found, immature_class_ids()) + undecided_found_cells(found)
    return Finding(
        rule_id=APL_TRIAGE,
        version=1,
        edition=Edition.NONE,
        basis=Basis.UNVERIFIED,
        state=state,
        is_reached=state is ThresholdState.MET,
        sentence=f"{_OPENING[state]} {figures}{_caveat(modelled)}",
        k=k,
        upper_k=k + n_undecided,
        n=n,
        percent=100 * k / n if n else None,
        upper_percent=100 * (k + n_undecided) / n if n else None,
        interval=wilson_interval(k, n) if n else None,
        threshold=f"≥ {level} % immature or ≥ {undecided_level} % undecided, of all cells found",
        # The interval is that of the immature cells: no line where the undecided alone spoke.
        threshold_percent=(
            100 * settings.apl_immature_share
            if immature.is_reached or not undecided.is_reached
            else None
        ),
        is_critical=True,
        evidence=evidence,
        scale_note=scale_note,
    )
