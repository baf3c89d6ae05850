"""From proposals to names: the best guess of each cell, and whether it may be used."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from marrowscope.cells.model import STRANGE, Proposals
from marrowscope.geometry import BoolArray, FloatArray
from marrowscope.vocabulary import Counting, cell_class


class Namer(Protocol):
    """What of a classifier decides how its proposals become names; every `Classifier` is one."""

    @property
    def class_ids(self) -> tuple[str, ...]:
        """Classes it can answer, in output order."""

    @property
    def threshold(self) -> float:
        """Probability below which it abstains."""


@dataclass(frozen=True, slots=True)
class NamedCells:
    """class_id: (n,) best guess, always. probability: (n,) of it. abstained: (n,) not to be used:
    too improbable, too strange, or the guess itself is "not classifiable".
    """

    class_id: npt.NDArray[np.str_]
    probability: FloatArray
    abstained: BoolArray


def name_cells(proposals: Proposals, classifier: Namer) -> NamedCells:
    """Names cells by what the classifier proposes, in the order of the proposals."""
    known = np.array(classifier.class_ids)
    probabilities = proposals.probabilities
    if not len(probabilities):
        nothing = np.zeros(0, dtype=np.float32)
        return NamedCells(known[:0], nothing, np.zeros(0, dtype=np.bool_))
    best = probabilities.argmax(axis=1)
    probability = probabilities[np.arange(len(best)), best]
    undecided = [name for name in known.tolist() if cell_class(name).counting is Counting.UNDECIDED]
    abstained = (
        (probability < classifier.threshold)
        | (proposals.strangeness > STRANGE)
        | np.isin(known[best], undecided)
    )
    return NamedCells(known[best], probability, np.asarray(abstained, dtype=np.bool_))
