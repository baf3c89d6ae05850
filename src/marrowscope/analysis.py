"""The Analysis: what the machine saw on one case, as an immutable value.

The same slides, models and settings give the same Analysis, so nothing here knows a clock, a
host, a thread count or an output folder. One row a cell is in `cell_table.CellTable`; this
module holds the header.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from marrowscope.cell_table import CellTable
from marrowscope.cells.model import SlideReference
from marrowscope.geometry import PixelBox
from marrowscope.slides.model import Scale, ScaleOrigin, SlideKind

SCHEMA_VERSION = "1.0"
"""Of analysis.json and cells.parquet: the first number changes when a reader of them must."""

ESTIMATED_SCALE = "rests on a scale estimated from red cells"
"""Said of every result where the µm/px of a slide is an estimate."""

COUNTABLE = "countable"
"""The verdict of a region where cells may be counted; every other verdict is a rejection."""

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """One pixel grid of a slide: its name (path below the common folder) and level-0 size."""

    name: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class SlideRecord:
    """One smear as it was read, without its files.

    skipped: fields left out because they could not be read and the caller allowed it.
    private_images: names of label and macro images that were found and never rendered.
    reference: what the slide says about its own stain and light; None where not measured.
    """

    name: str
    kind: SlideKind
    scale: Scale
    pictures: tuple[PictureRecord, ...]
    reference: SlideReference | None = None
    skipped: tuple[str, ...] = ()
    private_images: tuple[str, ...] = ()
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class RegionRecord:
    """One square that was judged at low power.

    source: the picture's name. box: level-0 pixels of it. verdict: `COUNTABLE` or the reason
    of rejection in a reader's words ("background", "thick", "out of focus", "debris").
    rank: place in the sampling order, from 0; None where not countable.
    read: whether it was read at high power.
    """

    region_id: str
    slide: str
    source: str
    box: PixelBox
    verdict: str
    counted: bool
    rank: int | None = None
    read: bool = False


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas on the glass in mm², all slides together; `by_verdict_mm2` sums to looked at.

    read_mm2: read at high power, every cell in it found.
    """

    looked_at_mm2: float
    countable_mm2: float
    counted_mm2: float
    by_verdict_mm2: Mapping[str, float]
    read_mm2: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A model that was used, as its card names it.

    role: "detector" or "classifier". class_ids: in output order, empty for a detector.
    threshold: score or probability below which it stays silent or abstains.
    """

    role: str
    name: str
    version: str
    sha256: str
    licence: str
    threshold: float
    class_ids: tuple[str, ...] = ()
    blood_only_class_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of cells, and the counted area in mm².

    found: rows of the cell table. counted: N of the differential, undecided cells included.
    abstained: the undecided cells among the counted (the machine abstained, or its class has no
    place in the differential or outside it). removed: cells inside the count of a class
    outside the differential; they are not part of N.
    """

    found: int
    counted: int
    abstained: int
    removed: int
    area_mm2: float


@dataclass(frozen=True, slots=True)
class SlideCount:
    """The count of one slide: the same parts as the pooled one."""

    slide: str
    counts: Counts
    differential: tuple[JsonObject, ...]
    me: JsonObject


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the machine saw: cells, regions, counts, findings, and what it did not assess.

    differential, me, findings, not_assessed: the JSON forms that the rooms `differential` and
    `findings` give; percent, low, high and threshold are in percent. advice: sentences about
    how far the count carries. partial: the partial differential, auxiliary to the count.
    corrected: shares corrected for the classifier's errors, or why not; auxiliary too.
    Raises ValueError where the parts contradict each other; see `contradictions`.
    """

    software_version: str
    slides: tuple[SlideRecord, ...]
    regions: tuple[RegionRecord, ...]
    areas: Areas
    models: tuple[ModelRecord, ...]
    settings: JsonObject
    cells: CellTable
    counts: Counts
    differential: tuple[JsonObject, ...]
    me: JsonObject
    by_slide: tuple[SlideCount, ...]
    findings: tuple[JsonObject, ...]
    not_assessed: tuple[JsonObject, ...]
    advice: tuple[str, ...] = ()
    partial: JsonObject | None = None
    corrected: JsonObject | None = None
    schema_version: str = SCHEMA_VERSION

    def __post_init__(self) -> None:
        problems = contradictions(self)
        if problems:
            raise ValueError("analysis contradicts itself: " + "; ".join(problems))

    @property
    def scale_is_estimated(self) -> bool:
        """True where any slide's scale was measured on red cells instead of known."""
        return any(slide.scale.origin is ScaleOrigin.ESTIMATED for slide in self.slides)

    @property
    def is_synthetic(self) -> bool:
        """True where any slide is a phantom."""
        return any(slide.synthetic for slide in self.slides)


def n_in_categories(differential: Sequence[JsonObject]) -> int:
    """Cells in the categories of a differential; a category that is not modelled has none."""
    counted = (row["n"] for row in differential)
    return sum(n for n in counted if isinstance(n, int))


def contradictions(analysis: Analysis) -> tuple[str, ...]:
    """What in an analysis cannot be true at once, in words; empty when all is well.

    Classes + undecided = N is the rule of the count (clinical.md 2.5), pooled and per slide.
    """
    problems: list[str] = []
    parts = [("pooled", analysis.counts, analysis.differential)]
    parts += [(one.slide, one.counts, one.differential) for one in analysis.by_slide]
    for name, counts, differential in parts:
        total = n_in_categories(differential) + counts.abstained
        if total != counts.counted:
            problems.append(f"{name}: classes + undecided = {total}, counted = {counts.counted}")
    cells = analysis.cells
    if analysis.counts.found != cells.n_cells:
        problems.append(f"found = {analysis.counts.found}, cell rows = {cells.n_cells}")
    if analysis.counts.counted != cells.n_counted:
        problems.append(f"counted = {analysis.counts.counted}, counted rows = {cells.n_counted}")
    n_removed = int(np.count_nonzero(cells.texts("why_not") == "class"))
    if analysis.counts.removed != n_removed:
        problems.append(f"removed = {analysis.counts.removed}, rows of such a class = {n_removed}")
    known = {picture.name for slide in analysis.slides for picture in slide.pictures}
    strangers = sorted(set(cells.sources()) - known)
    if strangers:
        problems.append(f"cells lie on a picture of no slide: {strangers[0]}")
    return tuple(problems)
