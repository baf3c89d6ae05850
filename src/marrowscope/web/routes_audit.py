"""Reading the audit, which is itself audited, and asking whether it is as it was written."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from marrowscope.cases.facts import LONGEST
from marrowscope.web.answers import (
    AuditAnswer,
    VerificationAnswer,
    audit_answer,
    refusals,
    verification_answer,
)
from marrowscope.web.case_access import seen_by
from marrowscope.web.parts import Audit, Cases
from marrowscope.web.session_dependency import AuditReader

MOST_ENTRIES = 200
LARGEST_SEQ = 2**63 - 1
REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.LOCKED)

Before = Annotated[int | None, Query(ge=1, le=LARGEST_SEQ, description="A page's next_before.")]
Accession = Annotated[
    str,
    Query(max_length=LONGEST["accession"], description="Of the case that entries are about."),
]
Limit = Annotated[int, Query(ge=1, le=MOST_ENTRIES, description="Entries a page.")]

router = APIRouter(tags=["audit"])


@router.get("/api/audit", responses=refusals(*REFUSALS, HTTPStatus.UNPROCESSABLE_ENTITY))
def read_audit(
    reader: AuditReader,
    audit: Audit,
    cases: Cases,
    before: Before = None,
    limit: Limit = 100,
    accession: Accession = "",
) -> AuditAnswer:
    """A page of the audit, the latest first."""
    details = {"before": before, "limit": limit} | ({"accession": accession} if accession else {})
    # First: what cannot be recorded is not shown.
    audit.append("audit_read", by=reader.account, about="audit", details=details)
    named = {
        str(case.case_id): case.facts.accession
        for case in seen_by(reader, cases.cases())
        if case.facts.accession
    }
    wanted = accession.strip().casefold()
    about = [case_id for case_id, name in named.items() if name.casefold() == wanted]
    return audit_answer(audit.entries(before, limit, about if wanted else None), named, limit)


@router.get("/api/audit/verification", responses=refusals(*REFUSALS))
def verify_audit(_reader: AuditReader, audit: Audit) -> VerificationAnswer:
    """Reads the whole audit and says whether every entry is as it was written."""
    return verification_answer(audit.verify())
