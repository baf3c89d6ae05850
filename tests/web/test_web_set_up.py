"""The first run."""

import pytest
from web_laboratory import PASSWORD, Laboratory

BODY = {
    "user_name": "ada",
    "full_name": "Ada Administrator",
    "initials": "AA",
    "password": PASSWORD,
}


def test_whoever_sits_at_the_machine_becomes_the_administrator(
    empty_laboratory: Laboratory,
) -> None:
    browser = empty_laboratory.stranger()
    assert browser.ask("GET", "/api/health").json() == {
        "status": "ok",
        "version": "9.9",
        "needs_set_up": True,
        "research_use_only": True,
    }

    answer = browser.ask("POST", "/api/set-up", BODY)

    assert answer.status_code == 201
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert answer.json()["account"]["roles"] == ["pathologist", "administrator"]
    assert answer.json()["account"]["must_change_password"] is False
    assert browser.ask("GET", "/api/health").json()["needs_set_up"] is False
    assert browser.ask("GET", "/api/people").status_code == 200


def test_it_is_done_once(laboratory: Laboratory) -> None:
    answer = laboratory.stranger().ask("POST", "/api/set-up", BODY | {"user_name": "eve"})

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "already_set_up"
    assert laboratory.accounts.by_user_name("eve") is None


@pytest.mark.parametrize("address", ["10.0.0.5", "", "fe80::5", "testclient"])
def test_nobody_else_does_it(empty_laboratory: Laboratory, address: str) -> None:
    answer = empty_laboratory.stranger(address=address).ask("POST", "/api/set-up", BODY)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "not_this_machine"
    assert empty_laboratory.accounts.n_accounts() == 0


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_nor_through_a_proxy_on_this_machine(
    empty_laboratory: Laboratory, header: str, trusted: bool
) -> None:
    browser = empty_laboratory.stranger(trusted_proxy=trusted)

    answer = browser.ask("POST", "/api/set-up", BODY, headers={header: "127.0.0.1"})

    assert answer.status_code == 403
    assert empty_laboratory.accounts.n_accounts() == 0


def test_without_its_header_a_trusted_proxy_is_nobody(empty_laboratory: Laboratory) -> None:
    browser = empty_laboratory.stranger(trusted_proxy=True)

    assert browser.ask("POST", "/api/set-up", BODY).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"password": "short"},
        {"password": "ada"},
        {"user_name": ""},
        {"user_name": "a b"},
        {"full_name": "\u202eevil"},
        {"initials": " "},
    ],
)
def test_what_will_not_do_leaves_nothing(
    empty_laboratory: Laboratory, change: dict[str, str]
) -> None:
    answer = empty_laboratory.stranger().ask("POST", "/api/set-up", BODY | change)

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "refused"
    assert empty_laboratory.accounts.n_accounts() == 0


def test_a_page_of_elsewhere_does_not_do_it(empty_laboratory: Laboratory) -> None:
    headers = {"Origin": "http://evil.example"}

    answer = empty_laboratory.stranger().ask("POST", "/api/set-up", BODY, headers=headers)

    assert answer.status_code == 403
    assert empty_laboratory.accounts.n_accounts() == 0
