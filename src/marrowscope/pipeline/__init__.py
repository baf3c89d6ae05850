"""`analyse`: from open slides to an Analysis. Reads like the flow in docs/architecture.md."""

from collections.abc import Sequence

from marrowscope.analysis import Analysis
from marrowscope.errors import UsageError
from marrowscope.pipeline.composing import compose
from marrowscope.pipeline.models import AnalysisSettings, Models
from marrowscope.pipeline.reading import read_case
from marrowscope.progress import NoProgress, Progress
from marrowscope.slides.model import Slide

__all__ = ["AnalysisSettings", "Models", "analyse"]

_SILENT = NoProgress()
_DEFAULTS = AnalysisSettings()


def analyse(
    slides: Slide | Sequence[Slide],
    models: Models,
    settings: AnalysisSettings = _DEFAULTS,
    *,
    n_threads: int = 1,
    progress: Progress = _SILENT,
) -> Analysis:
    """What the machine sees on one case: every cell it read, the count, and what it means.

    slides: one open slide or all slides of a case. The result depends on slides, models and
    settings alone; `n_threads` changes how long it takes.
    Raises NotASmearError where there is nothing to count, UnreadableInputError where a file
    proves damaged or goes away meanwhile, UsageError without a slide.
    """
    case = (slides,) if isinstance(slides, Slide) else tuple(slides)
    if not case:
        raise UsageError("no slide to analyse; give at least one")
    reading = read_case(case, models, settings, n_threads, progress)
    progress.stage("counting", None)
    return compose(reading, models, settings)
