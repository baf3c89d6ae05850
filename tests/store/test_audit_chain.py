from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marrowscope.store.audit_chain import FIRST_PREVIOUS, Act, Entry, digest_of, linked, verify

MOMENT = datetime(2025, 6, 1, 8, tzinfo=UTC)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
acts = st.builds(
    Act,
    actor=st.none() | st.uuids().map(str),
    actor_name=st.text(max_size=10),
    act=st.text(max_size=10),
    about=st.text(max_size=10),
    details=st.dictionaries(st.text(max_size=5), values, max_size=3),
)
DIGEST = "14f7515ab10a5a473b17f20f88dceb2e94b5b0ae4e855f800f7eae29fb809677"
"""Worked out by hand from the text that the docstring of `digest_of` says."""
CHANGES: dict[str, Any] = {
    "seq": 99,
    "at": "2025-06-01T08:00:00.000001+00:00",
    "actor": "00000000-0000-0000-0000-0000000000ff",
    "actor_name": "somebody else",
    "act": "nothing",
    "about": "nobody",
    "details": '{"n":9}',
    "previous": "f" * 64,
    "digest": "f" * 64,
}


def chain(*acts: Act) -> list[Entry]:
    entries: list[Entry] = []
    for n, act in enumerate(acts):
        last = entries[-1] if entries else None
        entries.append(linked(act, MOMENT + timedelta(seconds=n), last))
    return entries


def five() -> list[Entry]:
    return chain(*[Act("a", "ada", "signed_in", "ada", {"n": n}) for n in range(5)])


def test_the_digest_is_of_a_form_that_never_changes() -> None:
    entry = linked(Act(None, "ädå", "set_up", "x", {"b": [1, None], "a": "é"}), MOMENT, None)

    assert entry.seq == 1
    assert entry.at == "2025-06-01T08:00:00.000000+00:00"
    assert entry.details == '{"a":"\\u00e9","b":[1,null]}'
    assert entry.previous == FIRST_PREVIOUS
    assert entry.digest == DIGEST
    assert entry.values() == {"a": "é", "b": [1, None]}


def test_times_are_kept_in_utc() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=5)))
    act = Act(None, "ada", "set_up", "", {})

    assert linked(act, there, None) == linked(act, MOMENT, None)


@pytest.mark.parametrize("details", [{"x": float("nan")}, {"x": MOMENT}])
def test_what_is_no_json_is_refused(details: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        linked(Act(None, "ada", "set_up", "", details), MOMENT, None)


@given(st.lists(acts, max_size=6))
def test_a_chain_as_it_was_made_is_whole(made: list[Act]) -> None:
    entries = chain(*made)

    assert verify(entries) is None
    assert [entry.seq for entry in entries] == list(range(1, len(made) + 1))
    assert [entry.values() for entry in entries] == [dict(act.details) for act in made]


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("place", range(5))
def test_an_entry_that_was_changed_is_found(name: str, place: int) -> None:
    entries = five()
    entries[place] = replace(entries[place], **{name: CHANGES[name]})

    assert verify(entries) == place + 1


@pytest.mark.parametrize("place", range(4))
def test_a_change_with_its_digest_made_anew_shows_at_the_next(place: int) -> None:
    entries = five()
    changed = replace(entries[place], about="nobody")
    entries[place] = replace(changed, digest=digest_of(changed))

    assert verify(entries) == place + 2


@pytest.mark.parametrize("place", range(4))
def test_an_entry_that_was_taken_out_is_found(place: int) -> None:
    entries = five()
    del entries[place]

    assert verify(entries) == place + 1


def test_entries_that_were_swapped_put_in_or_begun_late_are_found() -> None:
    entries = five()

    assert verify([entries[0], entries[2], entries[1], *entries[3:]]) == 2
    assert verify([*entries[:3], entries[1], *entries[3:]]) == 4
    assert verify(entries[1:]) == 1


@pytest.mark.parametrize("odd", [b"bytes", None, float("nan"), object()])
def test_what_is_no_text_breaks_the_chain_and_nothing_else(odd: Any) -> None:
    entries = five()
    entries[2] = replace(entries[2], details=odd, digest="")

    assert verify(entries) == 3


@pytest.mark.parametrize("details", ["[]", "1", "{"])
def test_details_that_are_no_object_are_refused(details: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        replace(five()[0], details=details).values()
