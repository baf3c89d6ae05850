"""Nothing is reached without a session, proof, an open lock, a lasting password and the right."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from web_laboratory import NEW, PEOPLE, Laboratory

from marrowscope.web.session_gate import OPEN, WITH_TEMPORARY_PASSWORD, is_for_locked

Operation = tuple[str, str]
PICTURE = "/api/cases/{case_id}/analyses/{analysis_id}/pictures/{number}"


def operations(laboratory: Laboratory) -> Iterator[Operation]:
    """Every method and path that the API's description knows."""
    for path, methods in laboratory.app().openapi()["paths"].items():
        filled = re.sub(r"\{\w+_id\}", lambda _: str(uuid4()), path)
        filled = filled.replace("{name}", "analysis.json")
        yield from ((method.upper(), filled) for method in methods)


def closed(laboratory: Laboratory) -> list[Operation]:
    return [one for one in operations(laboratory) if one not in OPEN]


def test_the_description_knows_every_endpoint(laboratory: Laboratory) -> None:
    known = {(method.upper(), path) for method, path in map(tuple, _described(laboratory))}

    assert known == {
        ("GET", "/api/health"),
        ("POST", "/api/set-up"),
        ("POST", "/api/session"),
        ("GET", "/api/session"),
        ("DELETE", "/api/session"),
        ("POST", "/api/session/lock"),
        ("POST", "/api/session/activity"),
        ("POST", "/api/session/unlock"),
        ("PUT", "/api/session/password"),
        ("GET", "/api/people"),
        ("POST", "/api/people"),
        ("PATCH", "/api/people/{account_id}"),
        ("POST", "/api/people/{account_id}/password"),
        ("DELETE", "/api/people/{account_id}/sessions"),
        ("GET", "/api/audit"),
        ("GET", "/api/audit/verification"),
        ("GET", "/api/settings"),
        ("GET", "/api/retention"),
        ("POST", "/api/retention/deletions"),
        ("GET", "/api/validations"),
        ("POST", "/api/validations"),
        ("POST", "/api/validations/{validation_id}/withdrawal"),
        ("PUT", "/api/cases/{case_id}/slides/{slide_id}/made-with"),
        ("POST", "/api/cases/{case_id}/slides/{slide_id}/match"),
        ("GET", "/api/cases/{case_id}/slides/{slide_id}/label"),
        ("GET", "/api/cases"),
        ("POST", "/api/cases"),
        ("GET", "/api/cases/{case_id}"),
        ("DELETE", "/api/cases/{case_id}"),
        ("PUT", "/api/cases/{case_id}/facts"),
        ("POST", "/api/cases/{case_id}/uploads"),
        ("GET", "/api/uploads/{upload_id}"),
        ("PATCH", "/api/uploads/{upload_id}"),
        ("DELETE", "/api/uploads/{upload_id}"),
        ("POST", "/api/uploads/{upload_id}/finish"),
        ("POST", "/api/cases/{case_id}/slides"),
        ("DELETE", "/api/cases/{case_id}/slides/{slide_id}"),
        ("POST", "/api/cases/{case_id}/analyses"),
        ("POST", "/api/cases/{case_id}/analyses/{analysis_id}/cancel"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/progress"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/report"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/files/{name}"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/cells"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/cells/{cell_id}"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/regions"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/review"),
        ("POST", "/api/cases/{case_id}/analyses/{analysis_id}/review"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/review/earlier"),
        ("POST", "/api/cases/{case_id}/analyses/{analysis_id}/review/earlier"),
        ("GET", "/api/on-call"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/review/changes"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/pictures"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/pictures/crops"),
        ("GET", PICTURE + "/tiles/{level}/{column}/{row}"),
        ("GET", PICTURE + "/crop"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/findings"),
        ("POST", "/api/cases/{case_id}/analyses/{analysis_id}/findings/acknowledgements"),
        ("POST", "/api/cases/{case_id}/analyses/{analysis_id}/calls"),
        ("GET", "/api/cases/{case_id}/report-text"),
        ("PUT", "/api/cases/{case_id}/report-text"),
        ("GET", "/api/cases/{case_id}/tests"),
        ("POST", "/api/cases/{case_id}/tests"),
        ("POST", "/api/cases/{case_id}/tests/{test_id}/results"),
        ("POST", "/api/cases/{case_id}/tests/{test_id}/dropping"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/audit"),
        ("POST", "/api/cases/{case_id}/analyses/{analysis_id}/audit"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/sign-out"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/report-preview"),
        ("GET", "/api/cases/{case_id}/analyses/{analysis_id}/report-preview.txt"),
        ("POST", "/api/cases/{case_id}/analyses/{analysis_id}/sign"),
        ("POST", "/api/cases/{case_id}/reopenings"),
        ("GET", "/api/cases/{case_id}/reports/{number}"),
        ("GET", "/api/cases/{case_id}/reports/{number}/files/{name}"),
    }


def _described(laboratory: Laboratory) -> Iterator[Operation]:
    for path, methods in laboratory.app().openapi()["paths"].items():
        yield from ((method, path) for method in methods)


def test_the_description_has_one_form_of_error_and_names_the_session(
    laboratory: Laboratory,
) -> None:
    document = laboratory.stranger().ask("GET", "/openapi.json").json()

    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if (method.upper(), path) not in OPEN:
                assert {"session": []} in operation["security"]
                assert "401" in operation["responses"]


def test_without_a_session_everything_but_three_is_401(laboratory: Laboratory) -> None:
    stranger = laboratory.stranger()

    for method, path in closed(laboratory):
        answer = stranger.ask(method, path, content=b"{not json")
        assert (method, path, answer.status_code) == (method, path, 401)
        assert answer.json()["error"]["code"] == "not_signed_in"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/people/", "/api/audit/9"])
def test_what_is_not_there_looks_like_what_is(
    laboratory: Laboratory, method: str, path: str
) -> None:
    assert laboratory.stranger().ask(method, path).status_code == 401
    answer = laboratory.browser("ada").ask(method, path)
    assert answer.status_code == 404


def test_a_wrong_method_is_401_too(laboratory: Laboratory) -> None:
    assert laboratory.stranger().ask("DELETE", "/api/people").status_code == 401
    assert laboratory.stranger().ask("GET", "/api/set-up").status_code == 401
    assert laboratory.browser("ada").ask("DELETE", "/api/people").status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 5000, "a;b", '"', "%00", "-"])
def test_a_token_that_nobody_gave_out_is_no_session(laboratory: Laboratory, token: str) -> None:
    headers = {"Cookie": f"marrowscope_session={token}"}

    assert laboratory.stranger().ask("GET", "/api/session", headers=headers).status_code == 401


def test_bytes_beyond_ascii_are_no_session(laboratory: Laboratory) -> None:
    headers = {b"Cookie": b"marrowscope_session=\xff\xc3\xa9"}

    assert laboratory.stranger().ask("GET", "/api/session", headers=headers).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_what_changes_something_needs_the_proof(laboratory: Laboratory, token: str) -> None:
    browser = laboratory.browser("ada")
    browser.csrf = ""
    headers = {b"X-CSRF-Token": token.encode()} if token else {}

    for method, path in closed(laboratory):
        if method != "GET":
            answer = browser.ask(method, path, headers=headers)
            assert (method, path, answer.status_code) == (method, path, 403)
            assert answer.json()["error"]["code"] == "csrf"


def test_the_proof_of_another_session_is_none(laboratory: Laboratory) -> None:
    other = laboratory.browser("tom").csrf

    answer = laboratory.browser("ada").ask("POST", "/api/session/lock", csrf=other)

    assert answer.json()["error"]["code"] == "csrf"


def test_a_locked_session_can_be_asked_about_unlocked_and_ended(laboratory: Laboratory) -> None:
    browser = laboratory.browser("ada")
    assert browser.ask("POST", "/api/session/lock").status_code == 204

    for method, path in closed(laboratory):
        if not is_for_locked(method, path):
            answer = browser.ask(method, path, {})
            assert (method, path, answer.status_code) == (method, path, 423)
            assert answer.json()["error"]["code"] == "locked"
    assert browser.ask("GET", "/api/session").json()["is_locked"] is True
    assert browser.ask("DELETE", "/api/session").status_code == 204


def test_a_temporary_password_lets_only_change_it(laboratory: Laboratory) -> None:
    browser = laboratory.browser(NEW)

    for method, path in closed(laboratory):
        if (method, path) not in WITH_TEMPORARY_PASSWORD:
            answer = browser.ask(method, path, {})
            assert (method, path, answer.status_code) == (method, path, 403)
            assert answer.json()["error"]["code"] == "must_change_password"
    assert browser.ask("GET", "/api/session").json()["account"]["must_change_password"] is True


@pytest.mark.parametrize(
    ("user_name", "people", "audit"), [("ada", 200, 200), ("dora", 403, 200), ("tom", 403, 403)]
)
def test_who_may_see_people_and_audit(
    laboratory: Laboratory, user_name: str, people: int, audit: int
) -> None:
    browser = laboratory.browser(user_name)

    assert browser.ask("GET", "/api/people").status_code == people
    assert browser.ask("GET", "/api/audit").status_code == audit
    assert browser.ask("GET", "/api/audit/verification").status_code == audit


def test_who_manages_no_people_changes_none(laboratory: Laboratory) -> None:
    browser = laboratory.browser("dora")
    ada = laboratory.id_of("ada")
    person = {"user_name": "eve", "full_name": "Eve", "initials": "E", "roles": ["administrator"]}

    answers = [
        browser.ask("POST", "/api/people", person),
        browser.ask("PATCH", f"/api/people/{ada}", {"is_disabled": True}),
        browser.ask("POST", f"/api/people/{ada}/password"),
        browser.ask("DELETE", f"/api/people/{ada}/sessions"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert {answer.json()["error"]["code"] for answer in answers} == {"not_allowed"}
    assert laboratory.accounts.n_accounts() == len(PEOPLE)
    assert laboratory.browser("ada").ask("GET", "/api/session").status_code == 200


def test_disabling_ends_what_somebody_is_doing(laboratory: Laboratory) -> None:
    tom = laboratory.browser("tom")
    path = f"/api/people/{laboratory.id_of('tom')}"
    assert tom.ask("GET", "/api/session").status_code == 200

    laboratory.browser("ada").ask("PATCH", path, {"is_disabled": True})

    assert tom.ask("GET", "/api/session").status_code == 401
