"""What a report may be used for: research, or care where the laboratory validated the reading."""

from collections.abc import Sequence
from typing import Final

from marrowscope.cases.facts import Purpose
from marrowscope.cases.validation import (
    ModelUsed,
    SystemUsed,
    Validation,
    covering,
    release_line,
)
from marrowscope.reports.case_report import Digitisation
from marrowscope.reports.case_wording import day_words

RESEARCH_USE_ONLY: Final = "Research use only. Not for patient care."


def system_of(digitisation: Digitisation) -> SystemUsed:
    """With what the slides of a report were analysed."""
    return SystemUsed(
        release_line(digitisation.software_version),
        tuple(
            ModelUsed(one.role, one.name, one.version, one.sha256) for one in digitisation.models
        ),
    )


def use_words(
    digitisation: Digitisation,
    purpose: Purpose,
    validations: Sequence[Validation],
    *,
    is_synthetic: bool = False,
) -> str:
    """The sentence that stands on every page.

    Research use only, unless the case is clinical and every slide of it was made on a scanner and
    with a stain for which this very system was validated.
    """
    if purpose is not Purpose.CLINICAL or is_synthetic or not digitisation.slides:
        return RESEARCH_USE_ONLY
    system = system_of(digitisation)
    found = [
        covering(validations, slide.scanner, slide.stain, system) for slide in digitisation.slides
    ]
    words = []
    for one in found:
        if one is None:
            return RESEARCH_USE_ONLY
        words.append(_covered(one))
    covered = "; ".join(dict.fromkeys(words))
    return f"Not FDA-cleared. Validated by this laboratory for {covered}."


def _covered(validation: Validation) -> str:
    own = validation.recorded
    return (
        f"scanner {own.scanner}, stain {own.stain}, Marrowscope {own.system.release} "
        f"on {day_words(own.concluded_on)}"
    )
