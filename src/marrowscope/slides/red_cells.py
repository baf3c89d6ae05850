"""The scale of a picture from its red cells, where the file has none.

A red cell on a dried smear is about 7.2 µm across in everybody, near enough to serve as a ruler.
Only cells that lie free and round are measured, over all fields together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.errors import MixedInputError, UnknownScaleError, UsageError
from marrowscope.geometry import DoubleArray, UInt8Array
from marrowscope.slides.file_names import shown
from marrowscope.slides.model import Picture, Scale, ScaleOrigin
from marrowscope.slides.red_cell_outlines import red_cell_outlines
from marrowscope.slides.red_cell_size import (
    NORMAL_95,
    RedCellSize,
    find_disagreement,
    red_cell_size,
)
from marrowscope.slides.red_cell_windows import sample_windows

RED_CELL_DIAMETER_UM = 7.2
NORMAL_MCV_FL = 90.0
MIN_MCV_FL, MAX_MCV_FL = 50.0, 150.0

# Standard deviation of the mean red-cell diameter on a smear between healthy people, drying and
# place on the smear included, as a share. It stays however many cells are measured.
RED_CELL_SIZE_DEVIATION = 0.04

MIN_RED_CELLS = 10
MAX_FIELDS = 64

# Diameters looked for, in level-0 pixels. A population below 6 px is cut off by the lower limit,
# and grain of a few pixels has no other end.
MIN_DIAMETER_PX, MAX_DIAMETER_PX = 5.0, 360.0
MIN_TYPICAL_DIAMETER_PX = 6.0


@dataclass(frozen=True, slots=True)
class _Magnification:
    """One of the sizes at which an area is searched, since the scale is unknown.

    reduction: level-0 pixels a pixel searched; side_px: longest side of the area, level 0;
    from_px, to_px: diameters sought, level 0. Most cells are seen 26 to 52 px across, where
    outlines are exact to a pixel and the area still holds many.
    """

    reduction: float
    side_px: int
    from_px: float
    to_px: float


MAGNIFICATIONS = (
    _Magnification(0.25, 128, MIN_DIAMETER_PX, 13.0),
    _Magnification(0.5, 320, 13.0, 26.0),
    _Magnification(1.0, 768, 26.0, 52.0),
    _Magnification(2.0, 1536, 52.0, 104.0),
    _Magnification(4.0, 2560, 104.0, MAX_DIAMETER_PX),
)
WINDOW_SIDE_PX = 2560


def estimate_scale(pictures: Sequence[Picture], mcv_fl: float | None = None) -> Scale:
    """µm/px common to the pictures, from free red cells pooled over all of them.

    mcv_fl: the patient's mean red-cell volume. At unchanged thickness the diameter goes with the
    square root of the volume; without it 90 fL is taken. Thickness does change in iron deficiency
    (thinner) and with spherocytes (thicker), which the limits cannot show. At most 64 pictures,
    spread evenly, are read; of a large picture a bounded number of windows.

    The 95 % limits hold the spread between cells and what red cells differ between people.
    Raises UsageError for an MCV outside 50 to 150 fL, MixedInputError where fields disagree by
    more than a fifth, UnknownScaleError where too few free red cells were found, and what
    `Picture.read` raises.
    """
    true_um = _red_cell_diameter_um(mcv_fl)
    sampled = _spread_evenly(pictures, MAX_FIELDS)
    diameters_px, fields = _measure(sampled)
    disagreement = find_disagreement(
        diameters_px, fields, [(picture.width_px, picture.height_px) for picture in sampled]
    )
    if disagreement is not None:
        raise MixedInputError(
            f"the scales of the fields disagree: red cells are about {disagreement.small_px:.0f} "
            f"px across in {shown(sampled[disagreement.small_field].name)} and "
            f"{disagreement.large_px:.0f} px in {shown(sampled[disagreement.large_field].name)}; "
            "give fields of one magnification, or run each apart"
        )
    size = _enough(red_cell_size(diameters_px))
    um_per_px = true_um / size.diameter_px
    margin = NORMAL_95 * math.hypot(size.standard_error, RED_CELL_SIZE_DEVIATION)
    return Scale(
        um_per_px=um_per_px,
        origin=ScaleOrigin.ESTIMATED,
        low_um_per_px=um_per_px * math.exp(-margin),
        high_um_per_px=um_per_px * math.exp(margin),
        n_red_cells=size.n_cells,
    )


def _red_cell_diameter_um(mcv_fl: float | None) -> float:
    if mcv_fl is None:
        return RED_CELL_DIAMETER_UM
    if not MIN_MCV_FL <= mcv_fl <= MAX_MCV_FL:
        raise UsageError(
            f"an MCV of {mcv_fl:g} fL is outside {MIN_MCV_FL:g} to {MAX_MCV_FL:g} fL; "
            "give it in femtolitres, or leave it out"
        )
    return RED_CELL_DIAMETER_UM * math.sqrt(mcv_fl / NORMAL_MCV_FL)


def _spread_evenly(pictures: Sequence[Picture], n_most: int) -> list[Picture]:
    if len(pictures) <= n_most:
        return list(pictures)
    picks = np.linspace(0, len(pictures) - 1, n_most).round().astype(int)
    return [pictures[int(pick)] for pick in picks]


def _measure(pictures: Sequence[Picture]) -> tuple[DoubleArray, list[int]]:
    """Diameters in level-0 pixels of all free red cells, and the index of the picture of each."""
    diameters_px: list[float] = []
    fields: list[int] = []
    for index, picture in enumerate(pictures):
        for window in sample_windows(picture, WINDOW_SIDE_PX, len(pictures)):
            area = picture.read(window, round(window.w_px), round(window.h_px))
            found = _diameters_px(area)
            diameters_px.extend(found)
            fields.extend([index] * len(found))
    return np.array(diameters_px, dtype=np.float64), fields


def _diameters_px(area: UInt8Array) -> list[float]:
    """Diameters of the free red cells in an area read at level 0, at every magnification."""
    found: list[tuple[float, float, float]] = []
    for magnification in MAGNIFICATIONS:
        for x_px, y_px, diameter_px in _found_at(area, magnification):
            # A cell at the seam of two ranges is seen at both magnifications.
            is_new = all(
                math.hypot(x_px - x, y_px - y) > 0.35 * max(diameter_px, diameter)
                for x, y, diameter in found
            )
            if is_new:
                found.append((x_px, y_px, diameter_px))
    return [diameter_px for _, _, diameter_px in found]


def _found_at(area: UInt8Array, magnification: _Magnification) -> list[tuple[float, float, float]]:
    """Centres and diameters, in level-0 pixels of `area`, of cells found at one magnification."""
    reduction, side_px = magnification.reduction, magnification.side_px
    height, width = area.shape[:2]
    left, top = max(0, (width - side_px) // 2), max(0, (height - side_px) // 2)
    searched = np.ascontiguousarray(area[top : top + side_px, left : left + side_px])
    size = (
        max(1, round(searched.shape[1] / reduction)),
        max(1, round(searched.shape[0] / reduction)),
    )
    how = cv2.INTER_AREA if reduction > 1 else cv2.INTER_LINEAR
    pixels = np.asarray(cv2.resize(searched, size, interpolation=how), np.uint8)
    cells = red_cell_outlines(
        pixels, magnification.from_px / reduction, magnification.to_px / reduction
    )
    x_px, y_px = left + cells.x_px * reduction, top + cells.y_px * reduction
    diameters_px = cells.diameter_px * reduction
    return list(zip(x_px.tolist(), y_px.tolist(), diameters_px.tolist(), strict=True))


def _enough(size: RedCellSize | None) -> RedCellSize:
    n_found = 0 if size is None else size.n_cells
    if size is None or n_found < MIN_RED_CELLS:
        raise UnknownScaleError(
            f"no scale in the metadata, and only {n_found} free red cells were found to measure "
            f"one from (at least {MIN_RED_CELLS} are needed); give the scale with --um-per-px"
        )
    if size.diameter_px < MIN_TYPICAL_DIAMETER_PX:
        raise UnknownScaleError(
            f"no scale in the metadata, and the {n_found} round objects found are only "
            f"{size.diameter_px:.1f} px across, too small to be told from grain (red cells must "
            f"be {MIN_TYPICAL_DIAMETER_PX:g} px or more); give the scale with --um-per-px"
        )
    if not size.is_one_population:
        raise UnknownScaleError(
            f"no scale in the metadata, and {n_found} round objects were found whose sizes "
            f"scatter too much to be red cells of one scale (at least {MIN_RED_CELLS} of one size "
            "are needed); give fields of one magnification, and the scale with --um-per-px"
        )
    return size
