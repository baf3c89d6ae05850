"""Whether a class learnt in one laboratory is known in another: scores without outside data.

Five classes exist in marrow and in blood. Fold A learns three of them from blood alone and two from
marrow alone, fold B the other way round; each withheld pair of class and set is then tested by
forced choice over all classes. A class withheld from a set is withheld from fields of the same
material too. Leaving one set out learns from marrow alone or from blood alone and tests the five
classes on the other, which then plays a new laboratory that has its cells reviewed; and it learns
without the marrow fields and names the cells that were named on them by eye.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from marrowscope.cells.detector import OnnxDetector
from marrowscope.cells.manifest import ModelCard
from marrowscope.evaluation.classifier_sets import NEVER_NAMED_OF_CELLS
from marrowscope.evaluation.labels import CLASS_SEPARATOR
from marrowscope.geometry import FloatArray, UInt8Array
from marrowscope.training.classifier_crops import CropSet, centre_crop, load_crops, selected
from marrowscope.training.classifier_finishing import fitted_temperature
from marrowscope.training.classifier_fitting import (
    ClassifierRecipe,
    Report,
    fit_or_resume,
    outputs_of,
)
from marrowscope.training.field_examples import COARSE_FIELDS_SETS, FIELDS_SET
from marrowscope.training.folds_scores import (
    FEWEST_CELLS,
    PairRecall,
    balanced_recall,
    fields_scores,
    mean_recall,
    named,
    pair_recalls,
    shared_scores,
)
from marrowscope.training.new_laboratory import (
    NewLaboratory,
    calibration_there,
    curve_there,
    new_laboratory,
)
from marrowscope.training.whole_classifier import whole_classifier

MARROW, BLOOD = "mll-marrow", "acevedo-blood"
MARROW_FIELDS, BLOOD_FIELDS = FIELDS_SET, COARSE_FIELDS_SETS[0]
FIELDS_OF = {MARROW: MARROW_FIELDS, BLOOD: BLOOD_FIELDS}
"""Fields of the same material, taken by other laboratories."""
_FIRST, _SECOND = ("EOS_MAT", "SEG", "PROMY"), ("LYMPH", "MONO")
WITHHELD: Mapping[str, tuple[tuple[str, str], ...]] = {
    "A": (*((MARROW, one) for one in _FIRST), *((BLOOD, one) for one in _SECOND)),
    "B": (*((BLOOD, one) for one in _FIRST), *((MARROW, one) for one in _SECOND)),
}
WITHOUT_FIELDS = "without fields"
SHARED_WAYS = {"without marrow": "blood to marrow", "without blood": "marrow to blood"}
WAYS = {**SHARED_WAYS, WITHOUT_FIELDS: "others to marrow fields"}
NEW_LABORATORIES = {
    "without marrow": MARROW,
    "without blood": BLOOD,
    WITHOUT_FIELDS: MARROW_FIELDS,
}


def run_folds(
    data: Path,
    out: Path,
    detector: ModelCard | None,
    recipe: ClassifierRecipe,
    split: str = "test",
    report: Report = lambda *_: None,
) -> dict[str, Any]:
    """Trains both folds and both of leave-one-set-out; returns what `folds.json` holds.

    Temperatures come from the val split of what a network learnt from.

    out: a folder that keeps what a stopped run has finished. split: what is tested, `val` while
    choosing between recipes. Raises UnreadableInputError where a set or class is missing.
    """
    finder = None if detector is None else OnnxDetector(detector)
    crops = load_crops(data, "train", finder, fewest_of_a_class=recipe.fewest_of_a_class)
    tested = load_crops(data, split, finder, class_ids=crops.class_ids)
    val = load_crops(data, "val", finder, class_ids=crops.class_ids)
    runs = _runs(crops)
    on_fields: dict[str, Any] = {}
    logits: dict[str, FloatArray] = {}
    laboratories: dict[str, NewLaboratory] = {}
    for number, (name, taught) in enumerate(runs):

        def on_step(step: int, n: int, loss: float, before: int = number) -> None:
            report(before * n + step, len(runs) * n, loss)

        network = fit_or_resume(taught, recipe, out / name.replace(" ", "-"), on_step)
        known = selected(val, without_sets=set(val.sets) - set(taught.sets))
        whole = whole_classifier(network, taught, known, recipe)
        logits[name], features = outputs_of(whole, centre_crop(tested.pixels))
        if name in NEW_LABORATORIES:
            image_set = NEW_LABORATORIES[name]
            there = (logits[name], features, tested.groups)
            if name == WITHOUT_FIELDS:
                pixels, groups = _named_on_fields((crops, tested))
                there = (*outputs_of(whole, pixels), tuple(groups))
                on_fields = fields_scores(there[0], crops.class_ids, groups, NEVER_NAMED_OF_CELLS)
            seen = outputs_of(whole, centre_crop(known.pixels))[0]
            temperature = fitted_temperature(seen, known.allowed)
            least = min(FEWEST_CELLS, recipe.fewest_of_a_class)
            laboratories[name] = new_laboratory(*there, temperature, taught, image_set, least)
    results = _results(logits, laboratories, crops.class_ids, tested.groups, split, recipe)
    if WITHOUT_FIELDS not in laboratories:
        return results
    ece = calibration_there(laboratories[WITHOUT_FIELDS])
    return {**results, "to_marrow_fields": {**on_fields, "ece": ece}}


def _runs(crops: CropSet) -> list[tuple[str, CropSet]]:
    """What each training learns from, by its name."""
    groups = frozenset(crops.groups)
    runs = []
    for name, pairs in WITHHELD.items():
        of_material = [(FIELDS_OF[image_set], class_id) for image_set, class_id in pairs]
        without = _withheld(groups, [*pairs, *of_material])
        runs.append((f"fold {name}", selected(crops, without_groups=without)))
    runs.append(("without marrow", selected(crops, without_sets={MARROW, MARROW_FIELDS})))
    runs.append(("without blood", selected(crops, without_sets={BLOOD, BLOOD_FIELDS})))
    if MARROW_FIELDS in crops.sets:
        runs.append((WITHOUT_FIELDS, selected(crops, without_sets={MARROW_FIELDS})))
    return runs


def _withheld(groups: Collection[str], pairs: Collection[tuple[str, str]]) -> frozenset[str]:
    """The groups of these sets whose cells are, or may be, of these classes; not those of which no
    more is known than that they are leucocytes, or no plasma cells.
    """
    found = set()
    for group in groups:
        image_set, _, name = group.partition(" ")
        classes = name.split(CLASS_SEPARATOR)
        if any((image_set, class_id) in pairs for class_id in classes):
            found.add(group)
    return frozenset(found)


def _named_on_fields(parts: Sequence[CropSet]) -> tuple[UInt8Array, list[str]]:
    """Crops (n, 96, 96, 3) and groups of the cells of one known class on the marrow fields."""
    pixels, groups = [], []
    for crops in parts:
        for group, one in zip(crops.groups, crops.pixels, strict=True):
            image_set, _, name = group.partition(" ")
            if image_set == MARROW_FIELDS and name in crops.class_ids:
                pixels.append(one)
                groups.append(group)
    return centre_crop(np.stack(pixels)), groups


def _groups(pairs: Collection[tuple[str, str]]) -> frozenset[str]:
    return frozenset(f"{image_set} {class_id}" for image_set, class_id in pairs)


def _results(
    logits: Mapping[str, FloatArray],
    laboratories: Mapping[str, NewLaboratory],
    class_ids: Sequence[str],
    groups: Sequence[str],
    split: str,
    recipe: ClassifierRecipe,
) -> dict[str, Any]:
    pairs: list[PairRecall] = []
    taught: dict[str, dict[str, float]] = {}
    for fold, withheld in WITHHELD.items():
        called = named(logits[f"fold {fold}"], class_ids)
        pairs += pair_recalls(fold, withheld, groups, called)
        taught[fold] = {
            name: balanced_recall(groups, called, name, _groups(withheld))
            for name in (MARROW, BLOOD)
        }
    return {
        "split": split,
        "recipe": asdict(recipe),
        "class_ids": list(class_ids),
        "reference": "each cell is its own; the slide would be the whole split of its set",
        "untied": {**mean_recall(pairs), "pairs": [asdict(one) for one in pairs]},
        "balanced_recall_of_taught_classes": taught,
        "leave_one_set_out": {
            way: {
                **shared_scores(logits[name], class_ids, groups, NEW_LABORATORIES[name]),
                "ece": calibration_there(laboratories[name]),
            }
            for name, way in SHARED_WAYS.items()
        },
        "learning_curve": {
            WAYS[name]: curve_there(laboratory) for name, laboratory in laboratories.items()
        },
    }
