"""What every layout is read into, and the checks that hold for all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats.picture_folder import PictureFolder
from marrowscope.evaluation.image_sets import Box
from marrowscope.slides.file_names import shown

NUCLEATED = "nucleated"
"""The label of a box that was given none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of a label file: a box on a picture, or (box is None) that it was labelled.

    picture: path below the pictures' folder. where: file and line or entry, for messages.
    """

    picture: str
    where: str
    box: Box | None = None


def collected(entries: Iterable[Entry], pictures: PictureFolder) -> dict[str, tuple[Box, ...]]:
    """The boxes of each picture in their order, clipped to it; pictures sorted by path.

    Raises UnreadableInputError: a picture stated twice to be labelled, a box of no size or wholly
    outside, no box at all.
    """
    boxes: dict[str, list[Box]] = {}
    listed: set[str] = set()
    for entry in entries:
        of_picture = boxes.setdefault(entry.picture, [])
        if entry.box is not None:
            size = pictures.size_px(entry.picture)
            of_picture.append(_clipped(_labelled(entry.box), size, entry.where))
        elif entry.picture in listed:
            raise UnreadableInputError(
                f"{entry.where}: {shown(entry.picture)} has labels in another place too; "
                "leave one out"
            )
        else:
            listed.add(entry.picture)
    if not any(boxes.values()):
        raise UnreadableInputError("the labels hold no box; give labels with at least one cell")
    return {picture: tuple(boxes[picture]) for picture in sorted(boxes)}


def _labelled(box: Box) -> Box:
    return replace(box, label=box.label.strip() or NUCLEATED)


def _clipped(box: Box, size: tuple[int, int], where: str) -> Box:
    """The part of the box on a picture of `size` (width, height) px."""
    if box.w_px <= 0 or box.h_px <= 0:
        raise UnreadableInputError(
            f"{where}: the box is {box.w_px:g} x {box.h_px:g} px large; "
            "a box needs a width and a height above 0"
        )
    width, height = size
    left, w_px = _overlap(box.x_px, box.w_px, width)
    top, h_px = _overlap(box.y_px, box.h_px, height)
    if w_px <= 0 or h_px <= 0:
        raise UnreadableInputError(
            f"{where}: the box lies outside its picture of {width} x {height} px; "
            "check that the labels belong to this picture and are in its pixels"
        )
    return Box(box.label, left, top, w_px, h_px)


def _overlap(start: float, length: float, limit: float) -> tuple[float, float]:
    """Start and length of what lies between 0 and the limit, untouched where all of it does."""
    if start >= 0 and start + length <= limit:
        return start, length
    first = max(start, 0.0)
    return first, min(start + length, limit) - first
