"""Low power: looks at the whole slide and says where to count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from marrowscope.geometry import PixelBox, UInt8Array
from marrowscope.regions.appearance import (
    LOW_POWER_UM_PER_PX,
    Appearance,
    Verdict,
    appearance,
    verdict_of,
    white_of,
)
from marrowscope.regions.grid import Square, grid_of
from marrowscope.slides.model import Picture, Slide

BAND_ROWS = 4
"""Grid rows read at once: a few megapixels at low power, whatever the slide's height."""
OVERVIEW_PX = 1024
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class SurveyedSquare:
    """A region and what low power says of it."""

    square: Square
    seen: Appearance
    verdict: Verdict


def overview(picture: Picture, longest_px: int = OVERVIEW_PX) -> UInt8Array:
    """The whole picture, shrunk so that its longer side is at most `longest_px`."""
    longest = max(picture.width_px, picture.height_px)
    factor = min(1.0, longest_px / longest)
    width = max(1, round(picture.width_px * factor))
    height = max(1, round(picture.height_px * factor))
    return picture.read(PixelBox(0, 0, picture.width_px, picture.height_px), width, height)


def _bands(
    picture: Picture, index: int, um_per_px: float, region_um: float
) -> Iterator[tuple[Square, UInt8Array]]:
    grid = grid_of(picture, um_per_px, region_um)
    side_w = max(1, round(grid.w_px * um_per_px / LOW_POWER_UM_PER_PX))
    side_h = max(1, round(grid.h_px * um_per_px / LOW_POWER_UM_PER_PX))
    for first in range(0, grid.rows, BAND_ROWS):
        n_rows = min(BAND_ROWS, grid.rows - first)
        area = PixelBox(0, first * grid.h_px, picture.width_px, n_rows * grid.h_px)
        band = picture.read(area, side_w * grid.columns, side_h * n_rows)
        for row in range(n_rows):
            for column in range(grid.columns):
                top, left = row * side_h, column * side_w
                pixels = band[top : top + side_h, left : left + side_w]
                box = grid.box(first + row, column)
                yield Square(index, first + row, column, box), pixels


def survey_picture(slide: Slide, index: int, region_um: float) -> Iterator[SurveyedSquare]:
    """Every region of one picture with its verdict, row by row, each as soon as it is known."""
    picture = slide.pictures[index]
    white_rgb = white_of(overview(picture))
    for square, pixels in _bands(picture, index, slide.scale.um_per_px, region_um):
        seen = appearance(pixels, white_rgb)
        yield SurveyedSquare(square, seen, verdict_of(seen))


def spread_order(n: int) -> list[int]:
    """0 to n - 1 in an order whose every beginning is spread evenly over the whole.

    Multiples of the golden ratio, modulo one, sorted: no seed, no dependence on what is seen.
    """
    return sorted(range(n), key=lambda i: ((i * GOLDEN) % 1.0, i))


def sampling_order(surveyed: Sequence[SurveyedSquare]) -> list[int]:
    """Indices of a slide's countable regions in the order in which they are counted.

    Fixed by where they lie, before any cell in them is looked at.
    """
    countable = [i for i, one in enumerate(surveyed) if one.verdict is Verdict.COUNTABLE]
    return [countable[i] for i in spread_order(len(countable))]


def interleaved(orders: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """(slide, region) in turn from every slide, so that each counted slide is sampled."""
    longest = max((len(order) for order in orders), default=0)
    return [
        (slide, order[place])
        for place in range(longest)
        for slide, order in enumerate(orders)
        if place < len(order)
    ]
