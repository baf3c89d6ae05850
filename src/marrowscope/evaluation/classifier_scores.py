"""Scores a classifier on labelled crops."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.cells.model import Classifier, CropBatch, SlideReference
from marrowscope.cells.stain import brightest_rgb
from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.evaluation.labels import class_of
from marrowscope.geometry import BoolArray, DoubleArray, FloatArray, UInt8Array

MIN_CELLS = 50
"""Classes with fewer cells in a set are not scored there."""


def centred_crop(pixels: UInt8Array, um_per_px: float, classifier: Classifier) -> UInt8Array:
    """The middle of a single-cell picture at the classifier's scale and size."""
    factor = um_per_px / classifier.um_per_px
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small = cv2.resize(pixels, size, interpolation=how)
    half = classifier.crop_px // 2
    padded = cv2.copyMakeBorder(small, half, half, half, half, cv2.BORDER_REFLECT_101)
    top, left = size[1] // 2, size[0] // 2
    return np.asarray(padded[top : top + 2 * half, left : left + 2 * half], dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class NamedCrops:
    """truth: (n,) class ids. probabilities: (n, classes) in `class_ids` order."""

    truth: Sequence[str]
    class_ids: tuple[str, ...]
    probabilities: FloatArray


def name_crops(classifier: Classifier, sets: ImageSets, image_set: str, split: str) -> NamedCrops:
    """Probabilities for every mapped crop of one set and split.

    The crops come from many slides of which nothing else is known, so each is its own reference.
    """
    truth, probabilities = [], []
    for crop in sets.crops:
        class_id = class_of(crop.image_set, crop.label)
        if crop.image_set != image_set or crop.split != split or class_id is None:
            continue
        pixels = sets.crop_pixels(crop)
        batch = CropBatch(
            crop.path,
            np.zeros(1),
            np.zeros(1),
            centred_crop(pixels, crop.um_per_px, classifier)[None],
        )
        reference = SlideReference(brightest_rgb(pixels), None, pixels.shape[0] * pixels.shape[1])
        probabilities.append(classifier.classify(batch, reference).probabilities[0])
        truth.append(class_id)
    return NamedCrops(truth, classifier.class_ids, np.stack(probabilities))


def calibration_error(probability: DoubleArray, is_right: BoolArray, n_bins: int = 15) -> float:
    """Expected calibration error: mean gap between probability and accuracy over equal bins."""
    bins = np.minimum((probability * n_bins).astype(int), n_bins - 1)
    gaps = [
        np.sum(bins == b) * abs(probability[bins == b].mean() - is_right[bins == b].mean())
        for b in range(n_bins)
        if np.any(bins == b)
    ]
    return float(sum(gaps) / max(len(bins), 1))


def classifier_score(named: NamedCrops, threshold: float) -> dict[str, object]:
    """Accuracy by forced choice over the set's own classes of at least 50 cells, and more.

    `coverage`: share not abstained. `error_when_decided`: share wrong among those. `per_class`:
    n, precision, recall, f1.
    """
    truth = np.array(named.truth)
    labels, n = np.unique(truth, return_counts=True)
    scored = [name for name, count in zip(labels, n, strict=True) if count >= MIN_CELLS]
    if not scored:
        return {"n": 0, "reason": f"no class has {MIN_CELLS} cells here"}
    rows = np.isin(truth, scored)
    truth = truth[rows]
    columns = [named.class_ids.index(name) for name in scored]
    best = np.array(scored)[named.probabilities[rows][:, columns].argmax(axis=1)]
    free = named.probabilities[rows].argmax(axis=1)
    probability = named.probabilities[rows].max(axis=1).astype(np.float64)
    is_right = np.array(named.class_ids)[free] == truth
    decided = probability >= threshold
    per_class = {name: _class_score(truth == name, best == name) for name in scored}
    return {
        "n": len(truth),
        "accuracy": round(float((best == truth).mean()), 4),
        "balanced_accuracy": round(float(np.mean([s["recall"] for s in per_class.values()])), 4),
        "macro_f1": round(float(np.mean([s["f1"] for s in per_class.values()])), 4),
        "accuracy_over_all_classes": round(float(is_right.mean()), 4),
        "ece": round(calibration_error(probability, is_right), 4),
        "coverage": round(float(decided.mean()), 4),
        "error_when_decided": round(float((~is_right[decided]).mean()), 4)
        if decided.any()
        else None,
        "per_class": per_class,
    }


def _class_score(is_class: BoolArray, called: BoolArray) -> dict[str, float]:
    n_right = int((is_class & called).sum())
    return {
        "n": int(is_class.sum()),
        "precision": round(n_right / max(int(called.sum()), 1), 4),
        "recall": round(n_right / max(int(is_class.sum()), 1), 4),
        "f1": round(2 * n_right / max(int(is_class.sum() + called.sum()), 1), 4),
    }
