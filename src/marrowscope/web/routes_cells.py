"""The cells and the regions of a finished analysis, as the machine left them."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path
from starlette.responses import Response

from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.cell_answers import (
    CellAnswer,
    CellsAnswer,
    RegionsAnswer,
    added_cell_answer,
    cell_answer,
    encoded_cells,
    regions_answer,
)
from marrowscope.web.parts import AnalysedCells, Audit, Kept, LookedAt, Reviews
from marrowscope.web.read_analysis import Finished, Read, ReadAnalysis, record_reading
from marrowscope.web.review_bodies import LONGEST_ID

NO_SUCH_CELL = "there is no such cell in this analysis; load the case again"
JSON = "application/json"

CellIdInPath = Annotated[str, Path(min_length=1, max_length=LONGEST_ID)]
AcceptEncoding = Annotated[str, Header(include_in_schema=False)]

router = APIRouter(tags=["cells"])


def _described() -> dict[int | str, dict[str, Any]]:
    return {200: {"model": CellsAnswer}, **refusals(*ABOUT_ONE)}


@router.get(
    "/api/cases/{case_id}/analyses/{analysis_id}/cells",
    response_class=Response,
    responses=_described(),
)
def read_cells(
    read: Finished,
    analysed: AnalysedCells,
    kept: Kept,
    audit: Audit,
    looked_at: LookedAt,
    accept_encoding: AcceptEncoding = "",
) -> Response:
    """All cells in columns, gzipped where the browser takes that. Audited each time."""
    made = kept.of(read.analysis.analysis_id, partial(_encoded, analysed, read))
    record_reading(read, audit, looked_at)
    headers = {"Vary": "Accept-Encoding"}
    if "gzip" not in accept_encoding:
        return Response(made.plain, media_type=JSON, headers=headers)
    return Response(made.gzipped, media_type=JSON, headers=headers | {"Content-Encoding": "gzip"})


def _encoded(analysed: AnalysedCells, read: ReadAnalysis) -> bytes:
    return encoded_cells(
        analysed.cells(*read.ids), analysed.machine_cells(*read.ids), analysed.header(*read.ids)
    )


@router.get(
    "/api/cases/{case_id}/analyses/{analysis_id}/cells/{cell_id}", responses=refusals(*ABOUT_ONE)
)
def read_cell(
    cell_id: CellIdInPath, read: Read, analysed: AnalysedCells, reviews: Reviews
) -> CellAnswer:
    """One cell, with what persons called it."""
    header, review = analysed.header(*read.ids), reviews.review(*read.ids)
    place = analysed.machine_cells(*read.ids).place_of.get(cell_id)
    if place is not None:
        return cell_answer(analysed.cells(*read.ids), place, review)
    added = review.added.get(cell_id)
    if added is None:
        raise UnknownCaseError(NO_SUCH_CELL)
    return added_cell_answer(added, header, review)


@router.get("/api/cases/{case_id}/analyses/{analysis_id}/regions", responses=refusals(*ABOUT_ONE))
def read_regions(read: Read, analysed: AnalysedCells) -> RegionsAnswer:
    """All squares that were judged, and which are the count."""
    return regions_answer(analysed.header(*read.ids))
