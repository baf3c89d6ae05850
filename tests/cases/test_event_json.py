import json
from typing import get_args

import pytest

from cases.made_events import (
    acknowledged,
    asked,
    called,
    cancelled,
    changed,
    deleted,
    described,
    drawn,
    dropped,
    failed,
    finished,
    matched,
    opened,
    removed,
    reopened,
    requested,
    resulted,
    signed,
    slide,
    started,
    told,
    written,
)
from cases.test_facts import FULL
from marrowscope.cases.case_event import CaseEvent
from marrowscope.cases.event_json import KINDS, event_from_json, event_json
from marrowscope.cases.sign_out_events import ReportSigned, document_digest
from marrowscope.errors import UnreadableInputError

ALL = [
    opened(FULL),
    changed(FULL),
    slide(),
    described(),
    matched(),
    removed(),
    asked(um_per_px=0.5),
    started(),
    finished(),
    failed(),
    cancelled(),
    deleted(),
    written(conclusion="as counted", comment="two\nlines"),
    acknowledged(slide="smear-1"),
    drawn(),
    called(),
    told(),
    requested(words="NPM1"),
    resulted("12 %\nCD34+"),
    dropped(),
    reopened(),
    signed(),
]


def test_every_kind_is_here() -> None:
    assert set(KINDS.values()) == set(get_args(CaseEvent)) == {type(event) for event in ALL}


@pytest.mark.parametrize("event", ALL, ids=lambda event: type(event).__name__)
def test_events_survive_json(event: CaseEvent) -> None:
    assert event_from_json(json.loads(json.dumps(event_json(event)))) == event


@pytest.mark.parametrize(
    ("event", "name", "value"),
    [
        (signed(), "report_kind", "provisional"),
        (signed(), "meaning", "joy"),
        (signed(), "attests_digital_primary", 1),
        (signed(), "document", ["a report"]),
        (called(), "at_time", "2025-06-01T08:00:00"),
        (called(), "was_read_back", "yes"),
        (written(), "texts", {"conclusion": 3}),
        (requested(), "test_kind", "horoscope"),
        (resulted(), "n_results", "none"),
        (drawn(), "strata", [{"called": "LYMPH", "n_cells": 9}]),
        (drawn(), "strata", [{"called": "LYMPH", "n_cells": 9, "cell_ids": [1]}]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_event_of_signing_out_that_says_nonsense_is_refused(
    event: CaseEvent, name: str, value: object
) -> None:
    with pytest.raises(UnreadableInputError, match="damaged event"):
        event_from_json(event_json(event) | {name: value})


def test_a_document_keeps_its_digest_through_json() -> None:
    event = signed(said="5 % ≥ 4 %, Łukasz 王")
    again = event_from_json(json.loads(json.dumps(event_json(event))))
    assert isinstance(again, ReportSigned)
    assert document_digest(again.document) == event.document_sha256


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
