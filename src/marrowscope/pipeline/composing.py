"""From what was read to the Analysis: count, differential, findings, what was not assessed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version

import numpy as np

from marrowscope.analysis import (
    COUNTABLE,
    ESTIMATED_SCALE,
    Analysis,
    Counts,
    JsonObject,
    RegionRecord,
    SlideCount,
)
from marrowscope.cell_table import CellTable
from marrowscope.differential import (
    Differential,
    as_json,
    case_differential,
    me_formula_named,
)
from marrowscope.errors import NotASmearError
from marrowscope.findings import (
    Finding,
    FindingSettings,
    FoundCells,
    apl_triage,
    evaluate_findings,
    findings_as_json,
    gather_evidence,
    not_assessed,
    not_assessed_as_json,
)
from marrowscope.pipeline.cell_columns import CaseCells, case_cells
from marrowscope.pipeline.correcting import corrected_count
from marrowscope.pipeline.models import AnalysisSettings, Models, finding_settings
from marrowscope.pipeline.reading import CaseReading
from marrowscope.pipeline.records import areas_of, region_records, slide_record
from marrowscope.regions import Verdict
from marrowscope.slides.model import ScaleOrigin, Slide

SAME_SCALE = 0.02
"""Scales that differ by less are the same, rounded otherwise."""


def scale_note(slides: tuple[Slide, ...]) -> str | None:
    """Said of every result where the µm/px of a slide is an estimate."""
    estimated = [slide for slide in slides if slide.scale.origin is ScaleOrigin.ESTIMATED]
    return ESTIMATED_SCALE if estimated else None


def unused_scales(slides: tuple[Slide, ...], um_per_px: float | None) -> tuple[str, ...]:
    """Says of every slide that states a scale of its own that the given one was not used."""
    return tuple(
        f"{slide.name} states {slide.scale.um_per_px:.4g} µm/px, which was used; the "
        f"{um_per_px:.4g} µm/px given was not"
        for slide in slides
        if um_per_px is not None
        and slide.scale.origin is ScaleOrigin.METADATA
        and abs(slide.scale.um_per_px / um_per_px - 1) > SAME_SCALE
    )


def modelled_classes(models: Models) -> tuple[str, ...]:
    """Classes of the vocabulary that the classifier can answer, "not classifiable" left out."""
    return tuple(name for name in models.classifier.class_ids if name != "UNCLASS")


def compose(reading: CaseReading, models: Models, settings: AnalysisSettings) -> Analysis:
    """The Analysis of a case that was read.

    Raises NotASmearError where no nucleated cell was found at all.
    """
    cells = case_cells(reading, models.classifier, settings.n_to_count)
    names = tuple(slide.name for slide in reading.slides)
    if not cells.table.n_cells:
        raise NotASmearError(
            f"{names[0]}: no nucleated cell found; check that it is a marrow smear in focus and "
            "that its µm/px is right"
        )
    regions = region_records(reading, cells.taken)
    if not cells.in_count.any():
        raise NotASmearError(f"{names[0]}: no cell can be counted; {_why_nothing(regions)}")
    areas = areas_of(regions, {slide.name: slide.scale.um_per_px for slide in reading.slides})
    chosen = np.flatnonzero(cells.in_count)
    note = scale_note(reading.slides)
    modelled = modelled_classes(models)
    count = case_differential(
        [names[i] for i in cells.slide[chosen].tolist()],
        cells.class_id[chosen].tolist(),
        cells.abstained[chosen],
        slides=names,
        modelled=modelled,
        blood_only=models.classifier.blood_only_class_ids,
        me_formula=me_formula_named(settings.me_formula),
        undetermined_blasts_are_myeloid=settings.blast_nos_in_me,
        scale_note=note,
    )
    findings = _findings(cells, count.pooled, finding_settings(settings))
    rejected = {
        verdict: area_mm2
        for verdict, area_mm2 in areas.by_verdict_mm2.items()
        if verdict not in (COUNTABLE, Verdict.BACKGROUND.value)
    }
    area_of_slide = {
        name: sum(
            region.box.area_mm2(slide.scale.um_per_px)
            for region in regions
            if region.counted and region.slide == name
        )
        for name, slide in zip(names, reading.slides, strict=True)
    }
    corrected = corrected_count(cells, models, settings)
    missed = not_assessed(
        modelled,
        blood_only=models.classifier.blood_only_class_ids,
        rejected_mm2=rejected,
        settings=finding_settings(settings),
        errors_are_known=corrected["known"] is True,
    )
    return Analysis(
        software_version=version("marrowscope"),
        slides=tuple(map(slide_record, reading.slides, reading.references)),
        regions=regions,
        areas=areas,
        models=models.records,
        settings=asdict(settings),
        cells=cells.table,
        counts=_counts(cells.table, count.pooled, areas.counted_mm2, None),
        differential=rows_of(count.pooled),
        me=me_of(count.pooled),
        by_slide=tuple(
            SlideCount(
                slide=one.slide,
                counts=_counts(cells.table, one.differential, area_of_slide[one.slide], one.slide),
                differential=rows_of(one.differential),
                me=me_of(one.differential),
            )
            for one in count.slides
        ),
        findings=tuple(findings_as_json(findings)),
        not_assessed=tuple(not_assessed_as_json(missed)),
        advice=(*unused_scales(reading.slides, settings.um_per_px), *count.pooled.advice),
        partial=as_json(count.pooled)["partial"],
        corrected=corrected,
    )


def _why_nothing(regions: Sequence[RegionRecord]) -> str:
    verdicts = Counter(region.verdict for region in regions)
    areas = ", ".join(f"{n} {verdict}" for verdict, n in verdicts.most_common())
    return (
        f"{len(regions)} areas looked at: {areas}; check that it is a marrow smear in focus and "
        "that its µm/px is right"
    )


def rows_of(count: Differential) -> tuple[JsonObject, ...]:
    """The 13 rows of a differential, in ICSH order."""
    return tuple(as_json(count)["differential"])


def me_of(count: Differential) -> JsonObject:
    """The M:E ratio of a differential."""
    ratio: JsonObject = as_json(count)["me"]
    return ratio


def _findings(
    cells: CaseCells, count: Differential, settings: FindingSettings
) -> tuple[Finding, ...]:
    ids = cells.table.texts("cell_id")
    classes = cells.class_id.tolist()
    evidence = gather_evidence(ids.tolist(), classes, cells.abstained, cells.in_count)
    pooled = evaluate_findings(count, evidence, settings)
    return (*pooled, *_triage_by_slide(cells, count, settings))


def _triage_by_slide(
    cells: CaseCells, count: Differential, settings: FindingSettings
) -> Iterator[Finding]:
    """The triage again for each slide of several: one of them alone may call for a look."""
    ids, slides = cells.table.texts("cell_id"), cells.table.texts("slide")
    names = list(dict.fromkeys(slides.tolist()))
    for name in names if len(names) > 1 else []:
        here = np.flatnonzero(slides == name)
        found = FoundCells(ids[here].tolist(), cells.class_id[here].tolist(), cells.abstained[here])
        finding = apl_triage(found, count.modelled, settings, count.scale_note)
        yield replace(finding, sentence=f"Slide {name}: {finding.sentence}")


def _counts(table: CellTable, count: Differential, counted_mm2: float, slide: str | None) -> Counts:
    found = table.n_cells if slide is None else int((table.texts("slide") == slide).sum())
    return Counts(
        found=found,
        counted=count.total,
        abstained=count.n_undecided,
        removed=count.n_removed,
        area_mm2=counted_mm2,
    )
