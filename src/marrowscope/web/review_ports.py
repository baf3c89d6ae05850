"""What the routes of a review need: the cells that an analysis left, and what persons said.

Every method raises DamagedResultError where a result's files are gone or damaged, and
EnvironmentProblemError where the machine cannot do it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from marrowscope.accounts.account import Account
from marrowscope.cases.events import Stamp
from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.review import Review
from marrowscope.cases.review_events import ReviewEvent
from marrowscope.cell_table import CellTable


class AnalysisCells(Protocol):
    """What finished analyses left, kept at hand."""

    def cells(self, case_id: UUID, analysis_id: UUID) -> CellTable:
        """Every cell that was found."""

    def header(self, case_id: UUID, analysis_id: UUID) -> Mapping[str, Any]:
        """analysis.json."""

    def machine_cells(self, case_id: UUID, analysis_id: UUID) -> MachineCells:
        """What counting a review needs of it."""


class ReviewStore(Protocol):
    """Reviews of analyses, as the events that only come."""

    def review(self, case_id: UUID, analysis_id: UUID) -> Review:
        """All that persons said so far; empty where nobody did."""

    def stamp(self, by: Account, event_id: UUID) -> Stamp:
        """For an event of this id that happens now."""

    def append(
        self,
        case_id: UUID,
        analysis_id: UUID,
        events: Sequence[ReviewEvent],
        cells: MachineCells,
        *,
        by: Account,
    ) -> Review:
        """Writes all of them, with one audit entry, or none; those that are there are skipped.

        Raises UsageError where one makes no sense, UnknownCaseError where the case or a cell of it
        is not there.
        """

    def events(self, case_id: UUID, analysis_id: UUID, after: int) -> Sequence[ReviewEvent]:
        """Those after the first `after`, in their order."""
