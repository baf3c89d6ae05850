"""Watches the names of cells while they are found."""

from marrowscope.cells import Classifier, Proposals, name_cells
from marrowscope.findings import FindingSettings, FoundCells, apl_triage

FEWEST_CELLS = 50
"""Below this many cells a share says nothing yet."""


FEWEST_CELLS = 50
"""Below this many cells a share says nothing yet."""


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

    def see(self, proposals: Proposals) -> str | None:
        """The sentence to be said now, if it is time; proposals: of the new cells."""
        named = name_cells(proposals, self._classifier)
        self._class_ids += named.class_id.tolist()
        self._abstained += named.abstained.tolist()
        if self._has_spoken or len(self._class_ids) < FEWEST_CELLS:
            return None
        found = FoundCells(self._class_ids, self._class_ids, self._abstained)
        finding = apl_triage(found, self._classifier.class_ids, self._settings)
        self._has_spoken = finding.is_reached
        return finding.sentence if finding.is_reached else None
