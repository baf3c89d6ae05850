"""A small result as an analysis leaves it, counted by the product itself: two smears of two fields.

Some cells are undecided, removed, cut, beyond the limit or outside of what may be counted.
"""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np

from marrowscope.analysis import (
    SCHEMA_VERSION,
    Analysis,
    Areas,
    Counts,
    ModelRecord,
    PictureRecord,
    RegionRecord,
    SlideCount,
    SlideRecord,
)
from marrowscope.cell_table import CellColumns, CellTable, cell_ids, reading_order
from marrowscope.differential import (
    CLASSIFIER_ERROR_NOT_KNOWN,
    Differential,
    as_json,
    case_differential,
    choose_count,
    finish_count,
)
from marrowscope.exchange import encode_analysis, write_cells
from marrowscope.geometry import PixelBox
from marrowscope.slides.model import Scale, ScaleOrigin, SlideKind

CLASS_IDS = (
    "BLAST_NOS", "PROMY", "MYELO", "META", "SEG", "MONO", "LYMPH", "PLASMA", "ERY_NOS", "SMUDGE",
    "UNCLASS",
)  # fmt: skip
SHARES = (4, 3, 8, 7, 9, 2, 7, 2, 12, 4, 1)
SLIDES = ("smear-1", "smear-2")
FIELDS = ("field-01.png", "field-02.png")
UM_PER_PX = 0.1
FIELD_PX = (2560, 1920)
STRIP_PX = 800
"""A field is read in strips: two that may be counted, and a thick one."""
THICK = 2


@dataclass(frozen=True)
class _Strip:
    slide: int
    field: int
    number: int

    @property
    def box(self) -> PixelBox:
        return PixelBox(STRIP_PX * self.number, 0, STRIP_PX, FIELD_PX[1])

    @property
    def source(self) -> str:
        return f"{SLIDES[self.slide]}/{FIELDS[self.field]}"


STRIPS = tuple(
    _Strip(slide, field, number) for slide in (0, 1) for field in (0, 1) for number in (0, 1, THICK)
)
COUNTABLE = tuple(place for place, strip in enumerate(STRIPS) if strip.number != THICK)


@cache
def made_analysis(n_cells: int = 60, n_to_count: int = 30) -> Analysis:
    """Always the same. n_cells: at least some dozen, so that every kind is there."""
    table, taken = _cells(n_cells, n_to_count)
    chosen = np.isin(table.texts("why_not"), ("", "class"))
    count = case_differential(
        table.texts("slide")[chosen].tolist(),
        table.texts("class_id")[chosen].tolist(),
        table.mask("abstained")[chosen],
        slides=SLIDES,
        modelled=[name for name in CLASS_IDS if name != "UNCLASS"],
    )
    regions = tuple(_region(place, taken) for place in range(len(STRIPS)))
    mm2 = {name: _area_mm2(regions, name) for name in ("countable", "thick")}
    pooled: dict[str, Any] = as_json(count.pooled)
    return Analysis(
        software_version="0.1.0",
        slides=tuple(_slide(name) for name in SLIDES),
        regions=regions,
        areas=Areas(sum(mm2.values()), mm2["countable"], _area_mm2(regions, None), mm2),
        models=(
            ModelRecord("detector", "made", "1.0", "ab" * 32, "Apache-2.0", 0.4),
            ModelRecord("classifier", "made", "1.0", "cd" * 32, "Apache-2.0", 0.5, CLASS_IDS),
        ),
        settings={"n_to_count": n_to_count, "me_formula": "ICSH 2008", "blast_nos_in_me": True},
        cells=table,
        counts=_counts(table, count.pooled, None),
        differential=tuple(pooled["differential"]),
        me=pooled["me"],
        by_slide=tuple(
            SlideCount(
                slide=one.slide,
                counts=_counts(table, one.differential, one.slide),
                differential=tuple(as_json(one.differential)["differential"]),
                me=as_json(one.differential)["me"],
            )
            for one in count.slides
        ),
        findings=(),
        not_assessed=(),
        advice=count.pooled.advice,
        partial=pooled["partial"],
        corrected={"known": False, "reason": CLASSIFIER_ERROR_NOT_KNOWN},
    )


@cache
def made_files(n_cells: int = 60, n_to_count: int = 30) -> dict[str, bytes]:
    """cells.parquet and analysis.json."""
    analysis = made_analysis(n_cells, n_to_count)
    parquet = BytesIO()
    write_cells(analysis.cells, parquet)
    return {"analysis.json": encode_analysis(analysis), "cells.parquet": parquet.getvalue()}


def _cells(n: int, n_to_count: int) -> tuple[CellTable, tuple[int, ...]]:
    random = np.random.default_rng(38)
    strip = np.arange(n) % len(STRIPS)
    slide = np.array([STRIPS[one].slide for one in strip], dtype=np.int64)
    field = np.array([STRIPS[one].field for one in strip], dtype=np.int64)
    is_cut = np.arange(n) % 11 == 5
    left = np.array([STRIPS[one].box.x_px for one in strip])
    x_px = left + random.uniform(60, STRIP_PX - 60, n)
    y_px = np.where(is_cut, 8.0, random.uniform(100, FIELD_PX[1] - 100, n))

    guess = random.choice(len(CLASS_IDS), size=n, p=np.array(SHARES) / sum(SHARES))
    probabilities = random.dirichlet(np.full(len(CLASS_IDS), 0.3), n)
    probabilities[np.arange(n), guess] += 1.5
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    names = np.array(CLASS_IDS)[guess]
    abstained = (random.uniform(size=n) < 0.1) | (names == "UNCLASS")

    rank_of = {place: rank for rank, place in enumerate(COUNTABLE)}
    rank = np.array([rank_of.get(int(one), -1) for one in strip], dtype=np.int64)
    choice = choose_count(rank, ~is_cut, _order(), n_to_count)
    finished = finish_count(choice, names.tolist(), abstained)
    order = reading_order(slide, field, x_px, y_px)
    size = random.uniform(90, 170, n)
    columns = CellColumns(
        slide=[SLIDES[one] for one in slide[order]],
        source=[STRIPS[one].source for one in strip[order]],
        cell_id=cell_ids(slide[order]),
        x_px=x_px[order],
        y_px=y_px[order],
        w_px=size[order],
        h_px=0.9 * size[order],
        um_per_px=np.full(n, UM_PER_PX),
        score=random.uniform(0.5, 1.0, n),
        class_id=names[order].tolist(),
        probability=probabilities.max(axis=1)[order].astype(np.float32),
        probabilities=probabilities[order].astype(np.float32),
        abstained=abstained[order],
        counted=finished.counted[order],
        why_not=finished.why_not[order].tolist(),
        object_kind=["nucleated"] * n,
        nucleus=[_nucleus(x_px[row], y_px[row], row) for row in order],
        strangeness=random.uniform(0, 1.2, n).astype(np.float32),
    )
    taken = tuple(COUNTABLE[rank] for rank in choice.regions_taken)
    return CellTable.from_columns(columns, CLASS_IDS, SCHEMA_VERSION), taken


def _order() -> list[int]:
    """Countable strips, the two smears by turns."""
    half = len(COUNTABLE) // 2
    return [one for pair in zip(range(half), range(half, 2 * half), strict=True) for one in pair]


def _nucleus(x: float, y: float, row: int) -> tuple[np.ndarray, ...]:
    """A square of 6 µm; nothing for every fifth cell."""
    if row % 5 == 0:
        return ()
    corners = np.array([[-30.0, -30.0], [30.0, -30.0], [30.0, 30.0], [-30.0, 30.0]])
    return (corners + np.array([x, y]),)


def _region(place: int, taken: tuple[int, ...]) -> RegionRecord:
    strip = STRIPS[place]
    rank = _order().index(COUNTABLE.index(place)) if place in COUNTABLE else None
    return RegionRecord(
        region_id=f"r{place:05d}",
        slide=SLIDES[strip.slide],
        source=strip.source,
        box=strip.box,
        verdict="thick" if rank is None else "countable",
        counted=place in taken,
        rank=rank,
        read=True,
    )


def _area_mm2(regions: tuple[RegionRecord, ...], verdict: str | None) -> float:
    """verdict: None for what is counted."""
    return sum(
        one.box.area_mm2(UM_PER_PX)
        for one in regions
        if (one.counted if verdict is None else one.verdict == verdict)
    )


def _slide(name: str) -> SlideRecord:
    pictures = tuple(PictureRecord(f"{name}/{field}", *FIELD_PX) for field in FIELDS)
    return SlideRecord(name, SlideKind.FIELDS, Scale(UM_PER_PX, ScaleOrigin.METADATA), pictures)


def _counts(table: CellTable, count: Differential, slide: str | None) -> Counts:
    found = table.n_cells if slide is None else int((table.texts("slide") == slide).sum())
    return Counts(found, count.total, count.n_undecided, count.n_removed, area_mm2=0.5)
