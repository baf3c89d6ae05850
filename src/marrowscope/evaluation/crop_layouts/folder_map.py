"""A table that says which class the cells in a folder are: `folder,class_id`, and the scale.

`folder` is a folder's name or its path below the root, with `/`. `class_id` is an id of the
vocabulary, or several joined by `|` where the folder does not tell them apart. A third column
`um_per_px` is needed where nothing else states the scale. Further columns are not read.
"""

import csv
import difflib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats.label_files import number_of, text_of
from marrowscope.evaluation.image_sets import scale_in_limits
from marrowscope.evaluation.labels import CLASS_SEPARATOR
from marrowscope.slides.file_names import shown
from marrowscope.vocabulary import class_ids

_FOLDER, _CLASS, _SCALE = "folder", "class_id", "um_per_px"


@dataclass(frozen=True, slots=True)
class FolderMeaning:
    """What the table says of a folder. class_ids: joined by `|`. um_per_px: None if not stated."""

    class_ids: str
    um_per_px: float | None


@dataclass(frozen=True, slots=True)
class FolderMap:
    """What is known of folders, by name or path below the root."""

    meanings: Mapping[str, FolderMeaning]

    def meaning(self, folders: tuple[str, ...]) -> FolderMeaning | None:
        """Of a file in these folders (outermost first): that of the nearest one in the table."""
        for n_folders in range(len(folders), 0, -1):
            path, name = "/".join(folders[:n_folders]), folders[n_folders - 1]
            found = self.meanings.get(path) or self.meanings.get(name)
            if found is not None:
                return found
        return None


def read_folder_map(path: Path) -> FolderMap:
    """The table in a file.

    Raises UnreadableInputError: gone, damaged, a column missing, a class unknown to the
    vocabulary, a folder twice, a scale that no microscope has, no row.
    """
    name = shown(path.name)
    reader = csv.DictReader(io.StringIO(text_of(path, name), newline=""), strict=True)
    meanings: dict[str, FolderMeaning] = {}
    try:
        _check_columns([column.strip() for column in reader.fieldnames or ()], name)
        for row in reader:
            where = f"{name}, line {reader.line_num}"
            cells = {(key or "").strip(): str(value or "").strip() for key, value in row.items()}
            folder = cells[_FOLDER].replace("\\", "/").strip("/")
            if not folder or folder in meanings:
                raise UnreadableInputError(
                    f"{where}: {shown(folder) or 'an empty folder'} is there twice or no folder; "
                    "correct the line"
                )
            scale = _scale(cells.get(_SCALE, ""), where)
            meanings[folder] = FolderMeaning(_classes(cells[_CLASS], where), scale)
    except csv.Error as error:
        raise UnreadableInputError(
            f"{name}, line {reader.line_num}: is a damaged table; save it as CSV again"
        ) from error
    if not meanings:
        raise UnreadableInputError(f"{name}: names no folder; add a line for each of them")
    return FolderMap(meanings)


def _check_columns(columns: list[str], name: str) -> None:
    for needed in (_FOLDER, _CLASS):
        if needed not in columns:
            raise UnreadableInputError(
                f"{name}, line 1: the column {needed} is missing; the table needs "
                "folder,class_id, separated by commas"
            )


def _classes(text: str, where: str) -> str:
    ids = tuple(dict.fromkeys(part.strip() for part in text.split(CLASS_SEPARATOR)))
    for class_id in ids:
        if class_id not in class_ids():
            near = difflib.get_close_matches(class_id.upper(), class_ids(), n=1, cutoff=0.0)
            raise UnreadableInputError(
                f"{where}: {shown(class_id) or 'nothing'} is no class id; the nearest is {near[0]}"
            )
    return CLASS_SEPARATOR.join(ids)


def _scale(text: str, where: str) -> float | None:
    if not text:
        return None
    try:
        return scale_in_limits(number_of(text, _SCALE, where))
    except UnreadableInputError:
        raise
    except ValueError as error:
        raise UnreadableInputError(f"{where}: {error}; correct um_per_px") from error
