"""Foreign names, foreign pages, long and malformed bodies, and what browsers are told."""

import json
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from web_laboratory import Laboratory

from marrowscope.web.request_guard import LONGEST_BODY

SIGN_IN = {"user_name": "tom", "password": "wrong"}


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8000", "localhost", "LOCALHOST:9", "[::1]:8000", "localhost.", "127.0.0.1"],
)
def test_names_of_this_machine_are_known(laboratory: Laboratory, host: str) -> None:
    answer = laboratory.stranger().ask("GET", "/api/health", headers={"Host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "10.1.2.3",
        "",
        "localhost@evil.example",
        "evil.example/localhost",
        "localhost:port",
        "[::1",
    ],
)
@pytest.mark.parametrize("path", ["/api/health", "/", "/openapi.json"])
def test_a_name_that_was_made_to_lead_here_is_not(
    laboratory: Laboratory, host: str, path: str
) -> None:
    answer = laboratory.stranger().ask("GET", path, headers={"Host": host})

    assert answer.status_code == 400
    assert code_of(answer) == "foreign_host"


def test_a_name_that_was_given_is_known(laboratory: Laboratory) -> None:
    names = frozenset({"marrow.hospital.example"})
    browser = laboratory.stranger("https://marrow.hospital.example", host_names=names)

    assert browser.ask("GET", "/api/health").status_code == 200


def test_the_address_at_which_it_arrived_is_known(laboratory: Laboratory) -> None:
    browser = laboratory.stranger("http://10.1.2.3:8000")

    assert browser.ask("GET", "/api/health").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Origin": "https://127.0.0.1:8000"},
        {"Origin": ""},
        {"Origin": "x"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_elsewhere_change_nothing(laboratory: Laboratory, headers: dict[str, str]) -> None:
    answer = laboratory.stranger().ask("POST", "/api/session", SIGN_IN, headers=headers)
    assert answer.status_code == 403
    assert code_of(answer) == "foreign_page"
    browser = laboratory.browser("ada")
    assert code_of(browser.ask("POST", "/api/session/lock", headers=headers)) == "foreign_page"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "HTTP://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_page_does(laboratory: Laboratory, headers: dict[str, str]) -> None:
    browser = laboratory.browser("ada")

    assert browser.ask("POST", "/api/session/lock", headers=headers).status_code == 204


def test_standard_ports_need_not_be_named(laboratory: Laboratory) -> None:
    browser = laboratory.stranger("https://localhost")

    answer = browser.ask(
        "POST", "/api/session", SIGN_IN, headers={"Origin": "https://localhost:443"}
    )

    assert answer.status_code == 401


@pytest.mark.parametrize("size", [LONGEST_BODY + 1, 3_000_000])
def test_a_long_body_is_refused(laboratory: Laboratory, size: int) -> None:
    answer = laboratory.stranger().ask("POST", "/api/session", content=b" " * size)

    assert answer.status_code == 413
    assert code_of(answer) == "too_long"


def test_a_review_of_very_many_cells_is_read(laboratory: Laboratory) -> None:
    nowhere = f"/api/cases/{UUID(int=1)}/analyses/{UUID(int=2)}/review"
    acts = [{"id": str(UUID(int=3)), "kind": "see", "cell_ids": ["s1-000000"] * 99_999}]
    browser = laboratory.browser("tom")

    answer = browser.ask("POST", nowhere, {"since": 0, "acts": acts})
    longer = browser.ask("POST", nowhere, {"since": 0, "acts": acts * 4})

    assert answer.status_code == 404
    assert longer.status_code == 413


def test_a_body_that_never_ends_is_refused(laboratory: Laboratory) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 1024

    answer = laboratory.stranger().ask("POST", "/api/session", content=endless())

    assert answer.status_code == 413
    assert sent < 100


def test_the_longest_body_is_read(laboratory: Laboratory) -> None:
    body = b'{"user_name": "tom", "password": "wrong"}'.ljust(LONGEST_BODY)
    headers = {"Content-Type": "application/json"}

    answer = laboratory.stranger().ask("POST", "/api/session", content=body, headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"tom"', b"[" * 30_000, b'{"user_name": "tom"}'],
)
def test_malformed_bodies_are_one_line(laboratory: Laboratory, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    answer = laboratory.stranger().ask("POST", "/api/session", content=body, headers=headers)

    assert answer.status_code in {400, 422}
    assert code_of(answer) in {"malformed", "invalid"}
    assert "\n" not in answer.json()["error"]["message"]
    assert laboratory.notices == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_json(laboratory: Laboratory, kind: str) -> None:
    """What a foreign page can send without asking is not understood."""
    body = b'{"user_name": "tom", "password": "four plain words here"}'
    headers = {"Content-Type": kind} if kind else {}

    answer = laboratory.stranger().ask("POST", "/api/session", content=body, headers=headers)

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"user_name": "tom", "password": "\ud800"},
        {"user_name": ["tom"], "password": "x"},
        {"user_name": "t" * 401, "password": "x"},
        {"user_name": "tom", "password": "p" * 1025},
        {"user_name": "tom", "password": "secret-that-is-mine", "remember": True},
    ],
)
def test_odd_fields_are_refused_without_repeating_them(
    laboratory: Laboratory, body: object
) -> None:
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}

    answer = laboratory.stranger().ask("POST", "/api/session", content=content, headers=headers)

    assert answer.status_code == 422
    assert "secret-that-is-mine" not in answer.text
    assert "pppp" not in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/people", "/nothing.js", "/api/health", "/api/people", "/openapi.json"]
)
def test_every_answer_tells_browsers_what_to_refuse(laboratory: Laboratory, path: str) -> None:
    headers = laboratory.stranger().ask("GET", path).headers

    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert (headers.get("cache-control") == "no-store") is path.startswith("/api/")


def test_refusals_carry_them_too(laboratory: Laboratory) -> None:
    answer = laboratory.stranger().ask("GET", "/api/health", headers={"Host": "evil.example"})

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_the_pages_of_the_framework_are_not_there(laboratory: Laboratory) -> None:
    for path in ("/docs", "/redoc"):
        assert "swagger" not in laboratory.stranger().ask("GET", path).text.lower()
