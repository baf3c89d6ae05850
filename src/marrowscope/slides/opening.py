"""Opens what the user gave: the one place that knows all readers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from marrowscope.errors import (
    InputRefusedError,
    UnknownScaleError,
    UnreadableInputError,
    UsageError,
)
from marrowscope.slides.case_inputs import InputFile, SlideInput, find_slides
from marrowscope.slides.decoded_cache import DecodedCache
from marrowscope.slides.field_picture import CACHE_BYTES, FieldPicture, open_field
from marrowscope.slides.file_kind import FileKind
from marrowscope.slides.file_names import natural_key, shown
from marrowscope.slides.limits import check_pyramid_size, check_segment_size
from marrowscope.slides.model import Picture, Slide, SlideKind
from marrowscope.slides.ome_tiff_picture import open_tiff_pyramid
from marrowscope.slides.opened_picture import OpenedPicture
from marrowscope.slides.openslide_picture import open_with_openslide
from marrowscope.slides.red_cells import estimate_scale
from marrowscope.slides.scale import ScaleEstimator, check_options, decide_scale
from marrowscope.slides.tiff_layout import check_complete, read_layout


def open_slide(
    path: Path | Sequence[Path],
    *,
    um_per_px: float | None = None,
    mcv_fl: float | None = None,
    skip_unreadable: bool = False,
    estimate: ScaleEstimator = estimate_scale,
) -> Slide:
    """Opens one smear: a whole-slide file, a DICOM folder, or camera fields (a folder or files).

    um_per_px: µm a level-0 pixel, where the file does not state it. mcv_fl: the patient's mean cell
    volume in fL, for a scale estimated from red cells. skip_unreadable: leave unreadable fields
    out and name them in `Slide.skipped`; every field is then decoded once on opening.
    estimate: measures the scale where neither metadata nor caller know it.
    Raises UnreadableInputError, OversizedInputError, MixedInputError, UnknownScaleError,
    UsageError (several smears, or a scale that cannot be true). Close the slide after use.
    """
    slides = open_slides(
        [path] if isinstance(path, Path) else path,
        um_per_px=um_per_px,
        mcv_fl=mcv_fl,
        skip_unreadable=skip_unreadable,
        estimate=estimate,
        at_most=1,
    )
    return slides[0]


def open_slides(
    inputs: Sequence[Path],
    *,
    um_per_px: float | None = None,
    mcv_fl: float | None = None,
    skip_unreadable: bool = False,
    estimate: ScaleEstimator = estimate_scale,
    at_most: int | None = None,
    decoded: DecodedCache | None = None,
) -> tuple[Slide, ...]:
    """Opens every smear of a case, in natural order of their names.

    What is a smear: see `case_inputs`. at_most: refuse (UsageError) if there are more. decoded:
    where decoded fields are kept; None: a place for each smear. Otherwise as `open_slide`. A whole
    slide that cannot be opened refuses the case also with skip_unreadable: that would leave out a
    smear, not a field.
    """
    check_options(um_per_px, mcv_fl)
    found = find_slides([Path(path) for path in inputs], skip_unreadable=skip_unreadable)
    if at_most is not None and len(found) > at_most:
        raise UsageError(
            f"{len(found)} smears where {at_most} was expected; open them with open_slides"
        )
    slides: list[Slide] = []
    try:
        for slide_input in found:
            place = DecodedCache(CACHE_BYTES) if decoded is None else decoded
            slides.append(_open(slide_input, um_per_px, mcv_fl, skip_unreadable, estimate, place))
    except BaseException:
        for slide in slides:
            slide.close()
        raise
    return tuple(slides)


def _open(
    slide_input: SlideInput,
    um_per_px: float | None,
    mcv_fl: float | None,
    skip_unreadable: bool,
    estimate: ScaleEstimator,
    decoded: DecodedCache,
) -> Slide:
    if slide_input.kind is SlideKind.FIELDS:
        opened, skipped = _open_fields(slide_input, skip_unreadable, decoded)
    else:
        opened, skipped = [_open_whole(file) for file in slide_input.files], ()
    pictures = tuple(item.picture for item in opened)
    try:
        scale = decide_scale(opened, um_per_px, mcv_fl, estimate)
    except UnknownScaleError as problem:
        _close(pictures)
        if slide_input.name in str(problem):
            raise
        raise UnknownScaleError(f"{shown(slide_input.name)}: {problem}") from problem
    except BaseException:
        _close(pictures)
        raise
    return Slide(
        name=slide_input.name,
        kind=slide_input.kind,
        pictures=pictures,
        scale=scale,
        skipped=tuple(sorted({*slide_input.skipped, *skipped}, key=natural_key)),
        private_images=tuple(sorted({name for item in opened for name in item.private_images})),
        synthetic=any(item.synthetic for item in opened),
    )


def _open_fields(
    slide_input: SlideInput, skip_unreadable: bool, decoded: DecodedCache
) -> tuple[list[OpenedPicture], tuple[str, ...]]:
    opened: list[OpenedPicture] = []
    skipped: list[str] = []
    for file in slide_input.files:
        try:
            item = open_field(file.path, file.name, decoded)
            if skip_unreadable and isinstance(item.picture, FieldPicture):
                item.picture.verify()
        except InputRefusedError:
            if not skip_unreadable:
                raise
            skipped.append(file.name)
        else:
            opened.append(item)
    if not opened:
        raise UnreadableInputError(
            f"{shown(slide_input.name)}: none of its {len(skipped)} fields could be read"
        )
    return opened, tuple(skipped)


def _open_whole(file: InputFile) -> OpenedPicture:
    if file.kind in (FileKind.SCANNER_SLIDE, FileKind.DICOM):
        return open_with_openslide(file.path, file.name)
    layout = read_layout(file.path, file.name)
    if file.kind is FileKind.TIFF_PYRAMID:
        return open_tiff_pyramid(file.path, file.name, layout)
    check_complete(layout, file.path, file.name)
    for plane in (plane for level in layout.levels for plane in level):
        check_pyramid_size(shown(file.name), plane.width_px, plane.height_px)
        check_segment_size(shown(file.name), plane.segment_width_px, plane.segment_height_px)
    opened = open_with_openslide(file.path, file.name, layout.private_sizes)
    private = tuple(sorted({*opened.private_images, *layout.private_images}))
    return replace(opened, private_images=private)


def _close(pictures: Sequence[Picture]) -> None:
    for picture in pictures:
        picture.close()
