"""Rounds in the background end with their block, or are left."""

import threading

import pytest

from marrowscope.engine import rounds


def test_a_round_that_does_not_end_is_left_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "LONGEST_END_S", 0.1)
    told: list[Exception] = []
    began, release = threading.Event(), threading.Event()

    def look() -> None:
        began.set()
        release.wait(20)

    with rounds.in_rounds(look, 0.01, "the-watch", told.append):
        began.wait(20)
    release.set()
    assert [str(one) for one in told] == ["the-watch: did not end; it is left as it is"]


def test_the_same_trouble_is_told_once_and_the_next_round_comes() -> None:
    told: list[Exception] = []
    enough = threading.Event()
    n_looks = 0

    def look() -> None:
        nonlocal n_looks
        n_looks += 1
        if n_looks > 3:
            enough.set()
        raise ValueError("no disk")

    with rounds.in_rounds(look, 0.001, "the-watch", told.append):
        assert enough.wait(20)
    assert [str(one) for one in told] == ["no disk"]
