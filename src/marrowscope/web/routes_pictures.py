"""Pictures of the slides of an analysis: tiles for a viewer, and squares around cells.

Label and macro images of a slide are in none of them: they are never opened.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.state import CaseState
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.case_access import analysis_of, case_for
from marrowscope.web.parts import Parts, parts_of
from marrowscope.web.picture_answers import PicturesAnswer, pictures_answer
from marrowscope.web.picture_ports import PictureStore
from marrowscope.web.refusals import RequestRefusedError
from marrowscope.web.session_dependency import CaseReader
from marrowscope.web.session_gate import SignedIn

JPEG: Final = "image/jpeg"
KEPT: Final = {
    # The pixels of a slide never change.
    "Cache-Control": "private, max-age=3600, immutable",
    # Whoever signs in next at this browser asks anew.
    "Vary": "Cookie",
}
FARTHEST_PX: Final = 10_000_000.0
"""No picture has so many pixels a side."""
LONGEST_SIDE_PX: Final = 100_000.0
NO_SQUARE: Final = "at: a square is picture, x, y and side, such as 0,512.5,80,120"
NO_SUCH_PICTURE: Final = "there is no such picture or tile; load the case again"

BELOW: Final = "/api/cases/{case_id}/analyses/{analysis_id}/pictures"

router = APIRouter(tags=["pictures"])

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody who wants to see pictures of an analysis."""

    case_id: UUID
    analysis_id: UUID
    reader: SignedIn
    parts: Parts

    async def take(self, work: Callable[[], Shown]) -> Shown:
        """Does `work` when it is its turn."""
        return await self.parts.picture_turns.take(work)

    def case(self) -> CaseState:
        """The case, once it is written down that its pictures are seen. Raises UnknownCaseError."""
        case = case_for(self.reader, self.parts.rooms.cases, self.case_id)
        analysis_of(case, self.analysis_id)
        session = self.reader.session.token_sha256
        self.parts.first_looks.record(session, self.case_id, self._write)
        return case

    def pictures(self) -> PicturesAnswer:
        """All of them."""
        return pictures_answer(self._store.pictures(self.case(), self.analysis_id))

    def tile(self, number: int, level: int, column: int, row: int) -> Response:
        """A tile as JPEG."""
        case = self.case()
        return _shown(self._store.tile(case, self.analysis_id, number, level, column, row))

    def crop(self, number: int, **square: Any) -> Response:
        """A square as JPEG; see `PictureStore.crop`."""
        return _shown(self._store.crop(self.case(), self.analysis_id, number, **square))

    def crops(self, squares: Sequence[tuple[int, float, float, float]], px: int) -> Response:
        """Squares side by side as one JPEG; see `PictureStore.crops`."""
        return _shown(self._store.crops(self.case(), self.analysis_id, squares, px))

    @property
    def _store(self) -> PictureStore:
        return self.parts.rooms.pictures

    def _write(self) -> None:
        details = {"what": "pictures"}
        self.parts.audit.append(
            "case_read", by=self.reader.account, about=str(self.case_id), details=details
        )


async def _look(request: Request, case_id: UUID, analysis_id: UUID, reader: CaseReader) -> Look:
    return Look(case_id, analysis_id, reader, parts_of(request))


Looking = Annotated[Look, Depends(_look)]
Place = Annotated[float, Query(ge=-FARTHEST_PX, le=FARTHEST_PX, allow_inf_nan=False)]
Side = Annotated[
    float,
    Query(ge=1, le=LONGEST_SIDE_PX, allow_inf_nan=False, description="Pixels of the picture."),
]
SQUARE: Final = re.compile(
    r"(?a)(?P<number>\d{1,6}),(?P<x>-?\d{1,8}(\.\d{1,3})?),(?P<y>-?\d{1,8}(\.\d{1,3})?)"
    r",(?P<side>\d{1,4}(\.\d{1,3})?)"
)
MOST_SQUARES: Final = 32
Squares = Annotated[
    list[str],
    Query(
        min_length=1,
        max_length=MOST_SQUARES,
        description="Picture, x, y and side of each, as `crop` has them: 0,512.5,80,120.",
    ),
]
SquareSide = Annotated[int, Query(ge=16, le=512, description="Pixels of each square.")]
OutSide = Annotated[int, Query(ge=16, le=1024, description="Pixels of the answer.")]


def _described() -> dict[int | str, dict[str, Any]]:
    content = {JPEG: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"content": content}, **refusals(*ABOUT_ONE)}


def _shown(data: bytes | None) -> Response:
    if data is None:
        raise UnknownCaseError(NO_SUCH_PICTURE)
    return Response(data, media_type=JPEG, headers=KEPT)


@router.get(BELOW, responses=refusals(*ABOUT_ONE))
async def read_pictures(look: Looking) -> PicturesAnswer:
    """The pictures of an analysis, also while it waits or runs. Audited once a session."""
    return await look.take(look.pictures)


@router.get(
    BELOW + "/{number}/tiles/{level}/{column}/{row}",
    response_class=Response,
    responses=_described(),
)
async def read_tile(number: int, level: int, column: int, row: int, look: Looking) -> Response:
    """A tile; those of the last column and row are cut off."""
    return await look.take(partial(look.tile, number, level, column, row))


@router.get(BELOW + "/{number}/crop", response_class=Response, responses=_described())
async def read_crop(
    number: int, x: Place, y: Place, side: Side, px: OutSide, look: Looking
) -> Response:
    """The square around the point (x, y) of the full-size picture; white outside of it."""
    work = partial(look.crop, number, x_px=x, y_px=y, side_px=side, out_px=px)
    return await look.take(work)


@router.get(BELOW + "/crops", response_class=Response, responses=_described())
async def read_crops(look: Looking, at: Squares, px: SquareSide) -> Response:
    """Several squares side by side in one picture: a row of a gallery. See `crop`."""
    return await look.take(partial(look.crops, [_square(one) for one in at], px))


def _square(given: str) -> tuple[int, float, float, float]:
    """Raises RequestRefusedError where it is none, or none that is worth reading."""
    found = SQUARE.fullmatch(given)
    if found is None or float(found["side"]) < 1:
        raise RequestRefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "refused", NO_SQUARE)
    return int(found["number"]), float(found["x"]), float(found["y"]), float(found["side"])
