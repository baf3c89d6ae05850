import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from fakes.still_clock import StillClock
from marrowscope.cases.events import SlideForm
from marrowscope.cases.facts import CaseFacts
from marrowscope.errors import UnreadableInputError
from marrowscope.store.backup_archive import MANIFEST, FileFacts, Manifest, put, written
from marrowscope.store.backups import back_up, restore
from marrowscope.store.case_files import CaseFiles
from marrowscope.store.case_parts import case_parts
from marrowscope.store.database import FILE, open_database

CLOCK = StillClock()
UPLOADED = b"a slide " * 1000


def worked_in(home: Path, name: str) -> tuple[UUID, UUID]:
    """A home with a case, its slide of two files, a result, and an upload on its way."""
    engine = open_database(home)
    parts = case_parts(engine, CLOCK)
    case_id = parts.records.open_case(CaseFacts(accession=name), by=None).case_id
    source = home / "incoming"
    (source / "a").mkdir(parents=True)
    (source / "a.mrxs").write_bytes(name.encode())
    (source / "a" / "Daten 1 ä.dat").write_bytes(UPLOADED)
    slide = parts.slides.add_copied(case_id, "", SlideForm.FILE, [source], by=None)
    shutil.rmtree(source)
    folder = parts.files.analysis_folder(case_id, uuid4())
    for below in ("geojson/Smear 1", ".marrowscope-partial-x/new"):
        (folder / below).mkdir(parents=True)
        (folder / below / "1.png.geojson").write_text("{}")
    (folder / "report.html").write_text("a report")
    upload = parts.uploads.begin(case_id, "b.svs", 100, by=None)
    parts.uploads.append(upload.upload_id, 0, b"half")
    engine.dispose()
    return case_id, slide.slide_id


def whole(home: Path, case_id: UUID, slide_id: UUID, name: str) -> bool:
    engine = open_database(home)
    parts = case_parts(engine, CLOCK)
    case = parts.records.case(case_id)
    assert case is not None
    assert case.facts.accession == name
    slide = case.slides[0]
    is_whole = parts.files.missing(case_id, slide) is None
    engine.dispose()
    assert slide.slide_id == slide_id
    return is_whole


def test_a_backup_holds_slides_and_results(tmp_path: Path) -> None:
    home, other, archive = tmp_path / "home", tmp_path / "other", tmp_path / "saved.zip"
    case_id, slide_id = worked_in(home, "S1")
    back_up(home, archive, CLOCK)
    with zipfile.ZipFile(archive) as saved:
        names = sorted(saved.namelist())
        sizes = {one.filename: (one.file_size, one.compress_size) for one in saved.infolist()}
    cases = [name.split("/")[-1] for name in names if name.startswith("cases/")]
    assert sorted(cases) == ["1.png.geojson", "Daten 1 ä.dat", "a.mrxs", "report.html"]
    # Slides are packed already.
    slide = next(name for name in names if name.endswith(".dat"))
    assert sizes[slide] == (len(UPLOADED), len(UPLOADED))
    restore(archive, other, now=CLOCK)
    assert whole(other, case_id, slide_id, "S1")
    with closing(sqlite3.connect(other / FILE)) as database:
        assert database.execute("SELECT count(*) FROM uploads").fetchone() == (0,)


def test_cases_are_moved_aside_with_their_database(tmp_path: Path) -> None:
    home, other, archive = tmp_path / "home", tmp_path / "other", tmp_path / "saved.zip"
    case_id, slide_id = worked_in(home, "S1")
    old = worked_in(other, "S2")
    back_up(home, archive, CLOCK)
    kept = restore(archive, other, replace=True, now=CLOCK).kept_aside
    assert whole(other, case_id, slide_id, "S1")
    assert not CaseFiles(other).case_folder(old[0]).exists()
    assert kept is not None
    assert whole(kept, *old, "S2")


def test_cases_are_moved_aside_also_for_a_backup_without_any(tmp_path: Path) -> None:
    home, other, archive = tmp_path / "home", tmp_path / "other", tmp_path / "saved.zip"
    open_database(home).dispose()
    old = worked_in(other, "S2")
    back_up(home, archive, CLOCK)
    kept = restore(archive, other, replace=True, now=CLOCK).kept_aside
    assert not (other / "cases").exists()
    assert kept is not None
    assert whole(kept, *old, "S2")


@pytest.mark.parametrize(
    "name",
    [
        "cases/x",
        f"cases/{UUID(int=1)}/slides/{UUID(int=1)}/../../x",
        f"cases/{UUID(int=1)}/slides/{UUID(int=1)}/.hidden",
        f"cases/{UUID(int=1)}/uploads/{UUID(int=1)}/x",
        f"cases/{UUID(int=1)}/slides/{UUID(int=1)}/a\\b",
        f"cases/{UUID(int=1)}/slides/{UUID(int=1)}/a/",
    ],
)
def test_nothing_else_is_put_among_the_cases(name: str, tmp_path: Path) -> None:
    archive = tmp_path / "odd.zip"
    source = tmp_path / "x"
    source.write_bytes(b"x")
    with pytest.raises(UnreadableInputError, match="no backup"), written(archive) as (made, _):
        facts = put(made, name, source)
        manifest = Manifest("2025-06-01", {name: FileFacts(facts.sha256, 1)}, 0, "0" * 64)
        made.writestr(MANIFEST, manifest.as_json())
