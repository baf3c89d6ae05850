"""Low power: where to count, and how good it is there. Pure but for reading the slide."""

from marrowscope.regions.appearance import Verdict, is_blurred
from marrowscope.regions.grid import Square
from marrowscope.regions.survey import (
    SurveyedSquare,
    interleaved,
    overview,
    sampling_order,
    survey_picture,
)

__all__ = [
    "Square",
    "SurveyedSquare",
    "Verdict",
    "interleaved",
    "is_blurred",
    "overview",
    "sampling_order",
    "survey_picture",
]
