import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_fakes import FakeRooms

from marrowscope.cli import main
from marrowscope.errors import (
    ModelError,
    OutputError,
    UnknownScaleError,
    UnreadableInputError,
    UsageError,
)


def raising(error: BaseException) -> Callable[[], object]:
    def raise_it() -> object:
        raise error

    return raise_it


def analyse(rooms: FakeRooms) -> int:
    return main(["analyze", "smear.svs", "--out", "out", "--json"], rooms.services())


def seen_home(folder: Path) -> Path:
    """A home whose licence notice has been shown, so that only errors are on standard error."""
    (folder / "licence-notice-shown").touch()
    return folder


@pytest.mark.parametrize(
    ("error", "exit_code", "message"),
    [
        (UsageError("--mcv: too small"), 2, "--mcv: too small"),
        (UnreadableInputError("a.svs is truncated"), 3, "a.svs is truncated"),
        (UnknownScaleError("no scale; give --um-per-px"), 3, "no scale; give --um-per-px"),
        (OutputError("out is a file"), 4, "out is a file"),
        (ModelError("wrong digest"), 4, "wrong digest"),
        (KeyboardInterrupt(), 130, "stopped; nothing was written"),
        (
            MemoryError(),
            4,
            "not enough memory; close other programs or use fewer --threads",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            4,
            "the disk is full; free some space and try again",
        ),
        (UsageError("two\nlines\tand \x1b[31mred"), 2, "two lines and \\x1b[31mred"),
    ],
)
def test_an_expected_error_is_one_line_and_an_exit_code(
    error: BaseException,
    exit_code: int,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rooms = FakeRooms(seen_home(tmp_path), during=raising(error))

    assert analyse(rooms) == exit_code

    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"marrowscope: {message}\n"
    assert not list(tmp_path.glob("crash-*"))


def test_a_closed_pipe_ends_without_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = FakeRooms(seen_home(tmp_path), during=raising(BrokenPipeError()))

    assert analyse(rooms) == 141
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no POSIX pipes")
def test_output_that_nobody_reads_is_no_error_of_python(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "marrowscope", "--version"]

    done = subprocess.run(
        command, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60, cwd=tmp_path
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


def test_being_terminated_stops_as_cleanly_as_ctrl_c(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    rooms = FakeRooms(seen_home(tmp_path), during=lambda: signal.raise_signal(signal.SIGTERM))

    assert analyse(rooms) == 143

    assert capsys.readouterr().err == "marrowscope: stopped; nothing was written\n"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_bug_is_recorded_without_anything_of_the_patient(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def read_slide() -> object:
        try:
            raise KeyError("SMITH_JOHN.svs")
        except KeyError as error:
            raise RuntimeError("cannot read /scans/SMITH_JOHN.svs") from error

    rooms = FakeRooms(seen_home(tmp_path), during=read_slide)

    assert analyse(rooms) == 4
    assert analyse(rooms) == 4

    (saved,) = tmp_path.glob("crash-*.txt")
    text = saved.read_text(encoding="utf-8")
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2
    assert "bug" in err[0]
    assert str(saved) in err[0]
    assert "SMITH" not in text
    assert "SMITH" not in err[0]
    assert text.index("builtins.KeyError") < text.index("builtins.RuntimeError")
    assert "in read_slide" in text
    assert "marrowscope/cli/run.py:" in text
    assert str(Path.home()) not in text


def test_debug_prints_the_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rooms = FakeRooms(seen_home(tmp_path), during=raising(RuntimeError("why")), debug=True)

    assert analyse(rooms) == 4

    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "RuntimeError: why" in err


def test_a_bug_where_the_home_cannot_be_written_is_still_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    rooms = FakeRooms(tmp_path / "file" / "home", during=raising(RuntimeError("why")))

    assert analyse(rooms) == 4

    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("marrowscope: this is a bug in Marrowscope (RuntimeError)")
    assert "MARROWSCOPE_DEBUG=1" in last


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["analyze", "a.svs"], "--out"),
        (["analyze", "--out", "b"], "INPUT"),
        (["analyze", "a.svs", "--out", "b", "--colour"], "--colour"),
        (["analyze", "a.svs", "--out", "b", "--um-per-px", "wide"], "--um-per-px"),
        (["analyze", "a.svs", "--out", "b", "--um-per-px", "nan"], "--um-per-px"),
        (["analyze", "a.svs", "--out", "b", "--um-per-px", "-1"], "--um-per-px"),
        (["analyze", "a.svs", "--out", "b", "--mcv", "9"], "--mcv"),
        (["analyze", "a.svs", "--out", "b", "--count", "0"], "--count"),
        (["analyze", "a.svs", "--out", "b", "--count", "some"], "--count"),
        (["analyze", "a.svs", "--out", "b", "--threads", "0"], "threads"),
        (["analyze", "a.svs", "--out", "b", "--licence", "mine"], "--licence"),
        (["phantom", "--width", "9"], "--height"),
        (["train", "pathologist", "--data", "a", "--out", "b"], "pathologist"),
        (["diagnose"], "diagnose"),
    ],
)
def test_wrong_use_is_one_line_that_names_what_is_wrong(
    arguments: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = FakeRooms(tmp_path)

    assert main(arguments, rooms.services()) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("marrowscope: ")
    assert err.count("\n") == 1
    assert named in err
    assert not rooms.runs
