"""`marrowscope case`: cases from the command line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_fakes import FakeRooms
from PIL import Image

from marrowscope.assembly_web import home_parts, serving_parts
from marrowscope.cases.events import SlideForm
from marrowscope.cases.state import CaseState, SlideState
from marrowscope.cli import main
from slides.made_slides import smooth_pixels, write_dicom_folder, write_svs

PIXELS = smooth_pixels(300, 260)


@dataclass
class Terminal:
    home: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: object, code: int = 0) -> str:
        """Standard output, or the one line on standard error of what was refused."""
        ended = main(["case", *map(str, arguments)], FakeRooms(self.home).services())
        out, err = self.capsys.readouterr()
        assert ended == code, err
        if code:
            assert err.count("\n") == 1, err
        return err if code else out

    def cases(self) -> tuple[CaseState, ...]:
        with home_parts(self.home) as parts:
            return parts.cases.records.cases()

    def slides(self) -> list[tuple[SlideForm, list[str]]]:
        (case,) = self.cases()
        return [(slide.form, sorted(file.name for file in slide.files)) for slide in case.slides]

    def acts(self) -> list[str]:
        with serving_parts(self.home) as (_, audit):
            return [entry.act for entry in reversed(audit.entries(None, 100))]

    def copies(self, case: CaseState, slide: SlideState) -> list[Path]:
        with home_parts(self.home) as parts:
            folder = parts.cases.files.slide_folder(case.case_id, slide.slide_id)
        return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    home = tmp_path / "home"
    with serving_parts(home):
        pass
    return Terminal(home, capsys)


def fields(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.fromarray(np.full((40, 40, 3), 200 + number, np.uint8)).save(folder / name)
    return folder


def test_a_slide_is_copied_and_its_analysis_asked_for(terminal: Terminal, tmp_path: Path) -> None:
    slide = write_svs(tmp_path / "smear.svs", PIXELS, 0.25)

    said = terminal.run(
        "add", slide, "--accession", "S26-1", "--purpose", "teaching", "--priority", "urgent",
        "--scanner", "S1", "--stain", "MGG", "--um-per-px", "0.3",
    )  # fmt: skip

    (case,) = terminal.cases()
    assert said == (
        f"added case {case.case_id} with 1 slide\n"
        "'marrowscope serve' analyses it, now or once it is started\n"
    )
    facts = case.facts
    assert (facts.accession, facts.purpose, facts.priority) == ("S26-1", "teaching", "urgent")
    assert case.status == "waiting"
    assert (case.analyses[0].um_per_px, case.analyses[0].count_target) == (0.3, 500)
    (added,) = case.slides
    assert (added.name, added.form, added.scanner, added.stain) == (
        "smear.svs",
        SlideForm.FILE,
        "S1",
        "MGG",
    )
    (copy,) = terminal.copies(case, added)
    assert copy.read_bytes() == slide.read_bytes()
    assert slide.exists()
    assert terminal.acts() == ["case_opened", "case_slide_added", "analysis_asked"]


def test_a_case_without_analysis(terminal: Terminal, tmp_path: Path) -> None:
    folder = fields(tmp_path / "smear", "1.png", "2.png", "10.png")

    said = terminal.run("add", folder, "--no-analyse")

    (case,) = terminal.cases()
    assert said == f"added case {case.case_id} with 1 slide\n"
    assert case.status == "new"
    assert (case.facts.purpose, case.facts.priority) == ("research", "routine")
    assert terminal.slides() == [(SlideForm.FIELDS, ["1.png", "10.png", "2.png"])]
    assert case.slides[0].name == "smear"


def test_several_slides_are_one_case(terminal: Terminal, tmp_path: Path) -> None:
    one = write_svs(tmp_path / "one.svs", PIXELS, 0.25)
    folder = fields(tmp_path / "smear", "1.png", "2.png")
    (folder / "notes.txt").write_text("not a picture", encoding="utf-8")

    said = terminal.run("add", one, folder, "--no-analyse")

    assert "with 2 slides" in said
    assert terminal.slides() == [
        (SlideForm.FILE, ["one.svs"]),
        (SlideForm.FIELDS, ["1.png", "2.png"]),
    ]


@pytest.mark.parametrize("given", ["", "series1-level1.dcm"])
def test_a_dicom_series_is_one_slide(terminal: Terminal, tmp_path: Path, given: str) -> None:
    folder = write_dicom_folder(tmp_path / "one", PIXELS, 0.25)
    if given:
        write_dicom_folder(folder, PIXELS, 0.25, series=2)
        (folder / "notes.txt").write_text("not DICOM", encoding="utf-8")

    terminal.run("add", folder / given, "--no-analyse")

    names = ["series1-label.dcm", "series1-level0.dcm", "series1-level1.dcm"]
    assert terminal.slides() == [(SlideForm.FILE, names)]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["add"], 2, "PATH"),
        (["add", ""], 2, "empty"),
        (["add", "nothing.svs"], 3, "nothing.svs"),
        (["add", "text.svs"], 3, "text.svs"),
        (["add", "empty"], 3, "empty"),
        (["add", "good.png", "--purpose", "profit"], 2, "profit"),
        (["add", "good.png", "--accession", "x" * 65], 2, "accession"),
        (["add", "good.png", "--um-per-px", "0"], 2, "um-per-px"),
        (["add", "good.png", "--scanner", "x" * 129], 2, "scanner"),
        (["list", "--status", "lost"], 2, "lost"),
    ],
)
def test_what_is_refused_leaves_no_case(
    terminal: Terminal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    fields(tmp_path, "good.png")
    (tmp_path / "text.svs").write_text("no slide", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)

    assert words in terminal.run(*arguments, code=code)

    assert terminal.cases() == ()


def test_a_slide_that_cannot_be_copied_leaves_no_case(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from marrowscope.errors import OutputError
    from marrowscope.store.case_files import CaseFiles

    def full(*_given: Any) -> None:
        raise OutputError("the disk is full; make room and try again")

    monkeypatch.setattr(CaseFiles, "copy_in", full)

    assert "disk is full" in terminal.run("add", fields(tmp_path / "a", "1.png"), code=4)
    assert terminal.cases() == ()
    assert terminal.acts() == ["case_opened", "case_deleted"]


def test_a_home_that_nobody_set_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(tmp_path / "none", capsys)

    assert "serve" in terminal.run("list", code=2)
    assert "serve" in terminal.run("add", fields(tmp_path / "a", "1.png"), code=2)
    assert not (tmp_path / "none").exists()


def test_cases_are_listed_without_patients(terminal: Terminal, tmp_path: Path) -> None:
    folder = fields(tmp_path / "Joan Invented", "1.png")
    terminal.run("add", folder, "--accession", "A-1", "--no-analyse")
    terminal.run("add", folder, "--accession", "B-2", "--priority", "urgent")

    said = terminal.run("list")

    first, second = said.splitlines()
    assert [first.split()[2:], second.split()[2:]] == [
        ["waiting", "urgent", "research", "1", "B-2"],
        ["new", "routine", "research", "1", "A-1"],
    ]
    assert "Joan" not in said
    assert terminal.run("list", "--search", "a-1").count("\n") == 1
    assert "B-2" in terminal.run("list", "--status", "waiting")
    assert terminal.run("list", "--purpose", "archive") == "no such case\n"
    (row,) = json.loads(terminal.run("list", "--json", "--search", "B"))
    assert (row["accession"], row["n_slides"], row["status"]) == ("B-2", 1, "waiting")
    assert terminal.run("list", "--json", "--search", "z") == "[]\n"
    assert terminal.acts().count("worklist_read") == 4
