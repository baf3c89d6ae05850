"""What persons say of the cells of an analysis, and the count that follows."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from marrowscope.accounts.roles import Right, has_right
from marrowscope.cases.refusals import SIGNED
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.review_acts import ActsAsked, events_of
from marrowscope.web.review_answers import ChangesAnswer, ReviewAnswer, review_answer
from marrowscope.web.review_bodies import ActsRequest
from marrowscope.web.review_telling import Telling, TellingChanged, TellingRead, check_not_ahead
from marrowscope.web.routes_cases import Unattended
from marrowscope.web.session_dependency import WITH_PROOF, CaseReviewer

ONLY_READS = "your role reads cases and does not name cells; ask an administrator"

Since = Annotated[int, Query(ge=0, description="The version that the page has.")]

router = APIRouter(tags=["review"])


@router.get("/api/cases/{case_id}/analyses/{analysis_id}/review", responses=refusals(*ABOUT_ONE))
def read_review(telling: TellingRead) -> ReviewAnswer:
    """All that persons said so far, and the count."""
    review = telling.reviews.review(*telling.read.ids)
    return review_answer(review, telling.shown(), telling.count(review), _why_not(telling))


def _why_not(telling: Telling) -> str:
    """Why whoever asks cannot review now; "" where they can."""
    if not has_right(telling.account.roles, Right.REVIEW_CASES):
        return ONLY_READS
    return SIGNED if telling.read.case.sign_out.is_locked else ""


@router.get(
    "/api/cases/{case_id}/analyses/{analysis_id}/review/changes",
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def read_changes(
    telling: TellingRead,
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
    telling: TellingChanged,
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
