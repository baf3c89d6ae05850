"""Slides of a case: put in, described, matched to the case by their labels, taken out."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from marrowscope.accounts.roles import Right
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.web.answers import ABOUT_ONE, refusals
from marrowscope.web.case_access import case_for
from marrowscope.web.case_answers import SlideAnswer, slide_answer
from marrowscope.web.case_bodies import LabelRequest, SlideRequest, SlideWords
from marrowscope.web.parts import Audit, Cases, Slides
from marrowscope.web.session_dependency import WITH_PROOF, CaseAdder, CaseReader, check_right

NO_LABEL = "the files of this slide have no picture of a label that can be read; look at the glass"
JPEG = {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}

router = APIRouter(tags=["slides"])


@router.post(
    "/api/cases/{case_id}/slides",
    status_code=HTTPStatus.CREATED,
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE),
)
def add_slide(
    case_id: UUID, body: SlideRequest, adder: CaseAdder, cases: Cases, slides: Slides
) -> SlideAnswer:
    """Makes a slide of finished uploads."""
    case_for(adder, cases, case_id)
    added = slides.add_uploaded(
        case_id,
        body.name,
        body.kind,
        body.upload_ids,
        by=adder.account,
        scanner=body.scanner,
        stain=body.stain,
    )
    return slide_answer(case_for(adder, cases, case_id), added.slide_id)


@router.delete(
    "/api/cases/{case_id}/slides/{slide_id}",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def remove_slide(
    case_id: UUID, slide_id: UUID, adder: CaseAdder, cases: Cases, slides: Slides
) -> None:
    """Takes a slide out of a case, and its files; results that were read from it stay."""
    case_for(adder, cases, case_id)
    slides.remove(case_id, slide_id, by=adder.account)


@router.put(
    "/api/cases/{case_id}/slides/{slide_id}/made-with",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def describe_slide(
    case_id: UUID,
    slide_id: UUID,
    body: SlideWords,
    adder: CaseAdder,
    cases: Cases,
    slides: Slides,
) -> SlideAnswer:
    """Says with which scanner and stain a slide was made."""
    case_for(adder, cases, case_id)
    case = slides.describe(case_id, slide_id, body.scanner, body.stain, by=adder.account)
    return slide_answer(case, slide_id)


@router.post(
    "/api/cases/{case_id}/slides/{slide_id}/match",
    dependencies=WITH_PROOF,
    responses=refusals(*ABOUT_ONE, HTTPStatus.CONFLICT),
)
def match_slide(
    case_id: UUID,
    slide_id: UUID,
    body: LabelRequest,
    adder: CaseAdder,
    cases: Cases,
    slides: Slides,
) -> SlideAnswer:
    """Notes that the label was read and is this case's; 422 with code other_label where not."""
    case_for(adder, cases, case_id)
    case = slides.match(case_id, slide_id, body.label, body.means, body.reason, by=adder.account)
    return slide_answer(case, slide_id)


@router.get(
    "/api/cases/{case_id}/slides/{slide_id}/label",
    response_class=Response,
    responses={200: JPEG, **refusals(*ABOUT_ONE)},
)
def read_label(
    case_id: UUID,
    slide_id: UUID,
    reader: CaseReader,
    cases: Cases,
    slides: Slides,
    audit: Audit,
) -> Response:
    """The label of a slide as the scanner saw it, which may name the patient. Audited each time."""
    check_right(reader, Right.SEE_LABELS)
    case_for(reader, cases, case_id)
    label = slides.label(case_id, slide_id)
    if label is None:
        raise UnknownCaseError(NO_LABEL)
    details = {"what": "label", "slide_id": str(slide_id)}
    audit.append("case_read", by=reader.account, about=str(case_id), details=details)
    return Response(label, media_type="image/jpeg", headers={"Cache-Control": "no-store"})
