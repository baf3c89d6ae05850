"""Calls of the room of evaluation for a detector: from an order to written results."""

from dataclasses import dataclass, replace
from pathlib import Path

from marrowscope.cells import ModelCard, OnnxDetector
from marrowscope.cli.evaluation_calls import (
    NUMBERS,
    PAGE,
    EvaluationResult,
    card_as_ordered,
    json_bytes,
    model_that_loads,
    page_bytes,
    software_version,
)
from marrowscope.cli.evaluation_orders import DetectorEvaluationOrder
from marrowscope.errors import UnreadableInputError, UsageError
from marrowscope.evaluation.box_formats import read_boxes
from marrowscope.evaluation.detector_evaluation import (
    LOWEST_SCORE,
    DetectorEvaluation,
    evaluate_detector,
    evaluation_object,
)
from marrowscope.evaluation.detector_page import render_detector_page
from marrowscope.evaluation.detector_text import evaluation_text
from marrowscope.evaluation.evaluation_sets import FieldSet, set_of_pictures, sets_of_data
from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.evaluation.marrow_truth import (
    NAME,
    Agreement,
    agreement,
    marrow_truth_sets,
    read_second_pass,
    read_truth,
)
from marrowscope.exchange import check_place_for, write_files
from marrowscope.progress import Progress


@dataclass(frozen=True, slots=True)
class _Asked:
    """The sets to score, how far their truth agrees with itself, and what cannot be scored."""

    sets: tuple[FieldSet, ...]
    truth_agreement: Agreement | None = None
    not_measured: tuple[str, ...] = ()


def detector_card(order: DetectorEvaluationOrder) -> ModelCard:
    """The card of the order's own detector, else of the shipped one. Raises UsageError."""
    return card_as_ordered("detector", order.model, order.licence)


def _opened_detector(card: ModelCard, is_own: bool) -> OnnxDetector:
    """The detector, which gives detections from `LOWEST_SCORE` up."""
    low = replace(card, threshold=min(LOWEST_SCORE, card.threshold))
    return model_that_loads(OnnxDetector, low, is_own)


def _asked(order: DetectorEvaluationOrder) -> _Asked:
    if order.data is None:
        if order.fields is None or order.boxes is None:
            raise UsageError("give either --data DIR, or --fields PICTURES with --boxes LABELS")
        boxes = read_boxes(order.boxes, order.fields)
        fields = set_of_pictures(
            order.fields,
            boxes,
            um_per_px=order.um_per_px,
            is_fully_boxed=not order.partly_boxed,
        )
        return _Asked((fields,))
    if not order.data.is_dir():
        raise UnreadableInputError(f"{order.data.name}: there is no such folder; check --data")
    images = ImageSets(order.data)
    sets = sets_of_data(images, order.split.value)
    truth = read_truth()
    marrow = marrow_truth_sets(images, order.split.value, truth)
    if not marrow:
        gap = f"precision on marrow: no field of {NAME} is in the split {order.split.value} here"
        return _Asked(sets, not_measured=(gap,))
    return _Asked((*marrow, *sets), agreement(truth, read_second_pass()))


def evaluate_detector_as_ordered(
    order: DetectorEvaluationOrder, progress: Progress
) -> EvaluationResult:
    """Scores a detector and writes `evaluation.json` and `evaluation.html`, both or neither.

    Raises MarrowscopeError.
    """
    check_place_for((NUMBERS, PAGE), order.out)
    card = detector_card(order)
    detector = _opened_detector(card, order.model is not None)
    progress.stage("opening", None)
    asked = _asked(order)
    evaluation = evaluate_detector(
        detector,
        card,
        asked.sets,
        progress,
        split=order.split.value if order.data is not None else "",
        truth_agreement=asked.truth_agreement,
        with_perturbations=order.with_perturbations,
        not_measured=asked.not_measured,
    )
    progress.stage("drawing the page", None)
    return _written(evaluation, order.out)


def _written(evaluation: DetectorEvaluation, out: Path) -> EvaluationResult:
    software = software_version()
    summary = evaluation_object(evaluation, software)
    page = render_detector_page(evaluation, software)
    files = {NUMBERS: json_bytes(summary), PAGE: page_bytes(page)}
    written = write_files(files, out)
    paths = {"scores": written[0], "page": written[1]}
    return EvaluationResult(summary, evaluation_text(evaluation), paths)
