"""Marrow cells of the DeepHeme project (UCSF and MSK): a folder a code, in it PNG files.

`UCSF_repo/M5/34687.png`, 96 x 96 px. A root whose name ends in `_repo` is one hospital's, and a
set by itself.
"""

from pathlib import Path

from marrowscope.evaluation.crop_layouts.class_folders import class_folders
from marrowscope.evaluation.crop_layouts.picture_tree import (
    PictureTree,
    SetFacts,
    label_by_top_folder,
)
from marrowscope.evaluation.crop_layouts.splits import SplitOf
from marrowscope.evaluation.labels import NAME_SEPARATOR, label_map

SOURCE = "deepheme"
UM_PER_PX = 0.25
"""Nominal of the 40x scans that the crops were cut from; red cells are too few to check it on."""

_HOSPITAL = "_repo"
_FEWEST_LINEAGES = 2
"""`M1` to `M6` alone may be subtypes of leukaemia; folders of another lineage prove more."""


def recognised(folder: Path, split_of: SplitOf) -> PictureTree | None:
    """The set, where its class folders lie in the folder; else None."""
    labels = label_map(SOURCE)
    lineages = {code.rstrip("0123456789") for code in class_folders(folder, labels.entries)}
    if len(lineages) < _FEWEST_LINEAGES:
        return None
    hospital = folder.name.casefold()
    is_hospital = hospital.endswith(_HOSPITAL)
    image_set = (
        f"{SOURCE}{NAME_SEPARATOR}{hospital.removesuffix(_HOSPITAL)}" if is_hospital else SOURCE
    )
    facts = SetFacts(image_set, UM_PER_PX, licence="unstated")
    return PictureTree(folder, facts, label_by_top_folder(labels), split_of)
