"""The marrow set of MLL, Helmholtz and Fraunhofer (Matek 2021), as TCIA gives it out.

`BM_cytomorphology_data/ABE/0001-1000/ABE_00001.jpg`: a folder a code, parted into thousands or
not; 171,375 JPEG files of 250 x 250 px. No file says which patient a cell is from.
"""

from pathlib import Path

from marrowscope.evaluation.crop_layouts import lmu_aml
from marrowscope.evaluation.crop_layouts.class_folders import class_folders
from marrowscope.evaluation.crop_layouts.picture_tree import (
    PictureTree,
    SetFacts,
    label_by_top_folder,
)
from marrowscope.evaluation.crop_layouts.splits import SplitOf
from marrowscope.evaluation.labels import label_map

FACTS = SetFacts("mll-marrow", um_per_px=0.1, licence="CC BY 4.0")
"""The scale is nowhere stated: red cells on the crops are about 76 px across, 7.2 to 7.5 µm."""


def recognised(folder: Path, split_of: SplitOf) -> PictureTree | None:
    """The set, where its class folders lie in the folder; else None."""
    labels = label_map(FACTS.image_set)
    if not class_folders(folder, labels.entries) or lmu_aml.is_its_root(folder):
        return None
    return PictureTree(folder, FACTS, label_by_top_folder(labels), split_of)
