"""Sorts files that are to be cases into slides, as `analyze` would read them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from marrowscope.cases.events import SlideForm
from marrowscope.engine.ports import GivenSlide
from marrowscope.slides.case_inputs import InputFile, SlideInput, find_slides
from marrowscope.slides.companions import companion_names
from marrowscope.slides.dicom_series import is_dicom, read_series
from marrowscope.slides.model import SlideKind

_HEAD_BYTES = 132
"""By which DICOM is known."""


def given_slides(inputs: Sequence[Path]) -> tuple[GivenSlide, ...]:
    """The slides among files and folders. Raises InputRefusedError, UsageError."""
    return tuple(_given(slide) for slide in find_slides(inputs))


def _given(slide: SlideInput) -> GivenSlide:
    if slide.kind is SlideKind.FIELDS:
        paths = tuple(file.path for file in slide.files)
        return GivenSlide(slide.name, SlideForm.FIELDS, paths)
    (file,) = slide.files
    return GivenSlide(slide.name, SlideForm.FILE, (file.path, *_beside(file)))


def _beside(file: InputFile) -> Iterator[Path]:
    """Other files of the same slide: of its DICOM series, or those that its index names."""
    siblings = sorted(path for path in file.path.parent.iterdir() if path.is_file())
    named = companion_names([file.path])
    for path in siblings:
        if path.name in named or (path != file.path and _is_of_series(path, file)):
            yield path


def _is_of_series(path: Path, file: InputFile) -> bool:
    if file.series is None:
        return False
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    series = read_series(path, path.name) if is_dicom(head) else None
    return series is not None and series.uid == file.series.uid
