"""Puts the parts together: the only module that knows them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marrowscope.analysis import Analysis, ModelRecord
from marrowscope.cells import ModelCard, OnnxClassifier, OnnxDetector, shipped_model
from marrowscope.exchange import check_output_folder, summary_object, write_outputs
from marrowscope.pipeline import AnalysisSettings, Models, analyse
from marrowscope.progress import Progress
from marrowscope.reports import SlidePictures, render_report
from marrowscope.settings import AnalyzeOptions, Licence
from marrowscope.sites.classifier import taught
from marrowscope.sites.site_file import Site, read_site
from marrowscope.slides import open_slides


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run gives back: the keys of `--json` without `paths`, and the files by name."""

    summary: Mapping[str, Any]
    paths: Mapping[str, Path]
    analysis: Analysis


def record_of(card: ModelCard) -> ModelRecord:
    """What an Analysis says of a shipped model."""
    return ModelRecord(
        role=card.task,
        name=card.name,
        version=card.version,
        sha256=card.sha256,
        licence=card.licence,
        threshold=card.threshold,
        class_ids=card.class_ids,
        blood_only_class_ids=tuple(sorted(card.blood_only)),
    )


def record_of_site(site: Site, card: ModelCard) -> ModelRecord:
    """What an Analysis says of what a laboratory taught the classifier."""
    return ModelRecord(
        role="site",
        name=f"site of {card.name}" + ("" if site.is_changed else ", nothing learnt"),
        version=site.sha256[:12],
        sha256=site.sha256,
        licence=card.licence,
        threshold=card.threshold,
    )


def shipped_models(*, permissive: bool = False, site: Path | None = None) -> Models:
    """The shipped detector and classifier; permissive: those that may be used commercially.

    site: folder of what a laboratory taught the classifier. Raises ModelError where a model is
    missing or damaged, and as `read_site`.
    """
    detector = shipped_model("detector", permissive=permissive)
    classifier = shipped_model("classifier", permissive=permissive)
    model = OnnxClassifier(classifier)
    records = (record_of(detector), record_of(classifier))
    if site is None:
        return Models(OnnxDetector(detector), model, records)
    learnt = read_site(site, classifier)
    return Models(
        detector=OnnxDetector(detector),
        classifier=taught(model, learnt),
        records=(*records, record_of_site(learnt, classifier)),
        confusion=learnt.confusion,
    )


def settings_of(options: AnalyzeOptions) -> AnalysisSettings:
    """What of a run's options can change its result."""
    settings = options.settings
    return AnalysisSettings(
        n_to_count=options.n_to_count,
        region_um=settings.region_um,
        me_formula=settings.me_formula.value,
        blast_nos_in_me=settings.blast_nos_in_me,
        apl_triage_share=settings.apl_triage_share,
        apl_abstained_share=settings.apl_abstained_share,
        smudge_limit_percent=settings.smudge_limit_percent,
        mcv_fl=options.mcv_fl,
        um_per_px=options.um_per_px,
        scanner=options.scanner,
        stain=options.stain,
        purpose=settings.purpose.value,
    )


def run_analysis(
    inputs: Sequence[Path],
    out: Path,
    options: AnalyzeOptions,
    progress: Progress,
    models: Models | None = None,
) -> RunResult:
    """Analyses all inputs as one case and writes the results into `out`, all of them or none.

    Raises MarrowscopeError: InputRefusedError, ModelError, OutputError.
    """
    check_output_folder(out)
    is_permissive = options.licence is Licence.PERMISSIVE
    models = models or shipped_models(permissive=is_permissive, site=options.site)
    progress.stage("opening", None)
    slides = open_slides(
        inputs,
        um_per_px=options.um_per_px,
        mcv_fl=options.mcv_fl,
        skip_unreadable=options.skip_unreadable,
    )
    try:
        analysis = analyse(
            slides, models, settings_of(options), n_threads=options.threads, progress=progress
        )
        progress.stage("drawing the report", None)
        page = render_report(analysis, SlidePictures(slides))
    finally:
        for slide in slides:
            slide.close()
    progress.stage("writing", None)
    written = write_outputs(analysis, out, page)
    paths = {
        "report": written.report_html,
        "analysis": written.analysis_json,
        "cells": written.cells_parquet,
        "geojson": written.cells_geojson,
    }
    return RunResult(summary_object(analysis), paths, analysis)
