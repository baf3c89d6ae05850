"""Decides the one scale that all pictures of a smear share."""

import math
from collections.abc import Callable, Sequence
from statistics import median

from marrowscope.errors import MixedInputError, UnknownScaleError, UsageError
from marrowscope.slides.file_names import shown
from marrowscope.slides.model import Picture, Scale, ScaleOrigin
from marrowscope.slides.opened_picture import OpenedPicture
from marrowscope.slides.pixel_spacing import MAX_UM_PER_PX

# Fields of one smear whose scales differ by more were taken with different objectives.
MAX_SCALE_DIFFERENCE = 0.20

ScaleEstimator = Callable[[Sequence[Picture], float | None], Scale]


def check_options(um_per_px: float | None, mcv_fl: float | None) -> None:
    """Raises UsageError if a given scale or cell volume cannot be true."""
    if um_per_px is not None and not (math.isfinite(um_per_px) and 0 < um_per_px <= MAX_UM_PER_PX):
        raise UsageError(f"--um-per-px must be above 0 and at most {MAX_UM_PER_PX:g} µm")
    if mcv_fl is not None and not (math.isfinite(mcv_fl) and mcv_fl > 0):
        raise UsageError("the mean cell volume must be above 0 fL; normal is 80 to 100 fL")


def decide_scale(
    opened: Sequence[OpenedPicture],
    um_per_px: float | None,
    mcv_fl: float | None,
    estimate: ScaleEstimator,
) -> Scale:
    """What the metadata say, else what was given, else an estimate from the red cells.

    Where only some pictures have a scale, it holds for all; where theirs differ by up to 20 %, the
    median holds. Raises MixedInputError if they differ by more, also when a scale was given, for
    then it is right for some of them only; UnknownScaleError if pixels are not square or nothing
    is known.
    """
    square = [item for item in opened if item.spacing is not None and item.spacing.is_square]
    known = [(item.spacing.um_per_px, item.picture.name) for item in square if item.spacing]
    scales = sorted((scale, name) for scale, name in known if scale is not None)
    if scales and scales[-1][0] > scales[0][0] * (1 + MAX_SCALE_DIFFERENCE):
        (low, low_name), (high, high_name) = scales[0], scales[-1]
        raise MixedInputError(
            f"{shown(low_name)} has {low:.4g} µm/px and {shown(high_name)} {high:.4g}: they are "
            "not of one scale; give fields of each objective in a folder of their own"
        )
    if scales:
        return Scale(median(scale for scale, _ in scales), ScaleOrigin.METADATA)
    if um_per_px is not None:
        return Scale(um_per_px, ScaleOrigin.GIVEN)
    _refuse_oblong_pixels(opened)
    return estimate([item.picture for item in opened], mcv_fl)


def _refuse_oblong_pixels(opened: Sequence[OpenedPicture]) -> None:
    for item in opened:
        if item.spacing is not None and not item.spacing.is_square:
            raise UnknownScaleError(
                f"{shown(item.picture.name)}: its pixels are not square "
                f"({item.spacing.x_um:.4g} x {item.spacing.y_um:.4g} µm); export it with square "
                "pixels, or say the true scale with --um-per-px if this is wrong"
            )
