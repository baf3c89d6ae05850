"""Where cells and regions lie: what is drawn over each slide at low power."""

import numpy as np

from marrowscope.analysis import COUNTABLE, Analysis, PictureRecord, RegionRecord, SlideRecord
from marrowscope.geometry import IntArray
from marrowscope.reports.document import (
    DrawnCell,
    DrawnRegion,
    OverviewPicture,
    SlideOverview,
    VerdictArea,
)
from marrowscope.reports.gallery import CellStates
from marrowscope.reports.marks import mark_of_cell
from marrowscope.reports.wording import sentence_case
from marrowscope.slides.model import SlideKind

FIELDS_IN_ALL = 48
FIELDS_PER_SLIDE = 24
FIELDS_AT_LEAST = 4
CELLS_PER_PICTURE = 20_000
"""More dots than this hide each other, and each costs bytes."""

_VERDICT_LABELS = {
    "counted": "Counted",
    "countable": "Countable, not needed",
}

_SMALLEST_SHOWN_MM2 = 0.005
"""Less would be printed as 0.00 mm²."""


def slide_overviews(analysis: Analysis, states: CellStates) -> tuple[SlideOverview, ...]:
    """One overview a slide; field sheets share `FIELDS_IN_ALL` between them."""
    share = FIELDS_IN_ALL // max(len(analysis.slides), 1)
    n_fields = max(FIELDS_AT_LEAST, min(FIELDS_PER_SLIDE, share))
    rows_of = _rows_by_source(analysis)
    regions_of: dict[str, list[RegionRecord]] = {}
    for region in analysis.regions:
        regions_of.setdefault(region.source, []).append(region)
    overviews = []
    for slide in analysis.slides:
        shown = slide.pictures if _is_whole(slide) else slide.pictures[:n_fields]
        overviews.append(
            SlideOverview(
                slide=slide.name,
                is_whole_slide=_is_whole(slide),
                n_pictures=len(slide.pictures),
                pictures=tuple(
                    _picture(
                        picture,
                        regions_of.get(picture.name, []),
                        analysis,
                        states,
                        rows_of.get(picture.name, np.empty(0, dtype=np.int64)),
                    )
                    for picture in shown
                ),
            )
        )
    return tuple(overviews)


def verdict_areas(analysis: Analysis) -> tuple[VerdictArea, ...]:
    """Areas by what was judged of them: counted, countable, then rejected by size."""
    areas = analysis.areas
    countable = max(areas.countable_mm2 - areas.counted_mm2, 0.0)
    accepted = [("counted", areas.counted_mm2), ("countable", countable)]
    rejected = [one for one in areas.by_verdict_mm2.items() if one[0] != COUNTABLE]
    rejected.sort(key=lambda one: (-one[1], one[0]))
    return tuple(
        VerdictArea(kind, _VERDICT_LABELS.get(kind, sentence_case(kind)), area_mm2)
        for kind, area_mm2 in (*accepted, *rejected)
        if kind == "counted" or area_mm2 >= _SMALLEST_SHOWN_MM2
    )


def _is_whole(slide: SlideRecord) -> bool:
    return slide.kind is SlideKind.WHOLE_SLIDE


def _rows_by_source(analysis: Analysis) -> dict[str, IntArray]:
    source = analysis.cells.texts("source")
    names, place = np.unique(source, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(names)))
    parts = np.split(order, starts[1:]) if len(names) else []
    return dict(zip(names.tolist(), parts, strict=True))


def _picture(
    picture: PictureRecord,
    regions: list[RegionRecord],
    analysis: Analysis,
    states: CellStates,
    rows: IntArray,
) -> OverviewPicture:
    in_count = (states.named | states.undecided | states.removed)[rows]
    # What was counted is drawn last, on top, and is the last to be left out.
    ordered = np.concatenate([rows[~in_count], rows[in_count]])
    drawn = ordered[-CELLS_PER_PICTURE:]
    return OverviewPicture(
        source=picture.name,
        width_px=picture.width_px,
        height_px=picture.height_px,
        regions=tuple(_drawn_region(region) for region in regions),
        cells=tuple(_drawn_cells(analysis, states, drawn)),
        n_undrawn=len(ordered) - len(drawn),
    )


def _drawn_region(region: RegionRecord) -> DrawnRegion:
    return DrawnRegion(region.box, "counted" if region.counted else region.verdict)


def _drawn_cells(analysis: Analysis, states: CellStates, rows: IntArray) -> list[DrawnCell]:
    table = analysis.cells.arrow.select(["x_px", "y_px", "w_px", "h_px", "class_id"])
    drawn = []
    for row, cell in zip(rows.tolist(), table.take(rows).to_pylist(), strict=True):
        undecided, removed = bool(states.undecided[row]), bool(states.removed[row])
        mark = None
        if undecided or removed or states.named[row]:
            mark = mark_of_cell(cell["class_id"], undecided=undecided, removed=removed)
        drawn.append(DrawnCell(cell["x_px"], cell["y_px"], cell["w_px"], cell["h_px"], mark))
    return drawn
