"""Scores of classes in sets that did not teach them, and of one set left out."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from marrowscope.differential.intervals import wilson_interval
from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import FloatArray

SHARED = ("PROMY", "SEG", "EOS_MAT", "MONO", "LYMPH")
"""Classes that marrow and blood both have."""
FEWEST_CELLS = 20
SHOWN_MISTAKES = 3
Z_95 = 1.959964


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


def named(logits: FloatArray, class_ids: Sequence[str]) -> list[str]:
    """(n,) the likeliest class of each cell; logits: (n, classes)."""
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


def fields_scores(
    logits: FloatArray,
    class_ids: Sequence[str],
    groups: Sequence[str],
    never_named: Collection[str],
) -> dict[str, Any]:
    """Forced choice among all classes but `never_named`: recalls of the classes with enough cells
    and their mean. n: cells of these.
    """
    barred = np.array([name in never_named for name in class_ids])
    called = named(np.where(barred, -np.inf, logits), class_ids)
    truth = [group.partition(" ")[2] for group in groups]
    enough = [name for name, n in sorted(Counter(truth).items()) if n >= FEWEST_CELLS]
    recalls = {
        name: round(
            sum(t == c == name for t, c in zip(truth, called, strict=True)) / truth.count(name), 4
        )
        for name in enough
    }
    return {
        "n": sum(truth.count(name) for name in enough),
        "balanced_recall": round(float(np.mean(list(recalls.values()))), 4) if recalls else None,
        "recalls": recalls,
    }
