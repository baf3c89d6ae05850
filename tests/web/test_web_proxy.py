"""Behind a trusted proxy."""

import pytest
from web_laboratory import PASSWORD, Laboratory

SIGN_IN = {"user_name": "tom", "password": PASSWORD}


def guess(laboratory: Laboratory, forwarded: str, user_name: str, **settings: bool) -> int:
    """Status of one wrong password, sent as if from `forwarded`."""
    body = {"user_name": user_name, "password": "wrong"}
    headers = {"X-Forwarded-For": forwarded}
    browser = laboratory.stranger(**settings)
    return browser.ask("POST", "/api/session", body, headers=headers).status_code


@pytest.mark.parametrize(
    ("trusted", "guesser", "other"),
    [
        (True, "10.9.9.9", 401),
        (True, "127.0.0.1, 10.9.9.9", 401),
        (True, "10.9.9.8", 429),
        (True, "10.9.9.9, 10.9.9.8", 429),
        (False, "10.9.9.9", 429),
    ],
)
def test_the_last_address_is_who_asked(
    laboratory: Laboratory, trusted: bool, guesser: str, other: int
) -> None:
    """Five wrong passwords, then one for somebody else from 10.9.9.8."""
    for number in range(5):
        assert guess(laboratory, guesser, f"nobody{number}", trusted_proxy=trusted) == 401

    assert guess(laboratory, "10.9.9.8", "nobody", trusted_proxy=trusted) == other


def test_the_scheme_is_that_of_the_browser(laboratory: Laboratory) -> None:
    headers = {
        "X-Forwarded-For": "10.9.9.9",
        "X-Forwarded-Proto": "https",
        "Origin": "https://marrow.hospital.example",
    }
    names = frozenset({"marrow.hospital.example"})
    url = "http://marrow.hospital.example"

    trusting = laboratory.stranger(url, host_names=names, trusted_proxy=True)
    answer = trusting.ask("POST", "/api/session", SIGN_IN, headers=headers)
    assert answer.status_code == 200
    assert "Secure" in answer.headers["set-cookie"]

    other = laboratory.stranger(url, host_names=names)
    answer = other.ask("POST", "/api/session", SIGN_IN, headers=headers)
    assert answer.json()["error"]["code"] == "foreign_page"
