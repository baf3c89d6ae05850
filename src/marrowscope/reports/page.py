"""The report as one self-contained HTML page: no script, no font, no request to anywhere."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import Markup

from marrowscope.analysis import Analysis
from marrowscope.reports.chart import differential_axis, finding_axis
from marrowscope.reports.composing import build_document
from marrowscope.reports.document import (
    CROP_UM,
    GalleryCell,
    GalleryGroup,
    ReportDocument,
    SlideOverview,
)
from marrowscope.reports.drawing import Drawing, draw_overview, pattern_of
from marrowscope.reports.marks import legend
from marrowscope.reports.pictures import PictureReader
from marrowscope.reports.wording import (
    area,
    percent,
    plural,
    ratio,
    ratio_span,
    sentence_case,
    span,
    whole,
)

CROP_PX = 120
"""Pixels of an embedded cell picture; it is shown at 96, and at up to twice that on demand."""

_TEMPLATES = ("report.html", "sections.html", "drawings.html", "report.css")
_FIELD_PX = 480
_SLIDE_PX = 1400
_SLIDE_PX_OF_MANY = 800
_MANY_SLIDES = 4


@dataclass(frozen=True, slots=True)
class PicturedGroup:
    """A group of the gallery with the picture of each of its cells, as data URIs."""

    group: GalleryGroup
    pictures: tuple[tuple[GalleryCell, str], ...]


@dataclass(frozen=True, slots=True)
class PicturedSlide:
    """The overview of a slide with its pictures."""

    overview: SlideOverview
    drawings: tuple[Drawing, ...]


def render_report(analysis: Analysis, pictures: PictureReader) -> str:
    """The report of an analysis as HTML; the same analysis and pictures give the same text.

    Raises UnreadableInputError if a picture can no longer be read.
    """
    document = build_document(analysis)
    template = _environment().get_template("report.html")
    return template.render(
        report=document,
        axis=differential_axis(document.rows),
        groups=tuple(_pictured_group(group, pictures) for group in document.gallery),
        slides=_pictured_slides(document, pictures),
        marks=legend(),
        crop_um=CROP_UM,
        css=Markup(_template_text("report.css")),
    )


def _pictured_group(group: GalleryGroup, pictures: PictureReader) -> PicturedGroup:
    pairs = []
    for cell in group.cells:
        side_px = CROP_UM / cell.um_per_px
        crop = pictures.crop(cell.source, cell.x_px, cell.y_px, side_px, CROP_PX)
        pairs.append((cell, crop.data_uri()))
    return PicturedGroup(group, tuple(pairs))


def _pictured_slides(
    document: ReportDocument, pictures: PictureReader
) -> tuple[PicturedSlide, ...]:
    slide_px = _SLIDE_PX if len(document.overviews) <= _MANY_SLIDES else _SLIDE_PX_OF_MANY
    result = []
    for overview in document.overviews:
        longest_px = slide_px if overview.is_whole_slide else _FIELD_PX
        drawings = tuple(
            draw_overview(
                picture,
                pictures.overview(picture.source, longest_px),
                with_boxes=not overview.is_whole_slide,
            )
            for picture in overview.pictures
        )
        result.append(PicturedSlide(overview, drawings))
    return tuple(result)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=DictLoader({name: _template_text(name) for name in _TEMPLATES}),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    words: dict[str, Callable[..., str]] = {
        "area": area,
        "pattern": pattern_of,
        "percent": percent,
        "plural": plural,
        "ratio": ratio,
        "ratio_span": ratio_span,
        "sentence_case": sentence_case,
        "span": span,
        "whole": whole,
    }
    environment.filters.update(words)
    environment.globals.update(words, finding_axis=finding_axis)
    return environment


def _template_text(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")
