"""Events of a case as plain JSON objects, and back."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeVar
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
from marrowscope.cases.facts import CaseFacts, Priority, Purpose, Sex, checked
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
)
from marrowscope.errors import UnreadableInputError, UsageError

KINDS: Final[Mapping[str, type[CaseEvent]]] = {
    "case_opened": CaseOpened,
    "facts_changed": FactsChanged,
    "slide_added": SlideAdded,
    "slide_removed": SlideRemoved,
    "slide_described": SlideDescribed,
    "slide_matched": SlideMatched,
    "analysis_asked": AnalysisAsked,
    "analysis_started": AnalysisStarted,
    "analysis_finished": AnalysisFinished,
    "analysis_failed": AnalysisFailed,
    "analysis_cancelled": AnalysisCancelled,
    "case_deleted": CaseDeleted,
    "report_text_changed": ReportTextChanged,
    "finding_acknowledged": FindingAcknowledged,
    "audit_drawn": AuditDrawn,
    "critical_call_made": CriticalCallMade,
    "reader_told": ReaderTold,
    "ancillary_requested": AncillaryRequested,
    "ancillary_resulted": AncillaryResulted,
    "ancillary_dropped": AncillaryDropped,
    "report_reopened": ReportReopened,
    "report_signed": ReportSigned,
}
_KIND_OF: Final = {made: kind for kind, made in KINDS.items()}
_DATES: Final = ("birth_date", "collected_on", "received_on")
_CHOICES: Final[Mapping[str, type[StrEnum]]] = {
    "sex": Sex,
    "purpose": Purpose,
    "priority": Priority,
}
_FACTS: Final = tuple(field.name for field in fields(CaseFacts))
_STAMP: Final = tuple(field.name for field in fields(Stamp))
Choice = TypeVar("Choice", bound=StrEnum)


def kind_of(event: CaseEvent) -> str:
    """Its name in JSON."""
    return _KIND_OF[type(event)]


def event_json(event: CaseEvent) -> dict[str, Any]:
    """One flat object: `kind`, who and when, and what the event says."""
    made: dict[str, Any] = {"kind": kind_of(event), **stamp_json(event.stamp)}
    said = (field.name for field in fields(event) if field.name != "stamp")
    return made | {name: _plain(getattr(event, name)) for name in said}


def event_from_json(made: Mapping[str, Any]) -> CaseEvent:
    """Raises UnreadableInputError where it is no event that this Marrowscope knows."""
    kind = str(made.get("kind"))
    if kind not in KINDS:
        raise UnreadableInputError(
            "a case holds an event of an unknown kind; it was written by a newer Marrowscope, "
            "update this one"
        )
    try:
        stamp = stamp_from_json(made)
        said = {name: made[name] for name in made if name not in _STAMP and name != "kind"}
        return KINDS[kind](stamp=stamp, **{name: _read(name, said[name]) for name in said})
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableInputError(
            f"a case holds a damaged event ({kind}); restore a backup"
        ) from error


def stamp_json(stamp: Stamp) -> dict[str, Any]:
    """Which event, when and who, as they stand in every event."""
    return {
        "event_id": str(stamp.event_id),
        "at": stamp.at.isoformat(timespec="microseconds"),
        "by": None if stamp.by is None else str(stamp.by),
        "by_name": stamp.by_name,
    }


def stamp_from_json(made: Mapping[str, Any]) -> Stamp:
    """Of an event. Raises KeyError, ValueError, TypeError or AttributeError where it has none."""
    return Stamp(
        event_id=UUID(made["event_id"]),
        at=_moment(made["at"]),
        by=None if made["by"] is None else UUID(made["by"]),
        by_name=_text(made["by_name"]),
    )


def facts_json(facts: CaseFacts) -> dict[str, Any]:
    """Every fact by name; dates as ISO 8601, the percentage as text, "" and None: not said."""
    return {name: _plain(getattr(facts, name)) for name in _FACTS}


def facts_from_json(made: Mapping[str, Any]) -> CaseFacts:
    """Checked facts; what is missing was not said. Raises UsageError."""
    unknown = sorted(set(made) - set(_FACTS))
    if unknown:
        raise UsageError(f"no such fact; the facts of a case are {', '.join(_FACTS)}")
    said = {name: value for name, value in made.items() if value is not None}
    return checked(CaseFacts(**{name: _fact(name, value) for name, value in said.items()}))


def _fact(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise UsageError(f"{name.replace('_', ' ')}: is not text")
    if name in _CHOICES:
        return _chosen(name, value, _CHOICES[name])
    if name in _DATES:
        return _day(name, value) if value.strip() else None
    if name == "blood_blast_percent":
        return _percent(value) if value.strip() else None
    return value


def _chosen(name: str, value: str, choices: type[Choice]) -> Choice | None:
    if name == "sex" and not value:
        return None
    try:
        return choices(value)
    except ValueError as error:
        raise UsageError(f"{name}: is not one of {', '.join(choices)}") from error


def _day(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        what = name.replace("_", " ")
        raise UsageError(f"{what}: is not a day such as 2024-05-31") from error


def _percent(value: str) -> Decimal:
    try:
        return Decimal(value.strip())
    except InvalidOperation as error:
        raise UsageError("blood blast percent: is not a number such as 12.5") from error


def _plain(value: Any) -> Any:
    match value:
        case CaseFacts():
            plain: Any = facts_json(value)
        case SlideFile():
            plain = {"name": value.name, "n_bytes": value.n_bytes, "sha256": value.sha256}
        case DrawnStratum():
            plain = {
                "called": value.called,
                "n_cells": value.n_cells,
                "cell_ids": list(value.cell_ids),
            }
        case tuple():
            plain = [_plain(one) for one in value]
        case date():
            plain = value.isoformat()
        case StrEnum() | Decimal() | UUID():
            plain = str(value)
        case _:
            plain = value
    return plain


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _stored_facts(value: Mapping[str, Any]) -> CaseFacts:
    """As they were checked then: a rule that came later does not make an old case unreadable."""
    return CaseFacts(
        **{name: _fact(name, one) for name, one in value.items() if one is not None},
    )


def _files(value: Any) -> tuple[SlideFile, ...]:
    return tuple(
        SlideFile(_text(one["name"]), int(one["n_bytes"]), _text(one["sha256"])) for one in value
    )


def _files_of_slide_or_report(value: Any) -> tuple[SlideFile, ...] | Mapping[str, str]:
    """A slide has a list of files, a signed report the digests of its files by their names."""
    return _texts(value) if isinstance(value, dict) else _files(value)


def _strata(value: Any) -> tuple[DrawnStratum, ...]:
    return tuple(
        DrawnStratum(_text(one["called"]), int(one["n_cells"]), tuple(map(_text, one["cell_ids"])))
        for one in value
    )


def _texts(value: Any) -> Mapping[str, str]:
    return {_text(name): _text(text) for name, text in _summary(value).items()}


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _summary(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "case_id": UUID,
    "slide_id": UUID,
    "analysis_id": UUID,
    "facts": _stored_facts,
    "name": _text,
    "form": SlideForm,
    "scanner": _text,
    "stain": _text,
    "slide_ids": lambda value: tuple(UUID(one) for one in value),
    "um_per_px": lambda value: None if value is None else float(value),
    "count_target": int,
    "digest": _text,
    "summary": _summary,
    "message": _text,
    "reason": _text,
    "texts": _texts,
    "rule_id": _text,
    "slide": _text,
    "comment": _text,
    "review_version": int,
    "salt": _text,
    "strata": _strata,
    "told": _text,
    "by_means": _text,
    "at_time": _moment,
    "was_read_back": _truth,
    "note": _text,
    "number": int,
    "report_kind": ReportKind,
    "meaning": SignatureMeaning,
    "printed_name": _text,
    "attests_digital_primary": _truth,
    "document": _summary,
    "document_sha256": _text,
    "files": _files_of_slide_or_report,
    "urgency": int,
    "turn": int,
    "user_name": _text,
    "label": _text,
    "label_means": LabelMeans,
    "accession": _text,
    "test_id": UUID,
    "test_kind": AncillaryKind,
    "words": _text,
    "n_results": int,
    "result": _text,
}


def _read(name: str, value: Any) -> Any:
    return _READERS[name](value)
