"""Whether a class learnt in one laboratory is known in another: scores without outside data.

Five classes exist in marrow and in blood. Fold A learns three of them from blood alone and two from
marrow alone, fold B the other way round; each withheld pair of class and set is then tested by
forced choice over all classes. Leaving one set out learns from marrow alone or from blood alone and
tests the five classes on the other, which then plays a new laboratory that has its cells reviewed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from marrowscope.cells.detector import OnnxDetector
from marrowscope.cells.manifest import ModelCard
from marrowscope.geometry import FloatArray
from marrowscope.training.classifier_crops import CropSet, centre_crop, load_crops, selected
from marrowscope.training.classifier_finishing import fitted_temperature
from marrowscope.training.classifier_fitting import (
    ClassifierRecipe,
    Report,
    fit_or_resume,
    outputs_of,
)
from marrowscope.training.folds_scores import (
    FEWEST_CELLS,
    PairRecall,
    balanced_recall,
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

MARROW, BLOOD, FIELDS = "mll-marrow", "acevedo-blood", "segpc-marrow"
_FIRST, _SECOND = ("EOS_MAT", "SEG", "PROMY"), ("LYMPH", "MONO")
WITHHELD: Mapping[str, tuple[tuple[str, str], ...]] = {
    "A": (*((MARROW, one) for one in _FIRST), *((BLOOD, one) for one in _SECOND)),
    "B": (*((BLOOD, one) for one in _FIRST), *((MARROW, one) for one in _SECOND)),
}
WAYS = {"without marrow": "blood to marrow", "without blood": "marrow to blood"}
NEW_LABORATORIES = {"without marrow": MARROW, "without blood": BLOOD}


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
    runs: list[tuple[str, CropSet]] = [
        (f"fold {name}", selected(crops, without_groups=_groups(pairs)))
        for name, pairs in WITHHELD.items()
    ]
    runs.append(("without marrow", selected(crops, without_sets={MARROW, FIELDS})))
    runs.append(("without blood", selected(crops, without_sets={BLOOD})))
    logits: dict[str, FloatArray] = {}
    laboratories: dict[str, NewLaboratory] = {}
    for number, (name, taught) in enumerate(runs):

        def on_step(step: int, n: int, loss: float, before: int = number) -> None:
            report(before * n + step, len(runs) * n, loss)

        network = fit_or_resume(taught, recipe, out / name.replace(" ", "-"), on_step)
        logits[name], features = outputs_of(network, centre_crop(tested.pixels))
        if name in NEW_LABORATORIES:
            known = selected(val, without_sets=set(val.sets) - set(taught.sets))
            seen = outputs_of(network, centre_crop(known.pixels))[0]
            warm = logits[name] / fitted_temperature(seen, known.allowed)
            laboratories[name] = new_laboratory(
                warm,
                features,
                taught,
                tested.groups,
                NEW_LABORATORIES[name],
                min(FEWEST_CELLS, recipe.fewest_of_a_class),
            )
    return _results(logits, laboratories, crops.class_ids, tested.groups, split, recipe)


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
            WAYS[name]: {
                **shared_scores(logits[name], class_ids, groups, NEW_LABORATORIES[name]),
                "ece": calibration_there(laboratory),
            }
            for name, laboratory in laboratories.items()
        },
        "learning_curve": {
            WAYS[name]: curve_there(laboratory) for name, laboratory in laboratories.items()
        },
    }
