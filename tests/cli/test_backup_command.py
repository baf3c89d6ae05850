"""`marrowscope backup` and `restore`."""

from pathlib import Path

import pytest
from cli_fakes import FakeRooms

from marrowscope.assembly_web import serving_parts
from marrowscope.cli import main

PASSWORD = "four plain words here"


def run(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments), FakeRooms(home).services())
    said = capsys.readouterr()
    assert "bug" not in said.err
    return code, said.out, said.err


def names_in(home: Path) -> list[str]:
    with serving_parts(home) as (accounts, _):
        return [account.user_name for account in accounts.accounts()]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with serving_parts(tmp_path / "home") as (accounts, _):
        accounts.set_up("ada", "Ada Administrator", "AA", PASSWORD)
    return tmp_path / "home"


def test_what_was_backed_up_comes_back(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kept.zip"
    # As while a server runs.
    with serving_parts(home):
        code, out, _ = run(home, capsys, "backup", str(file))
    assert code == 0
    assert out.startswith(f"{file}: ")
    assert "only you can read it" in out
    elsewhere = tmp_path / "elsewhere"

    code, out, _ = run(elsewhere, capsys, "restore", str(file))

    assert code == 0
    assert f"into {elsewhere}\n" in out
    assert names_in(elsewhere) == ["ada"]


def test_a_home_that_holds_something_is_replaced_only_when_asked(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kept.zip"
    run(home, capsys, "backup", str(file))
    with serving_parts(home) as (accounts, _):
        accounts.add("tom", "Tom Invented", "TI", ["trainee"], PASSWORD, by=None)

    code, out, err = run(home, capsys, "restore", str(file))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "--replace" in err
    assert names_in(home) == ["ada", "tom"]

    code, out, _ = run(home, capsys, "restore", str(file), "--replace")
    assert code == 0
    assert "what was there before is in " in out
    assert names_in(home) == ["ada"]


def test_nothing_is_restored_under_a_running_server(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kept.zip"
    run(home, capsys, "backup", str(file))

    with serving_parts(home):
        code, out, err = run(home, capsys, "restore", str(file), "--replace")

    assert (code, out, err.count("\n")) == (4, "", 1)
    assert names_in(home) == ["ada"]


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_an_empty_path_is_wrong_use(
    home: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(home, capsys, command, "")

    assert code == 2
    assert "path is empty" in err


def test_a_file_that_is_there_stays(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kept.zip"
    file.write_text("mine", encoding="utf-8")

    code, _, err = run(home, capsys, "backup", str(file))

    assert (code, err.count("\n")) == (2, 1)
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_file_that_is_no_backup_is_refused(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "other.zip"
    file.write_text("mine", encoding="utf-8")

    code, _, err = run(home, capsys, "restore", str(file), "--replace")

    assert code in {2, 3, 4}
    assert err.count("\n") == 1
    assert names_in(home) == ["ada"]
