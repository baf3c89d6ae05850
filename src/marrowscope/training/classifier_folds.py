"""Whether a class learnt in one laboratory is known in another: scores without outside data.

Five classes exist in marrow and in blood. Fold A learns three of them from blood alone and two from
marrow alone, fold B the other way round; each withheld pair of class and set is then tested by
forced choice over all classes. Leaving one set out learns from marrow alone or from blood alone and
tests the five classes on the other, which then plays a new laboratory that has its cells reviewed.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from marrowscope.cells.classifier import NetworkOutputs
from marrowscope.cells.detector import OnnxDetector
from marrowscope.cells.manifest import ModelCard
from marrowscope.differential.intervals import wilson_interval
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.classifier_sets import NEVER_NAMED_OF_CELLS
from marrowscope.evaluation.text_table import share_text, table_lines
from marrowscope.geometry import FloatArray
from marrowscope.sites.learning_curve import learning_curve
from marrowscope.training.classifier_crops import CropSet, centre_crop, load_crops, selected
from marrowscope.training.classifier_finishing import fitted_temperature
from marrowscope.training.classifier_fitting import (
    ClassifierRecipe,
    Report,
    fit_or_resume,
    outputs_of,
)

MARROW, BLOOD, FIELDS = "mll-marrow", "acevedo-blood", "segpc-marrow"
SHARED = ("PROMY", "SEG", "EOS_MAT", "MONO", "LYMPH")
_FIRST, _SECOND = ("EOS_MAT", "SEG", "PROMY"), ("LYMPH", "MONO")
WITHHELD: Mapping[str, tuple[tuple[str, str], ...]] = {
    "A": (*((MARROW, one) for one in _FIRST), *((BLOOD, one) for one in _SECOND)),
    "B": (*((BLOOD, one) for one in _FIRST), *((MARROW, one) for one in _SECOND)),
}
NEW_LABORATORIES = {
    "without marrow": ("blood to marrow", MARROW),
    "without blood": ("marrow to blood", BLOOD),
}
FEWEST_CELLS = 20
SHOWN_MISTAKES = 3
Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class _Named:
    """What logits are read with. class_ids: of the columns."""

    class_ids: tuple[str, ...]
    threshold: float = 0.0


@dataclass(frozen=True, slots=True)
class PairRecall:
    """Recall of one class on the set it was withheld from; called: its commonest other names."""

    fold: str
    image_set: str
    class_id: str
    n: int
    recall: float
    low: float
    high: float
    called: dict[str, float]


def _named(logits: FloatArray, class_ids: Sequence[str]) -> list[str]:
    best: list[str] = np.array(class_ids)[logits.argmax(axis=1)].tolist()
    return best


def pair_recalls(
    fold: str, pairs: Collection[tuple[str, str]], groups: Sequence[str], called: Sequence[str]
) -> list[PairRecall]:
    """Recall of each withheld pair; groups: "set CLASS" of each tested cell.

    Raises UnreadableInputError where a pair has no cell.
    """
    found = []
    for image_set, class_id in pairs:
        names = [
            name
            for group, name in zip(groups, called, strict=True)
            if group == f"{image_set} {class_id}"
        ]
        if not names:
            raise UnreadableInputError(
                f"the data folder has no {class_id} of {image_set} to test; the folds need the "
                "sets mll-marrow and acevedo-blood"
            )
        n = len(names)
        n_right = names.count(class_id)
        limits = wilson_interval(n_right, n)
        others = Counter(name for name in names if name != class_id)
        shown = {name: round(k / n, 4) for name, k in others.most_common(SHOWN_MISTAKES)}
        found.append(
            PairRecall(
                fold=fold,
                image_set=image_set,
                class_id=class_id,
                n=n,
                recall=round(n_right / n, 4),
                low=round(limits.low, 4),
                high=round(limits.high, 4),
                called=shown,
            )
        )
    return found


def mean_recall(pairs: Sequence[PairRecall]) -> dict[str, float]:
    """Mean over the pairs with its 95 % limits, sampling of cells alone."""
    mean = float(np.mean([one.recall for one in pairs]))
    variance = sum(one.recall * (1 - one.recall) / one.n for one in pairs) / len(pairs) ** 2
    half = Z_95 * float(np.sqrt(variance))
    return {
        "mean_recall": round(mean, 4),
        "low": round(max(0.0, mean - half), 4),
        "high": round(min(1.0, mean + half), 4),
    }


def balanced_recall(
    groups: Sequence[str], called: Sequence[str], image_set: str, left_out: Collection[str]
) -> float:
    """Mean recall over the classes of a set that were taught, those with enough cells."""
    recalls = []
    for group, n in sorted(Counter(groups).items()):
        name, _, class_id = group.partition(" ")
        if name == image_set and n >= FEWEST_CELLS and group not in left_out:
            mine = [c for g, c in zip(groups, called, strict=True) if g == group]
            recalls.append(mine.count(class_id) / n)
    return round(float(np.mean(recalls)), 4) if recalls else 0.0


def shared_scores(
    logits: FloatArray, class_ids: Sequence[str], groups: Sequence[str], image_set: str
) -> dict[str, Any]:
    """Forced choice among the five shared classes on one set: macro-F1 and recalls."""
    columns = [list(class_ids).index(name) for name in SHARED]
    rows = [i for i, g in enumerate(groups) if g in {f"{image_set} {name}" for name in SHARED}]
    truth = np.array([groups[i].partition(" ")[2] for i in rows])
    called = np.array(SHARED)[logits[rows][:, columns].argmax(axis=1)]
    scores, recalls = [], {}
    for name in SHARED:
        n_right = int(((truth == name) & (called == name)).sum())
        scores.append(2 * n_right / max(int((truth == name).sum() + (called == name).sum()), 1))
        recalls[name] = round(n_right / max(int((truth == name).sum()), 1), 4)
    return {"n": len(rows), "macro_f1": round(float(np.mean(scores)), 4), "recalls": recalls}


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
    curves: dict[str, list[dict[str, Any]]] = {}
    for number, (name, taught) in enumerate(runs):

        def on_step(step: int, n: int, loss: float, before: int = number) -> None:
            report(before * n + step, len(runs) * n, loss)

        network = fit_or_resume(taught, recipe, out / name.replace(" ", "-"), on_step)
        logits[name], features = outputs_of(network, centre_crop(tested.pixels))
        if name in NEW_LABORATORIES:
            known = selected(val, without_sets=set(val.sets) - set(taught.sets))
            seen = outputs_of(network, centre_crop(known.pixels))[0]
            warm = logits[name] / fitted_temperature(seen, known.allowed)
            way, laboratory = NEW_LABORATORIES[name]
            n_least = min(FEWEST_CELLS, recipe.fewest_of_a_class)
            curves[way] = _curve(warm, features, taught, tested.groups, laboratory, n_least)
    results = _results(logits, crops.class_ids, tested.groups, split, recipe)
    return {**results, "learning_curve": curves}


def _curve(
    logits: FloatArray,
    features: FloatArray,
    taught: CropSet,
    groups: Sequence[str],
    laboratory: str,
    fewest_of_a_class: int,
) -> list[dict[str, Any]]:
    """Adapted to the shared classes of a set that the network never met.

    logits: of all columns; those that the network was not taught are left out.
    """
    full = taught.allowed.sum(axis=1) == 1
    n_of = taught.allowed[full].sum(axis=0)
    columns = np.flatnonzero(n_of >= fewest_of_a_class)
    class_ids = tuple(taught.class_ids[i] for i in columns)
    known = {f"{laboratory} {name}" for name in class_ids}
    rows = [i for i, one in enumerate(groups) if one in known]
    seen = NetworkOutputs(
        logits[rows][:, columns].astype(np.float64), features[rows], np.zeros(len(rows), np.float32)
    )
    truths = [groups[i].partition(" ")[2] for i in rows]
    found = learning_curve(seen, truths, _Named(class_ids), never_named=NEVER_NAMED_OF_CELLS)
    return [{**asdict(point), "mean": point.mean} for point in found]


def _groups(pairs: Collection[tuple[str, str]]) -> frozenset[str]:
    return frozenset(f"{image_set} {class_id}" for image_set, class_id in pairs)


def _results(
    logits: Mapping[str, FloatArray],
    class_ids: Sequence[str],
    groups: Sequence[str],
    split: str,
    recipe: ClassifierRecipe,
) -> dict[str, Any]:
    pairs: list[PairRecall] = []
    taught: dict[str, dict[str, float]] = {}
    for fold, withheld in WITHHELD.items():
        called = _named(logits[f"fold {fold}"], class_ids)
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
            "blood to marrow": shared_scores(logits["without marrow"], class_ids, groups, MARROW),
            "marrow to blood": shared_scores(logits["without blood"], class_ids, groups, BLOOD),
        },
    }


def folds_text(results: Mapping[str, Any]) -> str:
    """The results as tables for a person."""
    untied = results["untied"]
    rows = [["fold", "set", "class", "cells", "recall", "called instead"]]
    for one in untied["pairs"]:
        others = ", ".join(f"{name} {share:.2f}" for name, share in one["called"].items())
        shown = [one["fold"], one["image_set"], one["class_id"], str(one["n"])]
        rows.append([*shown, share_text(one["recall"]), others])
    lines = [
        f"Classes in sets that did not teach them ({results['split']} split)",
        *table_lines(rows, n_left=3),
        f"mean recall {share_text(untied['mean_recall'])} "
        f"({share_text(untied['low'])} to {share_text(untied['high'])})",
        "",
        "Taught classes of the same models, mean recall over all classes",
    ]
    for fold, sets in results["balanced_recall_of_taught_classes"].items():
        lines += [f"fold {fold}  {name}  {share_text(value)}" for name, value in sets.items()]
    lines += ["", "One set left out, the five shared classes"]
    for way, score in results["leave_one_set_out"].items():
        lines.append(f"{way}  macro-F1 {share_text(score['macro_f1'])} ({score['n']} cells)")
    for way, points in results["learning_curve"].items():
        means = [f"{one['n_reviewed']}: {share_text(one['mean'])}" for one in points]
        lines += ["", f"{way}, adapted to reviewed cells, mean recall on others", ", ".join(means)]
    return "\n".join(lines) + "\n"
