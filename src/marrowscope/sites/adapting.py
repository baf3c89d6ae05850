"""Teaches a classifier a laboratory, and checks on cells held out whether that did any good."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from marrowscope.cells import Proposals
from marrowscope.cells.classifier import NetworkOutputs
from marrowscope.cells.naming import Namer
from marrowscope.differential.confusion import UNDECIDED
from marrowscope.errors import UsageError
from marrowscope.evaluation.classifier_calibration import calibration_error
from marrowscope.evaluation.classifier_groups import common_classes
from marrowscope.evaluation.classifier_naming import CellAnswers, cell_answers
from marrowscope.geometry import DoubleArray
from marrowscope.sites.fitting import (
    FEWEST_TO_TEACH,
    ReviewedCells,
    best_penalty,
    calibrated,
    fit_head,
    taught_classes,
)
from marrowscope.sites.head import SiteHead, unchanged_head
from marrowscope.vocabulary import in_reading_order

FEWEST_CELLS = 25
SURE = 1.645
"""Standard errors by which something must differ: one time in twenty chance alone does that."""
MOST_CELLS = 500
"""More would take longer than the two minutes that a laboratory is promised."""


@dataclass(frozen=True, slots=True)
class HeldOutScore:
    """Of reviewed cells that the scored head has not seen, among the classes of nucleated cells.

    balanced_accuracy: mean recall of the reviewed classes. recalls: by class. calibration_error:
    expected calibration error. undecided: share on which the product would abstain.
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
    undecided; truth: (n,) beside it. is_believed: whether these names are better than chance.
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
    is_believed: bool


def adapt(
    seen: NetworkOutputs,
    truths: Sequence[str],
    model: Namer,
    *,
    never_named: frozenset[str],
) -> Adaptation:
    """Fits a head to reviewed cells and keeps it only if held-out cells are named better by it.

    seen: what the model's network gives for n cells. truths: class ids of the vocabulary, one a
    cell. never_named: classes that are no answer for a cell known to be nucleated.
    Raises UsageError with too few cells to learn from.
    """
    class_ids = model.class_ids
    common = common_classes(truths, class_ids)
    columns = {name: index for index, name in enumerate(class_ids)}
    meant = [common.scored_as.get(one, one) for one in truths]
    rows = np.array([one in columns for one in meant], dtype=np.bool_)
    if rows.sum() < FEWEST_CELLS:
        raise UsageError(
            f"{int(rows.sum())} reviewed cells are of classes that the model knows, and at least "
            f"{FEWEST_CELLS} are needed to learn from; review more cells"
        )
    truth = np.array([columns[one] for one in meant if one in columns], dtype=np.int64)
    cells = ReviewedCells(seen.logits[rows], seen.features[rows], truth)
    names = np.array(class_ids)[truth]

    def answers(given: DoubleArray) -> CellAnswers:
        proposals = Proposals(np.asarray(given, dtype=np.float32), seen.strangeness[rows])
        return cell_answers(model, names, proposals, never_named)

    unchanged = unchanged_head(len(class_ids), seen.features.shape[1])
    before = answers(unchanged.probabilities(cells.logits, cells.features))
    head, penalty, after = unchanged, None, before
    is_taught = taught_classes(cells)
    is_believed = _is_above_chance(before)
    why_not = "" if is_taught.any() else f"fewer than two classes have {FEWEST_TO_TEACH} cells"
    if is_taught.any() and not is_believed:
        why_not = (
            "the model names these cells no better than chance, so the map, the labels or "
            "--um-per-px are probably wrong"
        )
    elif is_taught.any():
        penalty, untempered = best_penalty(cells, is_taught)
        head = calibrated(fit_head(cells, is_taught, penalty), untempered, cells)
        after = answers(head.tempered(untempered))
        why_not = _why_not(before, after)
    kept = before if why_not else after
    n_of = _counted(names.tolist())
    return Adaptation(
        head=unchanged if why_not else head,
        is_changed=not why_not,
        why_not=why_not,
        before=_score(before),
        after=_score(after),
        n_of=n_of,
        too_few=MappingProxyType(
            {name: n for name, n in n_of.items() if not is_taught[columns[name]]}
        ),
        not_modelled=_counted(one for one, known in zip(truths, rows, strict=True) if not known),
        penalty=None if why_not else penalty,
        truth=tuple(names.tolist()),
        called=tuple(np.where(kept.named.abstained, UNDECIDED, kept.named.class_id).tolist()),
        is_believed=is_believed,
    )


def _counted(names: Iterable[str]) -> Mapping[str, int]:
    n_of = Counter(names)
    return MappingProxyType({name: n_of[name] for name in in_reading_order(n_of)})


def _is_right(answers: CellAnswers) -> DoubleArray:
    return np.asarray(answers.guess == answers.truth, dtype=np.float64)


def _balanced(values: DoubleArray, truth: npt.NDArray[np.str_]) -> tuple[float, float]:
    """Mean over the classes of the mean over their cells, and its standard error."""
    of_class = [values[truth == one] for one in np.unique(truth)]
    error = float(np.sqrt(sum(one.var() / len(one) for one in of_class))) / len(of_class)
    return float(np.mean([one.mean() for one in of_class])), error


def _is_above_chance(answers: CellAnswers) -> bool:
    """Whether balanced accuracy is surely above that of names drawn from a hat."""
    mean, error = _balanced(_is_right(answers), answers.truth)
    return mean - SURE * error > 1 / len(np.unique(answers.truth))


def _why_not(before: CellAnswers, after: CellAnswers) -> str:
    """Empty where balanced accuracy surely rises, cells paired."""
    gain, error = _balanced(_is_right(after) - _is_right(before), before.truth)
    if gain > SURE * error:
        return ""
    change = "rose by" if gain > 0 else "fell by" if gain < 0 else "changed by"
    return (
        f"on cells held out, balanced accuracy {change} {100 * abs(gain):.1f} points; "
        f"only a rise of more than {100 * SURE * error:.1f} would be no chance"
    )


def _score(answers: CellAnswers) -> HeldOutScore:
    is_right = _is_right(answers)
    recalls = {
        name: round(float(is_right[answers.truth == name].mean()), 4)
        for name in in_reading_order(set(answers.truth.tolist()))
    }
    return HeldOutScore(
        balanced_accuracy=round(float(np.mean(list(recalls.values()))), 4),
        recalls=MappingProxyType(recalls),
        calibration_error=round(calibration_error(answers.probability, is_right > 0), 4),
        undecided=round(float(answers.named.abstained.mean()), 4),
    )
