"""What persons say of the cells of an analysis, and the count that follows."""

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from marrowscope.accounts.account import Account
from marrowscope.accounts.roles import Right, has_right
from marrowscope.cases.refusals import SIGNED
from marrowscope.cases.review import Review
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.cell_answers import SourcePlaces, source_places
from marrowscope.web.count_answers import CountAnswer, count_answer
from marrowscope.web.parts import Accounts, AnalysedCells, Reviews
from marrowscope.web.read_analysis import Finished, Read, ReadAnalysis
from marrowscope.web.refusals import RequestRefusedError
from marrowscope.web.review_acts import ActsAsked, events_of
from marrowscope.web.review_answers import (
    ChangesAnswer,
    ReviewAnswer,
    Shown,
    changes_answer,
    initials_of,
    review_answer,
)
from marrowscope.web.review_bodies import ActsRequest
from marrowscope.web.routes_cases import Unattended
from marrowscope.web.session_dependency import WITH_PROOF, CaseReviewer

ONLY_READS = "your role reads cases and does not name cells; ask an administrator"
AHEAD = "the page knows more than the server; load the review again"

Since = Annotated[int, Query(ge=0, description="The version that the page has.")]

router = APIRouter(tags=["review"])


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is needed to tell the review of one analysis to one reader."""

    read: ReadAnalysis
    analysed: AnalysedCells
    reviews: Reviews
    accounts: Accounts

    @property
    def account(self) -> Account:
        return self.read.reader.account

    def sources(self) -> SourcePlaces:
        return source_places(self.analysed.header(*self.read.ids))

    def count(self, review: Review) -> CountAnswer:
        ids = self.read.ids
        cells, header = self.analysed.machine_cells(*ids), self.analysed.header(*ids)
        return count_answer(cells, review, header, self.read.analysis.count_target)

    def shown(self) -> Shown:
        initials = initials_of(self.accounts.accounts())
        return Shown(self.account.account_id, initials, self.sources().places)

    def changes(self, review: Review, since: int) -> ChangesAnswer:
        check_not_ahead(review, since)
        events = self.reviews.events(*self.read.ids, since)
        # Others may have written after this review was read; the page asks for that later.
        known = events[: review.n_events - since]
        return changes_answer(known, review, self.shown(), self.count(review))


def check_not_ahead(review: Review, since: int) -> None:
    """Raises RequestRefusedError (409) where a page has a version that was never here."""
    if since > review.n_events:
        raise RequestRefusedError(HTTPStatus.CONFLICT, "ahead", AHEAD)


def _telling_read(
    read: Read, analysed: AnalysedCells, reviews: Reviews, accounts: Accounts
) -> _Telling:
    return _Telling(read, analysed, reviews, accounts)


def _telling_changed(
    read: Finished, analysed: AnalysedCells, reviews: Reviews, accounts: Accounts
) -> _Telling:
    """What is written has its own audit entry."""
    return _Telling(read, analysed, reviews, accounts)


@router.get("/api/cases/{case_id}/analyses/{analysis_id}/review", responses=refusals(*ABOUT_ONE))
def read_review(telling: Annotated[_Telling, Depends(_telling_read)]) -> ReviewAnswer:
    """All that persons said so far, and the count."""
    review = telling.reviews.review(*telling.read.ids)
    return review_answer(review, telling.shown(), telling.count(review), _why_not(telling))


def _why_not(telling: _Telling) -> str:
    """Why whoever asks cannot review now; "" where they can."""
    if not has_right(telling.account.roles, Right.REVIEW_CASES):
        return ONLY_READS
    return SIGNED if telling.read.case.sign_out.is_locked else ""


@router.get(
    "/api/cases/{case_id}/analyses/{analysis_id}/review/changes",
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def read_changes(
    telling: Annotated[_Telling, Depends(_telling_read)],
    since: Since,
    _unattended: Unattended = None,
) -> ChangesAnswer:
    """What anybody changed after a version. 409 where there was no such version."""
    return telling.changes(telling.reviews.review(*telling.read.ids), since)


@router.post(
    "/api/cases/{case_id}/analyses/{analysis_id}/review",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
)
def change_review(
    body: ActsRequest,
    _reviewer: CaseReviewer,
    telling: Annotated[_Telling, Depends(_telling_changed)],
) -> ChangesAnswer:
    """Does all of the acts or none.

    409 where there is nothing left to undo or redo, or no such version was ever here.
    """
    ids = telling.read.ids
    cells = telling.analysed.machine_cells(*ids)
    review = telling.reviews.review(*ids)
    check_not_ahead(review, body.since)
    asked = ActsAsked(
        stamp=partial(telling.reviews.stamp, telling.account),
        account_id=telling.account.account_id,
        review=review,
        cells=cells,
        sources=telling.sources().sources,
    )
    events = events_of(body.acts, asked)
    if events:
        review = telling.reviews.append(*ids, events, cells, by=telling.account)
    return telling.changes(review, body.since)
