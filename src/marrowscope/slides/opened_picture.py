"""What opening one file yields, before its scale is decided."""

import re
from dataclasses import dataclass

from marrowscope.slides.model import Picture
from marrowscope.slides.pixel_spacing import PixelSpacing

_SYNTHETIC = re.compile(r"\bSYNTHETIC\b")


@dataclass(frozen=True, slots=True)
class OpenedPicture:
    """A picture with what its metadata says.

    spacing: None where the metadata has no believable one. private_images: names of label and
    macro images in the file, which are never rendered. synthetic: the file calls itself SYNTHETIC.
    """

    picture: Picture
    spacing: PixelSpacing | None
    private_images: tuple[str, ...] = ()
    synthetic: bool = False


def says_synthetic(*texts: str | None) -> bool:
    """True where a description or comment holds the word SYNTHETIC, in capitals."""
    return any(text is not None and _SYNTHETIC.search(text) is not None for text in texts)
