"""Trains the classifier, from the folder of image sets to a model with its card."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from marrowscope.cells.detector import OnnxDetector
from marrowscope.cells.manifest import ModelCard
from marrowscope.training.classifier_crops import centre_crop, load_crops
from marrowscope.training.classifier_export import export_classifier
from marrowscope.training.classifier_finishing import finish_classifier, fitted_temperature
from marrowscope.training.classifier_fitting import (
    ClassifierRecipe,
    Report,
    fit_or_resume,
    outputs_of,
)
from marrowscope.training.classifier_network import N_FEATURES
from marrowscope.training.crop_example import CROP_PX, UM_PER_PX
from marrowscope.training.output_folder import check_recipe, make_folder, save_text
from marrowscope.training.whole_classifier import whole_classifier

RECIPE_FILE = "classifier.recipe.json"
BEGUN_FILE = "classifier.begun.json"


def _recipe_text(recipe: ClassifierRecipe, data: Path, detector: ModelCard | None) -> str:
    facts = {
        **asdict(recipe),
        "data": data.resolve().name,
        "detector": None if detector is None else detector.sha256,
    }
    return json.dumps(facts, indent=2) + "\n"


def train_classifier(
    data: Path,
    out: Path,
    detector: ModelCard | None,
    recipe: ClassifierRecipe | None = None,
    report: Report = lambda *_: None,
) -> Path:
    """Trains on the `train` split; writes `out/classifier.onnx` and its card, and returns the
    model's path.

    detector: card of the detector that finds the cells of marrow fields; None leaves these out
    (permissive licence), and the file is named for it. Goes on where an earlier training into
    the same folder was stopped.
    """
    recipe = recipe or ClassifierRecipe()
    finder = None if detector is None else OnnxDetector(detector)
    make_folder(out)
    begun = _recipe_text(recipe, data, detector)
    check_recipe(out / BEGUN_FILE, begun)
    crops = load_crops(data, "train", finder, fewest_of_a_class=recipe.fewest_of_a_class)
    save_text(begun, out / BEGUN_FILE)
    class_ids = crops.class_ids
    network = fit_or_resume(crops, recipe, out, report)
    val = load_crops(data, "val", finder, class_ids=class_ids)
    whole = whole_classifier(network, crops, val, recipe)
    logits, _ = outputs_of(whole, centre_crop(val.pixels))
    path = out / ("classifier-permissive.onnx" if detector is None else "classifier.onnx")
    export_classifier(whole, path)
    _note_recipe(out, recipe, class_ids, N_FEATURES * len(recipe.own_set_shares))
    temperature = fitted_temperature(logits, val.allowed)
    finish_classifier(path, data, temperature, detector)
    return path


def _note_recipe(
    out: Path, recipe: ClassifierRecipe, class_ids: Sequence[str], n_features: int
) -> None:
    facts = {**asdict(recipe), "class_ids": list(class_ids)}
    facts |= {"um_per_px": UM_PER_PX, "crop_px": CROP_PX, "n_features": n_features}
    save_text(json.dumps(facts, indent=2) + "\n", out / RECIPE_FILE)
