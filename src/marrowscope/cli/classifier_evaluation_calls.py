"""Calls of the room of evaluation for a classifier: from an order to written results."""

from pathlib import Path

from marrowscope.cells import Classifier, OnnxClassifier, OnnxDetector, shipped_model
from marrowscope.cli.evaluation_calls import (
    CELLS,
    NUMBERS,
    PAGE,
    EvaluationResult,
    card_as_ordered,
    json_bytes,
    model_that_loads,
    page_bytes,
    software_version,
)
from marrowscope.cli.evaluation_orders import ClassifierEvaluationOrder
from marrowscope.errors import UnreadableInputError, UsageError
from marrowscope.evaluation.cell_tree import list_tree, read_map
from marrowscope.evaluation.classifier_evaluation import ClassifierEvaluation, evaluate_classifier
from marrowscope.evaluation.classifier_json import cells_table, evaluation_object
from marrowscope.evaluation.classifier_page import render_classifier_page
from marrowscope.evaluation.classifier_sets import CellSet, cell_set_of_tree, cell_sets_of_data
from marrowscope.evaluation.classifier_text import evaluation_text
from marrowscope.evaluation.evaluation_sets import sets_if_any
from marrowscope.evaluation.field_naming import FieldNaming, field_naming
from marrowscope.evaluation.named_cell_sets import named_sets_if_any
from marrowscope.exchange import check_place_for, write_files
from marrowscope.progress import Progress
from marrowscope.settings import Licence
from marrowscope.sites.classifier import taught
from marrowscope.sites.site_file import read_site

RESULTS = (NUMBERS, CELLS, PAGE)


def evaluate_classifier_as_ordered(
    order: ClassifierEvaluationOrder, progress: Progress
) -> EvaluationResult:
    """Scores a classifier and writes `evaluation.json`, `cells.csv` and `evaluation.html`, all or
    none.

    Raises MarrowscopeError.
    """
    card = card_as_ordered("classifier", order.model, order.licence)
    progress.stage("opening", None)
    sets = _sets(order)
    check_place_for(RESULTS, order.out)
    site = None if order.site is None else read_site(order.site, card)
    model = model_that_loads(OnnxClassifier, card, order.model is not None)
    classifier = model if site is None else taught(model, site)
    split = order.split.value if order.data is not None else ""
    evaluation = evaluate_classifier(
        classifier,
        card,
        sets,
        progress,
        split=split,
        site="" if site is None else site.sha256,
        site_learnt=site is not None and site.is_changed,
        fields=_on_fields(order, classifier, progress),
    )
    progress.stage("drawing the page", None)
    return _written(evaluation, order.out)


def _sets(order: ClassifierEvaluationOrder) -> tuple[CellSet, ...]:
    if order.data is not None:
        if not order.data.is_dir():
            name = order.data.name
            raise UnreadableInputError(f"{name}: there is no such folder; check --data")
        split = order.split.value
        return (*cell_sets_of_data(order.data, split), *named_sets_if_any(order.data, split))
    if order.cells is None or order.class_map is None or order.um_per_px is None:
        raise UsageError(
            "give either --data DIR, or --cells DIR with --map MAP.csv and --um-per-px X"
        )
    if order.class_map.resolve() in [(order.out / name).resolve() for name in RESULTS]:
        raise UsageError("--map lies where a result would replace it; choose another --out")
    tree = list_tree(order.cells, read_map(order.class_map), leave_out=order.class_map)
    return (cell_set_of_tree(order.cells, tree, order.um_per_px),)


def _on_fields(
    order: ClassifierEvaluationOrder, classifier: Classifier, progress: Progress
) -> tuple[FieldNaming, ...]:
    """What the shipped detector and then the classifier make of boxed cells on fields, if any."""
    fields = () if order.data is None else sets_if_any(order.data, order.split.value)
    if not fields:
        return ()
    card = shipped_model("detector", permissive=order.licence is Licence.PERMISSIVE)
    return field_naming(OnnxDetector(card), card, classifier, fields, progress)


def _written(evaluation: ClassifierEvaluation, out: Path) -> EvaluationResult:
    software = software_version()
    summary = evaluation_object(evaluation, software)
    files = {
        NUMBERS: json_bytes(summary),
        CELLS: page_bytes(cells_table(evaluation)),
        PAGE: page_bytes(render_classifier_page(evaluation, software)),
    }
    written = write_files(files, out)
    paths = dict(zip(("scores", "cells", "page"), written, strict=True))
    return EvaluationResult(summary, evaluation_text(evaluation), paths)
