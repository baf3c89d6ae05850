"""Teaches a classifier a laboratory, and checks on cells held out whether that did any good."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from marrowscope.differential.confusion import UNDECIDED
from marrowscope.errors import UsageError
from marrowscope.evaluation.classifier_calibration import calibration_error
from marrowscope.evaluation.classifier_groups import common_classes
from marrowscope.geometry import BoolArray, DoubleArray, FloatArray, IntArray
from marrowscope.sites.fitting import (
    FEWEST_TO_TEACH,
    ReviewedCells,
    balanced_mean,
    best_penalty,
    calibrated,
    fit_head,
    taught_classes,
)
from marrowscope.sites.head import SiteHead, unchanged_head
from marrowscope.vocabulary import in_reading_order

FEWEST_CELLS = 25
MOST_CELLS = 500
"""More are not needed, and would take longer than a coffee."""


@dataclass(frozen=True, slots=True)
class HeldOutScore:
    """Of reviewed cells that the scored head has not seen, among the classes of nucleated cells.

    balanced_accuracy: mean recall of the reviewed classes. recalls: by class. calibration_error:
    expected calibration error. undecided: share below the model's threshold.
    """

    balanced_accuracy: float
    recalls: Mapping[str, float]
    calibration_error: float
    undecided: float


@dataclass(frozen=True, slots=True)
class Adaptation:
    """head: what was learnt, or an unchanged one. is_changed: which of them. why_not: in words.

    before, after: scores on held-out cells. n_of: reviewed cells of each class of the model.
    too_few, not_modelled: reviewed classes that were not taught, with their cells. penalty: chosen.
    called: (n,) what each reviewed cell is called by a head that has not seen it, "UNCLASS" where
    undecided; truth: (n,) beside it.
    """

    head: SiteHead
    is_changed: bool
    why_not: str
    before: HeldOutScore
    after: HeldOutScore
    n_of: Mapping[str, int]
    too_few: Mapping[str, int]
    not_modelled: Mapping[str, int]
    penalty: float | None
    truth: tuple[str, ...]
    called: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Naming:
    """What may be the answer for a nucleated cell, and from which probability on."""

    class_ids: npt.NDArray[np.str_]
    may_be: BoolArray
    threshold: float


def adapt(
    logits: DoubleArray,
    features: FloatArray,
    truths: Sequence[str],
    class_ids: Sequence[str],
    *,
    threshold: float,
    never_named: frozenset[str],
) -> Adaptation:
    """Fits a head to reviewed cells and keeps it only if held-out cells are named better by it.

    logits: (n, classes) over the model's temperature. features: (n, features). truths: class ids of
    the vocabulary, one a cell. class_ids, threshold: of the model. never_named: classes that are no
    answer for a cell known to be nucleated. Raises UsageError with too few cells to learn from.
    """
    common = common_classes(truths, class_ids)
    columns = {name: index for index, name in enumerate(class_ids)}
    meant = [common.scored_as.get(one, one) for one in truths]
    rows = np.array([one in columns for one in meant], dtype=np.bool_)
    not_modelled = _counted(one for one, known in zip(truths, rows, strict=True) if not known)
    if rows.sum() < FEWEST_CELLS:
        raise UsageError(
            f"{int(rows.sum())} reviewed cells are of classes that the model knows, and at least "
            f"{FEWEST_CELLS} are needed to learn from; review more cells"
        )
    truth = np.array([columns[one] for one in meant if one in columns], dtype=np.int64)
    cells = ReviewedCells(logits[rows], features[rows], truth)
    names = np.array(class_ids)
    naming = _Naming(names, ~np.isin(names, sorted(never_named)), threshold)
    unchanged = unchanged_head(len(class_ids), features.shape[1])
    is_taught = taught_classes(cells)
    n_of = _counted(names[truth].tolist())
    given_before = unchanged.probabilities(cells.logits, cells.features)
    before = _score(given_before, truth, naming)
    head, penalty, given = unchanged, None, given_before
    why_not = "" if is_taught.any() else f"fewer than two classes have {FEWEST_TO_TEACH} cells"
    if is_taught.any():
        penalty, untempered = best_penalty(cells, is_taught)
        head = calibrated(fit_head(cells, is_taught, penalty), untempered, cells)
        given = head.tempered(untempered)
        why_not = _why_not(given_before, given, truth, naming)
    after = _score(given, truth, naming)
    if why_not:
        head, penalty, given = unchanged, None, given_before
    return Adaptation(
        head=head,
        is_changed=not why_not,
        why_not=why_not,
        before=before,
        after=after,
        n_of=n_of,
        too_few=MappingProxyType(
            {name: n for name, n in n_of.items() if not is_taught[columns[name]]}
        ),
        not_modelled=not_modelled,
        penalty=penalty,
        truth=tuple(names[truth].tolist()),
        called=_called(given, naming),
    )


def _counted(names: Iterable[str]) -> Mapping[str, int]:
    n_of = Counter(names)
    return MappingProxyType({name: n_of[name] for name in in_reading_order(n_of)})


def _why_not(before: DoubleArray, after: DoubleArray, truth: IntArray, naming: _Naming) -> str:
    """Empty where balanced accuracy rises by more than its standard error, cells paired."""
    is_right = [(_guess(given, naming)[0] == truth).astype(np.float64) for given in (before, after)]
    gained = is_right[1] - is_right[0]
    of_class = [gained[truth == one] for one in np.unique(truth)]
    gain = float(np.mean([one.mean() for one in of_class]))
    variance = sum(float(one.var()) / len(one) for one in of_class) / len(of_class) ** 2
    if gain > 0 and gain > np.sqrt(variance):
        return ""
    return (
        f"on cells held out, balanced accuracy changed by {100 * gain:+.1f} points, which is not "
        f"more than its standard error of {100 * np.sqrt(variance):.1f}"
    )


def _guess(given: DoubleArray, naming: _Naming) -> tuple[IntArray, DoubleArray]:
    best = np.where(naming.may_be, given, -1.0).argmax(axis=1)
    return best, given[np.arange(len(given)), best]


def _score(given: DoubleArray, truth: IntArray, naming: _Naming) -> HeldOutScore:
    best, probability = _guess(given, naming)
    is_right = best == truth
    recalls = {
        name: round(float(is_right[truth == column].mean()), 4)
        for column, name in enumerate(naming.class_ids.tolist())
        if (truth == column).any()
    }
    return HeldOutScore(
        balanced_accuracy=round(balanced_mean(is_right.astype(np.float64), truth), 4),
        recalls=MappingProxyType(recalls),
        calibration_error=round(calibration_error(probability, is_right), 4),
        undecided=round(float((probability < naming.threshold).mean()), 4),
    )


def _called(given: DoubleArray, naming: _Naming) -> tuple[str, ...]:
    """By the likeliest class of all, as the product names cells."""
    best = given.argmax(axis=1)
    probability = given[np.arange(len(given)), best]
    names = np.where(probability < naming.threshold, UNDECIDED, naming.class_ids[best])
    return tuple(names.tolist())
