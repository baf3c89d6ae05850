"""Events and whole cases, made without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from marrowscope.cases.audit_plan import DrawnStratum
from marrowscope.cases.case_event import CaseEvent
from marrowscope.cases.events import (
    AnalysisAsked,
    AnalysisCancelled,
    AnalysisFailed,
    AnalysisFinished,
    AnalysisStarted,
    CaseDeleted,
    CaseOpened,
    FactsChanged,
    LabelMeans,
    SlideAdded,
    SlideDescribed,
    SlideFile,
    SlideForm,
    SlideMatched,
    SlideRemoved,
    Stamp,
)
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.fold import fold
from marrowscope.cases.sign_out_events import (
    AncillaryDropped,
    AncillaryKind,
    AncillaryRequested,
    AncillaryResulted,
    AuditDrawn,
    CriticalCallMade,
    FindingAcknowledged,
    ReaderTold,
    ReportKind,
    ReportReopened,
    ReportSigned,
    ReportTextChanged,
    SignatureMeaning,
    document_digest,
)
from marrowscope.cases.signing import SigningFacts
from marrowscope.cases.state import CaseState

START = datetime(2025, 6, 1, 8, tzinfo=UTC)
FILE = SlideFile("smear.svs", 1000, "0" * 64)


def uid(n: int) -> UUID:
    return UUID(int=n)


def stamp(n: int = 0) -> Stamp:
    return Stamp(uid(1000 + n), START + timedelta(minutes=n), None, "somebody")


def opened(facts: CaseFacts | None = None, n: int = 1) -> CaseOpened:
    return CaseOpened(stamp(n), uid(n), facts or CaseFacts())


def slide(n: int = 1, name: str = "smear") -> SlideAdded:
    return SlideAdded(stamp(), uid(n), name, SlideForm.FILE, (FILE,))


def asked(n: int = 1, slides: tuple[int, ...] = (1,), **other) -> AnalysisAsked:
    given = {"um_per_px": None, "count_target": 500} | other
    return AnalysisAsked(stamp(), uid(n), tuple(map(uid, slides)), **given)


def started(n: int = 1) -> AnalysisStarted:
    return AnalysisStarted(stamp(), uid(n))


def finished(n: int = 1) -> AnalysisFinished:
    return AnalysisFinished(stamp(), uid(n), "d" * 64, {"counts": {"found": 3}})


def failed(n: int = 1) -> AnalysisFailed:
    return AnalysisFailed(stamp(), uid(n), "the slide is empty; scan it again")


def cancelled(n: int = 1) -> AnalysisCancelled:
    return AnalysisCancelled(stamp(), uid(n))


def removed(n: int = 1) -> SlideRemoved:
    return SlideRemoved(stamp(), uid(n))


def described(n: int = 1, scanner: str = "GT 450", stain: str = "MGG") -> SlideDescribed:
    return SlideDescribed(stamp(), uid(n), scanner, stain)


def matched(n: int = 1, accession: str = "S26-50", label: str = "S26-50 A1") -> SlideMatched:
    return SlideMatched(stamp(), uid(n), label, LabelMeans.SCANNED, accession, "")


def changed(facts: CaseFacts) -> FactsChanged:
    return FactsChanged(stamp(), facts)


def deleted(reason: str = "a duplicate") -> CaseDeleted:
    return CaseDeleted(stamp(), reason)


def signing(n: int = 1, **other: Any) -> SigningFacts:
    """Of a case of which nothing forbids signing. n: its newest finished analysis."""
    given = {
        "purpose": CaseFacts().purpose,
        "analysis_id": uid(n),
        "review_version": 12,
        "is_outdated": False,
        "is_being_analysed": False,
        "is_fully_seen": True,
        "n_undecided_unseen": 0,
        "audit_is_complete": False,
    }
    return SigningFacts(**(given | other))


def written(**texts: str) -> ReportTextChanged:
    return ReportTextChanged(stamp(), texts or {"conclusion": "as counted"})


def acknowledged(rule_id: str = "F-APL-triage", slide: str = "", n: int = 1) -> FindingAcknowledged:
    return FindingAcknowledged(stamp(), uid(n), rule_id, slide, "seen", 3)


def drawn(n: int = 1, *cell_ids: str) -> AuditDrawn:
    strata = (DrawnStratum("LYMPH", 9, cell_ids or ("c1", "c2")),)
    return AuditDrawn(stamp(), uid(n), 3, "s" * 32, strata)


def called() -> CriticalCallMade:
    return CriticalCallMade(
        stamp(), "F-APL-triage", "Dr Lindqvist", "telephone", START - timedelta(hours=1), True, "ok"
    )


def told(turn: int = 1, n: int = 1, by_means: str = "page", urgency: int = 3) -> ReaderTold:
    return ReaderTold(stamp(), uid(n), turn, f"reader-{turn}", urgency, by_means)


def requested(kind: str = "flow_cytometry", words: str = "", n: int = 1) -> AncillaryRequested:
    return AncillaryRequested(stamp(n), uid(4000 + n), AncillaryKind(kind), words)


def resulted(result: str = "12 % blasts", n_results: int = 0, n: int = 1) -> AncillaryResulted:
    return AncillaryResulted(stamp(10 + n), uid(4000 + n), n_results, result)


def dropped(reason: str = "clotted", n_results: int = 0, n: int = 1) -> AncillaryDropped:
    return AncillaryDropped(stamp(20 + n), uid(4000 + n), n_results, reason)


def reopened(reason: str = "flow cytometry came in") -> ReportReopened:
    return ReportReopened(stamp(), reason)


def signed(kind: str = "final", number: int = 1, n: int = 1, said: str = "blasts") -> ReportSigned:
    document = {"conclusion": said, "rows": [{"label": "Blasts", "n": 41, "percent": 8.2}]}
    return ReportSigned(
        stamp=Stamp(uid(3000 + number), START, uid(9), "a.karlsson"),
        number=number,
        analysis_id=uid(n),
        report_kind=ReportKind(kind),
        meaning=SignatureMeaning.AUTHORSHIP,
        printed_name="Dr A. Karlsson",
        review_version=12,
        attests_digital_primary=True,
        reason="" if kind in {"preliminary", "final"} else "a slip of the pen",
        document=document,
        document_sha256=document_digest(document),
        files={"report.json": document_digest(document)},
    )


def case(*events: CaseEvent, facts: CaseFacts | None = None, n: int = 1) -> CaseState:
    return fold([opened(facts, n), *events])
