import json
from dataclasses import replace
from typing import get_args

import pytest

from cases.made_reviews import added, named, redone, seen, stamp, tagged, undone
from marrowscope.cases.review_events import ReviewEvent
from marrowscope.cases.review_json import (
    REVIEW_KINDS,
    review_event_from_json,
    review_event_json,
    review_kind_of,
)
from marrowscope.errors import UnreadableInputError

ALL = [
    named(0, ["s1-000000", "s1-000001"], "BLAST_NOS"),
    seen(1, ["s1-000000"]),
    tagged(2, ["s1-000000"], is_set=False),
    added(3),
    undone(4, 0),
    redone(5, 0),
]


def test_every_kind_is_here() -> None:
    assert set(REVIEW_KINDS.values()) == set(get_args(ReviewEvent)) == {type(one) for one in ALL}
    assert [review_kind_of(event) for event in ALL] == list(REVIEW_KINDS)


@pytest.mark.parametrize("event", ALL, ids=lambda event: type(event).__name__)
def test_events_of_a_review_survive_json(event: ReviewEvent) -> None:
    assert review_event_from_json(json.loads(json.dumps(review_event_json(event)))) == event


def test_what_the_command_line_did_survives() -> None:
    event = replace(ALL[0], stamp=replace(stamp(0), by=None))
    assert review_event_from_json(review_event_json(event)) == event


def test_a_name_in_json_is_one_flat_object() -> None:
    assert review_event_json(named(0, ["s1-000000"], "SEG")) == {
        "kind": "cells_named",
        "event_id": "00000001-0000-0000-0000-000000000000",
        "at": "2025-06-01T08:00:00.000000+00:00",
        "by": "00000000-0000-0000-0000-000000000001",
        "by_name": "ada",
        "cell_ids": ["s1-000000"],
        "class_id": "SEG",
    }


def test_an_unknown_kind_of_review_event_is_refused() -> None:
    for made in ({}, review_event_json(ALL[0]) | {"kind": "cell_eaten"}):
        with pytest.raises(UnreadableInputError, match="newer Marrowscope"):
            review_event_from_json(made)


@pytest.mark.parametrize("event", ALL, ids=lambda event: type(event).__name__)
def test_a_damaged_event_of_a_review_is_refused(event: ReviewEvent) -> None:
    whole = review_event_json(event)
    for name in set(whole) - {"kind"}:
        less = {key: value for key, value in whole.items() if key != name}
        wrong = [less, whole | {"hat": "red"}, whole | {name: 5 if name != "by" else "x"}]
        if name in {"x_px", "y_px", "w_px", "h_px"}:
            wrong = [less, whole | {name: "5"}, whole | {name: True}, whole | {name: float("inf")}]
        for made in wrong:
            with pytest.raises(UnreadableInputError, match="damaged event"):
                review_event_from_json(made)
