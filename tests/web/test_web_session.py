"""Signing in and out, locking, one's own password."""

import httpx
import pytest
from web_laboratory import NEW, PASSWORD, Browser, Laboratory

OTHER_PASSWORD = "four other words there"


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


def cookie_of(answer: httpx.Response) -> str:
    (cookie,) = answer.headers.get_list("set-cookie")
    return str(cookie)


def change_password(browser: Browser, old: str, new: str) -> httpx.Response:
    body = {"old_password": old, "new_password": new}
    return browser.ask("PUT", "/api/session/password", body)


def test_signing_in_tells_who_one_is(laboratory: Laboratory) -> None:
    answer = laboratory.stranger().sign_in(" TOM ")

    assert answer.status_code == 200
    found = answer.json()
    assert found["account"] == {
        "account_id": laboratory.id_of("tom"),
        "user_name": "tom",
        "full_name": "Tom Invented",
        "initials": "TO",
        "roles": ["technologist"],
        "must_change_password": False,
    }
    assert found["rights"] == [
        "read_cases",
        "read_every_case",
        "add_cases",
        "review_cases",
        "use_coding_desk",
        "see_labels",
    ]
    assert found["is_locked"] is False
    assert found["idle_lock_minutes"] == 15
    assert len(found["csrf_token"]) > 20


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(laboratory: Laboratory) -> None:
    cookie = cookie_of(laboratory.stranger().sign_in("tom"))

    assert cookie.startswith("marrowscope_session=")
    for flag in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert flag in cookie
    for flag in ("Secure", "Domain", "Max-Age", "expires"):
        assert flag not in cookie
    token = cookie.split(";")[0].partition("=")[2]
    assert token not in laboratory.stranger().sign_in("tom").text


def test_over_https_the_cookie_stays_there(laboratory: Laboratory) -> None:
    browser = laboratory.stranger("https://localhost")

    assert "Secure" in cookie_of(browser.sign_in("tom"))
    assert "Secure" in cookie_of(browser.ask("DELETE", "/api/session"))


def test_unknown_wrong_and_disabled_read_the_same(laboratory: Laboratory) -> None:
    laboratory.browser("ada").ask(
        "PATCH", f"/api/people/{laboratory.id_of('dora')}", {"is_disabled": True}
    )

    answers = [
        laboratory.stranger().sign_in("nobody"),
        laboratory.stranger().sign_in("tom", "wrong"),
        laboratory.stranger().sign_in("dora"),
    ]

    assert [answer.status_code for answer in answers] == [401] * 3
    assert len({answer.text for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)


def test_guessing_is_slowed_down_and_audited(laboratory: Laboratory) -> None:
    stranger = laboratory.stranger()
    for _ in range(5):
        assert stranger.sign_in("tom", "wrong").status_code == 401

    answer = stranger.sign_in("tom")

    assert answer.status_code == 429
    assert code_of(answer) == "wait"
    assert int(answer.headers["retry-after"]) > 0
    laboratory.clock.wait(seconds=int(answer.headers["retry-after"]))
    assert stranger.sign_in("tom").status_code == 200
    assert any("sign_in" in act for act in laboratory.acts())


def test_signing_out_ends_the_session_and_the_cookie(laboratory: Laboratory) -> None:
    browser = laboratory.stranger()
    browser.sign_in("tom")
    token = browser.client.cookies["marrowscope_session"]

    answer = browser.ask("DELETE", "/api/session")

    assert answer.status_code == 204
    assert "Max-Age=0" in cookie_of(answer)
    assert laboratory.accounts.session(token) is None
    assert browser.ask("GET", "/api/session").status_code == 401


def test_signing_in_again_ends_the_session_before(laboratory: Laboratory) -> None:
    browser = laboratory.browser("tom")
    before = laboratory.tokens["tom"][0]

    assert browser.sign_in("dora").status_code == 200

    assert laboratory.accounts.session(before) is None
    assert browser.ask("GET", "/api/session").json()["account"]["user_name"] == "dora"


def test_a_refused_sign_in_leaves_the_session_before(laboratory: Laboratory) -> None:
    browser = laboratory.browser("tom")

    assert browser.sign_in("dora", "wrong").status_code == 401

    assert browser.ask("GET", "/api/session").json()["account"]["user_name"] == "tom"


def test_a_lock_opens_with_the_password(laboratory: Laboratory) -> None:
    browser = laboratory.browser("ada")
    assert browser.ask("POST", "/api/session/lock").status_code == 204
    assert browser.ask("GET", "/api/people").status_code == 423

    wrong = browser.ask("POST", "/api/session/unlock", {"password": "wrong"})
    assert (wrong.status_code, code_of(wrong)) == (403, "wrong_password")
    assert browser.ask("GET", "/api/people").status_code == 423

    right = browser.ask("POST", "/api/session/unlock", {"password": PASSWORD})
    assert right.status_code == 200
    assert right.json()["is_locked"] is False
    browser.csrf = right.json()["csrf_token"]
    assert browser.ask("GET", "/api/people").status_code == 200


def test_guessing_at_a_lock_is_slowed_down(laboratory: Laboratory) -> None:
    browser = laboratory.browser("ada")
    browser.ask("POST", "/api/session/lock")
    for _ in range(5):
        browser.ask("POST", "/api/session/unlock", {"password": "wrong"})

    answer = browser.ask("POST", "/api/session/unlock", {"password": PASSWORD})

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_session_left_alone_locks_though_its_page_asks_who_it_is(laboratory: Laboratory) -> None:
    browser = laboratory.browser("ada")
    for _ in range(3):
        laboratory.clock.wait(minutes=5)
        assert browser.ask("GET", "/api/session").status_code == 200

    assert browser.ask("GET", "/api/people").status_code == 423


def test_reading_and_typing_keep_a_session_awake(laboratory: Laboratory) -> None:
    browser = laboratory.browser("tom")
    for _ in range(3):
        laboratory.clock.wait(minutes=10)
        assert browser.ask("POST", "/api/session/activity").status_code == 204
    laboratory.clock.wait(minutes=16)
    assert browser.ask("POST", "/api/session/activity").status_code == 423


def test_work_keeps_a_session_awake(laboratory: Laboratory) -> None:
    browser = laboratory.browser("ada")

    for _ in range(6):
        laboratory.clock.wait(minutes=5)
        assert browser.ask("GET", "/api/people").status_code == 200


def test_a_session_ends_after_a_shift(laboratory: Laboratory) -> None:
    browser = laboratory.browser("ada")
    laboratory.clock.wait(hours=12)

    answer = browser.ask("POST", "/api/session/unlock", {"password": PASSWORD})

    assert (answer.status_code, code_of(answer)) == (401, "not_signed_in")


def test_a_new_password_ends_other_sessions_and_the_need_for_one(laboratory: Laboratory) -> None:
    browser, elsewhere = laboratory.browser(NEW), laboratory.stranger()
    assert elsewhere.sign_in(NEW).status_code == 200

    assert change_password(browser, PASSWORD, OTHER_PASSWORD).status_code == 204

    found = browser.ask("GET", "/api/session").json()
    assert found["account"]["must_change_password"] is False
    assert elsewhere.ask("GET", "/api/session").status_code == 401
    assert laboratory.stranger().sign_in(NEW).status_code == 401
    assert laboratory.stranger().sign_in(NEW, OTHER_PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "status", "code"),
    [
        ("wrong", OTHER_PASSWORD, 403, "wrong_password"),
        (PASSWORD, PASSWORD, 422, "refused"),
        (PASSWORD, "short", 422, "refused"),
        (PASSWORD, "", 422, "refused"),
    ],
)
def test_a_password_that_will_not_do(
    laboratory: Laboratory, old: str, new: str, status: int, code: str
) -> None:
    answer = change_password(laboratory.browser("tom"), old, new)

    assert (answer.status_code, code_of(answer)) == (status, code)
    assert new == "" or new not in answer.text
    assert laboratory.stranger().sign_in("tom").status_code == 200
