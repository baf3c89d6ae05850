"""Marrowscope reads bone marrow aspirate smears: finds, names and counts the cells.

Research use only. Three words do the main job, and `shipped_models` loads what they need:

    slide = open_slide(path)
    analysis = analyse(slide, shipped_models())
    count = differential(class_ids, abstained, modelled=...)
"""

from importlib import import_module
from typing import TYPE_CHECKING

# Not lazily: the room of the same name must not take the function's place.
from marrowscope.differential import differential as differential

if TYPE_CHECKING:
    from marrowscope.assembly import shipped_models as shipped_models
    from marrowscope.pipeline import AnalysisSettings as AnalysisSettings
    from marrowscope.pipeline import Models as Models
    from marrowscope.pipeline import analyse as analyse
    from marrowscope.slides import open_slide as open_slide
    from marrowscope.slides import open_slides as open_slides

_HOMES = {
    "AnalysisSettings": "marrowscope.pipeline",
    "Models": "marrowscope.pipeline",
    "analyse": "marrowscope.pipeline",
    "open_slide": "marrowscope.slides",
    "open_slides": "marrowscope.slides",
    "shipped_models": "marrowscope.assembly",
}

__all__ = ["differential", *_HOMES]  # noqa: PLE0604 - names, all of them


def __getattr__(name: str) -> object:
    """Loads a public name when it is first asked for: `marrowscope --help` needs none of them."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'marrowscope' has no attribute {name!r}")
