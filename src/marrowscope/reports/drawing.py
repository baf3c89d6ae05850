"""What is drawn over an overview, in the pixels of the picture that is shown."""

from collections.abc import Iterable
from dataclasses import dataclass

from marrowscope.reports.document import DrawnCell, DrawnRegion, OverviewPicture
from marrowscope.reports.marks import Mark
from marrowscope.reports.pictures import EncodedPicture

_KINDS = {
    "counted": "counted",
    "countable": "countable",
    "background": "background",
    "thick": "thick",
    "out of focus": "focus",
    "debris": "debris",
}

CELLS_WITH_BOXES = 400
"""A field with more cells than this shows dots: boxes and letters would hide the cells."""


@dataclass(frozen=True, slots=True)
class CellBox:
    """A cell drawn as an outline with its letter; numbers are overview pixels."""

    x: float
    y: float
    w: float
    h: float
    tone: str
    letter: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """An overview ready to draw.

    regions: pattern name and SVG path of all squares of one kind. dots: tone and SVG path of
    all cells of one tone. boxes: instead of dots where there is room for letters.
    """

    source: str
    picture_uri: str
    width: int
    height: int
    regions: tuple[tuple[str, str], ...]
    dots: tuple[tuple[str, str], ...]
    boxes: tuple[CellBox, ...]
    n_undrawn: int


def pattern_of(kind: str) -> str:
    """Name of the pattern for a verdict; a verdict unknown here has the general one."""
    return _KINDS.get(kind, "other")


def draw_overview(overview: OverviewPicture, encoded: EncodedPicture, with_boxes: bool) -> Drawing:
    """Places regions and cells of a picture on its encoded overview."""
    shrink = encoded.width_px / overview.width_px
    boxed = with_boxes and len(overview.cells) <= CELLS_WITH_BOXES
    return Drawing(
        source=overview.source,
        picture_uri=encoded.data_uri(),
        width=encoded.width_px,
        height=encoded.height_px,
        regions=_region_paths(overview.regions, shrink),
        dots=() if boxed else _dot_paths(overview.cells, shrink),
        boxes=tuple(_box(cell, shrink) for cell in overview.cells) if boxed else (),
        n_undrawn=overview.n_undrawn,
    )


def _region_paths(regions: Iterable[DrawnRegion], shrink: float) -> tuple[tuple[str, str], ...]:
    paths: dict[str, list[str]] = {}
    for region in regions:
        box = region.box
        left, top = _short(box.x_px * shrink), _short(box.y_px * shrink)
        width, height = _short(box.w_px * shrink), _short(box.h_px * shrink)
        square = f"M{left} {top}h{width}v{height}h-{width}z"
        paths.setdefault(pattern_of(region.kind), []).append(square)
    # What was counted lies on top of its neighbours' hatching.
    names = sorted(paths, key=lambda name: (name == "counted", name))
    return tuple((name, "".join(paths[name])) for name in names)


def _dot_paths(cells: Iterable[DrawnCell], shrink: float) -> tuple[tuple[str, str], ...]:
    paths: dict[str, list[str]] = {}
    for cell in cells:
        # A line of no length with a round end is a dot, in a tenth of the bytes of a circle.
        dot = f"M{_short(cell.x_px * shrink)} {_short(cell.y_px * shrink)}h0"
        paths.setdefault(_tone(cell.mark), []).append(dot)
    names = sorted(paths, key=lambda name: (name != "uncounted", name))
    return tuple((name, "".join(paths[name])) for name in names)


def _box(cell: DrawnCell, shrink: float) -> CellBox:
    return CellBox(
        x=round((cell.x_px - cell.w_px / 2) * shrink, 1),
        y=round((cell.y_px - cell.h_px / 2) * shrink, 1),
        w=round(cell.w_px * shrink, 1),
        h=round(cell.h_px * shrink, 1),
        tone=_tone(cell.mark),
        letter="" if cell.mark is None else cell.mark.letter,
    )


def _tone(mark: Mark | None) -> str:
    return "uncounted" if mark is None else mark.tone


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
