"""The facts at the head of a report, and one line a slide at its end."""

from marrowscope.analysis import Analysis, SlideRecord
from marrowscope.reports.document import CategoryRow, Fact, Ratio
from marrowscope.reports.wording import (
    MISSING,
    area,
    area_span,
    plural,
    ratio_span,
    scale_origin,
    scale_value,
    span,
    whole,
)
from marrowscope.reports.wording import ratio as ratio_value
from marrowscope.slides.model import Scale

FEW_ERYTHROID = 10
"""Below this the ratio swings with every single cell, and the summary says so beside it."""


def summary_facts(
    analysis: Analysis, rows: tuple[CategoryRow, ...], ratio: Ratio
) -> tuple[Fact, ...]:
    """N of found, M:E, blasts with both bounds, areas, scale."""
    estimated = analysis.scale_is_estimated
    counts, areas = analysis.counts, analysis.areas
    scale = common_scale(analysis.slides)
    counted_details = [f"counted of {whole(counts.found)} found"]
    if counts.abstained:
        counted_details.append(f"{whole(counts.abstained)} undecided, part of N")
    counted_details.append(f"{whole(counts.removed)} removed, not part of N")
    n_outside = counts.found - counts.counted - counts.removed
    if n_outside:
        counted_details.append(f"{whole(n_outside)} outside the count: cut, elsewhere, or later")
    limits = area_span(areas.counted_mm2, scale)
    return (
        Fact("Cells", whole(counts.counted), tuple(counted_details), estimated),
        _ratio_fact(ratio, estimated),
        _blast_fact(rows, counts.counted, estimated),
        Fact(
            "Area counted",
            area(areas.counted_mm2),
            tuple(
                line
                for line in (
                    f"95 % limits {limits}" if limits else "",
                    f"{area(areas.countable_mm2)} countable",
                    f"{area(areas.looked_at_mm2)} looked at",
                )
                if line
            ),
            estimated,
        ),
        _scale_fact(analysis.slides, scale, estimated),
    )


def common_scale(slides: tuple[SlideRecord, ...]) -> Scale | None:
    """The scale that all slides share; None where they differ."""
    scales = {slide.scale for slide in slides}
    return next(iter(scales)) if len(scales) == 1 else None


def slide_facts(analysis: Analysis) -> tuple[Fact, ...]:
    """One fact a slide: its scale, pictures, stain reference, and what was left out."""
    return tuple(_slide_fact(slide) for slide in analysis.slides)


def _ratio_fact(ratio: Ratio, estimated: bool) -> Fact:
    label = "M:E"
    if ratio.value is None:
        return Fact(label, MISSING, (ratio.note or "no ratio", ratio.formula), estimated)
    limits = ratio_span(ratio.low, ratio.high)
    few = ratio.n_erythroid is not None and ratio.n_erythroid < FEW_ERYTHROID
    details = (
        f"95 % limits {limits}" if limits else "",
        f"on only {ratio.n_erythroid} erythroid" if few else "",
        f"formula {ratio.formula}",
    )
    return Fact(label, ratio_value(ratio.value), tuple(line for line in details if line), estimated)


def _blast_fact(rows: tuple[CategoryRow, ...], n_counted: int, estimated: bool) -> Fact:
    row = next((one for one in rows if one.category == "blasts"), None)
    if row is None or row.n is None or row.percent is None:
        return Fact("Blasts", MISSING, ("not modelled",), estimated)
    details = [f"{whole(row.n)} of {whole(n_counted)}, 95 % limits {span(row.low, row.high)}"]
    value = f"{row.printed} %"
    if row.upper_n is not None and row.upper_n > row.n:
        value = f"{row.printed}–{row.upper_printed} %"
        details.append(f"{whole(row.upper_n)} if all undecided were blasts")
    return Fact("Blasts", value, tuple(details), estimated)


def _scale_fact(slides: tuple[SlideRecord, ...], scale: Scale | None, estimated: bool) -> Fact:
    if scale is None:
        return Fact("Scale", "per slide", ("see provenance",), estimated)
    return Fact("Scale", scale_value(scale), (scale_origin(scale),), estimated)


def _slide_fact(slide: SlideRecord) -> Fact:
    details = [f"{slide.kind.value}, {scale_value(slide.scale)} {scale_origin(slide.scale)}"]
    if len(slide.pictures) == 1:
        only = slide.pictures[0]
        details.append(f"{whole(only.width_px)} × {whole(only.height_px)} px")
    else:
        details.append(plural(len(slide.pictures), "picture", "pictures"))
    if slide.skipped:
        details.append(f"unreadable and skipped: {', '.join(slide.skipped)}")
    if slide.private_images:
        details.append(f"private images found, never rendered: {', '.join(slide.private_images)}")
    details.append(_reference_words(slide))
    return Fact("Slide", slide.name, tuple(details), slide.scale.low_um_per_px is not None)


def _reference_words(slide: SlideRecord) -> str:
    reference = slide.reference
    if reference is None or reference.white_rgb is None or reference.red_cell_rgb is None:
        return "stain reference of this slide not measurable: the shipped one was used"
    white = ", ".join(f"{value:.0f}" for value in reference.white_rgb)
    red = ", ".join(f"{value:.0f}" for value in reference.red_cell_rgb)
    return f"background RGB {white}; red cells RGB {red}"
