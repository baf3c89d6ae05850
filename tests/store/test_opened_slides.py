"""Slides held open: by whom, how many, until when, and what becomes of their files."""

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import Engine

from fakes.pictures import ArrayPicture, slide_of
from fakes.still_clock import StillClock
from marrowscope.cases.events import (
    AnalysisAsked,
    AnalysisCancelled,
    AnalysisFinished,
    AnalysisStarted,
    SlideForm,
)
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.state import CaseState
from marrowscope.errors import OversizedInputError, UnreadableInputError
from marrowscope.geometry import PixelBox
from marrowscope.slides import Slide, open_slides
from marrowscope.store.case_files import ORPHANED_AFTER_S
from marrowscope.store.case_parts import CaseParts, case_parts
from marrowscope.store.case_pictures import CasePictures
from marrowscope.store.opened_slides import (
    LONGEST_OPEN_S,
    UNUSED_S,
    OpenedSlides,
    opened_slides,
)
from slides.made_slides import smooth_pixels, write_tiled_tiff


@pytest.fixture
def parts(engine: Engine) -> CaseParts:
    return case_parts(engine, StillClock())


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Opener:
    """Hands out slides in memory and remembers them."""

    slides: list[Slide] = field(default_factory=list)
    wait: threading.Event | None = None
    problem: Exception | None = None

    def __call__(self, inputs: Sequence[Path]) -> tuple[Slide, ...]:
        if self.wait is not None:
            assert self.wait.wait(10)
        if self.problem is not None:
            raise self.problem
        names = [path.name for path in inputs]
        pictures = [ArrayPicture(name, smooth_pixels(64, 64)) for name in names]
        made = slide_of(pictures, 0.25)
        self.slides.append(made)
        return (made,)

    def is_closed(self) -> list[bool]:
        return [all(one.is_closed for one in slide.pictures) for slide in self.slides]


def field_file(folder: Path, name: str, level: int = 120) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((60, 80, 3), level, np.uint8)).save(folder / name)
    return folder / name


def asked(parts: CaseParts, case_id: UUID, um_per_px: float | None = None) -> UUID:
    case = parts.records.case(case_id)
    assert case is not None
    slides = tuple(slide.slide_id for slide in case.slides)
    event = AnalysisAsked(parts.records.stamp(None), uuid4(), slides, um_per_px, 500)
    parts.records.append(case_id, None, [event], act="analysis_asked")
    return event.analysis_id


def cancelled(parts: CaseParts, case_id: UUID, analysis_id: UUID) -> None:
    event = AnalysisCancelled(parts.records.stamp(None), analysis_id)
    parts.records.append(case_id, None, [event], act="analysis_cancelled")


def a_case(
    parts: CaseParts, tmp_path: Path, um_per_px: float | None = None
) -> tuple[CaseState, UUID]:
    """With one small field and an analysis that waits."""
    case_id = parts.records.open_case(CaseFacts(), by=None).case_id
    path = field_file(tmp_path / "given", "f.png")
    parts.slides.add_copied(case_id, "", SlideForm.FILE, [path], by=None)
    analysis_id = asked(parts, case_id, um_per_px)
    return now(parts, case_id), analysis_id


def now(parts: CaseParts, case_id: UUID) -> CaseState:
    case = parts.records.case(case_id)
    assert case is not None
    return case


def views(parts: CaseParts, case_id: UUID) -> list[Path]:
    return sorted(parts.files.case_folder(case_id).glob(".view-*"))


def test_pictures_have_the_names_and_the_order_of_the_analysis(
    parts: CaseParts, tmp_path: Path
) -> None:
    case_id = parts.records.open_case(CaseFacts(), by=None).case_id
    add = parts.slides.add_copied
    given = tmp_path / "given"
    fields = [field_file(given / "camera", f"{n}.png") for n in (2, 10)]
    tiff = write_tiled_tiff(given / "B 7.tif", smooth_pixels(600, 400), 0.25)
    add(case_id, "Smear 2/b", SlideForm.FIELDS, fields, by=None)
    add(case_id, "Smear 2/b", SlideForm.FIELDS, [field_file(given, "1.png")], by=None)
    add(case_id, "", SlideForm.FILE, [tiff], by=None)
    add(case_id, "", SlideForm.FILE, [field_file(given, "a.png")], by=None)
    analysis_id = asked(parts, case_id, 0.05)
    case = now(parts, case_id)

    with parts.files.inputs(case, analysis_id) as inputs:
        analysed = open_slides(inputs, um_per_px=0.05)
        wanted = [(slide.name, one.name) for slide in analysed for one in slide.pictures]
        for slide in analysed:
            slide.close()
    with opened_slides(parts.files) as opened, opened.in_use(case, analysis_id) as pictures:
        assert [(one.slide, one.picture.name) for one in pictures] == wanted
        assert [one.number for one in pictures] == [0, 1, 2, 3, 4]
        named = {slide.slide_id: slide.name for slide in case.slides}
        assert [(one.picture.name, named[one.slide_id]) for one in pictures] == [
            ("a.png/a.png", "a.png"),
            ("B 7.tif/B 7.tif", "B 7.tif"),
            ("Smear 2-b/2.png", "Smear 2/b"),
            ("Smear 2-b/10.png", "Smear 2/b"),
            ("Smear 2-b (2)/1.png", "Smear 2/b"),
        ]
        ids = [one.slide_id for one in pictures]
        assert ids[2] == ids[3] == case.slides[0].slide_id
        assert ids[4] == case.slides[1].slide_id
    assert views(parts, case_id) == []


def test_a_single_slide_of_fields_has_their_bare_names(parts: CaseParts, tmp_path: Path) -> None:
    case_id = parts.records.open_case(CaseFacts(), by=None).case_id
    fields = [field_file(tmp_path / "given", f"{n}.png") for n in (1, 2)]
    parts.slides.add_copied(case_id, "Smear", SlideForm.FIELDS, fields, by=None)
    analysis_id = asked(parts, case_id)
    case = now(parts, case_id)
    with opened_slides(parts.files) as opened, opened.in_use(case, analysis_id) as pictures:
        assert [(one.slide, one.picture.name) for one in pictures] == [
            ("Smear", "1.png"), ("Smear", "2.png"),
        ]  # fmt: skip
        assert {one.slide_id for one in pictures} == {case.slides[0].slide_id}


def test_many_threads_share_what_is_opened_once(parts: CaseParts, tmp_path: Path) -> None:
    case, analysis_id = a_case(parts, tmp_path)
    opener = Opener(wait=threading.Event())
    opened = OpenedSlides(parts.files, opener)

    def read(_: int) -> float:
        with opened.in_use(case, analysis_id) as pictures:
            return float(pictures[0].picture.read(PixelBox(0, 0, 64, 64), 8, 8).mean())

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(read, n) for n in range(40)]
        opener.wait.set()
        assert len({one.result() for one in waiting}) == 1
    assert len(opener.slides) == 1
    assert len(views(parts, case.case_id)) == 1
    opened.close()
    assert opener.is_closed() == [True]
    assert views(parts, case.case_id) == []


def test_the_longest_unused_are_closed_unless_they_are_read(
    parts: CaseParts, tmp_path: Path
) -> None:
    opener = Opener()
    opened = OpenedSlides(parts.files, opener, most_open=2)
    cases = [a_case(parts, tmp_path) for _ in range(4)]
    with opened.in_use(*cases[0]):
        for one in cases[1:]:
            with opened.in_use(*one):
                pass
        # The first is still being read; of the others only the last fits beside it.
        assert opener.is_closed() == [False, True, True, False]
    assert opener.is_closed() == [False, True, True, False]
    assert opened.n_open == 2
    with opened.in_use(*cases[1]):
        assert len(opener.slides) == 5
    assert opener.is_closed() == [True, True, True, False, False]
    opened.close()


def test_more_are_open_than_fit_only_while_they_are_read(parts: CaseParts, tmp_path: Path) -> None:
    opener = Opener()
    opened = OpenedSlides(parts.files, opener, most_open=1)
    first, second = a_case(parts, tmp_path), a_case(parts, tmp_path)
    with opened.in_use(*first):
        with opened.in_use(*second):
            assert opener.is_closed() == [False, False]
        assert opener.is_closed() == [False, True]
    opened.close()
    assert opener.is_closed() == [True, True]


def test_what_nobody_looks_at_is_closed_after_a_while(parts: CaseParts, tmp_path: Path) -> None:
    clock, opener = Clock(), Opener()
    opened = OpenedSlides(parts.files, opener, clock)
    case, analysis_id = a_case(parts, tmp_path)
    with opened.in_use(case, analysis_id):
        clock.now_s += UNUSED_S + 1
        opened.close_unused()
        assert opener.is_closed() == [False]
    clock.now_s += UNUSED_S
    opened.close_unused()
    assert opener.is_closed() == [False]
    clock.now_s += 1
    opened.close_unused()
    assert opener.is_closed() == [True]
    assert views(parts, case.case_id) == []


def test_slides_are_opened_anew_before_their_links_count_as_left_behind(
    parts: CaseParts, tmp_path: Path
) -> None:
    clock, opener = Clock(), Opener()
    opened = OpenedSlides(parts.files, opener, clock)
    case, analysis_id = a_case(parts, tmp_path)
    assert LONGEST_OPEN_S + UNUSED_S < ORPHANED_AFTER_S
    while clock.now_s < 1000 + LONGEST_OPEN_S + 2 * UNUSED_S:
        with opened.in_use(case, analysis_id):
            pass
        opened.close_unused()
        clock.now_s += UNUSED_S / 2
    assert opener.is_closed() == [True, False]
    opened.close()


def test_a_deleted_case_is_closed_and_its_files_go(parts: CaseParts, tmp_path: Path) -> None:
    case, analysis_id = a_case(parts, tmp_path)
    other, other_analysis = a_case(parts, tmp_path)
    opener = Opener()
    opened = OpenedSlides(parts.files, opener)
    with opened.in_use(other, other_analysis), opened.in_use(case, analysis_id) as pictures:
        cancelled(parts, case.case_id, analysis_id)
        parts.records.delete(case.case_id, None, "a duplicate", by=None)
        opened.close_case(case.case_id)
        assert opener.is_closed() == [False, False]
        assert pictures[0].picture.read(PixelBox(0, 0, 8, 8), 4, 4).shape == (4, 4, 3)
    assert opener.is_closed() == [False, True]
    assert not parts.files.case_folder(case.case_id).exists()
    opened.close_case(case.case_id)
    opened.close()


def test_after_the_end_nothing_is_opened(parts: CaseParts, tmp_path: Path) -> None:
    case, analysis_id = a_case(parts, tmp_path)
    opener = Opener()
    opened = OpenedSlides(parts.files, opener)
    with opened.in_use(case, analysis_id):
        opened.close()
        assert opener.is_closed() == [False]
    assert opener.is_closed() == [True]
    with (
        pytest.raises(UnreadableInputError, match="being stopped"),
        opened.in_use(case, analysis_id),
    ):
        raise AssertionError("opened")


def test_a_slide_that_cannot_be_opened_leaves_nothing_and_is_tried_again(
    parts: CaseParts, tmp_path: Path
) -> None:
    case, analysis_id = a_case(parts, tmp_path)
    opener = Opener(problem=OversizedInputError("f.png: declares too much"))
    opened = OpenedSlides(parts.files, opener)
    for _ in range(2):
        with (
            pytest.raises(OversizedInputError, match=r"f\.png"),
            opened.in_use(case, analysis_id),
        ):
            raise AssertionError("opened")
        assert views(parts, case.case_id) == []
        assert opened.n_open == 0
    opener.problem = None
    with opened.in_use(case, analysis_id) as pictures:
        assert len(pictures) == 1
    opened.close()


def test_a_slide_that_was_taken_out_or_damaged_is_refused_in_words(
    parts: CaseParts, tmp_path: Path
) -> None:
    case, analysis_id = a_case(parts, tmp_path)
    slide = case.slides[0]
    path = parts.files.slide_folder(case.case_id, slide.slide_id) / "f.png"
    whole = path.read_bytes()
    with opened_slides(parts.files) as opened:
        shown = CasePictures(opened, parts.results.header)
        assert len(shown.pictures(case, analysis_id)) == 1
        # The field is decoded at the first look: what is damaged until then is met there.
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(UnreadableInputError, match=r"f\.png: cannot be read"):
            shown.tile(case, analysis_id, 0, 0, 0, 0)
        opened.close_case(case.case_id)
        with pytest.raises(UnreadableInputError, match=r"its file f\.png is gone or damaged"):
            shown.pictures(case, analysis_id)
        path.write_bytes(whole)
        assert shown.tile(case, analysis_id, 0, 0, 0, 0)
        cancelled(parts, case.case_id, analysis_id)
        parts.slides.remove(case.case_id, slide.slide_id, by=None)
        for _ in range(2):
            with pytest.raises(UnreadableInputError, match="taken out of the case"):
                shown.tile(now(parts, case.case_id), analysis_id, 0, 0, 0, 0)
        assert opened.n_open == 0
    assert views(parts, case.case_id) == []


def test_links_that_a_killed_server_left_are_swept_away(parts: CaseParts, tmp_path: Path) -> None:
    case, analysis_id = a_case(parts, tmp_path)
    view = parts.files.view(case, analysis_id)
    paths = view.__enter__()
    (folder,) = views(parts, case.case_id)
    assert folder.stat().st_mode & 0o077 == 0
    parts.files.sweep(parts.records.case)
    assert folder.exists()
    long_ago = time.time() - ORPHANED_AFTER_S - 60
    os.utime(folder, (long_ago, long_ago))
    parts.files.sweep(parts.records.case)
    assert not folder.exists()
    (original,) = (parts.files.slide_folder(case.case_id, one) for one in paths)
    assert [one.name for one in original.iterdir()] == ["f.png"]
    view.__exit__(None, None, None)


def test_the_scale_is_the_picture_s_own_until_the_analysis_has_one(
    parts: CaseParts, tmp_path: Path
) -> None:
    case, analysis_id = a_case(parts, tmp_path)
    case_id, records = case.case_id, parts.records
    with opened_slides(parts.files) as opened:
        header = {"slides": [{"name": "f.png", "scale": {"um_per_px": 0.0432}}]}
        shown = CasePictures(opened, lambda *_: header)
        (facts,) = shown.pictures(case, analysis_id)
        assert facts.um_per_px is None
        assert (facts.name, facts.slide, facts.number) == ("f.png", "f.png", 0)
        assert (facts.width_px, facts.height_px, facts.tile_px, facts.n_levels) == (80, 60, 512, 8)
        started = AnalysisStarted(records.stamp(None), analysis_id)
        records.append(case_id, None, [started], act="analysis_started")
        assert shown.pictures(now(parts, case_id), analysis_id)[0].um_per_px is None
        done = AnalysisFinished(records.stamp(None), analysis_id, "d" * 64, {})
        records.append(case_id, None, [done], act="analysis_finished")
        assert shown.pictures(now(parts, case_id), analysis_id)[0].um_per_px == 0.0432
        for damaged in ({}, {"slides": [3]}):
            broken = CasePictures(opened, lambda *_, damaged=damaged: damaged)
            with pytest.raises(UnreadableInputError, match="damaged"):
                broken.pictures(now(parts, case_id), analysis_id)


def test_the_scale_that_was_given_holds_until_the_end(parts: CaseParts, tmp_path: Path) -> None:
    case, analysis_id = a_case(parts, tmp_path, 0.051)
    with opened_slides(parts.files) as opened:
        (facts,) = CasePictures(opened, lambda *_: {}).pictures(case, analysis_id)
    assert facts.um_per_px == 0.051


def test_own_scale_of_a_whole_slide(parts: CaseParts, tmp_path: Path) -> None:
    """Whatever was given with the analysis, as there."""
    case_id = parts.records.open_case(CaseFacts(), by=None).case_id
    path = write_tiled_tiff(tmp_path / "s.tif", smooth_pixels(600, 400), 0.25)
    parts.slides.add_copied(case_id, "", SlideForm.FILE, [path], by=None)
    analysis_id = asked(parts, case_id, 0.4)
    with opened_slides(parts.files) as opened:
        (facts,) = CasePictures(opened, lambda *_: {}).pictures(now(parts, case_id), analysis_id)
    assert facts.um_per_px == pytest.approx(0.25)


def test_all_camera_fields_share_one_bounded_memory(parts: CaseParts, tmp_path: Path) -> None:
    """A crop of another field does not have the first one decoded again."""
    case_id = parts.records.open_case(CaseFacts(), by=None).case_id
    fields = [field_file(tmp_path / "given", f"{n}.png", 10 * n) for n in range(1, 5)]
    parts.slides.add_copied(case_id, "Smear", SlideForm.FIELDS, fields, by=None)
    analysis_id = asked(parts, case_id)
    case = now(parts, case_id)
    folder = parts.files.slide_folder(case_id, case.slides[0].slide_id)
    with opened_slides(parts.files) as opened:
        shown = CasePictures(opened, parts.results.header)

        def crops() -> list[bytes | None]:
            square = {"x_px": 40, "y_px": 30, "side_px": 20, "out_px": 16}
            return [shown.crop(case, analysis_id, n, **square) for n in range(5)]

        before = crops()
        for path in folder.iterdir():
            path.unlink()
        assert crops() == before
        assert before[4] is None
        assert len(set(before)) == 5
