"""Slides of a case handed over as `analyze` takes them: links that bear the names people gave."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from marrowscope.cases.events import SlideForm
from marrowscope.cases.file_names import FIELD_SUFFIXES, as_folder_name, different
from marrowscope.cases.state import SlideState

_OWNER_ONLY: Final = 0o700


def link_slides(
    slides: Sequence[SlideState], folder_of: Callable[[UUID], Path], folder: Path
) -> tuple[Path, ...]:
    """Makes links to the files of slides in an empty folder; one input a slide, in their order.

    folder_of: where the files of a slide lie. Raises OSError.
    """
    names = different(
        [
            slide.files[0].name if _is_loose(slide, slides) else as_folder_name(slide.name)
            for slide in slides
        ]
    )
    made: list[Path] = []
    for slide, name in zip(slides, names, strict=True):
        source = folder_of(slide.slide_id)
        target = folder / name
        if _is_loose(slide, slides):
            target.symlink_to((source / slide.files[0].name).absolute())
        else:
            target.mkdir(mode=_OWNER_ONLY)
            for top in sorted({file.name.split("/")[0] for file in slide.files}):
                (target / top).symlink_to((source / top).absolute())
        made.append(target)
    return tuple(made)


def _is_loose(slide: SlideState, slides: Sequence[SlideState]) -> bool:
    """Whether it is handed over as a file.

    Several pictures of fields handed over so would be taken for one smear.
    """
    if slide.form is SlideForm.FIELDS or len(slide.files) != 1:
        return False
    return len(slides) == 1 or Path(slide.files[0].name).suffix.lower() not in FIELD_SUFFIXES
