"""Blood of acute myeloid leukaemia from LMU Munich (Matek 2019), as TCIA gives it out.

`AML-Cytomorphology_LMU/BAS/BAS_0001.tiff`: a folder a code; 18,365 TIFF files of 400 x 400 px.
`annotations.dat` beside them repeats the labels and adds second opinions; it is not read.
"""

from pathlib import Path

from marrowscope.evaluation.crop_layouts.class_folders import class_folders, first_picture
from marrowscope.evaluation.crop_layouts.picture_tree import (
    PictureTree,
    SetFacts,
    label_by_top_folder,
)
from marrowscope.evaluation.crop_layouts.splits import SplitOf
from marrowscope.evaluation.labels import label_map

FACTS = SetFacts("lmu-aml", um_per_px=1 / 14.14, licence="CC BY 3.0")
"""About 14.14 px a µm: the scanner's own figure for its 100x oil lens."""


def is_its_root(folder: Path) -> bool:
    """True where the class folders can only be those of this set.

    Eleven of its codes are those of the MLL set too. One of its own four decides; where there are
    only shared ones, the kind of the pictures does.
    """
    mine, other = (set(label_map(source).entries) for source in (FACTS.image_set, "mll-marrow"))
    found = set(class_folders(folder, mine | other))
    if found & (mine ^ other):
        return not found & (other - mine)
    name = first_picture(folder / min(found)) if found else None
    return name is not None and Path(name).suffix.lower() in (".tif", ".tiff")


def recognised(folder: Path, split_of: SplitOf) -> PictureTree | None:
    """The set, where its class folders lie in the folder; else None."""
    if not is_its_root(folder):
        return None
    labels = label_map(FACTS.image_set)
    return PictureTree(folder, FACTS, label_by_top_folder(labels), split_of)
