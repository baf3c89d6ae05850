"""`marrowscope user`: accounts from the command line."""

import io
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_fakes import FakeRooms

from marrowscope.accounts.account import Account
from marrowscope.accounts.refusals import SignInRefusedError
from marrowscope.accounts.roles import Role
from marrowscope.assembly_web import serving_parts
from marrowscope.cli import main

PASSWORD = "four plain words here"
OTHER_PASSWORD = "four other words there"
ADD = ["add", "kim", "--full-name", "Kim Invented", "--initials", "KI", "--role"]


@dataclass
class Terminal:
    home: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def run(self, *arguments: str, stdin: str = f"{PASSWORD}\n", code: int = 0) -> str:
        """Standard output, or standard error of what was refused."""
        self.monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        ended = main(["user", *arguments], FakeRooms(self.home).services())
        out, err = self.capsys.readouterr()
        assert ended == code, err
        assert PASSWORD not in out + err
        return err if code else out

    def account(self, user_name: str) -> Account | None:
        with serving_parts(self.home) as (accounts, _):
            return accounts.by_user_name(user_name)

    def signs_in(self, user_name: str, password: str = PASSWORD) -> bool:
        with serving_parts(self.home) as (accounts, _):
            try:
                accounts.sign_in(user_name, password, "127.0.0.1")
            except SignInRefusedError:
                return False
        return True


@pytest.fixture
def terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    return Terminal(tmp_path / "home", capsys, monkeypatch)


def test_the_first_account_can_be_made_here(terminal: Terminal) -> None:
    said = terminal.run(*ADD, "administrator", "--role", "director", "--password-stdin")

    assert said == (
        "added kim (director, administrator); the password has to be changed at the next sign-in\n"
    )
    account = terminal.account("kim")
    assert account is not None
    assert account.roles == {Role.ADMINISTRATOR, Role.DIRECTOR}
    assert account.must_change_password
    assert terminal.signs_in("kim")


def test_a_password_can_be_for_good(terminal: Terminal) -> None:
    said = terminal.run(*ADD, "service", "--password-stdin", "--permanent")

    assert said == "added kim (service)\n"
    account = terminal.account("kim")
    assert account is not None
    assert not account.must_change_password


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\nsecond line\n"])
def test_the_password_is_the_first_line(terminal: Terminal, ending: str) -> None:
    terminal.run(*ADD, "trainee", "--password-stdin", stdin=PASSWORD + ending)

    assert terminal.signs_in("kim")


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        ([*ADD, "trainee"], PASSWORD, "--password-stdin"),
        ([*ADD, "trainee", "--password-stdin"], "", "no password"),
        ([*ADD, "trainee", "--password-stdin"], "\n", "no password"),
        ([*ADD, "trainee", "--password-stdin"], "short\n", "12 characters"),
        ([*ADD, "king", "--password-stdin"], PASSWORD, "king"),
        (["add", "kim", "--password-stdin"], PASSWORD, "--full-name"),
        ([*ADD, "trainee", "--password", PASSWORD.replace(" ", "_")], "", "--password"),
        (["reset-password", "kim", "--password-stdin"], PASSWORD, "nothing is set up"),
        (["disable", "kim"], "", "nothing is set up"),
    ],
)
def test_what_is_refused_leaves_nothing(
    terminal: Terminal, arguments: list[str], stdin: str, words: str
) -> None:
    err = terminal.run(*arguments, stdin=stdin, code=2)

    assert words in err
    assert err.count("\n") == 1
    assert terminal.account("kim") is None


def test_a_user_name_is_given_once(terminal: Terminal) -> None:
    terminal.run(*ADD, "administrator", "--password-stdin")

    assert "taken" in terminal.run(*ADD, "trainee", "--password-stdin", code=2)


def test_a_new_password_for_who_lost_theirs(terminal: Terminal) -> None:
    terminal.run(*ADD, "administrator", "--password-stdin", "--permanent")

    said = terminal.run("reset-password", "Kim", "--password-stdin", stdin=OTHER_PASSWORD)

    assert said.startswith("kim has a new password; ")
    assert not terminal.signs_in("kim")
    assert terminal.signs_in("kim", OTHER_PASSWORD)
    account = terminal.account("kim")
    assert account is not None
    assert account.must_change_password


def test_a_disabled_account_does_not_sign_in(terminal: Terminal) -> None:
    terminal.run(*ADD, "administrator", "--password-stdin")
    terminal.run(*["add", "lee", *ADD[2:]], "trainee", "--password-stdin")

    said = terminal.run("disable", "lee")

    assert said.startswith("lee is disabled")
    assert not terminal.signs_in("lee")


def test_the_last_administrator_stays(terminal: Terminal) -> None:
    terminal.run(*ADD, "administrator", "--password-stdin")

    terminal.run("disable", "kim", code=2)

    assert terminal.signs_in("kim")


@pytest.mark.parametrize("command", [["disable"], ["reset-password", "--password-stdin"]])
def test_nobody_of_that_name(terminal: Terminal, command: list[str]) -> None:
    terminal.run(*ADD, "administrator", "--password-stdin")

    assert "'lee'" in terminal.run(*command, "lee", code=2)


def test_what_is_done_here_is_audited_as_such(terminal: Terminal) -> None:
    terminal.run(*ADD, "administrator", "--password-stdin")

    with serving_parts(terminal.home) as (_, audit):
        (entry,) = audit.entries(None, 10)
    assert entry.actor is None
    assert "kim" in entry.about


def on_a_terminal(home: Path, *typed: str) -> tuple[int, str]:
    """Exit code and what the terminal showed of `user add`, with lines typed into it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "marrowscope", "user", *ADD, "trainee"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env=os.environ | {"MARROWSCOPE_HOME": str(home)},
    )
    os.close(theirs)
    shown = ""
    waiting = list(typed)
    while True:
        try:
            shown += os.read(ours, 4096).decode()
        except OSError:
            break
        if waiting and shown.endswith(": "):
            os.write(ours, f"{waiting.pop(0)}\n".encode())
            shown += "|"
    os.close(ours)
    return process.wait(timeout=60), shown


def test_a_terminal_asks_twice_and_shows_nothing(tmp_path: Path) -> None:
    code, shown = on_a_terminal(tmp_path, PASSWORD, PASSWORD)

    assert code == 0, shown
    assert "added kim" in shown
    assert PASSWORD not in shown


def test_two_different_passwords_are_none(tmp_path: Path) -> None:
    code, shown = on_a_terminal(tmp_path, PASSWORD, OTHER_PASSWORD)

    assert code == 2
    assert "two different passwords" in shown
    assert not (tmp_path / "marrowscope.sqlite").exists()
