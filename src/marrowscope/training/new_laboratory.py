"""A set that a network never met plays a new laboratory, before and after cells are reviewed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from marrowscope.cells import Proposals
from marrowscope.cells.classifier import NetworkOutputs
from marrowscope.evaluation.classifier_calibration import calibration_error
from marrowscope.evaluation.classifier_naming import cell_answers
from marrowscope.evaluation.classifier_sets import NEVER_NAMED_OF_CELLS
from marrowscope.geometry import FloatArray
from marrowscope.sites.head import unchanged_head
from marrowscope.sites.learning_curve import learning_curve
from marrowscope.training.classifier_crops import CropSet


@dataclass(frozen=True, slots=True)
class NewLaboratory:
    """Its cells of the classes that the network was taught.

    seen: what the network gives. truths: (n,) class ids. class_ids: of the columns.
    """

    seen: NetworkOutputs
    truths: tuple[str, ...]
    class_ids: tuple[str, ...]
    threshold: float = 0.0


def new_laboratory(
    logits: FloatArray,
    features: FloatArray,
    groups: Sequence[str],
    temperature: float,
    taught: CropSet,
    image_set: str,
    fewest_of_a_class: int,
) -> NewLaboratory:
    """The tested cells of one set, and of the columns those that the network was taught.

    logits: (n, classes), before the temperature. groups: (n,) "set CLASS". taught: what the network
    learnt from.
    """
    is_full = taught.allowed.sum(axis=1) == 1
    columns = np.flatnonzero(taught.allowed[is_full].sum(axis=0) >= fewest_of_a_class)
    class_ids = tuple(taught.class_ids[i] for i in columns)
    known = {f"{image_set} {name}" for name in class_ids}
    rows = [i for i, one in enumerate(groups) if one in known]
    of_known = logits[rows][:, columns].astype(np.float64) / temperature
    seen = NetworkOutputs(of_known, features[rows], np.zeros(len(rows), np.float32))
    return NewLaboratory(seen, tuple(groups[i].partition(" ")[2] for i in rows), class_ids)


def calibration_there(laboratory: NewLaboratory) -> float:
    """Expected calibration error of the best guesses, as the network came."""
    seen = laboratory.seen
    head = unchanged_head(len(laboratory.class_ids), seen.features.shape[1])
    given = head.probabilities(seen.logits, seen.features).astype(np.float32)
    answers = cell_answers(
        laboratory,
        np.array(laboratory.truths),
        Proposals(given, seen.strangeness),
        NEVER_NAMED_OF_CELLS,
    )
    return round(calibration_error(answers.probability, answers.guess == answers.truth), 4)


def curve_there(laboratory: NewLaboratory) -> list[dict[str, Any]]:
    """What `adapt` gains with more and more reviewed cells, ready for JSON."""
    found = learning_curve(
        laboratory.seen, laboratory.truths, laboratory, never_named=NEVER_NAMED_OF_CELLS
    )
    return [{**asdict(point), "mean": point.mean} for point in found]
