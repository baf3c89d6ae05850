"""The facts of digitisation: on what the report of a case was read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from marrowscope.analysis import JsonObject
from marrowscope.cases.state import AnalysisState, CaseState
from marrowscope.errors import UsageError
from marrowscope.reports.case_report import Digitisation, FileFact, ModelFact, Reader, SlideFacts
from marrowscope.reports.case_wording import iso_utc
from marrowscope.reports.json_values import objects, text
from marrowscope.slides.model import ScaleOrigin

_ORIGINS: Final = {
    ScaleOrigin.METADATA.value: "from the file",
    ScaleOrigin.GIVEN.value: "given by the user",
    ScaleOrigin.ESTIMATED.value: "estimated from red cells",
}


@dataclass(frozen=True, slots=True)
class SlideOpened:
    """When a reader first opened the pictures of a slide."""

    slide_id: UUID
    at: datetime
    by_name: str


def compose_digitisation(
    case: CaseState,
    analysis: AnalysisState,
    header: JsonObject,
    readers: Sequence[Reader],
    opened: Sequence[SlideOpened],
    *,
    glass_not_read_first: bool,
) -> Digitisation:
    """What the case, the analysis and analysis.json (header) say of how the slides were read.

    Raises UsageError where analysis.json names another number of slides than were asked for.
    """
    software = header.get("software")
    return Digitisation(
        slides=_slides(case, analysis, header, opened),
        readers=tuple(readers),
        software_version=text(software, "version") if isinstance(software, Mapping) else "",
        models=tuple(
            ModelFact(
                text(one, "role"), text(one, "name"), text(one, "version"), text(one, "sha256")
            )
            for one in objects(header, "models")
        ),
        settings_sha256=_settings_sha256(header),
        analysis_id=str(analysis.analysis_id),
        analysis_sha256=analysis.digest,
        analysis_asked_at=iso_utc(analysis.asked_at),
        analysis_asked_by=analysis.asked_by_name,
        analysis_ended_at="" if analysis.ended_at is None else iso_utc(analysis.ended_at),
        glass_not_read_first=glass_not_read_first,
    )


def _settings_sha256(header: JsonObject) -> str:
    settings = json.dumps(header.get("settings"), sort_keys=True, separators=(",", ":"))
    return sha256(settings.encode("utf-8")).hexdigest()


def _slides(
    case: CaseState, analysis: AnalysisState, header: JsonObject, opened: Sequence[SlideOpened]
) -> tuple[SlideFacts, ...]:
    """Of the slides that were read, in their order; analysis.json names them in the same."""
    records = objects(header, "slides")
    if len(records) != len(analysis.slide_ids):
        raise UsageError(
            f"the analysis was asked for {len(analysis.slide_ids)} slides and its result has "
            f"{len(records)}; analyse the case again"
        )
    first: dict[UUID, SlideOpened] = {}
    for one in sorted(opened, key=lambda one: one.at):
        first.setdefault(one.slide_id, one)
    return tuple(
        _slide(case, slide_id, record, first.get(slide_id))
        for slide_id, record in zip(analysis.slide_ids, records, strict=True)
    )


def _slide(
    case: CaseState, slide_id: UUID, record: JsonObject, opened: SlideOpened | None
) -> SlideFacts:
    state = case.slide(slide_id)
    match = None if state is None else case.match_of(state)
    value, origin = _scale(record)
    return SlideFacts(
        slide_id=str(slide_id),
        # A slide that was taken from the case since is known by what the analysis called it.
        name=text(record, "name") if state is None else state.name,
        form="taken from the case since" if state is None else state.form.value,
        scanner="" if state is None else state.scanner,
        stain="" if state is None else state.stain,
        um_per_px=value,
        um_per_px_origin=origin,
        added_at="" if state is None else iso_utc(state.added_at),
        added_by="" if state is None else state.added_by_name,
        opened_at="" if opened is None else iso_utc(opened.at),
        opened_by="" if opened is None else opened.by_name,
        files=()
        if state is None
        else tuple(FileFact(file.name, file.n_bytes, file.sha256) for file in state.files),
        matched_label="" if match is None else match.label,
        matched_at="" if match is None else iso_utc(match.at),
        matched_by="" if match is None else match.by_name,
        matched_reason="" if match is None else match.reason,
    )


def _scale(record: JsonObject) -> tuple[str, str]:
    scale = record.get("scale")
    if not isinstance(scale, Mapping):
        return "", ""
    value = scale.get("um_per_px")
    origin = text(scale, "origin")
    words = f"{value:.3f}" if isinstance(value, int | float) else ""
    return words, _ORIGINS.get(origin, origin)
