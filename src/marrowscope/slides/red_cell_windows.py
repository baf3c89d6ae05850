"""Which areas of a picture to look at when its scale is not known yet."""

import math

import numpy as np

from marrowscope.geometry import DoubleArray, PixelBox
from marrowscope.slides.model import Picture

MAX_WINDOWS_A_PICTURE = 24
MAX_WINDOWS = 64
OVERVIEW_SIDE_PX = 512
# Mean optical density of a window below which there is glass only.
MIN_STAIN_DENSITY = 0.01


def sample_windows(picture: Picture, side_px: int, n_pictures: int) -> list[PixelBox]:
    """Windows of at most `side_px` level-0 pixels a side, spread from thin to thick areas.

    A picture no larger than one window is taken whole. Of a larger one at most 24 windows are
    chosen, fewer where `n_pictures` share the 64 of a smear, but always one; none where the
    overview shows no stain.
    """
    if max(picture.width_px, picture.height_px) <= side_px:
        return [PixelBox(0, 0, picture.width_px, picture.height_px)]
    n_across = math.ceil(picture.width_px / side_px)
    n_down = math.ceil(picture.height_px / side_px)
    density = _stain_density(picture, n_across, n_down).ravel()
    stained = np.flatnonzero(density >= MIN_STAIN_DENSITY)
    ordered = stained[np.argsort(density[stained], kind="stable")]
    n_wanted = min(len(ordered), MAX_WINDOWS_A_PICTURE, max(1, MAX_WINDOWS // n_pictures))
    # Middles of equal parts of the ranking: neither the barest nor the thickest area is first.
    picks = ((np.arange(n_wanted) + 0.5) * len(ordered) / max(1, n_wanted)).astype(int)
    return [
        _window(picture, n_across, n_down, int(place)) for place in sorted(ordered[picks].tolist())
    ]


def _stain_density(picture: Picture, n_across: int, n_down: int) -> DoubleArray:
    """Mean optical density of every window, (n_down, n_across), from one overview."""
    shrink = max(1.0, max(picture.width_px, picture.height_px) / OVERVIEW_SIDE_PX)
    width = max(n_across, round(picture.width_px / shrink))
    height = max(n_down, round(picture.height_px / shrink))
    whole = PixelBox(0, 0, picture.width_px, picture.height_px)
    green = picture.read(whole, width, height)[:, :, 1].astype(np.float64) + 1
    density = np.log(np.percentile(green, 99) / green)
    rows = np.linspace(0, height, n_down + 1).astype(int)
    columns = np.linspace(0, width, n_across + 1).astype(int)
    sums = np.add.reduceat(np.add.reduceat(density, rows[:-1], axis=0), columns[:-1], axis=1)
    areas: DoubleArray = np.outer(np.diff(rows), np.diff(columns)).astype(np.float64)
    means: DoubleArray = sums / areas
    return means


def _window(picture: Picture, n_across: int, n_down: int, place: int) -> PixelBox:
    """Window number `place` of equal ones that tile the picture, row by row, without overlap."""
    row, column = divmod(place, n_across)
    left = _edge(picture.width_px, column, n_across)
    right = _edge(picture.width_px, column + 1, n_across)
    top = _edge(picture.height_px, row, n_down)
    bottom = _edge(picture.height_px, row + 1, n_down)
    return PixelBox(left, top, right - left, bottom - top)


def _edge(length_px: int, number: int, n_parts: int) -> int:
    """Where part `number` of `n_parts` equal ones begins."""
    return length_px * number // n_parts
