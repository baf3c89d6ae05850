"""From probabilities to names: the best guess of each cell, and whether it may be used."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from marrowscope.cells import Classifier
from marrowscope.findings import FindingSettings, FoundCells, apl_triage
from marrowscope.geometry import BoolArray, FloatArray
from marrowscope.vocabulary import Counting, cell_class

FEWEST_CELLS = 50
"""Below this many cells a share says nothing yet."""


@dataclass(frozen=True, slots=True)
class NamedCells:
    """class_id: (n,) best guess, always. probability: (n,) of it. abstained: (n,) not to be used,
    for want of probability or because the guess itself is "not classifiable".
    """

    class_id: npt.NDArray[np.str_]
    probability: FloatArray
    abstained: BoolArray


def name_cells(probabilities: FloatArray, classifier: Classifier) -> NamedCells:
    """Names cells by their probabilities (n, classes), in the classifier's order."""
    known = np.array(classifier.class_ids)
    if not len(probabilities):
        nothing = np.zeros(0, dtype=np.float32)
        return NamedCells(known[:0], nothing, np.zeros(0, dtype=np.bool_))
    best = probabilities.argmax(axis=1)
    probability = probabilities[np.arange(len(best)), best]
    undecided = [name for name in known.tolist() if cell_class(name).counting is Counting.UNDECIDED]
    abstained = (probability < classifier.threshold) | np.isin(known[best], undecided)
    return NamedCells(known[best], probability, np.asarray(abstained, dtype=np.bool_))


class EarlyTriage:
    """Watches cells while they are found and speaks once, when many are immature or undecided.

    It says the same as the finding at the end, sooner; it changes no result.
    """

    def __init__(self, classifier: Classifier, settings: FindingSettings) -> None:
        self._classifier = classifier
        self._settings = settings
        self._class_ids: list[str] = []
        self._abstained: list[bool] = []
        self._has_spoken = False

    def see(self, probabilities: FloatArray) -> str | None:
        """The sentence to be said now, if it is time; probabilities: (n, classes) of new cells."""
        named = name_cells(probabilities, self._classifier)
        self._class_ids += named.class_id.tolist()
        self._abstained += named.abstained.tolist()
        if self._has_spoken or len(self._class_ids) < FEWEST_CELLS:
            return None
        found = FoundCells(self._class_ids, self._class_ids, self._abstained)
        finding = apl_triage(found, self._classifier.class_ids, self._settings)
        self._has_spoken = finding.is_reached
        return finding.sentence if finding.is_reached else None
