from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marrowscope.accounts.attempts import seconds_to_wait, source_of

NOW = datetime(2025, 6, 1, 8, tzinfo=UTC)
seconds = st.integers(-2000, 2000)


def failures(*seconds_ago: float) -> list[datetime]:
    return [NOW - timedelta(seconds=ago) for ago in seconds_ago]


@pytest.mark.parametrize(
    ("n_failures", "wait_s"),
    [(0, 0), (4, 0), (5, 15), (6, 30), (7, 60), (8, 120),
     (9, 240), (10, 480), (11, 900), (5000, 900)],
)  # fmt: skip
def test_five_are_free_then_the_wait_doubles(n_failures: int, wait_s: int) -> None:
    assert seconds_to_wait(failures(*[0] * n_failures), NOW) == wait_s


def test_the_wait_runs_from_the_last_failure_and_never_stops_short() -> None:
    five = failures(60, 50, 40, 30, 4.5)

    assert seconds_to_wait(five, NOW) == 11
    assert seconds_to_wait(five, NOW + timedelta(seconds=10.4)) == 1
    assert seconds_to_wait(five, NOW + timedelta(seconds=10.5)) == 0


def test_after_a_quarter_of_an_hour_all_is_forgotten() -> None:
    many = failures(*[0] * 100)

    assert seconds_to_wait(many, NOW + timedelta(minutes=14, seconds=59)) == 1
    assert seconds_to_wait(many, NOW + timedelta(minutes=15)) == 0


def test_a_clock_set_back_by_much_locks_nobody_out() -> None:
    assert seconds_to_wait(failures(*[-60] * 9), NOW) == 240
    assert seconds_to_wait(failures(*[-86400] * 9), NOW) == 0


@given(st.lists(seconds, max_size=30), seconds)
def test_one_more_failure_never_makes_it_shorter(ago: list[int], one_more: int) -> None:
    before, after = failures(*ago), failures(*ago, one_more)

    assert 0 <= seconds_to_wait(before, NOW) <= seconds_to_wait(after, NOW) <= 900
    assert seconds_to_wait(reversed(after), NOW) == seconds_to_wait(after, NOW)


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::/64"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", ""),
        ("x" * 100, "x" * 64),
    ],
)
def test_an_ipv6_network_counts_as_one_source(address: str, source: str) -> None:
    assert source_of(address) == source
