"""M:E against a reference interval that the laboratory has adopted; never without one."""

from marrowscope.differential import Differential, MyeloidErythroidRatio, ThresholdState
from marrowscope.findings.model import Basis, Edition, Finding
from marrowscope.findings.settings import ReferenceRatio


def _state(is_clear: bool, is_reached: bool, can_be_reached: bool) -> ThresholdState:
    if is_clear:
        return ThresholdState.MET
    if is_reached or can_be_reached:
        return ThresholdState.NEAR
    return ThresholdState.NOT_MET


def _finding(
    differential: Differential,
    reference: ReferenceRatio,
    *,
    is_high: bool,
    state: ThresholdState,
    is_reached: bool,
) -> Finding:
    ratio = differential.me
    threshold = f"> {reference.high:g}" if is_high else f"< {reference.low:g}"
    return Finding(
        rule_id="F-ME-hi" if is_high else "F-ME-lo",
        version=1,
        edition=Edition.NONE,
        basis=Basis.PARTLY_CONFIRMED,
        state=state,
        is_reached=is_reached,
        sentence=_sentence(ratio, reference, state, "Above" if is_high else "Below"),
        k=None,
        upper_k=None,
        n=ratio.n_myeloid + ratio.n_erythroid,
        percent=None,
        upper_percent=None,
        interval=None,
        threshold=threshold,
        threshold_percent=None,
        is_critical=False,
        evidence=(),
        scale_note=differential.scale_note,
    )


def _sentence(
    ratio: MyeloidErythroidRatio, reference: ReferenceRatio, state: ThresholdState, side: str
) -> str:
    if ratio.value is None:
        return f"M:E ({ratio.formula}): {ratio.note}."
    figure = (
        f"M:E {ratio.value:.2f} ({ratio.n_myeloid}:{ratio.n_erythroid}, {ratio.formula}; 95 % "
        f"limits {ratio.low:.2f}–{ratio.high:.2f}, sampling only)"
    )
    adopted = f"{reference.low:g}–{reference.high:g} ({reference.source})"
    if state is ThresholdState.MET:
        return f"{figure}. {side} the adopted {adopted}: ratio shift; read with cellularity."
    if state is ThresholdState.NEAR:
        return f"{figure}. The limits overlap the end of the adopted {adopted}."
    return f"{figure}. Not {side.lower()} the adopted {adopted}."


def me_findings(differential: Differential, reference: ReferenceRatio) -> tuple[Finding, ...]:
    """F-ME-hi and F-ME-lo: met where the whole interval of M:E lies beyond the reference."""
    ratio = differential.me
    if ratio.value is None or ratio.low is None or ratio.high is None:
        open_ = ThresholdState.NOT_DECIDED
        return tuple(
            _finding(differential, reference, is_high=is_high, state=open_, is_reached=False)
            for is_high in (True, False)
        )
    is_above, is_below = ratio.value > reference.high, ratio.value < reference.low
    above = _state(ratio.low > reference.high, is_above, ratio.high > reference.high)
    below = _state(ratio.high < reference.low, is_below, ratio.low < reference.low)
    return (
        _finding(differential, reference, is_high=True, state=above, is_reached=is_above),
        _finding(differential, reference, is_high=False, state=below, is_reached=is_below),
    )
