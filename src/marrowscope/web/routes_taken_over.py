"""What a reader did with the cells of an earlier analysis, taken over to a later one."""

from datetime import datetime
from http import HTTPStatus
from uuid import uuid4

from fastapi import APIRouter
from pydantic import BaseModel

from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.review import Review, next_undo
from marrowscope.cases.state import AnalysisState, AnalysisStatus
from marrowscope.cases.taken_over import (
    ReviewedAnalysis,
    TakenOver,
    events_of_taken_over,
    taken_over,
)
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.review_answers import ChangesAnswer
from marrowscope.web.review_bodies import TakeOverRequest
from marrowscope.web.review_telling import Telling, TellingChanged, TellingRead, check_not_ahead
from marrowscope.web.session_dependency import WITH_PROOF, CaseReviewer

NOTHING = "there is nothing of yours to take over from an earlier analysis; load the review again"
PATH = "/api/cases/{case_id}/analyses/{analysis_id}/review/earlier"

router = APIRouter(tags=["review"])


class EarlierReviewAnswer(BaseModel):
    """What whoever asks could take over from an earlier analysis of the same case.

    ended_at: of that analysis; null where there is nothing. n_cells: something would be said of.
    n_named: of these, named or added. n_lost: named cells that are not there any more.
    """

    ended_at: datetime | None
    n_cells: int
    n_named: int
    n_lost: int


@router.get(PATH, responses=refusals(*ABOUT_ONE))
def read_earlier_review(telling: TellingRead) -> EarlierReviewAnswer:
    """What could be taken over; nothing where the reader worked on no earlier analysis."""
    earlier = _earlier(telling)
    if earlier is None:
        return EarlierReviewAnswer(ended_at=None, n_cells=0, n_named=0, n_lost=0)
    analysis, review = earlier
    taken = _taken_over(telling, analysis, review)
    return EarlierReviewAnswer(
        ended_at=analysis.ended_at,
        n_cells=taken.n_cells,
        n_named=sum(map(len, taken.named.values())) + len(taken.added),
        n_lost=taken.n_lost,
    )


@router.post(
    PATH,
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def take_over(
    body: TakeOverRequest, _reviewer: CaseReviewer, telling: TellingChanged
) -> ChangesAnswer:
    """Says of the same cells what the reader said in the earlier analysis, and saw."""
    ids = telling.read.ids
    before = telling.reviews.review(*ids)
    check_not_ahead(before, body.since)
    earlier = _earlier(telling)
    if earlier is None:
        raise UnknownCaseError(NOTHING)
    taken = _taken_over(telling, *earlier)
    cells = telling.analysed.machine_cells(*ids)
    events = events_of_taken_over(
        taken, cells, lambda: telling.reviews.stamp(telling.account, uuid4())
    )
    if not events:
        raise UnknownCaseError(NOTHING)
    review = telling.reviews.append(*ids, events, cells, by=telling.account)
    return telling.changes(review, body.since)


def _earlier(telling: Telling) -> tuple[AnalysisState, Review] | None:
    """The latest analysis before this one on whose cells the reader worked, and its review."""
    case, analysis = telling.read.case, telling.read.analysis
    reader = telling.account.account_id
    before = case.analyses[: case.analyses.index(analysis)]
    for one in reversed(before):
        if one.status is not AnalysisStatus.FINISHED:
            continue
        review = telling.reviews.review(case.case_id, one.analysis_id)
        # Who sees a cell second, and names it, is not among those who saw it first.
        saw_first = any(seen.by == reader for seen in review.seen.values())
        if saw_first or next_undo(review, reader) is not None:
            return one, review
    return None


def _taken_over(telling: Telling, analysis: AnalysisState, review: Review) -> TakenOver:
    case_id, analysis_id = telling.read.ids
    of = telling.analysed.machine_cells
    earlier = ReviewedAnalysis(of(case_id, analysis.analysis_id), review, analysis.slide_ids)
    now = telling.reviews.review(case_id, analysis_id)
    later = ReviewedAnalysis(of(case_id, analysis_id), now, telling.read.analysis.slide_ids)
    return taken_over(earlier, later, telling.account.account_id)
