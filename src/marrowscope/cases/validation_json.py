"""Events of validations as plain JSON objects, and back."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from marrowscope.cases.event_json import stamp_from_json, stamp_json
from marrowscope.cases.validation import (
    ModelUsed,
    SystemUsed,
    ValidationEvent,
    ValidationRecorded,
    ValidationWithdrawn,
)
from marrowscope.errors import UnreadableInputError

_RECORDED = "validation_recorded"
_WITHDRAWN = "validation_withdrawn"


def validation_event_json(event: ValidationEvent) -> dict[str, Any]:
    """One object: `kind`, who and when, and what the event says."""
    made: dict[str, Any] = {**stamp_json(event.stamp), "validation_id": str(event.validation_id)}
    match event:
        case ValidationRecorded():
            system = event.system
            return made | {
                "kind": _RECORDED,
                "scanner": event.scanner,
                "stain": event.stain,
                "release": system.release,
                "models": [[one.role, one.name, one.version, one.sha256] for one in system.models],
                "concluded_on": event.concluded_on.isoformat(),
                "n_cases": event.n_cases,
                "concordance_percent": str(event.concordance_percent),
                "evidence": event.evidence,
            }
        case ValidationWithdrawn():
            return made | {"kind": _WITHDRAWN, "reason": event.reason}


def validation_event_from_json(made: Mapping[str, Any]) -> ValidationEvent:
    """Raises UnreadableInputError where it is no event that this Marrowscope knows."""
    kind = made.get("kind")
    if kind not in (_RECORDED, _WITHDRAWN):
        raise UnreadableInputError(
            "a validation has an event of an unknown kind; it was written by a newer Marrowscope, "
            "update this one"
        )
    try:
        stamp, validation_id = stamp_from_json(made), UUID(made["validation_id"])
        if kind == _WITHDRAWN:
            return ValidationWithdrawn(stamp, validation_id, _text(made["reason"]))
        models = tuple(ModelUsed(*map(_text, one)) for one in made["models"])
        return ValidationRecorded(
            stamp=stamp,
            validation_id=validation_id,
            scanner=_text(made["scanner"]),
            stain=_text(made["stain"]),
            system=SystemUsed(_text(made["release"]), models),
            concluded_on=date.fromisoformat(made["concluded_on"]),
            n_cases=int(made["n_cases"]),
            concordance_percent=Decimal(made["concordance_percent"]),
            evidence=_text(made["evidence"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError, InvalidOperation) as error:
        raise UnreadableInputError("a validation has a damaged event; restore a backup") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
