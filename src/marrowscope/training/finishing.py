"""After training: thresholds from the val split, scores from the test split, and the card."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from marrowscope.cells.classifier import OnnxClassifier
from marrowscope.cells.detector import OnnxDetector
from marrowscope.cells.manifest import ModelCard, read_card
from marrowscope.evaluation.classifier_scores import (
    NamedCrops,
    classifier_score,
    name_crops,
)
from marrowscope.evaluation.detector_scores import (
    FieldDetections,
    detection_score,
    detections_of_set,
    detector_scores,
)
from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.evaluation.model_cards import DETECTOR_FACTS, card_text, classifier_facts
from marrowscope.geometry import BoolArray

VERSION = "1"
LOWEST_SCORE = 0.1
FULLY_BOXED_VAL = ("acevedo-blood-fields", "txl-blood-fields")
PLASMA_RECALL = 0.99
"""Plasma cells of the marrow val fields that the threshold must keep."""
ACCEPTED_ERROR = 0.15
"""Share of wrong classes among decided val crops, classes balanced, that is put up with."""
THRESHOLDS = np.arange(0.30, 0.91, 0.02)


def _write_card(path: Path, facts: dict[str, Any], measured: dict[str, Any]) -> ModelCard:
    card = path.with_suffix(".json")
    card.write_text(card_text(facts, path, VERSION, measured), encoding="utf-8")
    return read_card(card)


def _above(fields: list[FieldDetections], threshold: float) -> list[FieldDetections]:
    def kept(one: FieldDetections) -> FieldDetections:
        keep = one.found.score >= threshold
        names = one.found.__slots__
        return replace(
            one, found=replace(one.found, **{n: getattr(one.found, n)[keep] for n in names})
        )

    return [kept(one) for one in fields]


def chosen_detector_threshold(detector: OnnxDetector, sets: ImageSets) -> float:
    """Best F1 on fully boxed val fields among thresholds that keep the plasma cells."""
    blood = [
        field
        for name in FULLY_BOXED_VAL
        for field in detections_of_set(detector, sets, name, "val")
    ]
    marrow = detections_of_set(detector, sets, "segpc-marrow", "val")
    allowed = [
        float(threshold)
        for threshold in np.arange(0.2, 0.61, 0.02).round(2)
        if detection_score(_above(marrow, threshold)).recall >= PLASMA_RECALL
    ]
    return max(allowed or [0.2], key=lambda t: detection_score(_above(blood, t)).f1)


def finish_detector(onnx: Path, data: Path) -> Path:
    """Writes `detector.json` beside the model; returns its path."""
    recipe = json.loads((onnx.parent / "detector.recipe.json").read_text())
    card = _write_card(onnx, DETECTOR_FACTS, {"recipe": recipe, "threshold": LOWEST_SCORE})
    sets = ImageSets(data)
    threshold = chosen_detector_threshold(OnnxDetector(card), sets)
    card = _write_card(onnx, DETECTOR_FACTS, {"recipe": recipe, "threshold": threshold})
    scores = {"test": detector_scores(OnnxDetector(card), sets, "test")}
    measured = {"recipe": recipe, "threshold": threshold, "scores": scores}
    _write_card(onnx, DETECTOR_FACTS, measured)
    return onnx.with_suffix(".json")


def _balanced_error(named: NamedCrops, threshold: float) -> float:
    truth = np.array(named.truth)
    best = np.array(named.class_ids)[named.probabilities.argmax(axis=1)]
    decided: BoolArray = named.probabilities.max(axis=1) >= threshold
    errors = [
        float((best != truth)[decided & (truth == name)].mean())
        for name in np.unique(truth)
        if (decided & (truth == name)).any() and (truth == name).sum() >= 20
    ]
    return float(np.mean(errors)) if errors else 1.0


def finish_classifier(onnx: Path, data: Path, with_fields: bool) -> Path:
    """Writes `classifier.json` beside the model; returns its path.

    with_fields: whether it learnt from the SegPC-2021 fields, whose licence it then bears.
    """
    facts = classifier_facts(with_fields)
    recipe = json.loads((onnx.parent / "classifier.recipe.json").read_text())
    shown = {
        name: recipe.pop(name) for name in ("temperature", "class_ids", "um_per_px", "crop_px")
    }
    measured: dict[str, Any] = {**shown, "recipe": recipe, "threshold": 0.0}
    sets = ImageSets(data)
    classifier = OnnxClassifier(_write_card(onnx, facts, measured))
    names = ("mll-marrow", "acevedo-blood")
    val = [name_crops(classifier, sets, name, "val") for name in names]
    errors = {float(t): max(_balanced_error(one, t) for one in val) for t in THRESHOLDS}
    good = [t for t, error in errors.items() if error <= ACCEPTED_ERROR]
    measured["threshold"] = round(min(good or [float(THRESHOLDS[-1])]), 2)
    scores = {
        name: classifier_score(name_crops(classifier, sets, name, "test"), measured["threshold"])
        for name in names
    }
    measured["scores"] = {"in_set": scores}
    _write_card(onnx, facts, measured)
    return onnx.with_suffix(".json")
