"""From a case, its review and its sign-out to the parts of its report; reads no file, no clock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from marrowscope.accounts.account import Account
from marrowscope.accounts.roles import RIGHTS, Right, Role
from marrowscope.cases.audit_view import AuditView
from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.report_text import COMMENT, CONCLUSION, REPORT_HEADINGS
from marrowscope.cases.review import Review, Seen
from marrowscope.cases.reviewed_count import ReviewedCount
from marrowscope.cases.reviewed_findings import ReviewedFindings
from marrowscope.cases.sign_out_events import CriticalCallMade, ReportKind, SignatureMeaning
from marrowscope.cases.signing import SignOutState
from marrowscope.cases.standing import MEANING_WORDS
from marrowscope.cases.state import AnalysisState, CaseState
from marrowscope.cases.validation import Validation
from marrowscope.differential import (
    Comparison,
    DoubleSamplingEstimate,
    ThresholdState,
)
from marrowscope.errors import UsageError
from marrowscope.findings import (
    AuditedMeasure,
    decide_audited,
    measure_audited,
    printed_share,
    shipped_rules,
)
from marrowscope.reports import case_report
from marrowscope.reports.case_composing import (
    Acknowledgement,
    GivenFinding,
    Writing,
    compose_case_report,
)
from marrowscope.reports.case_digitisation import SlideOpened, compose_digitisation
from marrowscope.reports.case_report import (
    CaseReport,
    CriticalCall,
    EarlierVersion,
    Labelled,
    Reader,
    Signature,
    Version,
)
from marrowscope.reports.case_result import (
    BLASTS,
    BLASTS_PROMONOCYTES,
    BLASTS_PROMONOCYTES_PROMYELOCYTES,
    WITH_UNDECIDED,
    AuditedShare,
    AuditOutcome,
    not_separated,
)
from marrowscope.reports.case_use import use_words
from marrowscope.reports.case_wording import iso_utc
from marrowscope.vocabulary import icsh_category

RECORD_DIGITS: Final = 16
"""Of a digest, as a report prints it."""
AUDIT_NOTE: Final = (
    "Limits: 95 %, exact for the cells that nobody saw, with the sampling of the count added to "
    "them (double sampling)"
)
_LINES: Final = (
    (BLASTS, "F-BLAST-20"),
    (BLASTS_PROMONOCYTES, "F-BLAST-PROMONO"),
    (BLASTS_PROMONOCYTES_PROMYELOCYTES, "F-BLAST-PROMONO-PROMY"),
)


@dataclass(frozen=True, slots=True)
class ReportMaterial:
    """What a report of an analysis is made of, all of it as at one time.

    header: analysis.json. people: everybody with an account. validations: all
    that the laboratory recorded.
    """

    case: CaseState
    analysis: AnalysisState
    header: Mapping[str, Any]
    cells: MachineCells
    review: Review
    count: ReviewedCount
    findings: ReviewedFindings
    audit: AuditView
    people: Sequence[Account]
    institution: str = ""
    validations: Sequence[Validation] = ()


def make_report(material: ReportMaterial, version: Version, *, attests_digital: bool) -> CaseReport:
    """The report of a case, as nobody has signed it yet.

    attests_digital: whether the digital slides were read first, as the signer says.
    """
    return compose_case_report(
        material.case,
        material.analysis,
        material.header,
        material.count,
        writing=_writing(material.case.sign_out, attests_digital=attests_digital),
        version=version,
        findings=_given(material),
        not_assessed=material.findings.not_assessed,
        readers=_readers(material.review, material.people),
        opened=_opened(material),
        audit=audit_outcome(material.audit),
        institution=material.institution,
        validations=material.validations,
    )


def use_of(
    case: CaseState,
    analysis: AnalysisState,
    header: Mapping[str, Any],
    validations: Sequence[Validation],
) -> str:
    """The sentence of a new version on what it may be used for. validations: all of them."""
    return use_words(
        compose_digitisation(case, analysis, header, (), (), glass_not_read_first=False),
        case.facts.purpose,
        validations,
        is_synthetic=header.get("synthetic") is True,
    )


def next_version(state: SignOutState, kind: ReportKind, reason: str) -> Version:
    """What the next version of a report is."""
    newest = state.newest
    return Version(
        kind=case_report.ReportKind(kind.value),
        number=len(state.versions) + 1,
        supersedes=None if newest is None else newest.number,
        reason=reason,
        earlier=tuple(
            EarlierVersion(
                number=one.number,
                kind=case_report.ReportKind(one.kind.value),
                at=iso_utc(one.signed_at),
                by_name=one.printed_name,
                reason=one.reason,
                record=one.document_sha256[:RECORD_DIGITS],
            )
            for one in state.versions
        ),
    )


def signature_of(by: Account, at: str, meaning: SignatureMeaning) -> Signature:
    """at: ISO 8601, UTC. Raises UsageError where the account may not sign."""
    role = _role(by, Right.SIGN_CASES)
    if not role:
        raise UsageError("your role signs no reports; a pathologist or director does")
    return Signature(by.full_name, role, by.user_name, at, MEANING_WORDS[meaning])


def _role(account: Account, right: Right) -> str:
    """The role that lets somebody do a thing; "" where none does."""
    return next((one.value for one in Role if one in account.roles and right in RIGHTS[one]), "")


def _writing(state: SignOutState, *, attests_digital: bool) -> Writing:
    texts = state.texts
    return Writing(
        conclusion=texts.get(CONCLUSION, ""),
        comment=texts.get(COMMENT, ""),
        texts=tuple(
            Labelled(one.label, texts[one.heading_id])
            for one in REPORT_HEADINGS
            if one.heading_id in texts and one.heading_id not in (CONCLUSION, COMMENT)
        ),
        calls=tuple(map(_call, state.calls)),
        glass_not_read_first=attests_digital,
    )


def _call(call: CriticalCallMade) -> CriticalCall:
    return CriticalCall(
        about=call.rule_id or "Other",
        by_name=call.stamp.by_name,
        told=call.told,
        at=iso_utc(call.at_time),
        means=call.by_means,
        was_read_back=call.was_read_back,
        note=call.note,
    )


def _given(material: ReportMaterial) -> list[GivenFinding]:
    """With who acknowledged them; slides as the case calls them."""
    acknowledged = material.case.sign_out.acknowledged
    names = _slide_names(material)
    given = []
    for one in material.findings.findings:
        key = (material.analysis.analysis_id, one.finding.rule_id, one.slide)
        seen = acknowledged.get(key)
        said = None if seen is None else Acknowledgement(seen.by_name, seen.at, seen.comment)
        given.append(GivenFinding(one.finding, names.get(one.slide, one.slide), said))
    return given


def _slide_names(material: ReportMaterial) -> dict[str, str]:
    """What the case calls the slides of the analysis; one taken from the case has none."""
    slides = [material.case.slide(one) for one in material.analysis.slide_ids]
    return {
        called: slide.name
        for called, slide in zip(material.cells.slides, slides, strict=False)
        if slide is not None
    }


def _readers(review: Review, people: Sequence[Account]) -> list[Reader]:
    """Who named cells, or saw them first, in the order in which they began."""
    named = Counter((one.by, one.by_name) for one in review.named.values())
    seen = Counter((one.by, one.by_name) for one in review.seen.values())
    account_of = {one.account_id: one for one in people}
    readers = []
    for who in dict.fromkeys([*seen, *named]):
        account_id, name = who
        account = None if account_id is None else account_of.get(account_id)
        readers.append(
            Reader(
                name=name,
                role="" if account is None else _role(account, Right.REVIEW_CASES),
                did=f"named {_cells(named[who])}, saw {_cells(seen[who])} first",
            )
        )
    return readers


def _cells(n: int) -> str:
    return f"{n} cell" if n == 1 else f"{n} cells"


def _opened(material: ReportMaterial) -> list[SlideOpened]:
    """When a person was first shown a cell of each slide."""
    cells, review = material.cells, material.review
    first: dict[str, Seen] = {}
    for cell_id, seen in review.seen.items():
        place, added = cells.place_of.get(cell_id), review.added.get(cell_id)
        if place is not None:
            slide = cells.slides[int(cells.slide[place])]
        elif added is not None:
            slide = added.slide
        else:
            continue  # A cell that was added and taken back.
        if slide not in first or seen.at < first[slide].at:
            first[slide] = seen
    return [
        SlideOpened(slide_id, first[name].at, first[name].by_name)
        for slide_id, name in zip(material.analysis.slide_ids, cells.slides, strict=False)
        if name in first
    ]


def audit_outcome(view: AuditView) -> AuditOutcome | None:
    """None where there is no complete audit."""
    if view.estimate is None:
        return None
    shares = [
        _audited_row(row.category, row.estimate, row.with_undecided) for row in view.estimate.rows
    ]
    near = [
        f"{icsh_category(share.name).label}: {at} % lies between the limits; see more cells."
        for share in shares
        for at in share.near
    ]
    rules = {rule.rule_id: rule for rule in shipped_rules()}
    lines = measure_audited(view.strata, [rules[rule_id].criteria[0] for _, rule_id in _LINES])
    shares += [_audited_line(name, line) for (name, _), line in zip(_LINES, lines, strict=True)]
    return AuditOutcome(
        n_audited=view.n_drawn,
        n_unseen=view.n_unseen,
        shares=_one_each(shares),
        note=AUDIT_NOTE,
        advice=tuple(near),
        undecided_printed=printed_share(view.estimate.undecided.share),
    )


def _one_each(shares: Sequence[AuditedShare]) -> tuple[AuditedShare, ...]:
    """The row of blasts and the line of blasts are one."""
    by_name: dict[str, AuditedShare] = {}
    for share in shares:
        by_name.setdefault(share.name, share)
    return tuple(by_name.values())


def _audited_row(
    category: str, estimate: DoubleSamplingEstimate, upper: DoubleSamplingEstimate
) -> AuditedShare:
    """Both figures, and how each threshold of the category stands to them."""
    states = {
        at: decide_audited(estimate, upper, Comparison.AT_LEAST, Fraction(at, 100)).state
        for at in icsh_category(category).decision_thresholds_percent
    }
    share = _share(category, estimate, upper)
    return replace(
        share,
        note=WITH_UNDECIDED if share.upper_printed else "",
        near=tuple(at for at, state in states.items() if state is ThresholdState.NEAR),
        open=tuple(at for at, state in states.items() if state is ThresholdState.NOT_DECIDED),
    )


def _audited_line(name: str, line: AuditedMeasure) -> AuditedShare:
    """With what may count with it: look-alikes that nobody told apart, and undecided cells."""
    notes = [not_separated(line.not_separated)] if line.not_separated else []
    if line.has_undecided:
        notes.append(WITH_UNDECIDED)
    share = _share(name, line.estimate, line.upper)
    return replace(share, high=100 * line.limits.high, note="; ".join(notes))


def _share(
    name: str, estimate: DoubleSamplingEstimate, upper: DoubleSamplingEstimate
) -> AuditedShare:
    is_range = upper.n > estimate.n
    return AuditedShare(
        name=name,
        percent=100 * estimate.share,
        printed=printed_share(estimate.share),
        low=100 * estimate.overall.low,
        high=100 * estimate.overall.high,
        audit_low=100 * estimate.finite.low,
        audit_high=100 * estimate.finite.high,
        upper_printed=printed_share(upper.share) if is_range else "",
        upper_percent=100 * upper.share if is_range else None,
    )
