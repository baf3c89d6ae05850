"""Blood cells of healthy donors from Barcelona (Acevedo 2020), as its authors give them out.

`PBC_dataset_normal_DIB/basophil/BA_47.jpg`: eight folders; 17,092 JPEG files of about
360 x 363 px. The file name begins with a finer class than the folder's: MY, MMY, PMY or IG in
`ig`, SNE, BNE or NEUTROPHIL in `neutrophil`.
"""

from pathlib import Path

from marrowscope.evaluation.crop_layouts.class_folders import class_folders, first_picture
from marrowscope.evaluation.crop_layouts.picture_tree import (
    NOT_IN_A_CLASS_FOLDER,
    Labelled,
    NoLabel,
    PictureTree,
    SetFacts,
    unknown_folder,
)
from marrowscope.evaluation.crop_layouts.splits import SplitOf
from marrowscope.evaluation.labels import label_map

FACTS = SetFacts("acevedo-blood", um_per_px=0.1, licence="CC BY 4.0")
"""The scale is nowhere stated: red cells on the pictures are about 76 px across."""

NAME_CONTRADICTS = "file names that contradict their folder"
_FOLDERS = frozenset(
    {
        "basophil",
        "eosinophil",
        "erythroblast",
        "ig",
        "lymphocyte",
        "monocyte",
        "neutrophil",
        "platelet",
    }
)


def recognised(folder: Path, split_of: SplitOf) -> PictureTree | None:
    """The set, where its class folders lie in the folder; else None.

    Others name folders so too: the first picture of one of them must be named as in this set.
    """
    for found in class_folders(folder, _FOLDERS):
        name = first_picture(folder / found)
        if name is not None and isinstance(_label_of((found,), name), Labelled):
            return PictureTree(folder, FACTS, _label_of, split_of)
    return None


def _label_of(folders: tuple[str, ...], name: str) -> Labelled | NoLabel:
    labels = label_map(FACTS.image_set)
    if not folders:
        return NoLabel(NOT_IN_A_CLASS_FOLDER)
    whole = labels.entry(folders[0]) if folders[0] in _FOLDERS else None
    if whole is None:
        return unknown_folder(folders[0])
    prefix = name.split("_", maxsplit=1)[0].upper()
    finer = labels.entry(prefix)
    if finer is None or not set(finer.class_ids) <= set(whole.class_ids):
        return NoLabel(NAME_CONTRADICTS)
    return Labelled(prefix)
