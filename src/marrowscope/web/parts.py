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


def parts_of(request: Request) -> Parts:
    """All of them at once, for what is asked a hundred times a second: each takes its time."""
    return cast(Parts, request.app.state.parts)


# Coroutines, though none of them waits: FastAPI would give each plain function a thread.
async def _accounts(request: Request) -> AccountStore:
    return parts_of(request).accounts


async def _audit(request: Request) -> AuditStore:
    return parts_of(request).audit


async def _settings(request: Request) -> WebSettings:
    return parts_of(request).settings


async def _password_turns(request: Request) -> PasswordTurns:
    return parts_of(request).password_turns


async def _cases(request: Request) -> CaseStore:
    return parts_of(request).rooms.cases


async def _results(request: Request) -> CaseResults:
    return parts_of(request).rooms.results


async def _analysed_cells(request: Request) -> AnalysisCells:
    return parts_of(request).rooms.cells


async def _reviews(request: Request) -> ReviewStore:
    return parts_of(request).rooms.reviews


async def _sign_out(request: Request) -> SignOutDesk:
    return parts_of(request).rooms.sign_out


async def _pending_tests(request: Request) -> PendingTestDesk:
    return parts_of(request).rooms.tests


async def _pictures(request: Request) -> PictureStore:
    return parts_of(request).rooms.pictures


async def _uploads(request: Request) -> UploadStore:
    return parts_of(request).rooms.uploads


async def _slides(request: Request) -> SlideStore:
    return parts_of(request).rooms.slides


async def _jobs(request: Request) -> JobStore:
    return parts_of(request).rooms.jobs


async def _shown(request: Request) -> ShownCases:
    return parts_of(request).shown_cases


async def _looked_at(request: Request) -> ShownCases:
    return parts_of(request).read_analyses


async def _kept(request: Request) -> KeptCells:
    return parts_of(request).kept_cells


async def _validations(request: Request) -> ValidationStore:
    return parts_of(request).rooms.validations


async def _system(request: Request) -> SystemNow:
    return parts_of(request).rooms.system


async def _server(request: Request) -> ServerDesk:
    return parts_of(request).rooms.server


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
Settings = Annotated[WebSettings, Depends(_settings)]
Turns = Annotated[PasswordTurns, Depends(_password_turns)]
Validations = Annotated[ValidationStore, Depends(_validations)]
System = Annotated[SystemNow, Depends(_system)]
Server = Annotated[ServerDesk, Depends(_server)]
Address = Annotated[str, Depends(_address)]
"""Of the browser, "" where unknown."""
