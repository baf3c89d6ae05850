"""Shared by the tests of the slide room."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import PixelBox
from marrowscope.slides import Picture, Scale, ScaleOrigin, Slide, open_slide
from slides.made_slides import (
    write_dicom_folder,
    write_ome_tiff,
    write_ome_tiff_of_jpeg,
    write_svs,
    write_tiled_tiff,
)

WRITERS: dict[str, Callable[[Path, np.ndarray, float], Path]] = {
    "svs": lambda folder, pixels, scale: write_svs(folder / "slide.svs", pixels, scale),
    "tiled-tiff": lambda folder, pixels, scale: write_tiled_tiff(
        folder / "slide.tif", pixels, scale
    ),
    "ome-tiff": lambda folder, pixels, scale: write_ome_tiff(
        folder / "slide.ome.tif", pixels, scale
    ),
    "ome-tiff-planar": lambda folder, pixels, scale: write_ome_tiff(
        folder / "planar.ome.tif", pixels, scale, planar=True
    ),
    "ome-tiff-jpeg": lambda folder, pixels, scale: write_ome_tiff_of_jpeg(
        folder / "jpeg.ome.tif", pixels, scale
    ),
    "dicom": lambda folder, pixels, scale: write_dicom_folder(folder / "dicom", pixels, scale),
    "field": lambda folder, pixels, scale: write_png(folder / "field.png", pixels, scale),
}


def write_png(path: Path, pixels: np.ndarray, um_per_px: float | None = None) -> Path:
    dpi = {} if um_per_px is None else {"dpi": (25_400 / um_per_px, 25_400 / um_per_px)}
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, **dpi)
    return path


class EstimatorFake:
    """Answers one scale and remembers what it was asked."""

    def __init__(self, um_per_px: float) -> None:
        self.um_per_px = um_per_px
        self.asked: list[tuple[tuple[str, ...], float | None]] = []

    def __call__(self, pictures: Sequence[Picture], mcv_fl: float | None) -> Scale:
        self.asked.append((tuple(picture.name for picture in pictures), mcv_fl))
        return Scale(self.um_per_px, ScaleOrigin.ESTIMATED, 0.9, 1.1, 42)


def refused(path, error=UnreadableInputError, read=False):
    """The one-line message with which the file is refused, on opening or else on reading."""
    with pytest.raises(error) as caught:
        slide = open_slide(path, um_per_px=0.25)
        assert read, "opened what should have been refused"
        try:
            for picture in slide.pictures:
                picture.read(PixelBox(0, 0, picture.width_px, picture.height_px), 50, 50)
        finally:
            slide.close()
    message = str(caught.value)
    assert "\n" not in message and str(path.parent) not in message
    return message


@pytest.fixture(params=sorted(WRITERS))
def writer(request: pytest.FixtureRequest) -> Callable[[Path, np.ndarray, float], Path]:
    """Writes a slide of each tested family in turn: writer(folder, pixels, um_per_px)."""
    return WRITERS[request.param]


@pytest.fixture
def closing() -> Callable[[Slide], Slide]:
    """Closes slides at the end of a test: slide = closing(open_slide(...))."""
    opened: list[Slide] = []

    def keep(slide: Slide) -> Slide:
        opened.append(slide)
        return slide

    yield keep
    for slide in opened:
        slide.close()
