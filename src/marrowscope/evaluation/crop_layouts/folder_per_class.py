"""A laboratory's own cells: one folder a class, below it pictures centred on a cell each.

A folder is named after its class (an id of the vocabulary, its label, an ICSH name), or a table
says which class it is (`folder_map`). A folder `train`, `val` or `test` above or below the
classes states the split. The scale is stated by the caller or by the table, never guessed.
"""

from pathlib import Path

from marrowscope.errors import UnreadableInputError, UsageError
from marrowscope.evaluation.crop_layouts.folder_map import FolderMap, read_folder_map
from marrowscope.evaluation.crop_layouts.picture_tree import (
    NOT_IN_A_CLASS_FOLDER,
    Labelled,
    LabelOf,
    NoLabel,
    PictureTree,
    SetFacts,
    unknown_folder,
)
from marrowscope.evaluation.crop_layouts.splits import SplitOf, split_by_name, stated_split
from marrowscope.evaluation.image_sets import scale_in_limits
from marrowscope.evaluation.labels import FOLDER_PER_CLASS, NAME_SEPARATOR, label_map
from marrowscope.slides.file_names import shown

MAP_NAME = "map.csv"


def open_folder_per_class(
    folder: Path,
    um_per_px: float,
    folder_map: FolderMap | None = None,
    licence: str = "unstated",
    split_of: SplitOf = split_by_name,
) -> PictureTree:
    """The cells below a folder; the image set is `folder-per-class:` and the folder's name.

    um_per_px: of every picture for which the map states none. folder_map: without one, folders
    count by their names. Labels of the crops are class ids (joined by `|` where the map names
    several) or the names of the folders; `labels.entry_of` knows both.
    Raises UsageError where no microscope has such a scale.
    """
    try:
        scale_in_limits(um_per_px)
    except ValueError as error:
        raise UsageError(f"{error}; state the µm/px of the pictures as they are") from error
    image_set = f"{FOLDER_PER_CLASS}{NAME_SEPARATOR}{folder.absolute().name}"
    label_of = _label_by_name if folder_map is None else _label_by_map(folder_map)
    return PictureTree(folder, SetFacts(image_set, um_per_px, licence), label_of, split_of)


def recognised(folder: Path, split_of: SplitOf) -> PictureTree | None:
    """The cells of a folder that holds `map.csv`; else None.

    Raises UnreadableInputError where the table is damaged or does not state every scale.
    """
    path = folder / MAP_NAME
    if not path.is_file():
        return None
    folder_map = read_folder_map(path)
    scales = [meaning.um_per_px for meaning in folder_map.meanings.values()]
    stated = [scale for scale in scales if scale is not None]
    if len(stated) < len(scales):
        raise UnreadableInputError(
            f"{shown(folder.name)}/{MAP_NAME}: does not state the scale of every folder; add a "
            "column um_per_px"
        )
    return open_folder_per_class(folder, stated[0], folder_map, split_of=split_of)


def _label_by_name(folders: tuple[str, ...], name: str) -> Labelled | NoLabel:
    """By the nearest folder that is called like a class."""
    labels = label_map(FOLDER_PER_CLASS)
    for folder in reversed(folders):
        if labels.entry(folder) is not None:
            return Labelled(folder, split=stated_split(folders))
    return _unplaced(folders)


def _label_by_map(folder_map: FolderMap) -> LabelOf:
    def label_of(folders: tuple[str, ...], name: str) -> Labelled | NoLabel:
        meaning = folder_map.meaning(folders)
        if meaning is None:
            return _unplaced(folders)
        return Labelled(meaning.class_ids, meaning.um_per_px, stated_split(folders))

    return label_of


def _unplaced(folders: tuple[str, ...]) -> NoLabel:
    return unknown_folder("/".join(folders)) if folders else NoLabel(NOT_IN_A_CLASS_FOLDER)
