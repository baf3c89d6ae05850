"""Bad input, tried through the command as a user would: one line, the right code, nothing left."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marrowscope.assembly import run_analysis
from marrowscope.cells.manifest import read_card, shipped_model
from marrowscope.cli import main
from marrowscope.cli.services import Services
from marrowscope.errors import MarrowscopeError, ModelError, OutputError, UnreadableInputError
from marrowscope.progress import NoProgress
from marrowscope.settings import AnalyzeOptions, load_settings
from slides.made_slides import write_svs
from whole.made_smears import drawn_field, furry_photograph, write_fields


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("MARROWSCOPE_HOME", str(folder))
    return folder


def refused(
    capsys: pytest.CaptureFixture[str], inputs: list[Path], out: Path, code: int, *options: str
) -> str:
    """The one line that a refused run says; checks the rest."""
    capsys.readouterr()
    arguments = ["analyze", *map(str, inputs), "--out", str(out), "--quiet", *options]
    assert main(arguments) == code
    said = capsys.readouterr()
    lines = [line for line in said.err.splitlines() if line.startswith("marrowscope: ")]
    assert len(lines) == 1
    assert "Traceback" not in said.err
    assert said.out == ""
    assert not out.exists() or not any(out.iterdir())
    return lines[0]


def saved(path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(path)
    return path


MADE: dict[str, tuple[Callable[[Path], Path], tuple[str, ...], str]] = {
    "unknown file": (lambda f: _text(f / "notes.xyz"), (), "notes.xyz"),
    "zero bytes": (lambda f: _bytes(f / "empty.svs", b""), (), "empty.svs"),
    "truncated field": (lambda f: _truncated(f / "cut.jpg"), (), "cut.jpg"),
    "wrong extension": (lambda f: _text(f / "slide.svs"), (), "slide.svs"),
    "photograph without scale": (
        lambda f: saved(f / "cat.png", furry_photograph()),
        (),
        "--um-per-px",
    ),
    "photograph with scale": (
        lambda f: saved(f / "cat.png", furry_photograph()),
        ("--um-per-px", "0.25"),
        "cat.png",
    ),
    "all white": (
        lambda f: saved(f / "white.png", np.full((400, 500, 3), 255, np.uint8)),
        ("--um-per-px", "0.25"),
        "empty glass",
    ),
    "all white slide": (
        lambda f: write_svs(f / "white.svs", np.full((700, 900, 3), 250, np.uint8), 0.25),
        (),
        "empty glass",
    ),
    "no scale, no red cells": (
        lambda f: saved(f / "field.png", drawn_field(1, n_red_cells=0)),
        (),
        "--um-per-px",
    ),
    "missing": (lambda f: f / "gone.svs", (), "gone.svs"),
}


def _text(path: Path) -> Path:
    path.write_text("this is no picture\n" * 20)
    return path


def _bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _truncated(path: Path) -> Path:
    Image.fromarray(drawn_field(2)).save(path, quality=90)
    return _bytes(path, path.read_bytes()[:3000])


@pytest.mark.parametrize("name", MADE)
def test_what_cannot_be_read_as_a_smear_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, options, said = MADE[name]
    folder = tmp_path / "in"
    folder.mkdir()
    line = refused(capsys, [make(folder)], tmp_path / "out", 3, *options)
    assert said in line


def test_slides_and_fields_in_one_folder_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_fields(tmp_path / "in", 2)
    write_svs(folder / "slide.svs", drawn_field(3), 0.25)
    refused(capsys, [folder], tmp_path / "out", 3)


def test_a_bomb_is_refused_before_it_unpacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bomb = tmp_path / "bomb.png"
    header = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + b"IHDR"
    body = (10**6).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    import zlib

    bomb.write_bytes(header + body + zlib.crc32(b"IHDR" + body).to_bytes(4, "big") + b"\x00" * 100)
    refused(capsys, [bomb], tmp_path / "out", 3, "--um-per-px", "0.25")


def test_one_unreadable_field_refuses_the_run_unless_it_may_be_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_fields(tmp_path / "in", 3)
    _truncated(folder / "zz.jpg")
    line = refused(capsys, [folder], tmp_path / "out", 3, "--um-per-px", "0.25")
    assert "zz.jpg" in line
    assert "--skip-unreadable" in line
    arguments = ["analyze", str(folder), "--out", str(tmp_path / "out"), "--um-per-px", "0.25"]
    assert main([*arguments, "--skip-unreadable", "--quiet"]) == 0
    assert "zz.jpg" in (tmp_path / "out" / "analysis.json").read_text(encoding="utf-8")


def options() -> AnalyzeOptions:
    settings = load_settings()
    return AnalyzeOptions(500, 1, settings.licence, settings, um_per_px=0.25)


class Vanishing(NoProgress):
    """Takes the input away after it was opened and before it is looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def stage(self, name: str, total: int | None) -> None:
        if name == "looking at low power":
            shutil.rmtree(self._folder)


def test_a_field_that_vanishes_midway_ends_the_run_with_its_name(tmp_path: Path) -> None:
    folder = write_fields(tmp_path / "in", 3)
    out = tmp_path / "out"
    with pytest.raises(UnreadableInputError, match=r"\.png"):
        run_analysis([folder], out, options(), Vanishing(folder))
    assert not out.exists()


def test_a_file_in_the_place_of_the_output_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_fields(tmp_path / "in", 1)
    blocked = _text(tmp_path / "file")
    capsys.readouterr()
    arguments = ["analyze", str(folder), "--out", str(blocked / "deep"), "--um-per-px", "0.25"]
    assert main([*arguments, "--quiet"]) == 4
    assert "Traceback" not in capsys.readouterr().err


def test_a_read_only_output_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/proc/self").exists():
        pytest.skip("no folder on this system is read-only for everybody")
    folder = write_fields(tmp_path / "in", 1)
    arguments = ["analyze", str(folder), "--out", "/proc/marrowscope", "--um-per-px", "0.25"]
    assert main([*arguments, "--quiet"]) == 4
    assert "Traceback" not in capsys.readouterr().err


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    folder = write_fields(tmp_path / "in", 2)
    out = tmp_path / "out"
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(OutputError, match="disk full"):
            run_analysis([folder], out, options(), NoProgress())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not out.exists()


def test_non_ascii_and_long_paths_work(tmp_path: Path) -> None:
    folder = tmp_path / ("Ä-脊髓-" + "x" * 80) / ("ö" * 60) / ("y" * 100)
    folder.parent.mkdir(parents=True)
    write_fields(folder, 1)
    out = tmp_path / "ergebnis-é"
    run_analysis([folder], out, options(), NoProgress())
    assert (out / "report.html").stat().st_size > 10_000


def test_a_path_longer_than_the_system_allows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_fields(tmp_path / "in", 1)
    arguments = [
        "analyze",
        str(folder),
        "--out",
        str(tmp_path / ("z" * 300)),
        "--um-per-px",
        "0.25",
    ]
    assert main([*arguments, "--quiet"]) == 4
    assert "too long" in capsys.readouterr().err


def damaged_card(folder: Path) -> Path:
    card = shipped_model("detector").path
    shutil.copy(card.with_suffix(".json"), folder / "detector.json")
    data = bytearray(card.read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "detector.onnx").write_bytes(bytes(data))
    return folder / "detector.json"


def test_a_model_whose_hash_is_wrong_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not the one its card names"):
        read_card(damaged_card(tmp_path)).verify()


def test_doctor_names_a_damaged_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    services = Services(shipped_models=lambda: [read_card(damaged_card(tmp_path))])
    assert main(["doctor"], services) == 4
    assert "not the one its card names" in capsys.readouterr().out


def test_a_missing_pyramid_level_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slide = write_svs(tmp_path / "slide.svs", np.tile(drawn_field(4), (2, 2, 1)), 0.25)
    data = slide.read_bytes()
    slide.write_bytes(data[: len(data) // 2])
    refused(capsys, [slide], tmp_path / "out", 3)


def test_every_refusal_is_ours(tmp_path: Path) -> None:
    device = tmp_path / "pipe"
    os.mkfifo(device)
    with pytest.raises(MarrowscopeError):
        run_analysis([device], tmp_path / "out", options(), NoProgress())


def test_a_scale_too_coarse_to_see_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_fields(tmp_path / "in", 1)
    line = refused(capsys, [folder], tmp_path / "out", 3, "--um-per-px", "5")
    assert "too coarse" in line


def test_results_beside_the_pictures_do_not_refuse_the_next_run(tmp_path: Path) -> None:
    folder = write_fields(tmp_path / "in", 1)
    for _ in range(2):
        run_analysis([folder], folder, options(), NoProgress())
        run_analysis([folder], folder / "deep", options(), NoProgress())
    assert (folder / "report.html").exists()


@pytest.mark.parametrize("arguments", [["in", "--out", ""], ["", "--out", "out"]])
def test_an_empty_path_is_wrong_use(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", *arguments]) == 2
    assert "empty" in capsys.readouterr().err


@pytest.mark.parametrize("count", ["0", "-1", "abc", "1.5", "9" * 5000])
def test_a_count_that_makes_no_sense_is_wrong_use(
    count: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", "in", "--out", "out", f"--count={count}"]) == 2
    assert "--count" in capsys.readouterr().err
