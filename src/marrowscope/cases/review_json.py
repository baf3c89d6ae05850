"""Events of a review as plain JSON objects, and back."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from math import isfinite
from typing import Any, Final
from uuid import UUID

from marrowscope.cases.event_json import stamp_from_json, stamp_json
from marrowscope.cases.review_events import (
    CellAdded,
    CellsNamed,
    CellsSeen,
    CellsTagged,
    ReviewEvent,
    ReviewRedone,
    ReviewUndone,
    Tag,
)
from marrowscope.errors import UnreadableInputError

REVIEW_KINDS: Final[Mapping[str, type[ReviewEvent]]] = {
    "cells_named": CellsNamed,
    "cells_seen": CellsSeen,
    "cells_tagged": CellsTagged,
    "cell_added": CellAdded,
    "review_undone": ReviewUndone,
    "review_redone": ReviewRedone,
}
_KIND_OF: Final = {made: kind for kind, made in REVIEW_KINDS.items()}


def review_kind_of(event: ReviewEvent) -> str:
    """Its name in JSON."""
    return _KIND_OF[type(event)]


def review_event_json(event: ReviewEvent) -> dict[str, Any]:
    """One flat object: `kind`, who and when, and what the event says."""
    made: dict[str, Any] = {"kind": review_kind_of(event), **stamp_json(event.stamp)}
    return made | {name: _plain(getattr(event, name)) for name in _said_by(type(event))}


def review_event_from_json(made: Mapping[str, Any]) -> ReviewEvent:
    """Raises UnreadableInputError where it is no event that this Marrowscope knows."""
    kind = str(made.get("kind"))
    if kind not in REVIEW_KINDS:
        raise UnreadableInputError(
            "a review holds an event of an unknown kind; it was written by a newer Marrowscope, "
            "update this one"
        )
    event = REVIEW_KINDS[kind]
    try:
        stamp = stamp_from_json(made)
        names = _said_by(event)
        if set(made) != {"kind", *names, *stamp_json(stamp)}:
            raise KeyError("more or less than the event says")
        return event(stamp=stamp, **{name: _READERS[name](made[name]) for name in names})
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableInputError(
            f"a review holds a damaged event ({kind}); restore a backup"
        ) from error


def _said_by(event: type[ReviewEvent]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(event) if field.name != "stamp")


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return list(value)
        case Tag() | UUID():
            return str(value)
        case _:
            return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return tuple(_text(one) for one in value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise TypeError("no number")
    return float(value)


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "cell_ids": _texts,
    "class_id": _text,
    "tag": Tag,
    "is_set": _truth,
    "cell_id": _text,
    "slide": _text,
    "source": _text,
    "x_px": _number,
    "y_px": _number,
    "w_px": _number,
    "h_px": _number,
    "in_count": _truth,
    "undone": UUID,
    "redone": UUID,
}
