"""What a reader is told of the review of an analysis, whatever they asked for."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends

from marrowscope.accounts.account import Account
from marrowscope.cases.review import Review
from marrowscope.web.cell_answers import SourcePlaces, source_places
from marrowscope.web.count_answers import CountAnswer, count_answer
from marrowscope.web.parts import Accounts, AnalysedCells, Reviews
from marrowscope.web.read_analysis import Finished, Read, ReadAnalysis
from marrowscope.web.refusals import RequestRefusedError
from marrowscope.web.review_answers import ChangesAnswer, Shown, changes_answer, initials_of

AHEAD = "the page knows more than the server; load the review again"


@dataclass(frozen=True, slots=True)
class Telling:
    """What is needed to tell the review of one analysis to one reader."""

    read: ReadAnalysis
    analysed: AnalysedCells
    reviews: Reviews
    accounts: Accounts

    @property
    def account(self) -> Account:
        """Of the reader."""
        return self.read.reader.account

    def sources(self) -> SourcePlaces:
        """The pictures that cells lie on."""
        return source_places(self.analysed.header(*self.read.ids))

    def count(self, review: Review) -> CountAnswer:
        """The count that follows from a review."""
        ids = self.read.ids
        cells, header = self.analysed.machine_cells(*ids), self.analysed.header(*ids)
        return count_answer(cells, review, header, self.read.analysis.count_target)

    def shown(self) -> Shown:
        """How persons and places are shown."""
        initials = initials_of(self.accounts.accounts())
        return Shown(self.account.account_id, initials, self.sources().places)

    def changes(self, review: Review, since: int) -> ChangesAnswer:
        """What came after a version. Raises RequestRefusedError (409) where there was none such."""
        check_not_ahead(review, since)
        events = self.reviews.events(*self.read.ids, since)
        # Others may have written after this review was read; the page asks for that later.
        known = events[: review.n_events - since]
        return changes_answer(known, review, self.shown(), self.count(review))


def check_not_ahead(review: Review, since: int) -> None:
    """Raises RequestRefusedError (409) where a page has a version that was never here."""
    if since > review.n_events:
        raise RequestRefusedError(HTTPStatus.CONFLICT, "ahead", AHEAD)


def telling_read(
    read: Read, analysed: AnalysedCells, reviews: Reviews, accounts: Accounts
) -> Telling:
    """For what is only read; that it was is written down."""
    return Telling(read, analysed, reviews, accounts)


def telling_changed(
    read: Finished, analysed: AnalysedCells, reviews: Reviews, accounts: Accounts
) -> Telling:
    """What is written has its own audit entry."""
    return Telling(read, analysed, reviews, accounts)


TellingRead = Annotated[Telling, Depends(telling_read)]
TellingChanged = Annotated[Telling, Depends(telling_changed)]
