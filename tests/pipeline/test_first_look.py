"""The first cells are told while low power is still looked at, and change no result."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from fakes.known_detector import KnownDetector, spots
from fakes.pictures import ArrayPicture, slide_of
from fakes.truth_models import NamingOnly, Truth, TruthDetector, truth_models
from marrowscope.analysis import Analysis
from marrowscope.cells import Detections, View
from marrowscope.errors import UnreadableInputError
from marrowscope.phantom import truth_path, write_phantom
from marrowscope.pipeline import AnalysisSettings, Models, analyse
from marrowscope.pipeline.first_look import MOST_LOOKS, FirstLook
from marrowscope.progress import EarlyCell
from marrowscope.regions import SurveyedSquare, Verdict, survey_picture
from marrowscope.slides import open_slide

SETTINGS = AnalysisSettings(n_to_count=100)
SHARP_NUCLEUS = (90, 50, 140)


class Heard:
    """Remembers what a run says, in order; told from several threads."""

    def __init__(self) -> None:
        self.stages: list[str] = []
        self.told: list[tuple[str, tuple[EarlyCell, ...]]] = []
        self._lock = threading.Lock()

    def stage(self, name: str, total: int | None) -> None:
        self.stages.append(name)

    def advance(self, n: int, cells_found: int = 0) -> None:
        pass

    def notice(self, text: str) -> None:
        pass

    def found(self, cells: Sequence[EarlyCell]) -> None:
        with self._lock:
            self.told.append((self.stages[-1] if self.stages else "", tuple(cells)))


class Counting(TruthDetector):
    """Remembers where it was asked to look."""

    def __init__(self, truth: Truth) -> None:
        super().__init__(truth)
        self.looks: Counter[tuple[float, float]] = Counter()

    def detect(self, view: View) -> Detections:
        self.looks[view.x_px, view.y_px] += 1
        return super().detect(view)


@pytest.fixture(scope="module")
def slide_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("phantom") / "smear.tif"
    write_phantom(path, width_px=3000, height_px=3000, seed=11)
    return path


@pytest.fixture(scope="module")
def truth(slide_path: Path) -> Truth:
    return Truth.read(truth_path(slide_path))


def analysed(path: Path, models: Models, heard: Heard, n_threads: int = 1) -> Analysis:
    slide = open_slide(path)
    try:
        return analyse(slide, models, SETTINGS, n_threads=n_threads, progress=heard)
    finally:
        slide.close()


@pytest.mark.parametrize("n_threads", [1, 3])
def test_cells_are_told_during_the_survey_and_named_afterwards(
    slide_path: Path, truth: Truth, n_threads: int
) -> None:
    heard, models = Heard(), truth_models(truth)
    detector = Counting(truth)
    analysis = analysed(slide_path, replace(models, detector=detector), heard, n_threads)

    stage, first = heard.told[0]
    assert stage == "looking at low power"
    assert len(first) > 0
    assert {(one.slide, one.source, one.um_per_px) for one in first} == {
        ("smear.tif", "smear.tif", 0.25)
    }
    assert all(one.class_id is None and not one.is_undecided for one in first)
    later = [one for stage, cells in heard.told for one in cells if stage == "finding cells"]
    named = {(one.x_px, one.y_px): one.class_id for one in later}
    # The first region is read like any other, and its cells come again by their names.
    assert all(named[one.x_px, one.y_px] in models.classifier.class_ids for one in first)
    assert len(later) == len(named) == analysis.cells.n_cells
    # What was looked at early is not looked at again.
    assert set(detector.looks.values()) == {1}


def test_who_listens_changes_nothing(slide_path: Path, truth: Truth) -> None:
    slide = open_slide(slide_path)
    silent = analyse(slide, truth_models(truth), SETTINGS)
    slide.close()
    assert analysed(slide_path, truth_models(truth), Heard(), 3) == silent


def test_a_guess_that_may_not_be_used_is_told_as_such(slide_path: Path, truth: Truth) -> None:
    heard = Heard()
    analysed(slide_path, truth_models(truth, unsure=set(truth.cell_id.tolist())), heard)
    named = [one for _, cells in heard.told for one in cells if one.class_id is not None]
    assert named
    assert all(one.is_undecided for one in named)


def test_a_run_that_is_to_end_ends_at_its_first_cell(slide_path: Path, truth: Truth) -> None:
    class EndedError(Exception):
        pass

    class Ending(Heard):
        def found(self, cells: Sequence[EarlyCell]) -> None:
            raise EndedError

    heard = Ending()
    with pytest.raises(EndedError):
        analysed(slide_path, truth_models(truth), heard, 2)
    assert heard.stages == ["looking at low power"]


def nuclei(name: str = "a.png", *, width: int = 4000) -> ArrayPicture:
    """Rows of sharp dark squares on light ground: countable at low power, in focus at high."""
    pixels = np.full((800, width, 3), (225, 220, 226), dtype=np.uint8)
    for x in range(20, width, 60):
        for y in range(20, 800, 60):
            pixels[y : y + 16, x : x + 16] = SHARP_NUCLEUS
    return ArrayPicture(name, pixels)


def surveyed(picture: ArrayPicture) -> list[SurveyedSquare]:
    squares = list(survey_picture(slide_of([picture], um_per_px=0.25), 0, 200.0))
    assert all(one.verdict is Verdict.COUNTABLE for one in squares)
    assert len(squares) > MOST_LOOKS
    return squares


def first_look(picture: ArrayPicture, detector: KnownDetector, heard: Heard) -> FirstLook:
    models = Models(detector, NamingOnly(), ())
    return FirstLook([slide_of([picture], um_per_px=0.25)], models, heard)


def test_looking_stops_at_the_first_region_with_a_cell() -> None:
    picture, heard = nuclei(), Heard()
    # In the second region, and in the seam that the third one shares with it.
    detector = KnownDetector(spots((900, 100, 40, 0.9), (1602, 100, 40, 0.9)))
    first = first_look(picture, detector, heard)
    for one in surveyed(picture):
        first.see(0, one)
    assert len(detector.views) == 2
    assert [[(cell.x_px, cell.y_px) for cell in cells] for _, cells in heard.told] == [[(900, 100)]]


def test_looking_stops_where_region_after_region_is_empty_and_only_countable_ones_are_tried() -> (
    None
):
    picture, heard, detector = nuclei(), Heard(), KnownDetector(spots())
    first = first_look(picture, detector, heard)
    squares = surveyed(picture)
    first.see(0, replace(squares[0], verdict=Verdict.THICK))
    assert detector.views == []
    for one in squares:
        first.see(0, one)
    assert (len(detector.views), heard.told) == (MOST_LOOKS, [])


def test_cells_out_of_focus_are_not_shown() -> None:
    picture, heard = nuclei(), Heard()
    squares = surveyed(picture)
    picture.pixels[:] = cv2.GaussianBlur(picture.pixels, (0, 0), 8)
    first = first_look(picture, KnownDetector(spots((100, 100, 40, 0.9))), heard)
    first.see(0, squares[0])
    assert heard.told == []


class Damaged(ArrayPicture):
    """Cannot be read at high power."""

    def read(self, *_: object) -> np.ndarray:
        raise UnreadableInputError("a.png: damaged; replace it")


def test_a_damaged_region_matters_once_it_is_read_and_only_then() -> None:
    squares = surveyed(nuclei())
    detector, heard = KnownDetector(spots((100, 100, 40, 0.9))), Heard()
    first = first_look(Damaged("a.png", nuclei().pixels), detector, heard)

    first.see(0, squares[0])

    assert heard.told == []
    with pytest.raises(UnreadableInputError, match="damaged"):
        first.look(0, squares[0].square)
