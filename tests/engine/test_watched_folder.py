"""What is put into a watched folder becomes a case, once and whole."""

import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from engine.made_home import Reading, cases_of, engine_of, until
from marrowscope.cases.events import SlideForm
from marrowscope.cases.facts import CaseFacts, Purpose
from marrowscope.cases.state import CaseState
from marrowscope.engine.asking import AskedJobs
from marrowscope.engine.ports import GivenSlide
from marrowscope.engine.watched_folder import (
    BEING_TAKEN,
    CUT_OFF,
    REFUSED,
    TAKEN,
    Intake,
    WatchedFolder,
)
from marrowscope.errors import OutputError, UnreadableInputError, UsageError
from marrowscope.store.case_parts import CaseParts

QUIET_S = 30.0


def slides_among(paths: Sequence[Path]) -> tuple[GivenSlide, ...]:
    """A file is a slide, a folder a slide a file; nothing is one that says so."""
    found = [file for path in paths for file in ([path] if path.is_file() else path.iterdir())]
    slides = sorted(file for file in found if file.parent.suffix != ".mrxs")
    if any(file.read_bytes() == b"no slide" for file in slides):
        raise UnreadableInputError("this is no slide; give one")
    return tuple(GivenSlide(file.name, SlideForm.FILE, (file,)) for file in slides)


@dataclass
class Watch:
    folder: Path
    parts: CaseParts
    watched: WatchedFolder
    jobs: AskedJobs
    now_s: float = 0.0

    def look(self, later_s: float = 0.0) -> None:
        self.now_s += later_s
        self.watched.look(self.jobs, self.now_s)

    def put(self, name: str, content: bytes = b"a slide") -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    def cases(self) -> dict[str, CaseState]:
        return {case.facts.accession: case for case in self.parts.records.cases()}

    def below(self, name: str) -> list[str]:
        return sorted(path.name for path in (self.folder / name).iterdir())


def watched_of(folder: Path, parts: CaseParts, purpose: Purpose = Purpose.RESEARCH) -> Watch:
    intake = Intake(parts.records, parts.slides, slides_among)
    watched = WatchedFolder(folder, intake, QUIET_S, purpose)
    return Watch(folder, parts, watched, AskedJobs(parts.records, 500))


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    folder = tmp_path / "incoming"
    folder.mkdir()
    with cases_of(tmp_path / "home") as parts:
        yield watched_of(folder, parts)


def test_a_file_that_is_left_alone_becomes_a_case_that_is_analysed(watch: Watch) -> None:
    watch.put("S26-0147.svs")
    watch.look()
    watch.look(QUIET_S - 1)
    assert watch.cases() == {}

    watch.look(1)

    case = watch.cases()["S26-0147"]
    assert [slide.name for slide in case.slides] == ["S26-0147.svs"]
    assert len(case.analyses) == 1
    assert case.facts.purpose is Purpose.RESEARCH
    assert watch.below(TAKEN) == ["S26-0147.svs"]
    assert watch.below(BEING_TAKEN) == []
    watch.look(2 * QUIET_S)
    assert len(watch.cases()) == 1


def test_what_still_grows_waits(watch: Watch) -> None:
    path = watch.put("S26-1.svs")
    for size in range(1, 4):
        watch.look(QUIET_S)
        path.write_bytes(b"a" * (10 + size))
    watch.look(QUIET_S)
    assert watch.cases() == {}
    # As long as before, and written again.
    os.utime(path, ns=(1, 1))
    watch.look(QUIET_S - 1)
    assert watch.cases() == {}
    watch.look(QUIET_S)
    assert list(watch.cases()) == ["S26-1"]


def test_a_folder_is_one_case_of_all_its_slides(watch: Watch) -> None:
    watch.put("S26-2/a.svs")
    watch.put("S26-2/b.svs")
    watch.look()
    watch.look(QUIET_S)
    assert [slide.name for slide in watch.cases()["S26-2"].slides] == ["a.svs", "b.svs"]


def test_a_file_waits_for_the_folder_that_belongs_to_it_and_both_go_together(watch: Watch) -> None:
    watch.put("S26-3/Slidedat.ini")
    watch.look()
    watch.look(QUIET_S)
    assert watch.cases() == {}
    watch.put("S26-3.mrxs")
    watch.look()
    watch.look(QUIET_S)
    [slide] = watch.cases()["S26-3"].slides
    assert {file.name for file in slide.files} == {"S26-3.mrxs", "S26-3/Slidedat.ini"}
    assert watch.below(TAKEN) == ["S26-3", "S26-3.mrxs"]


def test_what_is_no_slide_is_refused_with_a_note_and_others_go_on(watch: Watch) -> None:
    watch.put("notes.svs", b"no slide")
    watch.put("S26-4.svs")
    watch.look()
    watch.look(QUIET_S)
    assert list(watch.cases()) == ["S26-4"]
    assert watch.below(REFUSED) == ["notes.svs", "notes.svs.txt"]
    note = watch.folder / REFUSED / "notes.svs.txt"
    assert note.read_text(encoding="utf-8") == "this is no slide; give one\n"


def test_hidden_unfinished_and_linked_files_are_left_alone(watch: Watch, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.svs"
    outside.write_bytes(b"a slide")
    (watch.folder / "link.svs").symlink_to(outside)
    for name in (".hidden.svs", "S26-5.svs.part", "~S26-5.svs"):
        watch.put(name)
    (watch.folder / "empty").mkdir()
    watch.look()
    watch.look(QUIET_S)
    assert watch.cases() == {}
    assert watch.below(REFUSED) == []


def test_the_same_name_again_is_another_case_and_nothing_is_overwritten(watch: Watch) -> None:
    for content in (b"first", b"second"):
        watch.put("S26-6.svs", content)
        watch.look()
        watch.look(QUIET_S)
    assert len(watch.parts.records.cases()) == 2
    assert watch.below(TAKEN) == ["S26-6 (2).svs", "S26-6.svs"]


def test_a_full_disk_loses_nothing_and_is_tried_again(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.put("S26-7.svs")
    watch.look()
    with monkeypatch.context() as patched:

        def full(*_: object, **__: object) -> None:
            raise OutputError("the disk is full; free some of it")

        patched.setattr(watch.parts.files, "copy_in", full)
        with pytest.raises(OutputError, match="the disk is full"):
            watch.look(QUIET_S)
        assert watch.cases() == {}
        assert watch.below(BEING_TAKEN) == []
    watch.look()
    watch.look(QUIET_S)
    assert len(watch.cases()["S26-7"].analyses) == 1


def test_what_cannot_be_put_away_is_no_second_case(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.put("S26-7.svs")
    watch.look()
    with monkeypatch.context() as patched:
        rename = Path.rename

        def refused(path: Path, target: Path) -> Path:
            if Path(target).parent.name == TAKEN:
                raise PermissionError(13, "Permission denied")
            return rename(path, target)

        patched.setattr(Path, "rename", refused)
        with pytest.raises(OutputError, match="Permission denied"):
            watch.look(QUIET_S)
        with pytest.raises(OutputError, match="Permission denied"):
            watch.look(QUIET_S)
    watch.look(QUIET_S)
    watch.look(QUIET_S)
    assert len(watch.parts.records.cases()) == 1
    assert watch.below(TAKEN) == ["S26-7.svs"]
    assert watch.below(BEING_TAKEN) == []


def test_a_damaged_database_refuses_no_slide(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    watch.put("S26-7.svs")
    watch.look()

    def damaged(*_: object, **__: object) -> None:
        raise UnreadableInputError("a case holds a damaged event; restore a backup")

    monkeypatch.setattr(watch.parts.records, "open_case", damaged)
    with pytest.raises(OutputError, match="damaged event"):
        watch.look(QUIET_S)
    assert watch.below(REFUSED) == []
    assert (watch.folder / "S26-7.svs").is_file()


def test_a_folder_that_is_not_there_is_told_and_looked_for_again(watch: Watch) -> None:
    watch.folder.rmdir()
    with pytest.raises(OutputError, match="not there"):
        watch.look()
    watch.folder.mkdir()
    watch.look()
    shutil.rmtree(watch.folder)
    with pytest.raises(OutputError, match="cannot be used"):
        watch.look()


@pytest.mark.parametrize("left", ["claimed", "opened", "filled", "asked", "deleted"])
def test_a_killed_server_leaves_one_case(watch: Watch, left: str) -> None:
    """Wherever it was killed between the claim and the end, the next one makes it whole."""
    case_id = uuid4()
    claimed = watch.folder / BEING_TAKEN / str(case_id)
    claimed.mkdir(parents=True)
    slide = claimed / "S26-8.svs"
    slide.write_bytes(b"a slide")
    records = watch.parts.records
    if left != "claimed":
        records.open_case(CaseFacts(accession="S26-8"), by=None, case_id=case_id)
    if left in {"filled", "asked"}:
        watch.parts.slides.add_copied(case_id, "S26-8.svs", SlideForm.FILE, [slide], by=None)
    if left == "asked":
        watch.jobs.ask(case_id, by=None)
    if left == "deleted":
        records.delete(case_id, None, CUT_OFF, by=None)

    watch.look()

    [case] = records.cases()
    assert (len(case.slides), len(case.analyses)) == (1, 1)
    assert (case.case_id == case_id) == (left == "asked")
    assert watch.below(TAKEN) == ["S26-8.svs"]
    assert watch.below(BEING_TAKEN) == []


def test_the_engine_watches_and_analyses(tmp_path: Path) -> None:
    folder = tmp_path / "incoming"
    folder.mkdir()
    (folder / "S26-9.svs").write_bytes(b"a slide")
    reading = Reading(may_go_on=threading.Event())
    reading.may_go_on.set()

    def watched(parts: CaseParts) -> WatchedFolder:
        intake = Intake(parts.records, parts.slides, slides_among)
        return WatchedFolder(folder, intake, quiet_s=0.0, purpose=Purpose.TEACHING)

    with engine_of(tmp_path / "home", reading, watched=watched) as engine:
        until(lambda: any(case.newest_result for case in engine.parts.records.cases()))
        [case] = engine.parts.records.cases()
    assert (case.facts.accession, case.facts.purpose) == ("S26-9", Purpose.TEACHING)
    assert engine.told == []
    assert isinstance(case.case_id, UUID)


def test_a_folder_with_an_unfinished_file_waits(watch: Watch) -> None:
    watch.put("S26-1/a.svs")
    part = watch.put("S26-1/b.svs.part")
    for _ in range(3):
        watch.look(QUIET_S)
    assert watch.cases() == {}
    part.rename(part.with_name("b.svs"))
    watch.look()
    watch.look(QUIET_S)
    assert len(watch.cases()["S26-1"].slides) == 2


def test_a_link_in_a_folder_brings_nothing_in(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "secret.svs").write_bytes(b"elsewhere")
    watch.put("S26-1/a.svs")
    (watch.folder / "S26-1" / "b.svs").symlink_to(tmp_path / "secret.svs")
    watch.look()
    watch.look(QUIET_S)
    assert watch.cases() == {}
    assert watch.below(REFUSED) == ["S26-1", "S26-1.txt"]
    note = (watch.folder / REFUSED / "S26-1.txt").read_text(encoding="utf-8")
    assert note == "S26-1/b.svs: is a link; put the file itself there\n"
    assert (tmp_path / "secret.svs").read_bytes() == b"elsewhere"


@pytest.mark.parametrize("name", ["n" * 250 + ".unk", "ü" * 125 + ".unk"])
def test_what_has_a_very_long_name_gets_its_note_too(watch: Watch, name: str) -> None:
    for _ in range(2):
        watch.put(name, b"no slide")
        watch.look()
        watch.look(QUIET_S)
    assert watch.below(BEING_TAKEN) == []
    notes = [one for one in watch.below(REFUSED) if one.endswith(".txt")]
    assert len(notes) == 2
    assert len(watch.below(REFUSED)) == 4


def test_the_scale_of_its_slides_goes_with_the_analysis(watch: Watch) -> None:
    watch.watched.um_per_px = 0.17
    watch.put("S26-1.svs")
    watch.look()
    watch.look(QUIET_S)
    [analysis] = watch.cases()["S26-1"].analyses
    assert analysis.um_per_px == 0.17


def test_what_may_not_be_analysed_is_refused_with_its_reason(watch: Watch) -> None:
    def check(purpose: Purpose) -> None:
        raise UsageError(f"a case of {purpose} purpose needs the laboratory's choice of weights")

    watch.jobs = AskedJobs(watch.parts.records, 500, check=check)
    watch.put("S26-1.svs")
    watch.look()
    watch.look(QUIET_S)
    assert watch.cases() == {}
    assert watch.below(REFUSED) == ["S26-1.svs", "S26-1.svs.txt"]
