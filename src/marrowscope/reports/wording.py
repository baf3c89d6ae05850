"""How numbers are written: units beside them, both bounds, no false digits."""

from marrowscope.slides.model import Scale, ScaleOrigin

MISSING = "–"

_ORIGIN_WORDS = {
    ScaleOrigin.METADATA: "from the file",
    ScaleOrigin.GIVEN: "given by the user",
    ScaleOrigin.ESTIMATED: "estimated from red cells",
}


def whole(number: int) -> str:
    """3112 -> "3,112"."""
    return f"{number:,}"


def percent(value: float | None) -> str:
    """8.0 -> "8.0"; a missing value is a dash, never a zero."""
    return MISSING if value is None else f"{value:.1f}"


def span(low: float | None, high: float | None, decimals: int = 1) -> str:
    """(6.08, 10.9) -> "6.1–10.9"; empty where a bound is missing."""
    if low is None or high is None:
        return ""
    return f"{low:.{decimals}f}–{high:.{decimals}f}"


def ratio(value: float) -> str:
    """M:E to one decimal, below 1 to two: 3.52 -> "3.5", 0.427 -> "0.43"."""
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def ratio_span(low: float | None, high: float | None) -> str:
    """Limits of M:E; empty where one is missing."""
    return "" if low is None or high is None else f"{ratio(low)}–{ratio(high)}"


def area(value_mm2: float) -> str:
    """Area with its unit: 24.3 mm², 1.92 mm², 0.086 mm²; never a zero for what is not zero."""
    if value_mm2 >= 10:
        return f"{value_mm2:,.1f} mm²"
    if value_mm2 >= 0.1 or value_mm2 == 0:
        return f"{value_mm2:.2f} mm²"
    return f"{value_mm2:.3f} mm²" if value_mm2 >= 0.001 else "under 0.001 mm²"


def area_span(value_mm2: float, scale: Scale | None) -> str:
    """Limits of an area whose scale was estimated; empty where the scale is known."""
    if scale is None or scale.low_um_per_px is None or scale.high_um_per_px is None:
        return ""
    low = value_mm2 * (scale.low_um_per_px / scale.um_per_px) ** 2
    high = value_mm2 * (scale.high_um_per_px / scale.um_per_px) ** 2
    return f"{area(low).removesuffix(' mm²')}–{area(high)}"


def scale_value(scale: Scale) -> str:
    """To three decimals: "0.250 µm/px"."""
    return f"{scale.um_per_px:.3f} µm/px"


def scale_origin(scale: Scale) -> str:
    """Where a scale came from, with the limits of an estimate."""
    words = _ORIGIN_WORDS[scale.origin]
    if scale.origin is not ScaleOrigin.ESTIMATED:
        return words
    if scale.n_red_cells is not None:
        words = f"estimated from {whole(scale.n_red_cells)} red cells"
    limits = span(scale.low_um_per_px, scale.high_um_per_px, 3)
    return f"{words}, 95 % limits {limits}" if limits else words


def sentence_case(text: str) -> str:
    """First letter large, the rest as it is: "band forms" -> "Band forms"."""
    return text[:1].upper() + text[1:]


def plural(count: int, one: str, many: str) -> str:
    """(1, "cell", "cells") -> "1 cell"."""
    return f"{whole(count)} {one if count == 1 else many}"
