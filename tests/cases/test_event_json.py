import json
from typing import get_args

import pytest

from cases.made_events import (
    asked,
    cancelled,
    changed,
    deleted,
    failed,
    finished,
    opened,
    removed,
    slide,
    started,
)
from cases.test_facts import FULL
from marrowscope.cases.event_json import KINDS, event_from_json, event_json
from marrowscope.cases.case_event import CaseEvent
from marrowscope.errors import UnreadableInputError

ALL = [
    opened(FULL),
    changed(FULL),
    slide(),
    removed(),
    asked(um_per_px=0.5),
    started(),
    finished(),
    failed(),
    cancelled(),
    deleted(),
]


def test_every_kind_is_here() -> None:
    assert set(KINDS.values()) == set(get_args(CaseEvent)) == {type(event) for event in ALL}


@pytest.mark.parametrize("event", ALL, ids=lambda event: type(event).__name__)
def test_events_survive_json(event: CaseEvent) -> None:
    assert event_from_json(json.loads(json.dumps(event_json(event)))) == event


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnreadableInputError, match="newer Marrowscope"):
        event_from_json(event_json(slide()) | {"kind": "cell_renamed"})
    with pytest.raises(UnreadableInputError, match="newer Marrowscope"):
        event_from_json({})


@pytest.mark.parametrize("event", ALL, ids=lambda event: type(event).__name__)
def test_a_damaged_event_is_refused(event: CaseEvent) -> None:
    whole = event_json(event)
    for name in whole:
        if name in {"kind", "scanner", "stain"}:
            continue
        less = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(UnreadableInputError, match="damaged event"):
            event_from_json(less)
        if name not in {"by", "um_per_px"}:
            with pytest.raises(UnreadableInputError, match="damaged event"):
                event_from_json(whole | {name: None})


def test_what_it_does_not_know_in_an_event_is_refused() -> None:
    with pytest.raises(UnreadableInputError, match="damaged event"):
        event_from_json(event_json(slide()) | {"hat": "red"})
