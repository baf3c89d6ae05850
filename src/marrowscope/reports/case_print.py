"""The report of a case in words: what page, PDF and text print, so that they cannot differ.

Nothing is left out here that the report says, but the digests of the files of a slide that has
many.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from marrowscope.reports.case_print_result import marked, print_result
from marrowscope.reports.case_printed import PrintedFinding, PrintedReport, PrintedSlideFacts
from marrowscope.reports.case_report import (
    CaseReport,
    CriticalCall,
    Digitisation,
    EarlierVersion,
    FindingLine,
    Labelled,
    ReportKind,
    SlideFacts,
    Version,
)
from marrowscope.reports.case_report_json import record_id
from marrowscope.reports.case_tests import pending_words, print_tests
from marrowscope.reports.case_use import RESEARCH_USE_ONLY
from marrowscope.reports.case_wording import bound, time_words
from marrowscope.reports.wording import plural, sentence_case, whole

TITLE: Final = "Bone marrow aspirate"
PREVIEW: Final = "Preview, not signed"
NOT_FOR_CARE: Final = "Not for patient care"
SYNTHETIC: Final = "SYNTHETIC phantom: class names mean nothing."
DIGITAL: Final = "Read digitally; the glass was not read first."
GLASS_FIRST: Final = "The glass was read first; the digital slides were not the primary reading."
MOST_FILES: Final = 8
"""A slide of more files is printed with their number and one digest over all of theirs."""
_STATES: Final = {
    "met": "Threshold met",
    "near": "Near the threshold",
    "not decided": "Threshold not decided",
    "not met": "Not met",
}
_KINDS: Final = {
    ReportKind.PRELIMINARY: "Preliminary report",
    ReportKind.FINAL: "Final report",
    ReportKind.AMENDED: "Amended report",
    ReportKind.CORRECTED: "Corrected report",
    ReportKind.ADDENDUM: "Addendum",
}


def print_case_report(report: CaseReport) -> PrintedReport:
    """The words and places of a report."""
    facts = {one.label: one.text for one in report.identity}
    preview = "" if report.signature else PREVIEW
    return PrintedReport(
        title=TITLE,
        institution=report.institution,
        accession=report.accession,
        use=report.use,
        watermark=preview or _watermark(report.use),
        preview=preview,
        synthetic=SYNTHETIC if report.is_synthetic else "",
        kind=_KINDS[report.version.kind],
        version=_version_words(report),
        reasons=tuple(_reasons(report.version)),
        identity=report.identity,
        conclusion=report.conclusion,
        comment=report.comment,
        pending=pending_words(report),
        result=print_result(report.result),
        findings_heading=marked("Findings for the reader", report.result),
        not_met_heading=_not_met_heading(report),
        findings=tuple(_finding(one) for one in report.findings if one.state != "not met"),
        not_met=tuple(_not_met(one) for one in report.findings if one.state == "not met"),
        calls=tuple(map(_call, report.calls)),
        texts=report.texts,
        tests=print_tests(report),
        not_assessed=tuple(map(bound, report.not_assessed)),
        signed=_signed(report),
        digitisation=_digitisation(report),
        slide_facts=tuple(map(_slide_facts, report.digitisation.slides)),
        digests=_digests(report.digitisation),
        earlier=tuple(map(_earlier, report.version.earlier)),
        record=record_id(report),
        running_head=" · ".join(
            one
            for one in (report.accession, facts.get("Patient", ""), facts.get("Patient id", ""))
            if one
        ),
        running_foot=f"Marrowscope {report.digitisation.software_version}".strip(),
    )


def _watermark(use: str) -> str:
    return NOT_FOR_CARE if use == RESEARCH_USE_ONLY else ""


def _version_words(report: CaseReport) -> str:
    number = f"Version {report.version.number}"
    if report.signature is None:
        return f"{number}, not signed"
    return f"{number}, signed {time_words(report.signature.at)}"


def _reasons(version: Version) -> Iterator[str]:
    """Why there is this version; of an addendum, all that was added to the same report."""
    own = _reason(version)
    if own:
        yield own
    if version.kind is not ReportKind.ADDENDUM:
        return
    for one in reversed(version.earlier):
        if one.kind is not ReportKind.ADDENDUM:
            return
        when = f"{time_words(one.at)} by {one.by_name}"
        yield f"Version {one.number} added, {when}: {one.reason}"


def _reason(version: Version) -> str:
    how = "Adds to" if version.kind is ReportKind.ADDENDUM else "Supersedes"
    parts = [] if version.supersedes is None else [f"{how} version {version.supersedes}"]
    if version.reason:
        parts.append(version.reason)
    return ": ".join(parts)


def _finding(one: FindingLine) -> PrintedFinding:
    tones = {"met": "met", "near": "open", "not decided": "open"}
    state = _STATES.get(one.state, sentence_case(one.state))
    cells = f"{plural(one.n_evidence, 'cell', 'cells')} as evidence" if one.n_evidence else ""
    who = "not acknowledged" if one.is_critical else ""
    if one.acknowledged_by:
        who = f"acknowledged by {one.acknowledged_by}, {time_words(one.acknowledged_at)}"
    foot = (one.edition, one.rule, cells, who)
    return PrintedFinding(
        state=f"{state}, critical" if one.is_critical else state,
        tone=tones.get(one.state, "plain"),
        sentence=bound(f"{one.slide}: {one.sentence}" if one.slide else one.sentence),
        foot=" · ".join(part for part in foot if part),
        comment=one.comment,
    )


def _not_met_heading(report: CaseReport) -> str:
    """Empty where there is nothing to head."""
    is_needed = any(one.state == "not met" for one in report.findings)
    return marked("Thresholds not met", report.result) if is_needed else ""


def _not_met(one: FindingLine) -> str:
    place = f"{one.slide}: " if one.slide else ""
    rule = ", ".join(part for part in (one.edition, one.rule) if part)
    said = f" Acknowledged by {one.acknowledged_by}, {time_words(one.acknowledged_at)}."
    comment = f" {one.comment}" if one.comment else ""
    who = said if one.acknowledged_by else ""
    return bound(f"{place}{one.sentence} ({rule}){who}{comment}")


def _call(call: CriticalCall) -> str:
    back = "read back" if call.was_read_back else "not read back"
    note = f" {call.note}" if call.note else ""
    return (
        f"{call.about}: {call.by_name} told {call.told}, {time_words(call.at)}, "
        f"by {call.means}, {back}.{note}"
    )


def _signed(report: CaseReport) -> tuple[Labelled, ...]:
    signature = report.signature
    if signature is None:
        return ()
    role = f", {signature.role}" if signature.role else ""
    return (
        Labelled("Signed by", f"{signature.printed_name}{role}"),
        Labelled("User name", signature.user_name),
        Labelled("Date and time", time_words(signature.at, seconds=True)),
        Labelled("Meaning", signature.meaning),
    )


def _reading(report: CaseReport) -> str:
    """What was read first; empty before somebody has said it with a signature."""
    if report.digitisation.glass_not_read_first:
        return DIGITAL
    return GLASS_FIRST if report.signature else ""


def _digitisation(report: CaseReport) -> tuple[Labelled, ...]:
    facts = report.digitisation
    asked = f"{time_words(facts.analysis_asked_at)}, {facts.analysis_asked_by}"
    pairs = [
        ("Reading", _reading(report)),
        *(("Reader", _joined(one.name, one.role, one.did)) for one in facts.readers),
        ("System", f"Marrowscope {facts.software_version}".strip()),
        ("Analysis", facts.analysis_id),
        ("Analysis asked for", asked.removesuffix(", ")),
        ("Analysis ended", time_words(facts.analysis_ended_at)),
    ]
    return tuple(Labelled(label, text) for label, text in pairs if text)


def _digests(facts: Digitisation) -> tuple[tuple[str, str], ...]:
    pairs = [
        *(
            (f"{sentence_case(one.role)}: {one.name} {one.version}", one.sha256)
            for one in facts.models
        ),
        ("Settings of the analysis", facts.settings_sha256),
        ("Result of the analysis", facts.analysis_sha256),
    ]
    return tuple(pair for pair in pairs if pair[1])


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _slide_facts(slide: SlideFacts) -> PrintedSlideFacts:
    scanner = f"scanner: {slide.scanner or 'not stated'}"
    stain = f"stain: {slide.stain or 'not stated'}"
    scale = f"{slide.um_per_px} µm/px, {slide.um_per_px_origin}" if slide.um_per_px else ""
    return PrintedSlideFacts(
        name=slide.name,
        slide_id=slide.slide_id,
        made="; ".join((slide.form, scanner, stain)),
        scale=scale or "µm/px not stated",
        added=_joined(time_words(slide.added_at), slide.added_by) or "not known",
        opened=_joined(time_words(slide.opened_at), slide.opened_by) or "by no reader",
        label=_label(slide),
        files=_files(slide),
    )


def _label(slide: SlideFacts) -> str:
    if not slide.matched_by:
        return "not matched to the accession"
    words = f"{slide.matched_label}, read as this case's"
    if slide.matched_reason:
        words += f" though the accession is not on it ({slide.matched_reason})"
    return f"{words}, {_joined(time_words(slide.matched_at), slide.matched_by)}"


def _files(slide: SlideFacts) -> tuple[tuple[str, str], ...]:
    if len(slide.files) <= MOST_FILES:
        return tuple((f"{one.name}, {whole(one.n_bytes)} bytes", one.sha256) for one in slide.files)
    listed = "".join(f"{one.sha256}  {one.name}\n" for one in slide.files)
    n_bytes = sum(one.n_bytes for one in slide.files)
    words = f"{whole(len(slide.files))} files, {whole(n_bytes)} bytes; digest of their digest list"
    return ((words, sha256(listed.encode("utf-8")).hexdigest()),)


def _earlier(one: EarlierVersion) -> str:
    reason = f": {one.reason}" if one.reason else ""
    return (
        f"Version {one.number}, {one.kind.value}, signed {time_words(one.at)} by {one.by_name}, "
        f"record {one.record}{reason}"
    )
