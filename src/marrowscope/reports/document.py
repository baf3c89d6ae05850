"""What a report says, in no format: page and text are two renderings of it."""

from dataclasses import dataclass

from marrowscope.geometry import PixelBox
from marrowscope.reports.marks import Mark

CROP_UM = 24.0
"""Side of every cell picture, so that a blast is larger than a lymphocyte on the page too."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of the summary. estimated: it rests on a scale that was estimated."""

    label: str
    value: str
    details: tuple[str, ...]
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """One line of the differential; numbers in percent of N.

    n is None where no class of the category is modelled: then nothing is known, not zero.
    printed, upper_printed: one decimal, kept off thresholds that k/N does not reach. low, high:
    95 % sampling limits. upper_n, upper_percent: if every undecided cell belonged here.
    not_modelled: labels of classes of the category that no model knows. blood_only: labels of
    classes learnt from blood alone. group_id: its first group in the gallery, or "".
    """

    category: str
    label: str
    mark: Mark
    n: int | None
    printed: str
    percent: float | None
    low: float | None
    high: float | None
    upper_n: int | None
    upper_printed: str
    upper_percent: float | None
    thresholds: tuple[float, ...]
    not_modelled: tuple[str, ...]
    blood_only: tuple[str, ...]
    group_id: str


@dataclass(frozen=True, slots=True)
class RemovedClass:
    """Cells of a class outside the differential, found among the cells to be counted."""

    label: str
    n: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """M:E: value is None where it has none, then `note` says why."""

    formula: str
    value: float | None
    low: float | None
    high: float | None
    note: str
    n_erythroid: int | None = None


@dataclass(frozen=True, slots=True)
class SlideColumn:
    """One slide's count beside the others: n and percent by category, in the order of the rows."""

    slide: str
    n_counted: int
    n_undecided: int
    area_mm2: float
    ratio: Ratio
    numbers: tuple[tuple[int | None, str], ...]


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """A named threshold and how the count stands to it; percents of `n`.

    evidence_shown: ids of evidence cells that the gallery shows; n_evidence: of all.
    """

    rule: str
    edition: str
    sentence: str
    state: str
    k: int | None
    n: int | None
    percent: float | None
    low: float | None
    high: float | None
    upper_percent: float | None
    threshold: float | None
    evidence_shown: tuple[str, ...]
    n_evidence: int


@dataclass(frozen=True, slots=True)
class NotAssessedEntry:
    """Something the machine did not look at, and why; kind: as in `findings.NotAssessedKind`."""

    what: str
    why: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class NotModelledEntry:
    """A class no model here can know, and what such a cell will be called instead."""

    category: str
    label: str
    mistaken_for: str


@dataclass(frozen=True, slots=True)
class GalleryCell:
    """A cell to be shown: where it lies (level-0 pixels of `source`) and what it may be."""

    cell_id: str
    source: str
    x_px: float
    y_px: float
    um_per_px: float
    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class GalleryGroup:
    """Cells of one class, the most probable first; `n` of which `cells` are shown."""

    group_id: str
    title: str
    mark: Mark
    n: int
    cells: tuple[GalleryCell, ...]


@dataclass(frozen=True, slots=True)
class DrawnRegion:
    """A square of an overview. kind: "counted", "countable", or the verdict that rejected it."""

    box: PixelBox
    kind: str


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """A cell of an overview: centre and size in level-0 pixels. mark: None if not counted."""

    x_px: float
    y_px: float
    w_px: float
    h_px: float
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class OverviewPicture:
    """One picture at low power with what was found on it. n_undrawn: cells left out for size."""

    source: str
    width_px: int
    height_px: int
    regions: tuple[DrawnRegion, ...]
    cells: tuple[DrawnCell, ...]
    n_undrawn: int


@dataclass(frozen=True, slots=True)
class SlideOverview:
    """Overview of a slide: its pyramid, or a sheet of its first `pictures` of `n_pictures`."""

    slide: str
    is_whole_slide: bool
    n_pictures: int
    pictures: tuple[OverviewPicture, ...]


@dataclass(frozen=True, slots=True)
class VerdictArea:
    """Area in mm² by what was judged of it; `kind` as in `DrawnRegion`."""

    kind: str
    label: str
    area_mm2: float


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model as its card names it."""

    role: str
    name: str
    version: str
    sha256: str
    licence: str
    details: str


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """The whole report. `case_name` names the slides; `notes` follow the differential.

    partial: label and value of the auxiliary partial differential; empty where there is none.
    corrected: rows and shares corrected for the classifier's errors, auxiliary too, and a note on
    what they rest on; empty where these errors are not known.
    """

    case_name: str
    is_synthetic: bool
    scale_is_estimated: bool
    n_found: int
    n_counted: int
    n_undecided: int
    undecided_printed: str
    facts: tuple[Fact, ...]
    rows: tuple[CategoryRow, ...]
    removed: tuple[RemovedClass, ...]
    ratio: Ratio
    notes: tuple[str, ...]
    advice: tuple[str, ...]
    partial: tuple[tuple[str, str], ...]
    partial_note: str
    corrected: tuple[tuple[str, str], ...]
    corrected_note: str
    slide_columns: tuple[SlideColumn, ...]
    findings: tuple[FindingEntry, ...]
    gallery: tuple[GalleryGroup, ...]
    overviews: tuple[SlideOverview, ...]
    areas: tuple[VerdictArea, ...]
    not_assessed: tuple[NotAssessedEntry, ...]
    not_modelled: tuple[NotModelledEntry, ...]
    models: tuple[ModelEntry, ...]
    slide_facts: tuple[Fact, ...]
    settings: tuple[tuple[str, str], ...]
    software_version: str
    schema_version: str
