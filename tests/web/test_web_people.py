"""People, by an administrator."""

from typing import Any
from uuid import uuid4

import pytest
from web_laboratory import PASSWORD, PEOPLE, Laboratory

PERSON: dict[str, Any] = {
    "user_name": "paul",
    "full_name": "Paul Pathologist",
    "initials": "PP",
    "roles": ["director", "pathologist"],
}


def test_everybody_is_listed_without_secrets(laboratory: Laboratory) -> None:
    answer = laboratory.browser("ada").ask("GET", "/api/people")

    people = answer.json()["people"]
    assert [person["user_name"] for person in people] == sorted(PEOPLE)
    assert set(people[0]) == {
        "account_id",
        "user_name",
        "full_name",
        "initials",
        "roles",
        "is_disabled",
        "must_change_password",
        "created_at",
    }
    assert "argon2" not in answer.text
    assert people[0]["created_at"].startswith("2026-03-02T08:00:00")


def test_a_new_person_gets_a_temporary_password(laboratory: Laboratory) -> None:
    answer = laboratory.browser("ada").ask("POST", "/api/people", PERSON)

    assert answer.status_code == 201
    found = answer.json()
    assert found["person"]["roles"] == ["pathologist", "director"]
    assert found["person"]["must_change_password"] is True
    paul = laboratory.stranger()
    signed_in = paul.sign_in("paul", found["temporary_password"])
    assert signed_in.json()["account"]["must_change_password"] is True
    assert found["temporary_password"] not in str(laboratory.audit.entries(None, 100))


@pytest.mark.parametrize("user_name", ["tom", " Tom "])
def test_a_user_name_is_given_once(laboratory: Laboratory, user_name: str) -> None:
    answer = laboratory.browser("ada").ask("POST", "/api/people", PERSON | {"user_name": user_name})

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "user_name_taken"


@pytest.mark.parametrize(
    "change",
    [
        {"user_name": "x"},
        {"user_name": "bell\u0007"},
        {"full_name": ""},
        {"initials": "much too long"},
        {"roles": []},
        {"roles": ["king"]},
        {"roles": "administrator"},
        {"is_administrator": True},
    ],
)
def test_a_person_that_will_not_do(laboratory: Laboratory, change: dict[str, Any]) -> None:
    answer = laboratory.browser("ada").ask("POST", "/api/people", PERSON | change)

    assert answer.status_code == 422
    assert laboratory.accounts.n_accounts() == len(PEOPLE)


def test_what_is_not_given_stays(laboratory: Laboratory) -> None:
    path = f"/api/people/{laboratory.id_of('tom')}"

    answer = laboratory.browser("ada").ask("PATCH", path, {"initials": "TT"})

    person = answer.json()
    assert answer.status_code == 200
    assert (person["initials"], person["full_name"]) == ("TT", "Tom Invented")
    assert (person["roles"], person["is_disabled"]) == (["technologist"], False)


def test_a_person_can_be_disabled_and_enabled(laboratory: Laboratory) -> None:
    browser = laboratory.browser("ada")
    path = f"/api/people/{laboratory.id_of('tom')}"

    assert browser.ask("PATCH", path, {"is_disabled": True}).json()["is_disabled"] is True
    assert laboratory.stranger().sign_in("tom").status_code == 401
    assert browser.ask("PATCH", path, {"is_disabled": False}).json()["is_disabled"] is False
    assert laboratory.stranger().sign_in("tom").status_code == 200


def test_new_roles_hold_at_once(laboratory: Laboratory) -> None:
    path = f"/api/people/{laboratory.id_of('tom')}"
    tom, ada = laboratory.browser("tom"), laboratory.browser("ada")

    ada.ask("PATCH", path, {"roles": ["technologist", "director"]})
    assert tom.ask("GET", "/api/audit").status_code == 200
    ada.ask("PATCH", path, {"roles": ["technologist"]})
    assert tom.ask("GET", "/api/audit").status_code == 403


@pytest.mark.parametrize("change", [{"is_disabled": True}, {"roles": ["trainee"]}])
def test_the_last_administrator_stays(laboratory: Laboratory, change: dict[str, Any]) -> None:
    browser = laboratory.browser("ada")

    answer = browser.ask("PATCH", f"/api/people/{laboratory.id_of('ada')}", change)

    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "refused"
    assert browser.ask("GET", "/api/people").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/api/people/{}"),
        ("POST", "/api/people/{}/password"),
        ("DELETE", "/api/people/{}/sessions"),
    ],
)
def test_nobody_of_that_id(laboratory: Laboratory, method: str, path: str) -> None:
    browser = laboratory.browser("ada")
    body = {"initials": "X"} if method == "PATCH" else None

    unknown = browser.ask(method, path.format(uuid4()), body)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")
    assert browser.ask(method, path.format("tom"), body).status_code == 422


def test_a_reset_gives_a_temporary_password_and_ends_sessions(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")

    answer = laboratory.browser("ada").ask(
        "POST", f"/api/people/{laboratory.id_of('tom')}/password"
    )

    assert answer.status_code == 200
    assert tom.ask("GET", "/api/session").status_code == 401
    assert laboratory.stranger().sign_in("tom", PASSWORD).status_code == 401
    signed_in = laboratory.stranger().sign_in("tom", answer.json()["temporary_password"])
    assert signed_in.json()["account"]["must_change_password"] is True


def test_ones_own_password_is_not_reset_but_changed(laboratory: Laboratory) -> None:
    path = f"/api/people/{laboratory.id_of('ada')}/password"

    answer = laboratory.browser("ada").ask("POST", path)

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "own_account"


def test_sessions_of_others_end_by_an_administrator(laboratory: Laboratory) -> None:
    tom, ada = laboratory.browser("tom"), laboratory.browser("ada")

    answer = ada.ask("DELETE", f"/api/people/{laboratory.id_of('tom')}/sessions")

    assert answer.status_code == 204
    assert tom.ask("GET", "/api/session").status_code == 401
    assert ada.ask("GET", "/api/session").status_code == 200


def test_everybody_signs_themselves_out_everywhere(laboratory: Laboratory) -> None:
    tom, elsewhere = laboratory.browser("tom"), laboratory.stranger()
    elsewhere.sign_in("tom")

    answer = tom.ask("DELETE", f"/api/people/{laboratory.id_of('tom')}/sessions")

    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert elsewhere.ask("GET", "/api/session").status_code == 401
