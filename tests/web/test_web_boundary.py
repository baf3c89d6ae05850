"""Errors that are not a request's fault."""

from dataclasses import replace
from typing import Any

import pytest
from web_laboratory import Browser, Laboratory

from marrowscope.errors import OutputError


class Failing:
    """Accounts, of which one method fails."""

    def __init__(self, laboratory: Laboratory, name: str, error: Exception) -> None:
        self._accounts, self._name, self._error = laboratory.accounts, name, error

    def __getattr__(self, name: str) -> Any:
        return self._fail if name == self._name else getattr(self._accounts, name)

    def _fail(self, *_arguments: object, **_given: object) -> None:
        raise self._error


def failing(laboratory: Laboratory, name: str, error: Exception) -> Browser:
    accounts = Failing(laboratory, name, error)
    return replace(laboratory, accounts=accounts).browser("ada")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["accounts", "session", "touch"])
def test_a_bug_is_told_to_whoever_runs_the_server_and_not_to_the_browser(
    laboratory: Laboratory, method: str
) -> None:
    browser = failing(laboratory, method, RuntimeError("SMITH JOHN in /srv/marrow"))

    answer = browser.ask("GET", "/api/people")

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "bug"
    assert "SMITH" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert [str(error) for error in laboratory.notices] == ["SMITH JOHN in /srv/marrow"]


@pytest.mark.parametrize("method", ["accounts", "session"])
def test_a_full_disk_is_the_servers_and_its_folder_stays_secret(
    laboratory: Laboratory, method: str
) -> None:
    browser = failing(laboratory, method, OutputError("/srv/marrow: the disk is full"))

    answer = browser.ask("GET", "/api/people")

    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "unavailable"
    assert "/srv" not in answer.text
    assert len(laboratory.notices) == 1


def test_what_a_person_did_wrong_is_no_notice(laboratory: Laboratory) -> None:
    laboratory.stranger().ask("GET", "/api/people")
    laboratory.stranger().sign_in("tom", "wrong")

    assert laboratory.notices == []
