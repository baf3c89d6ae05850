"""What every route may ask for: who is there, the stores, what was set."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request

from marrowscope.web.case_ports import (
    CaseResults,
    CaseRooms,
    CaseStore,
    JobStore,
    SlideStore,
    SystemNow,
    UploadStore,
    ValidationStore,
)
from marrowscope.web.encoded_cells import KeptCells
from marrowscope.web.password_turns import PasswordTurns
from marrowscope.web.pending_test_ports import PendingTestDesk
from marrowscope.web.picture_ports import PictureStore
from marrowscope.web.picture_turns import FirstLooks, PictureTurns
from marrowscope.web.ports import AccountStore, AuditStore
from marrowscope.web.review_ports import AnalysisCells, ReviewStore
from marrowscope.web.settings_ports import ServerDesk
from marrowscope.web.shown_cases import ShownCases
from marrowscope.web.sign_out_ports import SignOutDesk
from marrowscope.web.web_settings import WebSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """What the app was made of.

    shown_cases: which cases a session's worklist showed; read_analyses: of which a session read
    the cells. Both were audited.
    """

    accounts: AccountStore
    audit: AuditStore
    rooms: CaseRooms
    settings: WebSettings
    password_turns: PasswordTurns
    shown_cases: ShownCases
    read_analyses: ShownCases
    kept_cells: KeptCells
    picture_turns: PictureTurns
    first_looks: FirstLooks


def _parts(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)


# Coroutines, though none of them waits: FastAPI would give each plain function a thread.
async def _accounts(request: Request) -> AccountStore:
    return _parts(request).accounts


async def _audit(request: Request) -> AuditStore:
    return _parts(request).audit


async def _settings(request: Request) -> WebSettings:
    return _parts(request).settings


async def _password_turns(request: Request) -> PasswordTurns:
    return _parts(request).password_turns


async def _cases(request: Request) -> CaseStore:
    return _parts(request).rooms.cases


async def _results(request: Request) -> CaseResults:
    return _parts(request).rooms.results


async def _analysed_cells(request: Request) -> AnalysisCells:
    return _parts(request).rooms.cells


async def _reviews(request: Request) -> ReviewStore:
    return _parts(request).rooms.reviews


async def _sign_out(request: Request) -> SignOutDesk:
    return _parts(request).rooms.sign_out


async def _pending_tests(request: Request) -> PendingTestDesk:
    return _parts(request).rooms.tests


async def _pictures(request: Request) -> PictureStore:
    return _parts(request).rooms.pictures


async def _uploads(request: Request) -> UploadStore:
    return _parts(request).rooms.uploads


async def _slides(request: Request) -> SlideStore:
    return _parts(request).rooms.slides


async def _jobs(request: Request) -> JobStore:
    return _parts(request).rooms.jobs


async def _shown(request: Request) -> ShownCases:
    return _parts(request).shown_cases


async def _looked_at(request: Request) -> ShownCases:
    return _parts(request).read_analyses


async def _kept(request: Request) -> KeptCells:
    return _parts(request).kept_cells


async def _picture_turns(request: Request) -> PictureTurns:
    return _parts(request).picture_turns


async def _first_looks(request: Request) -> FirstLooks:
    return _parts(request).first_looks


async def _validations(request: Request) -> ValidationStore:
    return _parts(request).rooms.validations


async def _system(request: Request) -> SystemNow:
    return _parts(request).rooms.system


async def _server(request: Request) -> ServerDesk:
    return _parts(request).rooms.server


async def _address(request: Request) -> str:
    return "" if request.client is None else request.client.host


Accounts = Annotated[AccountStore, Depends(_accounts)]
Audit = Annotated[AuditStore, Depends(_audit)]
Cases = Annotated[CaseStore, Depends(_cases)]
Results = Annotated[CaseResults, Depends(_results)]
AnalysedCells = Annotated[AnalysisCells, Depends(_analysed_cells)]
Reviews = Annotated[ReviewStore, Depends(_reviews)]
SignOut = Annotated[SignOutDesk, Depends(_sign_out)]
PendingTests = Annotated[PendingTestDesk, Depends(_pending_tests)]
Pictures = Annotated[PictureStore, Depends(_pictures)]
Uploads = Annotated[UploadStore, Depends(_uploads)]
Slides = Annotated[SlideStore, Depends(_slides)]
Jobs = Annotated[JobStore, Depends(_jobs)]
Shown = Annotated[ShownCases, Depends(_shown)]
LookedAt = Annotated[ShownCases, Depends(_looked_at)]
Kept = Annotated[KeptCells, Depends(_kept)]
PictureTurn = Annotated[PictureTurns, Depends(_picture_turns)]
Looks = Annotated[FirstLooks, Depends(_first_looks)]
Settings = Annotated[WebSettings, Depends(_settings)]
Turns = Annotated[PasswordTurns, Depends(_password_turns)]
Validations = Annotated[ValidationStore, Depends(_validations)]
System = Annotated[SystemNow, Depends(_system)]
Server = Annotated[ServerDesk, Depends(_server)]
Address = Annotated[str, Depends(_address)]
"""Of the browser, "" where unknown."""
