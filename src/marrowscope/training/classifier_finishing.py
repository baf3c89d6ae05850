"""After training a classifier: temperature and threshold from val, scores from test, the card."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from marrowscope.cells.classifier import OnnxClassifier
from marrowscope.cells.detector import OnnxDetector
from marrowscope.cells.manifest import ModelCard
from marrowscope.evaluation.classifier_json import naming_object, table_object
from marrowscope.evaluation.classifier_naming import CellAnswers, Way, answers_to
from marrowscope.evaluation.classifier_set_score import UNDECIDED, SetScore, score_answers
from marrowscope.evaluation.classifier_sets import CellSet, cell_sets_of_data
from marrowscope.evaluation.evaluation_sets import sets_if_any
from marrowscope.evaluation.field_naming import field_naming
from marrowscope.evaluation.model_cards import classifier_facts, write_card
from marrowscope.evaluation.named_cell_sets import named_sets_if_any
from marrowscope.geometry import BoolArray, DoubleArray, FloatArray
from marrowscope.progress import NoProgress

VERSION = "3"
ACCEPTED_ERROR = 0.15
"""Share of wrong classes among decided val crops, classes balanced, that is put up with."""
MISSED_BLASTS = 0.10
"""Share of the val blasts that may be called something else with confidence."""
BLAST = "BLAST_NOS"
SHOWN = ("class_ids", "um_per_px", "crop_px", "n_features")
"""Of what training notes, what stands in the card itself and not in its recipe."""
THRESHOLDS = np.arange(0.30, 0.91, 0.02)
FEWEST_OF_A_CLASS = 20
MEANS = ("accuracy", "balanced_accuracy", "macro_f1", "weighted_f1")


def fitted_temperature(logits: FloatArray, allowed: BoolArray) -> float:
    """The temperature that makes probabilities of fully labelled crops most likely.

    logits, allowed: (n, classes).
    """
    full = allowed.sum(axis=1) == 1
    logits, truth = logits[full], allowed[full].argmax(axis=1)

    def loss(temperature: float) -> float:
        scaled: DoubleArray = logits.astype(np.float64) / temperature
        log_probability = scaled - logsumexp(scaled, axis=1, keepdims=True)
        return float(-log_probability[np.arange(len(truth)), truth].mean())

    return float(minimize_scalar(loss, bounds=(0.3, 5.0), method="bounded").x)


def _answers(classifier: OnnxClassifier, cells: CellSet) -> CellAnswers:
    return answers_to(classifier, cells, (Way(),), NoProgress()).answers[0]


def _balanced_error(answers: CellAnswers, threshold: float) -> float:
    """Share wrong among the decided, as the mean over the classes with enough cells."""
    best = answers.named.class_id
    decided = answers.named.probability >= threshold
    errors = [
        float((best != name)[decided & (answers.truth == name)].mean())
        for name in np.unique(answers.truth)
        if (decided & (answers.truth == name)).any()
        and (answers.truth == name).sum() >= FEWEST_OF_A_CLASS
    ]
    return float(np.mean(errors)) if errors else 1.0


def _missed_blasts(answers: CellAnswers, threshold: float) -> float:
    """Share of the blasts that are decided and called something else; 0 without blasts."""
    is_blast = answers.truth == BLAST
    decided = (answers.named.probability >= threshold) & (answers.named.class_id != UNDECIDED)
    missed = is_blast & decided & (answers.named.class_id != BLAST)
    return float(missed.sum() / max(is_blast.sum(), 1))


def _score_object(score: SetScore) -> dict[str, Any]:
    forced = score.forced
    means = {} if forced is None else {name: getattr(forced.means, name) for name in MEANS}
    classes = {} if forced is None else forced.per_class
    per_class = {
        name: {key: asdict(one)[key] for key in ("n", "precision", "recall", "f1")}
        for name, one in classes.items()
    }
    return {
        "n": score.n,
        **means,
        "ece": score.calibration.error,
        "coverage": score.coverage,
        "error_when_decided": score.error_when_decided,
        "per_class": per_class,
        "confusion_as_named": table_object(score.as_named),
    }


def _scores_of(classifier: OnnxClassifier, sets: Sequence[CellSet]) -> dict[str, Any]:
    return {
        cells.name: _score_object(score_answers(_answers(classifier, cells), cells.n_least))
        for cells in sets
    }


def _on_fields(
    classifier: OnnxClassifier, detector: ModelCard | None, data: Path
) -> dict[str, Any]:
    """Cells of the boxed fields of the test split, found and then named."""
    fields = sets_if_any(data, "test")
    if detector is None or not fields:
        return {}
    found = field_naming(OnnxDetector(detector), detector, classifier, fields, NoProgress())
    return {one.image_set: naming_object(one) for one in found}


def finish_classifier(
    onnx: Path, data: Path, temperature: float, detector: ModelCard | None
) -> Path:
    """Writes the card beside the model; returns its path.

    detector: card of the one that found the cells of the SegPC-2021 fields, whose licence the model
    then bears; None where it did not learn from these.
    """
    facts = classifier_facts(detector is not None)
    recipe = json.loads((onnx.parent / "classifier.recipe.json").read_text())
    shown = {name: recipe.pop(name) for name in SHOWN}
    measured: dict[str, Any] = {
        "temperature": temperature,
        **shown,
        "recipe": recipe,
        "threshold": 0.0,
    }
    classifier = OnnxClassifier(write_card(onnx, facts, VERSION, measured))
    val = [_answers(classifier, cells) for cells in cell_sets_of_data(data, "val")]
    good = [
        float(t)
        for t in THRESHOLDS
        if max(_balanced_error(one, t) for one in val) <= ACCEPTED_ERROR
        and max(_missed_blasts(one, t) for one in val) <= MISSED_BLASTS
    ]
    measured["threshold"] = round(min(good or [float(THRESHOLDS[-1])]), 2)
    classifier = OnnxClassifier(write_card(onnx, facts, VERSION, measured))
    measured["scores"] = {
        "in_set": _scores_of(classifier, cell_sets_of_data(data, "test")),
        "named_by_eye": _scores_of(classifier, named_sets_if_any(data, "test")),
        "fields": _on_fields(classifier, detector, data),
    }
    write_card(onnx, facts, VERSION, measured)
    return onnx.with_suffix(".json")
