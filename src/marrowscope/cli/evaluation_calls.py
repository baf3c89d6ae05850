"""Calls of the room of evaluation: from an order to written results."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from marrowscope.cells import ModelCard, OnnxDetector, shipped_model
from marrowscope.cells.manifest import read_card
from marrowscope.cli.services import EvaluationOrder, EvaluationTask
from marrowscope.errors import ModelError, UnreadableInputError, UsageError
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
from marrowscope.settings import Licence

NUMBERS, PAGE = "evaluation.json", "evaluation.html"


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """The keys of `evaluation.json`, tables for a person, and the files by name."""

    summary: Mapping[str, Any]
    text: str
    paths: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The sets to score, how far their truth agrees with itself, and what cannot be scored."""

    sets: tuple[FieldSet, ...]
    truth_agreement: Agreement | None = None
    not_measured: tuple[str, ...] = ()


def detector_card(order: EvaluationOrder) -> ModelCard:
    """The card of the order's own detector, else of the shipped one.

    Raises UsageError where the file is no card of a detector, ModelError where the licence of the
    shipped one is not accepted.
    """
    if order.model is None:
        return shipped_model("detector", permissive=order.licence is Licence.PERMISSIVE)
    try:
        card = read_card(order.model)
    except (ModelError, TypeError, AttributeError) as error:
        raise UsageError(
            f"--model: {order.model.name} is not the card of a model; give the JSON file that "
            "training writes beside the ONNX file"
        ) from error
    if card.task != "detector":
        raise UsageError(f"--model: {order.model.name} is the card of a {card.task}, no detector")
    return card


def _opened_detector(card: ModelCard, is_own: bool) -> OnnxDetector:
    """The detector, which gives detections from `LOWEST_SCORE` up."""
    low = replace(card, threshold=min(LOWEST_SCORE, card.threshold))
    try:
        return OnnxDetector(low)
    except ModelError as error:
        if not is_own:
            raise
        raise ModelError(
            f"--model: {card.path.name} is missing, does not load, or is not the file that its "
            "card names; train it again"
        ) from error


def _asked(order: EvaluationOrder) -> _Asked:
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


def evaluate_detector_as_ordered(order: EvaluationOrder, progress: Progress) -> EvaluationResult:
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
    software = version("marrowscope")
    summary = evaluation_object(evaluation, software)
    numbers = json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    page = render_detector_page(evaluation, software)
    files = {
        NUMBERS: numbers.encode("utf-8", errors="backslashreplace"),
        PAGE: page.encode("utf-8", errors="backslashreplace"),
    }
    written = write_files(files, out)
    paths = {"scores": written[0], "page": written[1]}
    return EvaluationResult(summary, evaluation_text(evaluation), paths)


EVALUATORS: Mapping[EvaluationTask, Callable[[EvaluationOrder, Progress], EvaluationResult]] = {
    EvaluationTask.DETECTOR: evaluate_detector_as_ordered,
}
