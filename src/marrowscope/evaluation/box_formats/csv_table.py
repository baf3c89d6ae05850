"""`boxes.csv`: the columns `path,label,x,y,w,h`, pixels from the top left corner.

A row with a path and four empty numbers says that the picture was labelled and has no box. More
columns may follow in any order; they are not read.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats.entries import Entry
from marrowscope.evaluation.box_formats.label_files import number_of, text_of
from marrowscope.evaluation.box_formats.picture_folder import PictureFolder
from marrowscope.evaluation.image_sets import Box
from marrowscope.slides.file_names import shown

_NUMBERS = ("x", "y", "w", "h")
_COLUMNS = ("path", "label", *_NUMBERS)


def entries(source: Path, pictures: PictureFolder) -> Iterator[Entry]:
    """Every row of the table. Raises UnreadableInputError."""
    name = shown(source.name)
    reader = csv.reader(io.StringIO(text_of(source, name), newline=""), strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
        _check_header(header, name)
        for row in reader:
            if row:
                where = f"{name}, line {reader.line_num}"
                yield _entry(_cells(header, row, where), pictures, where)
    except csv.Error as error:
        raise UnreadableInputError(
            f"{name}, line {reader.line_num}: is a damaged table; save it as CSV again"
        ) from error


def _check_header(header: list[str], name: str) -> None:
    missing = [column for column in _COLUMNS if column not in header]
    if missing:
        raise UnreadableInputError(
            f"{name}, line 1: the column {missing[0]} is missing; "
            "the table needs path,label,x,y,w,h, separated by commas"
        )


def _cells(header: list[str], row: list[str], where: str) -> dict[str, str]:
    if len(row) != len(header):
        raise UnreadableInputError(
            f"{where}: has {len(row)} values for {len(header)} columns; correct the line"
        )
    return {column: value.strip() for column, value in zip(header, row, strict=True)}


def _entry(row: dict[str, str], pictures: PictureFolder, where: str) -> Entry:
    picture = pictures.named(row["path"], where)
    if not any(row[column] for column in _NUMBERS):
        return Entry(picture, where)
    x, y, w, h = (number_of(row[column], column, where) for column in _NUMBERS)
    return Entry(picture, where, Box(row["label"], x, y, w, h))
