"""The way of a case to its signed report: findings, texts, random audits, signatures.

A report is signed in one go: what forbids it is asked while nobody else can write, then its files
are put in place, then the event is written. What fails on the way leaves the case unsigned; files
that were left are replaced when the version is signed after all.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from marrowscope.accounts.account import Account
from marrowscope.assembly_case_report import (
    ReportMaterial,
    make_report,
    next_version,
    signature_of,
    use_of,
)
from marrowscope.cases.audit_sample import draw_audit, shown_classes
from marrowscope.cases.audit_view import AuditView, audit_view
from marrowscope.cases.fold import check_next
from marrowscope.cases.offered_texts import offered_texts, texts_version
from marrowscope.cases.refusals import CaseChangedError, UnknownCaseError
from marrowscope.cases.report_text import checked_lines, checked_texts
from marrowscope.cases.review import EMPTY_REVIEW, Review, fold_review
from marrowscope.cases.review_access import check_not_signed
from marrowscope.cases.reviewed_count import ReviewedCount, reviewed_count
from marrowscope.cases.reviewed_findings import (
    ReviewedFinding,
    ReviewedFindings,
    reviewed_findings,
)
from marrowscope.cases.sign_out_events import (
    AuditDrawn,
    CriticalCallMade,
    FindingAcknowledged,
    ReportKind,
    ReportReopened,
    ReportSigned,
    ReportTextChanged,
    document_digest,
)
from marrowscope.cases.signing import (
    LONGEST_ADDENDUM,
    LONGEST_COMMENT,
    LONGEST_REASON,
    CriticalFinding,
    SigningFacts,
    SignOutState,
    unacknowledged,
    urgency_of,
)
from marrowscope.cases.standing import CallNote, SignOrder, Standing, next_kinds
from marrowscope.cases.state import AnalysisState, AnalysisStatus, CaseState
from marrowscope.errors import UsageError
from marrowscope.reports.case_page import render_case_page
from marrowscope.reports.case_report import CaseReport
from marrowscope.reports.case_report_json import (
    case_report_from_object,
    case_report_object,
    encode_case_report,
)
from marrowscope.reports.case_tests import compose_tests
from marrowscope.reports.case_text import render_case_text
from marrowscope.reports.case_wording import iso_utc
from marrowscope.store.case_parts import CaseParts
from marrowscope.store.signed_reports import (
    DOCUMENT,
    PAGE,
    PDF,
    TEXT,
    SignedReports,
    digests_of,
)

_KEPT: Final = 8
"""Of as many analyses what was worked out stays at hand."""
_KEPT_URGENT: Final = 4096
"""Of as many, which findings come first: asked again and again of every case."""
_TRIES: Final = 5
"""To write texts while others write other things of the same case."""
_SALT_BYTES: Final = 16
OLDER: Final = "a report is signed on the newest analysis of a case; open that one"
Value = TypeVar("Value")


class People(Protocol):
    """Who has an account."""

    def accounts(self) -> Sequence[Account]:
        """Disabled ones too."""


@dataclass(frozen=True, slots=True)
class _Assessed:
    """What a review makes of an analysis."""

    count: ReviewedCount
    findings: ReviewedFindings


class _Kept(Generic[Value]):
    """The values that were asked for last. May be asked from any thread."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._lock = Lock()
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """make: called where it is not kept, and then perhaps by several at once."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            self._values[key] = made
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return made


class SignOutRecords:
    """Sign-out of the cases of one home. people: for names. institution: heads the reports."""

    def __init__(self, parts: CaseParts, people: People, institution: str = "") -> None:
        self._records = parts.records
        self._results = parts.results
        self._reviews = parts.reviews
        self._reports = SignedReports(parts.files)
        self._validations = parts.validations
        self._people = people
        self._institution = institution
        self._assessed = _Kept[_Assessed]()
        self._audits = _Kept[AuditView]()
        self._before = _Kept[Review]()
        self._urgent = _Kept[tuple[CriticalFinding, ...]](_KEPT_URGENT)

    def findings(self, case: CaseState, analysis_id: UUID) -> ReviewedFindings:
        """Of a finished analysis, as its review stands."""
        return self._assess(case, analysis_id, self._review(case, analysis_id)).findings

    def urgent(self, case: CaseState) -> tuple[UUID, tuple[CriticalFinding, ...]] | None:
        """Findings of the newest analysis that come before anything else and are not acknowledged.

        None where the case has no result, or its report stands.
        """
        result = case.newest_result
        if result is None or case.sign_out.is_locked:
            return None
        case_id, analysis_id = case.case_id, result.analysis_id

        def make() -> tuple[CriticalFinding, ...]:
            facts = self._facts(case, analysis_id, self._review(case, analysis_id))
            left = unacknowledged(case.sign_out, facts)
            return tuple(one for one in left if one.is_urgent)

        n_events = self._reviews.version(case_id, analysis_id)
        return analysis_id, self._urgent.get((analysis_id, case.version, n_events), make)

    def acknowledge(
        self, case: CaseState, analysis_id: UUID, key: str, comment: str, *, by: Account
    ) -> CaseState:
        """Somebody saw a finding, critical or not. Raises UnknownCaseError where there is none."""
        known = self.findings(case, analysis_id).findings
        found = {_urgency(one): one for one in known if one.key == key}
        if not found:
            raise UnknownCaseError("there is no such finding; load the findings again")
        urgency, one = max(found.items(), key=lambda pair: pair[0])
        rule_id, slide = one.finding.rule_id, one.slide
        comment = checked_lines("comment", comment, LONGEST_COMMENT)
        event = FindingAcknowledged(
            self._records.stamp(by), analysis_id, rule_id, slide, comment, urgency
        )
        details = {"analysis_id": str(analysis_id), "rule_id": rule_id, "slide": slide}
        return self._records.append(
            case.case_id, None, [event], act="finding_acknowledged", details=details
        )

    def note_call(
        self, case: CaseState, analysis_id: UUID, call: CallNote, *, by: Account
    ) -> CaseState:
        """Somebody told somebody of a finding. Raises UnknownCaseError where there is none such."""
        known = {one.finding.rule_id for one in self.findings(case, analysis_id).findings}
        if call.rule_id and call.rule_id not in known:
            raise UnknownCaseError("there is no such finding; load the findings again")
        event = CriticalCallMade(
            stamp=self._records.stamp(by),
            rule_id=call.rule_id,
            told=" ".join(call.told.split()),
            by_means=" ".join(call.by_means.split()),
            at_time=call.at_time,
            was_read_back=call.was_read_back,
            note=checked_lines("note", call.note, LONGEST_COMMENT),
        )
        details = {"rule_id": call.rule_id, "was_read_back": call.was_read_back}
        return self._records.append(
            case.case_id, None, [event], act="critical_call_made", details=details
        )

    def offered_texts(self, case: CaseState) -> Mapping[str, str]:
        """What the machine can say, by heading; nothing before there is a result."""
        result = case.newest_result
        if result is None:
            return {}
        review = self._review(case, result.analysis_id)
        return offered_texts(self._assess(case, result.analysis_id, review).count)

    def write_texts(
        self, case_id: UUID, version: int, texts: Mapping[str, str], *, by: Account
    ) -> CaseState:
        """Replaces all texts. Raises CaseChangedError where `version` is not that of the texts.

        What else happens to the case meanwhile does not matter to them.
        """
        new = checked_texts(texts)
        for _ in range(_TRIES):
            case = self._known(case_id)
            old = case.sign_out.texts
            if texts_version(old) != version:
                break
            if new == old:
                return case
            event = ReportTextChanged(self._records.stamp(by), new)
            # Which headings, not what they say: the audit trail names no patient.
            changed = sorted(one for one in {*new, *old} if new.get(one, "") != old.get(one, ""))
            try:
                return self._records.append(
                    case_id,
                    case.version,
                    [event],
                    act="report_text_changed",
                    details={"headings": changed},
                )
            except CaseChangedError:
                continue
        raise CaseChangedError(self._known(case_id).version)

    def audit(self, case: CaseState, analysis_id: UUID) -> AuditView:
        """How the random audit of an analysis stands."""
        return self._audit(case, analysis_id, self._review(case, analysis_id))

    def draw_audit(
        self, case: CaseState, analysis_id: UUID, wanted: int, *, by: Account
    ) -> CaseState:
        """Draws the cells of an audit; the second time more, the former ones among them.

        wanted: cells drawn at random, besides those that are seen whole.
        """
        check_not_signed(case)
        review = self._review(case, analysis_id)
        drawn = case.sign_out.audits.get(analysis_id)
        salt = secrets.token_hex(_SALT_BYTES) if drawn is None else drawn.salt
        version = review.n_events if drawn is None else drawn.review_version
        before = review if drawn is None else self._review_before(case, drawn)
        cells = self._results.machine_cells(case.case_id, analysis_id)
        plan = draw_audit(shown_classes(cells), before.seen, salt, wanted)
        event = AuditDrawn(self._records.stamp(by), analysis_id, version, salt, plan.strata)
        details = {"analysis_id": str(analysis_id), "n_cells": len(plan.cell_ids)}
        return self._records.append(
            case.case_id, case.version, [event], act="audit_drawn", details=details
        )

    def standing(self, case: CaseState, analysis_id: UUID) -> Standing:
        """How a finished analysis of a case stands to being signed."""
        review = self._review(case, analysis_id)
        count = self._assess(case, analysis_id, review).count
        audit = self._audit(case, analysis_id, review)
        return Standing(
            case=case,
            facts=self._facts(case, analysis_id, review),
            n_seen=count.n_seen,
            n_to_see=count.n_to_see,
            n_audited=audit.n_drawn if audit.is_complete else 0,
            n_unseen=audit.n_unseen if audit.is_complete else 0,
            uses={kind: self._use(case, analysis_id, kind) for kind in next_kinds(case.sign_out)},
        )

    def preview(self, case: CaseState, analysis_id: UUID, kind: ReportKind) -> CaseReport:
        """The report as it would be signed now, without a signature."""
        state = case.sign_out
        if kind is ReportKind.ADDENDUM:
            return _with_addendum(state, "")
        reason = state.reopened.reason if state.reopened is not None else ""
        material = self._material(case, analysis_id, self._review(case, analysis_id))
        version = next_version(state, kind, reason)
        return make_report(material, version, attests_digital=False)

    def sign(self, case_id: UUID, analysis_id: UUID, order: SignOrder, *, by: Account) -> CaseState:
        """Signs a version: writes its files and the event, or nothing.

        Raises CaseChangedError where case, review or what the report may be used for are not as
        the order says; UsageError with what forbids signing.
        """
        case = self._known(case_id)
        if case.version != order.case_version:
            raise CaseChangedError(case.version)
        self._check_newest(case, analysis_id, order.kind)
        review = self._review(case, analysis_id)
        if review.n_events != order.review_version:
            raise CaseChangedError(case.version)
        event, report = self._signed(case, analysis_id, review, order, by)
        # What forbids it is told before anything is typeset.
        check_next(case, event, self._facts(case, analysis_id, review))
        if report.use != order.use:
            raise CaseChangedError(case.version)
        made = _rendered(report)
        event = replace(event, files=digests_of(made))

        def written(state: CaseState) -> SigningFacts:
            """Nobody else can write while this is asked."""
            now = self._review(state, analysis_id)
            is_as_shown = now.n_events == order.review_version
            if not is_as_shown or self._use(state, analysis_id, order.kind) != order.use:
                raise CaseChangedError(state.version)
            facts = self._facts(state, analysis_id, now)
            check_next(state, event, facts)
            self._reports.put(case_id, event.number, made)
            return facts

        details = {
            "number": event.number,
            "kind": event.report_kind.value,
            "meaning": event.meaning.value,
            "analysis_id": str(analysis_id),
            "review_version": event.review_version,
            "document_sha256": event.document_sha256,
            "files": digests_of(made),
        }
        return self._records.append(
            case_id,
            order.case_version,
            [event],
            act="report_signed",
            details=details,
            signing=written,
        )

    def reopen(self, case: CaseState, reason: str, *, by: Account) -> CaseState:
        """A signed report can be changed again, to be signed as amended or corrected."""
        checked = checked_lines("reason", reason, LONGEST_REASON)
        event = ReportReopened(self._records.stamp(by), checked)
        details = {"number": len(case.sign_out.versions)}
        return self._records.append(
            case.case_id, None, [event], act="report_reopened", details=details
        )

    def signed_file(self, case: CaseState, number: int, name: str) -> bytes:
        """A file of a signed version, once its digest was checked.

        Raises UnknownCaseError where there is no such version; UnreadableInputError.
        """
        for version in case.sign_out.versions:
            if version.number == number:
                return self._reports.read(case.case_id, number, name, version.files)
        raise UnknownCaseError("there is no such version of this report; load the case again")

    def _known(self, case_id: UUID) -> CaseState:
        case = self._records.case(case_id)
        if case is None or case.is_deleted:
            raise UnknownCaseError("there is no such case, or it was deleted; look in the worklist")
        return case

    def _review(self, case: CaseState, analysis_id: UUID) -> Review:
        _finished(case, analysis_id)
        return self._reviews.review(case.case_id, analysis_id)

    def _assess(self, case: CaseState, analysis_id: UUID, review: Review) -> _Assessed:
        def make() -> _Assessed:
            cells = self._results.machine_cells(case.case_id, analysis_id)
            header = self._results.header(case.case_id, analysis_id)
            count = reviewed_count(cells, review)
            audit = self._audit(case, analysis_id, review)
            findings = reviewed_findings(cells, review, count, case.facts, header, audit)
            return _Assessed(count, findings)

        drawn = case.sign_out.audits.get(analysis_id)
        audit_id = None if drawn is None else drawn.stamp.event_id
        return self._assessed.get((analysis_id, review.n_events, case.facts, audit_id), make)

    def _audit(self, case: CaseState, analysis_id: UUID, review: Review) -> AuditView:
        drawn = case.sign_out.audits.get(analysis_id)

        def make() -> AuditView:
            cells = self._results.machine_cells(case.case_id, analysis_id)
            before = EMPTY_REVIEW if drawn is None else self._review_before(case, drawn)
            return audit_view(cells, review, drawn, before)

        event_id = None if drawn is None else drawn.stamp.event_id
        return self._audits.get((analysis_id, review.n_events, event_id), make)

    def _review_before(self, case: CaseState, drawn: AuditDrawn) -> Review:
        """The review when the first audit of an analysis was drawn."""

        def make() -> Review:
            events = self._reviews.events(case.case_id, drawn.analysis_id, 0)
            return fold_review(events[: drawn.review_version])

        return self._before.get((drawn.analysis_id, drawn.review_version), make)

    def _facts(self, case: CaseState, analysis_id: UUID, review: Review) -> SigningFacts:
        assessed = self._assess(case, analysis_id, review)
        return SigningFacts(
            purpose=case.facts.purpose,
            unmatched=tuple(one.name for one in case.slides if case.match_of(one) is None),
            analysis_id=analysis_id,
            review_version=review.n_events,
            is_outdated=case.is_result_outdated,
            is_being_analysed=case.open_analysis is not None,
            is_fully_seen=assessed.count.is_fully_seen,
            n_undecided_unseen=assessed.count.n_undecided_unseen,
            audit_is_complete=self._audit(case, analysis_id, review).is_complete,
            critical=assessed.findings.critical,
        )

    def _material(self, case: CaseState, analysis_id: UUID, review: Review) -> ReportMaterial:
        assessed = self._assess(case, analysis_id, review)
        return ReportMaterial(
            case=case,
            analysis=_finished(case, analysis_id),
            header=self._results.header(case.case_id, analysis_id),
            cells=self._results.machine_cells(case.case_id, analysis_id),
            review=review,
            count=assessed.count,
            findings=assessed.findings,
            audit=self._audit(case, analysis_id, review),
            people=self._people.accounts(),
            institution=self._institution,
            validations=self._validations.validations(),
        )

    def _use(self, case: CaseState, analysis_id: UUID, kind: ReportKind) -> str:
        """What a version would say that it may be used for. An addendum leaves it as it was."""
        newest = case.sign_out.newest
        if kind is ReportKind.ADDENDUM and newest is not None:
            return case_report_from_object(newest.document).use
        return use_of(
            case,
            _finished(case, analysis_id),
            self._results.header(case.case_id, analysis_id),
            self._validations.validations(),
        )

    def _check_newest(self, case: CaseState, analysis_id: UUID, kind: ReportKind) -> None:
        """An addendum stands on what the version before it stands on."""
        result, newest = case.newest_result, case.sign_out.newest
        right = None if result is None else result.analysis_id
        if kind is ReportKind.ADDENDUM and newest is not None:
            right = newest.analysis_id
        if analysis_id != right:
            raise UsageError(OLDER)

    def _signed(
        self,
        case: CaseState,
        analysis_id: UUID,
        review: Review,
        order: SignOrder,
        by: Account,
    ) -> tuple[ReportSigned, CaseReport]:
        """The signature and what is signed by it."""
        state, stamp = case.sign_out, self._records.stamp(by)
        signature = signature_of(by, iso_utc(stamp.at), order.meaning)
        reason = _reason(state, order)
        if order.kind is ReportKind.ADDENDUM:
            unsigned = _with_addendum(state, reason)
        else:
            unsigned = make_report(
                self._material(case, analysis_id, review),
                next_version(state, order.kind, reason),
                attests_digital=order.attests_digital,
            )
        # Whether it may be signed at all is asked before this is used; see `sign`.
        report = replace(unsigned, signature=signature)
        document = case_report_object(report)
        event = ReportSigned(
            stamp=stamp,
            number=report.version.number,
            analysis_id=analysis_id,
            report_kind=order.kind,
            meaning=order.meaning,
            printed_name=by.full_name,
            review_version=_rests_on(state, order.kind, review),
            attests_digital_primary=order.attests_digital,
            reason=reason,
            document=document,
            document_sha256=document_digest(document),
            files={},
        )
        return event, report


def _urgency(one: ReviewedFinding) -> int:
    return urgency_of(one.finding.state, is_reached=one.finding.is_reached)


def _rests_on(state: SignOutState, kind: ReportKind, review: Review) -> int:
    if kind is ReportKind.ADDENDUM and state.newest is not None:
        return state.newest.review_version
    return review.n_events


def _reason(state: SignOutState, order: SignOrder) -> str:
    """Why it is amended, as given now or when it was reopened; the text of an addendum."""
    match order.kind:
        case ReportKind.PRELIMINARY | ReportKind.FINAL:
            return ""
        case ReportKind.ADDENDUM:
            return checked_lines("addendum", order.addendum, LONGEST_ADDENDUM)
        case _:
            given = checked_lines("reason", order.reason, LONGEST_REASON)
            return given or ("" if state.reopened is None else state.reopened.reason)


def _with_addendum(state: SignOutState, text: str) -> CaseReport:
    """The newest version with words added, and other tests as they are now; all else stands."""
    newest = state.newest
    if newest is None or not state.has_final:
        raise UsageError("there is no final report yet; sign it as preliminary or final")
    report = case_report_from_object(newest.document)
    version = next_version(state, ReportKind.ADDENDUM, text)
    tests = compose_tests(state.tests, version.number)
    return replace(report, version=version, tests=tests, signature=None)


def _rendered(report: CaseReport) -> dict[str, bytes]:
    """The files of a signed report by name. Raises UsageError where it cannot be typeset."""
    # Loaded when needed: the typesetter is large, and few who start the server sign.
    from marrowscope.reports.case_pdf import render_case_pdf  # noqa: PLC0415

    return {
        PAGE: render_case_page(report).encode(),
        PDF: render_case_pdf(report),
        TEXT: render_case_text(report).encode(),
        DOCUMENT: encode_case_report(report),
    }


def _finished(case: CaseState, analysis_id: UUID) -> AnalysisState:
    analysis = case.analysis(analysis_id)
    if analysis is None or analysis.status is not AnalysisStatus.FINISHED:
        raise UnknownCaseError("there is no such finished analysis; load the case again")
    return analysis
