"""The picture of a slide's label, which may name a patient: read only when somebody asks for it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from openslide import OpenSlide, OpenSlideError, OpenSlideUnsupportedFormatError

from marrowscope.errors import OversizedInputError, UnreadableInputError
from marrowscope.geometry import UInt8Array
from marrowscope.slides.file_names import shown

LABEL: Final = "label"
MOST_PX: Final = 40_000_000
"""Of a label; scanners write a few hundred thousand."""


def read_label(files: Iterable[Path]) -> UInt8Array | None:
    """Height x width x 3, RGB, of the first of these files that is a slide with a label.

    None where none has one: camera fields, and formats whose labels are not read. Raises
    UnreadableInputError where it is damaged, OversizedInputError where it is far too large.
    """
    for path in files:
        try:
            slide = OpenSlide(path)
        except OpenSlideUnsupportedFormatError:
            continue
        except (OpenSlideError, OSError) as error:
            raise _damaged(path) from error
        try:
            label = _label(slide, path)
        except (OpenSlideError, OSError) as error:
            raise _damaged(path) from error
        finally:
            slide.close()
        if label is not None:
            return label
    return None


def _label(slide: OpenSlide, path: Path) -> UInt8Array | None:
    size = (
        slide.properties.get(f"openslide.associated.{LABEL}.width"),
        slide.properties.get(f"openslide.associated.{LABEL}.height"),
    )
    width, height = (int(one) if one is not None else 0 for one in size)
    if not width * height:
        return None
    if width * height > MOST_PX:
        raise OversizedInputError(f"{shown(path.name)}: its label declares {width} x {height} px")
    return np.asarray(slide.associated_images[LABEL].convert("RGB"))


def _damaged(path: Path) -> UnreadableInputError:
    return UnreadableInputError(
        f"{shown(path.name)}: its label cannot be read; copy or export the slide again"
    )
