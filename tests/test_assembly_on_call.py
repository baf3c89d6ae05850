"""What tells the readers on call, as the settings say."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from marrowscope import assembly_on_call
from marrowscope.assembly_on_call import message, on_call_watch, senders, unknown_on_call
from marrowscope.cases.on_call import Telling
from marrowscope.engine.on_call_watch import CaseList
from marrowscope.errors import UsageError
from marrowscope.exchange.messages import Message
from marrowscope.settings import Settings, load_settings

CASE = UUID(int=5)
MAILED = {
    "message_mail_server": "mail.example",
    "message_mail_from": "m@lab.example",
    "on_call_mail": "first@lab.example",
    "on_call_second_mail": "second@lab.example",
}


def set_to(tmp_path: Path, **given: Any) -> Settings:
    return load_settings(home=tmp_path, **given)


def telling(turn: int) -> Telling:
    return Telling(UUID(int=1), turn, "first" if turn == 1 else "second", 3, "mail")


def watch_of(settings: Settings) -> object:
    def now() -> datetime:
        return datetime.now(UTC)

    # What it is made with is not asked before it looks.
    return on_call_watch(settings, cast(CaseList, None), lambda _: None, now, lambda _: None)


def test_nobody_on_call_needs_no_watch(tmp_path: Path) -> None:
    assert watch_of(set_to(tmp_path)) is None
    assert watch_of(set_to(tmp_path, on_call="First ")) is not None
    with pytest.raises(UsageError, match="on_call_second: needs on_call"):
        watch_of(set_to(tmp_path, on_call_second="second"))


def test_messages_name_neither_patient_nor_finding_and_lead_to_the_case(tmp_path: Path) -> None:
    first = message(set_to(tmp_path, message_link="https://m.example/"), CASE, telling(1))
    assert first.link == f"https://m.example/cases/{CASE}/findings"
    assert first.text == "For first: a bone marrow case has a finding that may not wait."
    second = message(set_to(tmp_path), CASE, telling(2))
    assert (second.link, second.text.endswith("for 15 minutes.")) == ("", True)


def test_each_turn_has_its_own_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str]] = []

    def take(server: str, _sender: str, recipients: list[str], _message: Message) -> None:
        sent.extend((server, one) for one in recipients)

    monkeypatch.setattr(assembly_on_call, "send_mail", take)
    send = senders(set_to(tmp_path, on_call="first", on_call_second="second", **MAILED))["mail"]
    send(CASE, telling(1))
    send(CASE, telling(2))
    assert sent == [("mail.example", "first@lab.example"), ("mail.example", "second@lab.example")]


@pytest.mark.parametrize("missing", ["message_mail_from", "on_call_mail", "on_call_second_mail"])
def test_mail_that_is_set_in_part_is_refused(tmp_path: Path, missing: str) -> None:
    given = {**MAILED, missing: ""}
    with pytest.raises(UsageError, match=missing):
        senders(set_to(tmp_path, on_call="first", on_call_second="second", **given))


def test_a_webhook_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="message_webhook"):
        senders(set_to(tmp_path, on_call="first", message_webhook="not an address"))


def test_a_name_that_nobody_has_is_told(tmp_path: Path) -> None:
    settings = set_to(tmp_path, on_call="First", on_call_second="secnod")
    error = unknown_on_call(settings, {"first", "second"})
    assert error is not None
    assert "secnod" in str(error)
    assert unknown_on_call(set_to(tmp_path, on_call="First"), {"first"}) is None
    assert unknown_on_call(set_to(tmp_path), set()) is None
