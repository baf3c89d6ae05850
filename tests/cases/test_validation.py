"""What a laboratory's validation covers, and what it does not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from marrowscope.cases.events import Stamp
from marrowscope.cases.validation import (
    ModelUsed,
    SystemUsed,
    Validation,
    ValidationDraft,
    covering,
    fold_validations,
    recorded,
    release_line,
    withdrawn,
)
from marrowscope.cases.validation_json import validation_event_from_json, validation_event_json
from marrowscope.errors import UnreadableInputError, UsageError

SYSTEM = SystemUsed(
    "1",
    (
        ModelUsed("detector", "marrow-detector", "2", "ab" * 32),
        ModelUsed("classifier", "marrow-classifier", "3", "cd" * 32),
    ),
)
DRAFT = ValidationDraft(
    scanner="Aperio GT 450",
    stain="May-Grünwald-Giemsa",
    concluded_on=date(2026, 11, 3),
    n_cases=64,
    concordance_percent=Decimal("96.9"),
    evidence="QM folder 12.4",
)
STAMP = Stamp(UUID(int=7), datetime(2026, 12, 1, 8, tzinfo=UTC), UUID(int=1), "Dora Invented")


def validation(**other: Any) -> Validation:
    return Validation(recorded(replace(DRAFT, **other), SYSTEM, STAMP, uuid4()))


def test_it_covers_what_it_was_made_on() -> None:
    it = validation()
    assert it.covers("Aperio GT 450", "May-Grünwald-Giemsa", SYSTEM)
    # How it is written does not matter.
    assert it.covers(" aperio  gt 450", "may-grünwald-giemsa ", SYSTEM)
    assert it.remarks == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda: ("Aperio AT2", DRAFT.stain, SYSTEM),
        lambda: (DRAFT.scanner, "Wright-Giemsa", SYSTEM),
        lambda: ("", DRAFT.stain, SYSTEM),
        lambda: (DRAFT.scanner, "", SYSTEM),
        lambda: (DRAFT.scanner, DRAFT.stain, replace(SYSTEM, release="2")),
        lambda: (DRAFT.scanner, DRAFT.stain, replace(SYSTEM, models=SYSTEM.models[:1])),
        lambda: (
            DRAFT.scanner,
            DRAFT.stain,
            replace(SYSTEM, models=(*SYSTEM.models[:1], replace(SYSTEM.models[1], sha256="ef"))),
        ),
    ],
    ids=["scanner", "stain", "no scanner", "no stain", "release", "one model less", "new model"],
)
def test_another_system_is_not_covered(change: Callable[[], tuple[str, str, SystemUsed]]) -> None:
    assert not validation().covers(*change())
    assert covering([validation()], *change()) is None


def test_one_that_was_withdrawn_covers_nothing() -> None:
    it = validation()
    event = withdrawn(it, " new lamp ", STAMP)
    assert event.reason == "new lamp"
    [ended] = fold_validations([it.recorded, event])
    assert ended == Validation(it.recorded, event)
    assert not ended.covers(DRAFT.scanner, DRAFT.stain, SYSTEM)
    with pytest.raises(UsageError, match="already"):
        withdrawn(ended, "again", STAMP)
    with pytest.raises(UsageError, match="no such"):
        withdrawn(None, "why", STAMP)
    with pytest.raises(UsageError, match="say why"):
        withdrawn(it, " ", STAMP)


def test_the_latest_of_several_counts() -> None:
    old, new = validation(concluded_on=date(2025, 1, 2)), validation()
    assert covering([new, old], DRAFT.scanner, DRAFT.stain, SYSTEM) is new


def test_what_falls_short_of_the_guideline_is_said_and_not_refused() -> None:
    assert len(validation(n_cases=59, concordance_percent=Decimal("94.99")).remarks) == 2


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"scanner": " "}, "scanner"),
        ({"stain": ""}, "stain"),
        ({"scanner": "x" * 129}, "scanner"),
        ({"concluded_on": date(2026, 12, 2)}, "past"),
        ({"concluded_on": date(1999, 12, 31)}, "past"),
        ({"n_cases": 0}, "cases"),
        ({"concordance_percent": Decimal("100.1")}, "concordance"),
        ({"concordance_percent": Decimal("NaN")}, "concordance"),
        ({"concordance_percent": Decimal("95.123")}, "concordance"),
        ({"evidence": "  "}, "record"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_draft_that_makes_no_sense(other: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        validation(**other)


@pytest.mark.parametrize(
    ("version", "line"),
    [("1.4.2", "1"), ("0.3.1", "0.3"), ("0.3.1.dev4", "0.3"), ("12.0", "12"), ("x", ""), ("", "")],
)
def test_the_release_line(version: str, line: str) -> None:
    assert release_line(version) == line


def test_a_system_that_is_not_known_is_not_validated() -> None:
    with pytest.raises(UsageError, match="install"):
        recorded(DRAFT, replace(SYSTEM, release=""), STAMP, uuid4())


def test_events_come_back_from_json() -> None:
    it = validation()
    event = withdrawn(it, "new lamp", STAMP)
    for one in (it.recorded, event):
        assert validation_event_from_json(validation_event_json(one)) == one


@pytest.mark.parametrize(
    "change",
    [{"kind": "validation_improved"}, {"n_cases": "many"}, {"models": [["one"]]}, {"at": "now"}],
    ids=str,
)
def test_damaged_events_are_refused(change: dict[str, Any]) -> None:
    made = validation_event_json(validation().recorded) | change
    with pytest.raises(UnreadableInputError):
        validation_event_from_json(made)
