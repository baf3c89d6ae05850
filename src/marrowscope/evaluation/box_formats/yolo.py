"""YOLO and Darknet: one text file a picture, each row `class cx cy w h` in shares of its sides.

A row `class x1 y1 x2 y2 ...` of three corners or more becomes the box around them. Rows with a
score (six values) are a model's output and refused. The text files lie beside the pictures, or in
`labels` where the pictures lie in `images`, with the same folders below. A picture without a text
file is not among the labelled ones; an empty text file says that there is nothing on it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats.entries import Entry
from marrowscope.evaluation.box_formats.label_files import files_below, number_of, text_of
from marrowscope.evaluation.box_formats.picture_folder import PictureFolder
from marrowscope.evaluation.box_formats.yolo_names import class_names
from marrowscope.evaluation.image_sets import Box
from marrowscope.slides.file_names import shown

_LABELS = "labels"
_NO_LABELS = frozenset(
    {"classes", "train", "val", "valid", "test", "trainval", "notes", "requirements"}
)
_MAX_SHARE = 2.0
"""A box may reach over the edge a little; larger numbers are pixels."""


def label_files(source: Path) -> list[Path]:
    """Text files with labels below a folder: those in `labels`, or all where there is none."""
    found = [
        path
        for path in files_below(source, ".txt")
        if path.stem.lower() not in _NO_LABELS and not path.name.lower().startswith("readme")
    ]
    in_labels = [path for path in found if _LABELS in path.relative_to(source).parts[:-1]]
    return in_labels or found


def entries(source: Path, pictures: PictureFolder) -> Iterator[Entry]:
    """Every label file and its rows. Raises UnreadableInputError."""
    names = class_names(_folders_of_names(source))
    for path in label_files(source):
        name = path.relative_to(source).as_posix()
        picture = pictures.beside(name, shown(name))
        yield Entry(picture, shown(name))
        size = pictures.size_px(picture)
        for place, line in enumerate(text_of(path, shown(name)).splitlines(), start=1):
            where = f"{shown(name)}, line {place}"
            if line.strip():
                yield Entry(picture, where, _box(line.split(), names, size, where))


def _folders_of_names(source: Path) -> list[Path]:
    """Where the names of the classes may lie, nearest first."""
    folder = source.resolve()
    below_labels = _LABELS in (folder.name, folder.parent.name)
    above = [folder.parent, folder.parent.parent] if below_labels else [folder.parent]
    return [folder, folder / _LABELS, *above]


def _box(row: list[str], names: Mapping[int, str], size: tuple[int, int], where: str) -> Box:
    label = _label(row[0], names, where)
    shares = [number_of(value, "a value", where) for value in row[1:]]
    if any(abs(share) > _MAX_SHARE for share in shares):
        raise UnreadableInputError(
            f"{where}: a value is beyond the picture; YOLO counts in shares of its width and "
            "height, from 0 to 1, not in pixels"
        )
    if len(shares) == 4:
        x, y, w, h = shares
        left, top, right, bottom = x - w / 2, y - h / 2, x + w / 2, y + h / 2
    elif len(shares) >= 6 and len(shares) % 2 == 0:
        left, right = min(shares[::2]), max(shares[::2])
        top, bottom = min(shares[1::2]), max(shares[1::2])
    else:
        raise UnreadableInputError(
            f"{where}: has {len(row)} values; a row is a class and 4 numbers, or a class and the "
            "x and y of 3 corners or more"
        )
    width, height = size
    return Box(label, left * width, top * height, (right - left) * width, (bottom - top) * height)


def _label(number: str, names: Mapping[int, str], where: str) -> str:
    if not (number.isascii() and number.isdigit()):
        raise UnreadableInputError(
            f"{where}: begins with {shown(number)} where the number of a class is expected"
        )
    name = names.get(int(number)) if len(number) < 10 else None
    if name is None:
        raise UnreadableInputError(
            f"{where}: class {shown(number)} has no name; add it to data.yaml, classes.txt or "
            "obj.names"
        )
    return name
