import numpy as np
import pytest

from fakes.pictures import ArrayPicture, slide_of
from marrowscope.regions import (
    Square,
    Verdict,
    interleaved,
    overview,
    sampling_order,
    survey_picture,
)
from marrowscope.regions.survey import spread_order
from marrowscope.slides.model import Slide

WHITE = (225, 220, 226)
NUCLEUS = (90, 50, 140)


def picture_with_cells(width: int, height: int, name: str = "a.png") -> ArrayPicture:
    pixels = np.full((height, width, 3), WHITE, dtype=np.uint8)
    for x in range(20, width, 60):
        for y in range(20, height, 60):
            pixels[y : y + 16, x : x + 16] = NUCLEUS
    return ArrayPicture(name, pixels)


def squares_of(slide: Slide) -> list[Square]:
    return [one.square for one in survey_picture(slide, 0, 200.0)]


@pytest.mark.parametrize(("width", "height"), [(100, 80), (1601, 803), (10, 4000), (799, 800)])
def test_squares_cover_the_picture_exactly_once(width: int, height: int) -> None:
    slide = slide_of([picture_with_cells(width, height)], um_per_px=0.5)
    squares = squares_of(slide)
    area = sum(square.box.w_px * square.box.h_px for square in squares)
    assert area == pytest.approx(width * height)
    assert max(square.box.x_px + square.box.w_px for square in squares) == pytest.approx(width)
    assert max(square.box.y_px + square.box.h_px for square in squares) == pytest.approx(height)


def test_no_square_is_a_sliver() -> None:
    slide = slide_of([picture_with_cells(1650, 420)], um_per_px=0.5)
    for square in squares_of(slide):
        assert 0.5 * 400 < square.box.w_px < 1.5 * 400
        assert 0.5 * 400 < square.box.h_px < 1.5 * 400


def test_survey_tells_empty_glass_from_cells() -> None:
    picture = picture_with_cells(1600, 800)
    picture.pixels[:, 800:] = WHITE
    slide = slide_of([picture], um_per_px=0.5)
    surveyed = list(survey_picture(slide, 0, 200.0))
    assert [one.verdict for one in surveyed] == [
        *[Verdict.COUNTABLE] * 2,
        *[Verdict.BACKGROUND] * 2,
    ] * 2


def test_survey_is_the_same_whatever_the_band_height() -> None:
    tall = slide_of([picture_with_cells(400, 4000)], um_per_px=0.5)
    short = slide_of([picture_with_cells(400, 400)], um_per_px=0.5)
    first = next(survey_picture(tall, 0, 200.0))
    assert first.seen.nuclear == pytest.approx(next(survey_picture(short, 0, 200.0)).seen.nuclear)


def test_order_names_every_countable_region_once_and_no_other() -> None:
    picture = picture_with_cells(4000, 1600)
    picture.pixels[:, 800:1600] = WHITE
    surveyed = list(survey_picture(slide_of([picture], um_per_px=0.5), 0, 200.0))
    order = sampling_order(surveyed)
    countable = [i for i, one in enumerate(surveyed) if one.verdict is Verdict.COUNTABLE]
    assert sorted(order) == countable
    assert len(countable) == 32


@pytest.mark.parametrize("n", [1, 2, 7, 100, 1000])
def test_every_beginning_of_the_order_is_spread_over_the_whole(n: int) -> None:
    order = spread_order(n)
    assert sorted(order) == list(range(n))
    taken = sorted(order[: max(1, n // 5)])
    gaps = np.diff([0, *taken, n])
    assert gaps.max() <= 4 * n / len(taken) + 1


def test_slides_take_turns() -> None:
    assert interleaved([[5, 6, 7], [1], [2, 3]]) == [
        (0, 5),
        (1, 1),
        (2, 2),
        (0, 6),
        (2, 3),
        (0, 7),
    ]


def test_overview_keeps_proportions_and_never_enlarges() -> None:
    assert overview(picture_with_cells(4096, 1024), 512).shape == (128, 512, 3)
    assert overview(picture_with_cells(40, 30), 512).shape == (30, 40, 3)
