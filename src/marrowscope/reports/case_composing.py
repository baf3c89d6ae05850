"""From what is known of a case to what its report says. Pure: no clock, no format."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from marrowscope.analysis import JsonObject
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.reviewed_count import ReviewedCount
from marrowscope.cases.signing import CALLING, urgency_of
from marrowscope.cases.state import AnalysisState, CaseState
from marrowscope.cases.validation import Validation
from marrowscope.errors import UsageError
from marrowscope.findings import NOT_ON_AN_AUDIT, Finding, NotAssessed, NotAssessedKind
from marrowscope.reports.case_digitisation import SlideOpened, compose_digitisation
from marrowscope.reports.case_report import (
    CaseReport,
    CriticalCall,
    FindingLine,
    Labelled,
    Reader,
    ReportKind,
    ResultBasis,
    Signature,
    Version,
)
from marrowscope.reports.case_result import AuditOutcome, compose_result
from marrowscope.reports.case_tests import compose_tests
from marrowscope.reports.case_use import use_words
from marrowscope.reports.case_wording import day_words, iso_utc
from marrowscope.reports.json_values import objects, text
from marrowscope.reports.wording import sentence_case

NOT_STATED: Final = "not stated"
_EDITIONS: Final = {"WHO5": "WHO 2022", "ICC2022": "ICC 2022"}
_BY_NAME_ALONE: Final = {
    NotAssessedKind.BLOOD_ONLY: "Learnt from blood alone, recall on marrow untested",
    NotAssessedKind.RULE: "Rules not evaluated or off",
}


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who acknowledged a finding, when, and what they wrote to it."""

    by_name: str
    at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class GivenFinding:
    """A finding of the reviewed count; slide: "" where it is about all of them."""

    finding: Finding
    slide: str = ""
    acknowledgement: Acknowledgement | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """What people wrote and stated. texts: by heading, in their order; empty ones are left out.

    are_promonocytes_separated, are_abnormal_promyelocytes_separated: whether a person told them
    from their look-alikes; until then the lines with them are ranges.
    """

    conclusion: str = ""
    comment: str = ""
    texts: tuple[Labelled, ...] = ()
    calls: tuple[CriticalCall, ...] = ()
    glass_not_read_first: bool = False
    are_promonocytes_separated: bool = False
    are_abnormal_promyelocytes_separated: bool = False


def compose_case_report(
    case: CaseState,
    analysis: AnalysisState,
    header: JsonObject,
    count: ReviewedCount,
    *,
    writing: Writing,
    version: Version,
    findings: Sequence[GivenFinding] = (),
    not_assessed: Sequence[NotAssessed] = (),
    readers: Sequence[Reader] = (),
    opened: Sequence[SlideOpened] = (),
    audit: AuditOutcome | None = None,
    signature: Signature | None = None,
    institution: str = "",
    validations: Sequence[Validation] = (),
) -> CaseReport:
    """The report of an analysis of a case as it was reviewed.

    header: analysis.json. signature: None for a preview. validations: all that the laboratory
    recorded. Raises UsageError where a signed report
    that is not preliminary rests on a count that is not finished, or an audit leaves out a
    category.
    """
    digitisation = compose_digitisation(
        case,
        analysis,
        header,
        readers,
        opened,
        glass_not_read_first=writing.glass_not_read_first,
    )
    called = (text(record, "name") for record in objects(header, "slides"))
    names = dict(zip(called, (slide.name for slide in digitisation.slides), strict=True))
    separated = {
        "PROMONO": writing.are_promonocytes_separated,
        "PROMY_ABN": writing.are_abnormal_promyelocytes_separated,
    }
    is_synthetic = header.get("synthetic") is True
    result = compose_result(header, count, audit, separated, names)
    if (
        signature is not None
        and result.basis is ResultBasis.NOT_FINISHED
        and version.kind is not ReportKind.PRELIMINARY
    ):
        raise UsageError(
            f"a {version.kind} report needs every counted cell seen or a complete audit; see the "
            "rest, draw an audit, or sign a preliminary report"
        )
    return CaseReport(
        institution=institution,
        accession=case.facts.accession,
        use=use_words(digitisation, case.facts.purpose, validations, is_synthetic=is_synthetic),
        version=version,
        identity=_identity(case.facts),
        conclusion=writing.conclusion.strip(),
        comment=writing.comment.strip(),
        result=result,
        findings=_findings(findings),
        calls=writing.calls,
        texts=tuple(one for one in writing.texts if one.text.strip()),
        not_assessed=_not_assessed(not_assessed, is_result=not result.classifier_error),
        digitisation=digitisation,
        signature=signature,
        is_synthetic=is_synthetic,
        tests=compose_tests(case.sign_out.tests, version.number),
    )


def _identity(facts: CaseFacts) -> tuple[Labelled, ...]:
    """Patient first; what a threshold asks for is there even where nobody said it."""
    blasts = facts.blood_blast_percent
    pairs = (
        ("Patient", facts.patient_name or NOT_STATED),
        ("Patient id", facts.patient_id or NOT_STATED),
        ("Birth date", _birth_words(facts)),
        ("Sex", NOT_STATED if facts.sex is None else facts.sex.value),
        ("Collected", _day(facts.collected_on)),
        ("Received", _day(facts.received_on)),
        ("Requested by", facts.requester),
        ("Site", facts.site),
        ("Preparation", facts.preparation),
        ("Purpose", facts.purpose.value),
        ("Indication", facts.indication or NOT_STATED),
        ("Blood count", facts.blood_count),
        ("Blasts in blood", NOT_STATED if blasts is None else f"{blasts:f} %"),
        ("Prior therapy", facts.prior_therapy or NOT_STATED),
    )
    return tuple(Labelled(label, value) for label, value in pairs if value)


def _day(day: date | None) -> str:
    return "" if day is None else day_words(day)


def _birth_words(facts: CaseFacts) -> str:
    """With the age when the marrow was taken, on which thresholds depend."""
    born, taken = facts.birth_date, facts.collected_on or facts.received_on
    if born is None:
        return NOT_STATED
    if taken is None:
        return day_words(born)
    years = taken.year - born.year - ((taken.month, taken.day) < (born.month, born.day))
    return f"{day_words(born)}, aged {years}"


def _findings(given: Sequence[GivenFinding]) -> tuple[FindingLine, ...]:
    """In the order given; two classifications that say the same of it are one line."""
    editions: dict[FindingLine, list[str]] = {}
    for one in given:
        line = _finding(one)
        editions.setdefault(replace(line, edition=""), []).append(line.edition)
    return tuple(
        replace(line, edition=", ".join(dict.fromkeys(filter(None, some))))
        for line, some in editions.items()
    )


def _finding(given: GivenFinding) -> FindingLine:
    finding, said = given.finding, given.acknowledgement
    calls = urgency_of(finding.state, is_reached=finding.is_reached) >= CALLING
    return FindingLine(
        rule=f"{finding.rule_id} v{finding.version}",
        edition=_EDITIONS.get(finding.edition.value, ""),
        slide=given.slide,
        state=finding.state.value,
        sentence=finding.sentence,
        n_evidence=len(finding.evidence),
        is_critical=finding.is_critical and (calls or said is not None),
        acknowledged_by="" if said is None else said.by_name,
        acknowledged_at="" if said is None else iso_utc(said.at),
        comment="" if said is None else said.comment,
    )


def _not_assessed(entries: Sequence[NotAssessed], *, is_result: bool) -> tuple[str, ...]:
    """A sentence each; classes and rules, of which there are many, in one sentence a kind.

    is_result: every cell was seen, or an audit was, so that the classifier's error is in no figure.
    """
    elsewhere = {*_BY_NAME_ALONE, NotAssessedKind.CLASS_NOT_MODELLED}
    if is_result:
        elsewhere.add(NotAssessedKind.CLASSIFIER_ERROR)
    sentences = [sentence_case(entry.sentence) for entry in entries if entry.kind not in elsewhere]
    classes = [
        f"{one.what} (taken for {one.mistaken_for})" if one.mistaken_for else one.what
        for one in entries
        if one.kind is NotAssessedKind.CLASS_NOT_MODELLED
    ]
    if classes:
        sentences.append(f"Classes not modelled: {'; '.join(classes)}")
    for kind, heading in _BY_NAME_ALONE.items():
        names = [
            entry.what for entry in entries if entry.kind is kind and entry.why != NOT_ON_AN_AUDIT
        ]
        if names:
            sentences.append(f"{heading}: {'; '.join(names)}")
    not_on_an_audit = [entry.what for entry in entries if entry.why == NOT_ON_AN_AUDIT]
    if not_on_an_audit:
        sentences.append(f"Rules not evaluated on an audit: {'; '.join(not_on_an_audit)}")
    return tuple(sentences)
