"""Opens smears: whole slides of any family and sets of camera fields, all as `Slide`."""

from marrowscope.slides.formats import Format, formats
from marrowscope.slides.model import Picture, Scale, ScaleOrigin, Slide, SlideKind
from marrowscope.slides.opening import open_slide, open_slides
from marrowscope.slides.scale import ScaleEstimator

__all__ = [
    "Format",
    "Picture",
    "Scale",
    "ScaleEstimator",
    "ScaleOrigin",
    "Slide",
    "SlideKind",
    "formats",
    "open_slide",
    "open_slides",
]
