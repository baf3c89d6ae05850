import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from fakes.still_clock import StillClock
from marrowscope.cases.events import AnalysisAsked, SlideForm
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.state import CaseState
from marrowscope.errors import OutputError, UnreadableInputError, UsageError
from marrowscope.store.case_files import KEPT_FREE, ORPHANED_AFTER_S, CaseFiles
from marrowscope.store.case_parts import CaseParts, case_parts
from marrowscope.store.case_slides import CaseSlides
from marrowscope.store.database import open_database

FILE, FIELDS = SlideForm.FILE, SlideForm.FIELDS


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "home")
    yield engine
    engine.dispose()


@pytest.fixture
def parts(engine: Engine) -> CaseParts:
    return case_parts(engine, StillClock())


@pytest.fixture
def case_id(parts: CaseParts) -> UUID:
    return parts.records.open_case(CaseFacts(), by=None).case_id


def uploaded(parts: CaseParts, case_id: UUID, name: str, data: bytes = b"a slide") -> UUID:
    upload_id = parts.uploads.begin(case_id, name, len(data), by=None).upload_id
    parts.uploads.append(upload_id, 0, data)
    parts.uploads.finish(upload_id)
    return upload_id


def now(parts: CaseParts, case_id: UUID) -> CaseState:
    case = parts.records.case(case_id)
    assert case is not None
    return case


def asked(parts: CaseParts, case_id: UUID) -> tuple[CaseState, UUID]:
    slides = tuple(slide.slide_id for slide in now(parts, case_id).slides)
    event = AnalysisAsked(parts.records.stamp(None), uuid4(), slides, None, 500)
    case = parts.records.append(case_id, None, [event], act="analysis_asked")
    return case, event.analysis_id


def handed(parts: CaseParts, case_id: UUID) -> dict[str, bytes]:
    """What an analysis of all slides gets: files by their names below the inputs' folder."""
    case, analysis_id = asked(parts, case_id)
    found = {}
    with parts.files.inputs(case, analysis_id) as inputs:
        root = inputs[0].parent
        for path in inputs:
            inside = [path] if path.is_file() else sorted(path.rglob("*"))
            # Links to folders are not followed by rglob.
            inside += [deep for one in inside if one.is_dir() for deep in sorted(one.iterdir())]
            found |= {
                one.relative_to(root).as_posix(): one.read_bytes()
                for one in inside
                if one.is_file()
            }
    assert not root.exists()
    return found


def test_a_slide_of_one_file(parts: CaseParts, case_id: UUID) -> None:
    upload_id = uploaded(parts, case_id, "smear.svs")
    slide = parts.slides.add_uploaded(case_id, "", FILE, [upload_id], by=None, scanner=" GT 450 ")
    assert (slide.name, slide.form, slide.scanner) == ("smear.svs", FILE, "GT 450")
    assert slide.files[0].sha256 == hashlib.sha256(b"a slide").hexdigest()
    path = parts.files.slide_folder(case_id, slide.slide_id) / "smear.svs"
    assert path.read_bytes() == b"a slide"
    assert parts.uploads.upload(upload_id) is None
    assert now(parts, case_id).slides == (slide,)
    assert handed(parts, case_id) == {"smear.svs": b"a slide"}


def test_a_slide_of_fields_and_one_of_several_files(parts: CaseParts, case_id: UUID) -> None:
    fields = [uploaded(parts, case_id, f"camera/{n}.png", b"%d" % n) for n in (1, 2)]
    mrxs = [uploaded(parts, case_id, "a.mrxs"), uploaded(parts, case_id, "a/Slidedat.ini")]
    dicom = [uploaded(parts, case_id, f"series/{n}.dcm") for n in (1, 2)]
    parts.slides.add_uploaded(case_id, "Smear 1/2", FIELDS, fields, by=None)
    parts.slides.add_uploaded(case_id, "Smear 1/2", FILE, mrxs, by=None)
    parts.slides.add_uploaded(case_id, "Series", FILE, dicom, by=None)
    assert list(handed(parts, case_id)) == [
        "Smear 1-2/1.png", "Smear 1-2/2.png",
        "Smear 1-2 (2)/a.mrxs", "Smear 1-2 (2)/a/Slidedat.ini",
        "Series/1.dcm", "Series/2.dcm",
    ]  # fmt: skip


def test_pictures_of_several_slides_are_not_taken_for_one(parts: CaseParts, case_id: UUID) -> None:
    for name in ("a.png", "b.png", "c.svs"):
        parts.slides.add_uploaded(case_id, "", FILE, [uploaded(parts, case_id, name)], by=None)
    assert set(handed(parts, case_id)) == {"a.png/a.png", "b.png/b.png", "c.svs"}


def test_what_is_no_slide_leaves_the_uploads_as_they_are(parts: CaseParts, case_id: UUID) -> None:
    add = parts.slides.add_uploaded
    whole = uploaded(parts, case_id, "a.svs")
    same = uploaded(parts, case_id, "x/A.svs")
    half = parts.uploads.begin(case_id, "b.svs", 10, by=None).upload_id
    other_case = parts.records.open_case(CaseFacts(), by=None).case_id
    with pytest.raises(UsageError, match="not finished"):
        add(case_id, "", FILE, [whole, half], by=None)
    with pytest.raises(UsageError, match="each once"):
        add(case_id, "", FILE, [whole, whole], by=None)
    with pytest.raises(UsageError, match="each once"):
        add(case_id, "", FILE, [], by=None)
    with pytest.raises(UsageError, match="same name"):
        add(case_id, "", FIELDS, [whole, same], by=None)
    with pytest.raises(UsageError, match="name of a slide"):
        add(case_id, "x" * 200, FILE, [whole], by=None)
    with pytest.raises(UsageError, match="stain"):
        add(case_id, "", FILE, [whole], by=None, stain="a\x00")
    with pytest.raises(UnknownCaseError):
        add(other_case, "", FILE, [whole], by=None)
    with pytest.raises(UnknownCaseError):
        add(uuid4(), "", FILE, [whole], by=None)
    with pytest.raises(UnknownCaseError):
        add(case_id, "", FILE, [uuid4()], by=None)
    assert now(parts, case_id).slides == ()
    assert add(case_id, "", FILE, [whole], by=None).files[0].name == "a.svs"


def test_a_case_that_is_deleted_meanwhile_gives_the_files_back(
    engine: Engine, parts: CaseParts, case_id: UUID
) -> None:
    class Deleting(CaseFiles):
        def move_in(self, sources, folder) -> None:
            super().move_in(sources, folder)
            event_of(case_id)

    def event_of(case_id: UUID) -> None:
        parts.records.delete(case_id, None, "a duplicate", by=None)

    upload_id = uploaded(parts, case_id, "a.svs")
    files = Deleting(Path(str(engine.url.database)).parent)
    slides = CaseSlides(engine, parts.records, files, parts.uploads)
    with pytest.raises((UnknownCaseError, FileNotFoundError)):
        slides.add_uploaded(case_id, "", FILE, [upload_id], by=None)
    assert not files.case_folder(case_id).exists()


def test_files_of_this_machine_are_copied(parts: CaseParts, case_id: UUID, tmp_path: Path) -> None:
    folder = tmp_path / "smear 7"
    (folder / "deep").mkdir(parents=True)
    for name in ("1.png", "2.png", ".hidden", "deep/3.png"):
        (folder / name).write_bytes(name.encode())
    (tmp_path / "a.mrxs").write_bytes(b"index")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "Slidedat.ini").write_bytes(b"data")
    add = parts.slides.add_copied
    fields = add(case_id, "", FIELDS, [folder], by=None)
    assert fields.name == "smear 7"
    assert [file.name for file in fields.files] == ["1.png", "2.png"]
    mrxs = add(case_id, "", FILE, [tmp_path / "a.mrxs"], by=None)
    assert [file.name for file in mrxs.files] == ["a.mrxs", "a/Slidedat.ini"]
    deep = add(case_id, "all", FILE, [folder], by=None)
    assert [file.name for file in deep.files] == ["1.png", "2.png", "deep/3.png"]
    assert (folder / "1.png").read_bytes() == b"1.png"


def test_what_cannot_be_copied_leaves_nothing(
    parts: CaseParts, case_id: UUID, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    good = tmp_path / "a.svs"
    good.write_bytes(b"x")
    add = parts.slides.add_copied
    with pytest.raises(UnreadableInputError, match=r"gone\.svs: cannot be read"):
        add(case_id, "", FILE, [good, tmp_path / "gone.svs"], by=None)
    with pytest.raises(UnreadableInputError, match="no file"):
        add(case_id, "", FIELDS, [tmp_path / "empty"], by=None)
    with pytest.raises(UsageError, match="at least one"):
        add(case_id, "", FIELDS, [], by=None)
    with pytest.raises(UsageError, match="name of a slide"):
        add(case_id, "x" * 200, FILE, [good], by=None)
    assert now(parts, case_id).slides == ()
    folder = parts.files.case_folder(case_id) / "slides"
    assert not folder.exists() or not any(folder.iterdir())


def test_a_copy_does_not_fill_the_disk(
    engine: Engine, parts: CaseParts, case_id: UUID, tmp_path: Path
) -> None:
    source = tmp_path / "a.svs"
    source.write_bytes(b"x" * 100)
    files = CaseFiles(tmp_path / "home", lambda _: KEPT_FREE + 99)
    slides = CaseSlides(engine, parts.records, files, parts.uploads)
    with pytest.raises(OutputError, match="too full"):
        slides.add_copied(case_id, "", FILE, [source], by=None)


def test_a_slide_is_removed_with_its_files(parts: CaseParts, case_id: UUID) -> None:
    upload_id = uploaded(parts, case_id, "a.svs")
    slide = parts.slides.add_uploaded(case_id, "", FILE, [upload_id], by=None)
    assert parts.slides.remove(case_id, slide.slide_id, by=None).slides == ()
    assert not parts.files.slide_folder(case_id, slide.slide_id).exists()
    with pytest.raises(UnknownCaseError):
        parts.slides.remove(case_id, slide.slide_id, by=None)


def test_a_slide_whose_file_is_gone_is_not_analysed(parts: CaseParts, case_id: UUID) -> None:
    upload_id = uploaded(parts, case_id, "a.svs")
    slide = parts.slides.add_uploaded(case_id, "", FILE, [upload_id], by=None)
    path = parts.files.slide_folder(case_id, slide.slide_id) / "a.svs"
    path.write_bytes(b"shor")
    case, analysis_id = asked(parts, case_id)
    for _ in range(2):
        with (
            pytest.raises(UnreadableInputError, match=r"a\.svs is gone or damaged"),
            parts.files.inputs(case, analysis_id),
        ):
            raise AssertionError("handed over")
        path.unlink(missing_ok=True)


def test_only_results_are_given_away(parts: CaseParts, case_id: UUID) -> None:
    analysis_id = uuid4()
    folder = parts.files.analysis_folder(case_id, analysis_id)
    folder.mkdir(parents=True)
    for name in ("report.html", "secret.txt"):
        (folder / name).write_bytes(b"x")
    assert parts.files.result(case_id, analysis_id, "report.html") == folder / "report.html"
    for name in ("secret.txt", "cells.parquet", "../report.html", "", "../../../settings.toml"):
        assert parts.files.result(case_id, analysis_id, name) is None


def test_the_digest_is_over_names_and_bytes(parts: CaseParts, case_id: UUID) -> None:
    def digest(**files: bytes) -> str:
        analysis_id = uuid4()
        folder = parts.files.analysis_folder(case_id, analysis_id)
        (folder / "geojson").mkdir(parents=True)
        for name, data in files.items():
            (folder / "geojson" / name).write_bytes(data)
        return parts.files.digest_of(case_id, analysis_id)

    assert digest(a=b"1", b=b"2") == digest(b=b"2", a=b"1")
    assert len({digest(a=b"1"), digest(a=b"2"), digest(b=b"1"), digest()}) == 4


def test_what_belongs_to_nothing_is_swept_away_a_day_later(
    parts: CaseParts, case_id: UUID, tmp_path: Path
) -> None:
    upload_id = uploaded(parts, case_id, "a.svs")
    slide = parts.slides.add_uploaded(case_id, "", FILE, [upload_id], by=None)
    _, analysis_id = asked(parts, case_id)
    kept = [
        parts.files.slide_folder(case_id, slide.slide_id),
        parts.files.analysis_folder(case_id, analysis_id),
        tmp_path / "home" / "cases" / "notes of somebody",
    ]
    orphans = [
        parts.files.slide_folder(case_id, uuid4()),
        parts.files.analysis_folder(case_id, uuid4()),
        parts.files.case_folder(uuid4()),
    ]
    young = parts.files.slide_folder(case_id, uuid4())
    for folder in [*kept, *orphans, young]:
        folder.mkdir(parents=True, exist_ok=True)
    long_ago = time.time() - ORPHANED_AFTER_S - 60
    for folder in [*kept, *orphans]:
        os.utime(folder, (long_ago, long_ago))
    parts.files.sweep(parts.records.case)
    assert all(folder.exists() for folder in [*kept, young])
    assert not any(folder.exists() for folder in orphans)
