from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from marrowscope.accounts.sessions import Session, is_ended, is_idle, new_token, sha256_of

BEGUN = datetime(2025, 6, 1, 8, tzinfo=UTC)
SESSION = Session(sha256_of("token"), UUID(int=1), "csrf", BEGUN, BEGUN, is_locked=False)


@pytest.mark.parametrize(
    ("after", "ended"),
    [
        (timedelta(0), False),
        (timedelta(hours=12, microseconds=-1), False),
        (timedelta(hours=12), True),
        (timedelta(days=400), True),
        (-timedelta(minutes=5), False),
        (-timedelta(minutes=6), True),
    ],
)
def test_a_session_ends_after_a_shift_or_when_the_clock_is_set_back(
    after: timedelta, ended: bool
) -> None:
    assert is_ended(SESSION, BEGUN + after) is ended


def test_a_session_left_alone_is_idle() -> None:
    assert not is_idle(SESSION, BEGUN + timedelta(minutes=14, seconds=59))
    assert is_idle(SESSION, BEGUN + timedelta(minutes=15))
    assert is_idle(SESSION, BEGUN + timedelta(minutes=2), timedelta(minutes=2))


def test_tokens_are_new_and_only_a_digest_is_kept() -> None:
    tokens = {new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(len(token) >= 43 for token in tokens)
    assert len(sha256_of("token")) == 64
    assert sha256_of("token") != sha256_of("Token")
    assert sha256_of("\ud800")


def test_a_session_that_is_printed_does_not_show_the_csrf_token() -> None:
    assert "csrf'" not in repr(SESSION)
