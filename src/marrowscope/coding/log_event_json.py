"""Events of the work log as JSON: one line an event, the same event always the same text."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from marrowscope.coding.log_events import (
    Act,
    Corrected,
    Entered,
    LogEvent,
    Restored,
    Withdrawn,
)
from marrowscope.coding.log_service import Service

JsonObject = dict[str, Any]


def event_text(event: LogEvent) -> str:
    """The event as one JSON object; the moment in UTC."""
    return json.dumps(_event_object(event), ensure_ascii=False, separators=(",", ":"))


def event_from_text(text: str) -> LogEvent:
    """The event that `event_text` wrote. Raises ValueError or KeyError for any other text."""
    return _event(json.loads(text))


def _event_object(event: LogEvent) -> JsonObject:
    act = event.act
    common: JsonObject = {
        "id": str(event.event_id),
        "act": str(act.act_id),
        "at": act.recorded_at.astimezone(UTC).isoformat(),
        "reader": act.reader,
        "undoes": None if act.undoes is None else str(act.undoes),
    }
    match event:
        case Entered():
            about: JsonObject = {"kind": "entered", "service": _service_object(event.service)}
        case Corrected():
            about = {
                "kind": "corrected",
                "entry": str(event.entry_id),
                "service": _service_object(event.service),
            }
        case Withdrawn():
            about = {"kind": "withdrawn", "target": str(event.target_id)}
        case Restored():
            about = {"kind": "restored", "target": str(event.target_id)}
    return common | about


def _service_object(service: Service) -> JsonObject:
    return {
        "code": service.code,
        "day": service.day.isoformat(),
        "units": service.units,
        "modifiers": list(service.modifiers),
        "place": service.place,
        "note": service.note,
        "accession": service.accession,
    }


def _event(values: JsonObject) -> LogEvent:
    event_id = UUID(values["id"])
    act = Act(
        act_id=UUID(values["act"]),
        recorded_at=datetime.fromisoformat(values["at"]),
        reader=values["reader"],
        undoes=None if values["undoes"] is None else UUID(values["undoes"]),
    )
    match values["kind"]:
        case "entered":
            return Entered(event_id, act, _service(values["service"]))
        case "corrected":
            entry_id = UUID(values["entry"])
            return Corrected(event_id, act, entry_id, _service(values["service"]))
        case "withdrawn":
            return Withdrawn(event_id, act, UUID(values["target"]))
        case "restored":
            return Restored(event_id, act, UUID(values["target"]))
        case kind:
            raise ValueError(f"no event is called {kind!r}")


def _service(values: JsonObject) -> Service:
    return Service(
        code=values["code"],
        day=date.fromisoformat(values["day"]),
        units=values["units"],
        modifiers=tuple(values["modifiers"]),
        place=values["place"],
        note=values["note"],
        accession=values["accession"],
    )
