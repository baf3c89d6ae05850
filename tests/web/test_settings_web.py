"""What is in force on a server, who may read it, and that no secret is in it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from case_acts import code_of, opened
from web_laboratory import Laboratory

import marrowscope.assembly_settings
from marrowscope.assembly_settings import Installation, ServerRecords
from marrowscope.assembly_shown_settings import GROUPS, StartedAs
from marrowscope.errors import ModelError
from marrowscope.settings import SECRETS, Settings, load_settings

MARK = "zebra-7c1f"
LOOKS_SECRET = re.compile(
    "webhook|hook|password|passwd|secret|token|credential|private|api_?key|_key|_pass|_dsn"
)
NOT_TEXT = frozenset({"me_formula", "licence", "purpose", "watched_purpose"})
"""Settings that only take some words."""


def read(laboratory: Laboratory, user_name: str = "ada") -> dict[str, Any]:
    answer = laboratory.browser(user_name).ask("GET", "/api/settings")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def setting(answer: dict[str, Any], name: str) -> dict[str, Any]:
    rows = [one for group in answer["groups"] for one in group["settings"]]
    (found,) = [one for one in rows if name in (one["name"], one["variable"], one["option"])]
    return dict(found)


@pytest.mark.parametrize(
    ("user_name", "status"), [("ada", 200), ("dora", 200), ("tom", 403), ("lara", 403)]
)
def test_who_may_read_them(laboratory: Laboratory, user_name: str, status: int) -> None:
    answer = laboratory.browser(user_name).ask("GET", "/api/settings")

    assert answer.status_code == status


def test_it_says_how_the_server_stands(laboratory: Laboratory) -> None:
    opened(laboratory.browser("tom"), accession="S26-1")

    answer = read(laboratory)

    assert answer["version"] == "9.9"
    assert answer["home"] == str(laboratory.in_force.home)
    assert answer["free_bytes"] > 0
    assert answer["n_cases"] == 1
    assert [one["task"] for one in answer["models"]] == ["detector", "classifier"]
    assert all(one["version"] and one["licence"] for one in answer["models"])


def test_a_setting_says_where_it_is_from_and_how_to_change_it(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = laboratory.in_force.home
    (home / "settings.toml").write_text(
        "institution = 'Invented Hospital'\nretention_years = 1\n", encoding="utf-8"
    )
    monkeypatch.setenv("MARROWSCOPE_IDLE_LOCK_MINUTES", "1")
    laboratory.in_force = load_settings(home=home)

    answer = read(laboratory)

    institution = setting(answer, "institution")
    assert (institution["value"], institution["origin"]) == ("Invented Hospital", "file")
    assert institution["variable"] == "MARROWSCOPE_INSTITUTION"
    lock = setting(answer, "idle_lock_minutes")
    assert (lock["value"], lock["origin"], lock["default"]) == (
        "1 minute",
        "variable",
        "15 minutes",
    )
    target = setting(answer, "count_target")
    assert (target["value"], target["origin"]) == ("500 cells", "default")
    assert "ICSH 2008" in target["about"]
    assert setting(answer, "retention_years")["value"] == "1 year"
    assert setting(answer, "apl_abstained_share")["value"] == "33.3 %"
    assert setting(answer, "blast_nos_in_me")["value"] == "yes"
    # The file lies in the home folder and cannot say where that is.
    assert setting(answer, "MARROWSCOPE_HOME")["name"] == ""


def test_what_nobody_chose_is_remarked_on(laboratory: Laboratory) -> None:
    assert "cases of clinical purpose" in setting(read(laboratory), "licence")["remark"]

    laboratory.in_force = load_settings(home=laboratory.in_force.home, licence="full")

    assert setting(read(laboratory), "licence")["remark"] == ""


def test_how_it_was_started_is_said(laboratory: Laboratory) -> None:
    started = StartedAs("0.0.0.0", has_tls=True, names=frozenset({"b.example", "a.example"}))
    server = ServerRecords(
        laboratory.parts,
        laboratory.in_force,
        Installation("9.9", "0004", started),
        laboratory.clock,
    )

    said = {one.label: (one.value, one.origin.value) for one in server.groups()[-1].settings}

    assert server.facts().revision == "0004"
    assert said == {
        "Listens on": ("0.0.0.0", "option"),
        "Encrypts by itself": ("yes", "option"),
        "Behind a trusted proxy": ("no", "default"),
        "Also called": ("a.example, b.example", "option"),
    }


def test_every_setting_is_on_the_page_once() -> None:
    names = [name for rows in GROUPS.values() for name in rows]

    assert sorted(names) == sorted(Settings.model_fields)


def test_every_setting_that_looks_like_a_secret_is_one() -> None:
    suspect = {name for name in Settings.model_fields if LOOKS_SECRET.search(name)}

    assert suspect <= SECRETS
    assert set(Settings.model_fields) >= SECRETS


def test_no_secret_reaches_the_answer(laboratory: Laboratory) -> None:
    texts = {
        name: f"{MARK}-{name}"
        for name, field in Settings.model_fields.items()
        if field.annotation in (str, Path | None) and name not in NOT_TEXT
    }
    assert set(texts) >= SECRETS
    before = read(laboratory)
    assert setting(before, "message_webhook")["value"] == ""
    laboratory.in_force = load_settings(home=laboratory.in_force.home, **texts)

    answer = read(laboratory)

    shown = set(re.findall(rf"{MARK}-(\w+)", json.dumps(answer)))
    assert shown == set(texts) - SECRETS
    for name in SECRETS:
        found = setting(answer, name)
        assert (found["value"], found["default"], found["is_secret"]) == ("set", "", True)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("message_mail_server", "ann:zebra@mail.example:25", "…@mail.example:25"),
        ("message_mail_server", "mail.example", "mail.example"),
        ("message_link", "https://ann:zebra@marrow.example", "https://…@marrow.example"),
        ("message_link", "https://marrow.example/a@b", "https://marrow.example/a@b"),
    ],
)
def test_a_password_within_an_address_is_left_out(
    laboratory: Laboratory, name: str, value: str, shown: str
) -> None:
    laboratory.in_force = load_settings(home=laboratory.in_force.home, **{name: value})

    answer = read(laboratory)

    assert setting(answer, name)["value"] == shown
    assert "zebra" not in json.dumps(answer)


def test_what_is_odd_is_remarked_on(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(laboratory)["remarks"] == []
    monkeypatch.setenv("MARROWSCOPE_RETENTION_YEAR", "7")
    monkeypatch.setattr(marrowscope.assembly_settings, "free_bytes", lambda _: 999_999_999)

    remarks = read(laboratory)["remarks"]

    assert [one.partition(" ")[0] for one in remarks] == ["MARROWSCOPE_RETENTION_YEAR", "Only"]
    assert "999 MB" in remarks[1]


def test_models_that_cannot_be_used_leave_the_rest(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(task: str, *, permissive: bool) -> None:
        raise ModelError(f"no {task} is installed: install marrowscope again")

    monkeypatch.setattr("marrowscope.cells.manifest.shipped_model", damaged)

    answer = read(laboratory)

    assert answer["models"] == []
    assert answer["remarks"] == ["No detector is installed: install marrowscope again."]


def test_a_home_that_is_gone_has_no_room_to_tell(laboratory: Laboratory, tmp_path: Path) -> None:
    laboratory.in_force = load_settings(home=tmp_path / "gone")

    assert read(laboratory)["free_bytes"] is None


def test_reading_them_changes_nothing(laboratory: Laboratory) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = laboratory.browser("ada").ask(method, "/api/settings", {"count_target": 1})
        assert code_of(answer)[0] in (404, 405)
