"""The short score of a classifier on one set of a data folder, as its card holds it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marrowscope.cells.model import Classifier, CropBatch
from marrowscope.evaluation.classifier_calibration import calibration_error
from marrowscope.evaluation.classifier_forced_choice import DECIMALS, forced_choice, share
from marrowscope.evaluation.classifier_groups import common_classes
from marrowscope.evaluation.classifier_naming import centred_crop, own_reference
from marrowscope.evaluation.classifier_sets import LEAST_OF_DATA
from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.evaluation.labels import class_of
from marrowscope.geometry import FloatArray

_PER_CLASS = ("n", "precision", "recall", "f1")


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
        crops = centred_crop(pixels, crop.um_per_px, classifier)[None]
        batch = CropBatch(crop.path, np.zeros(1), np.zeros(1), crops)
        probabilities.append(classifier.classify(batch, own_reference(pixels)).probabilities[0])
        truth.append(class_id)
    return NamedCrops(truth, classifier.class_ids, np.stack(probabilities))


def classifier_score(named: NamedCrops, threshold: float) -> dict[str, object]:
    """Accuracy by forced choice over the set's own classes of at least 50 cells, and more.

    `coverage`: share not abstained. `error_when_decided`: share wrong among those. `per_class`:
    n, precision, recall, f1. Classes that truth and model know in different detail are merged.
    """
    classes = common_classes(named.truth, named.class_ids)
    truth = np.array([classes.scored_as[name] for name in named.truth])
    outputs = np.array([classes.scored_as[name] for name in named.class_ids])
    labels, n = np.unique(truth, return_counts=True)
    scored = [
        str(name)
        for name, count in zip(labels, n, strict=True)
        if count >= LEAST_OF_DATA and name in outputs
    ]
    rows = np.isin(truth, scored)
    truth, given = truth[rows], named.probabilities[rows].astype(np.float64)
    of_each = [given[:, outputs == name].sum(axis=1) for name in scored]
    forced = forced_choice(truth, np.stack(of_each, axis=1), scored) if scored else None
    if forced is None:
        return {"n": 0, "reason": f"no class has {LEAST_OF_DATA} cells here"}
    probability = given.max(axis=1)
    is_right = outputs[given.argmax(axis=1)] == truth
    decided = probability >= threshold
    return {
        "n": forced.n,
        "accuracy": forced.means.accuracy,
        "balanced_accuracy": forced.means.balanced_accuracy,
        "macro_f1": forced.means.macro_f1,
        "accuracy_over_all_classes": round(float(is_right.mean()), DECIMALS),
        "ece": round(calibration_error(probability, is_right), DECIMALS),
        "coverage": share(int(decided.sum()), forced.n),
        "error_when_decided": share(int((decided & ~is_right).sum()), int(decided.sum())),
        "per_class": {
            name: {key: getattr(of_it, key) for key in _PER_CLASS}
            for name, of_it in forced.per_class.items()
        },
    }
