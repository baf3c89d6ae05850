"""`marrowscope audit verify`."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cli_fakes import FakeRooms

from marrowscope.assembly_web import serving_parts
from marrowscope.cli import main


def verify(home: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    code = main(["audit", "verify", *options], FakeRooms(home).services())
    said = capsys.readouterr()
    return code, said.out, said.err


def with_acts(home: Path, n: int) -> Path:
    with serving_parts(home) as (_, audit):
        for number in range(n):
            audit.append("tested", by=None, about=f"act {number}")
    return home


def tamper(home: Path, seq: int) -> None:
    with closing(sqlite3.connect(home / "marrowscope.sqlite")) as file:
        triggers = file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        ).fetchall()
        for (name,) in triggers:
            file.execute(f"DROP TRIGGER {name}")
        file.execute("UPDATE audit SET about = 'nothing' WHERE seq = ?", (seq,))
        file.commit()


def test_an_audit_as_it_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = with_acts(tmp_path, 3)

    assert verify(home, capsys) == (0, "all 3 entries of the audit are as they were written\n", "")
    code, out, _ = verify(home, capsys, "--json")
    assert (code, json.loads(out)) == (0, {"n": 3, "is_intact": True, "broken_at": None})


def test_a_changed_entry_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = with_acts(tmp_path, 3)
    tamper(home, 2)

    code, out, err = verify(home, capsys)
    assert code == 4
    assert out.startswith("entry 2 of the audit is not as it was written")
    assert err == ""
    code, out, _ = verify(home, capsys, "--json")
    assert code == 4
    assert json.loads(out)["broken_at"] == 2


def test_where_nothing_is_set_up_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = verify(tmp_path / "home", capsys)

    assert (code, out) == (2, "")
    assert "nothing is set up" in err
    assert not (tmp_path / "home").exists()
