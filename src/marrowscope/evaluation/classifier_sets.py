"""The sets of single cells that a classifier is scored on: those of a data folder, or one tree."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.cell_pictures import CellPicture, read_cell_picture
from marrowscope.evaluation.cell_tree import CellTree
from marrowscope.evaluation.crop_layouts import open_crop_sources
from marrowscope.evaluation.crop_source import CropSource
from marrowscope.evaluation.evaluation_sets import UNSTATED_LICENCE
from marrowscope.evaluation.image_sets import LabelledCrop
from marrowscope.evaluation.labels import class_of

LEAST_OF_DATA = 50
LEAST_OF_CELLS = 3
"""Classes with fewer cells are not scored: of a data folder, of a folder of cells."""
NEVER_NAMED_OF_CELLS = frozenset({"UNCLASS", "ARTEFACT", "PLT", "PLT_CLUMP", "RBC"})
"""Not the best guess of a picture that is known to show a nucleated cell."""


@dataclass(frozen=True, slots=True)
class LabelledCell:
    """A picture of one cell and its class as known, an id of the vocabulary."""

    path: str
    truth: str
    um_per_px: float


@dataclass(frozen=True, slots=True)
class CellSet:
    """Cells that are scored together. read: the picture of one of them, None where it decodes
    not at all.

    is_one_slide: all from one slide, which then is its own reference. n_least: cells of a class
    below which it is not scored. never_named: classes that are no best guess here. skipped: files
    or rows left out, by folder or label. unmatched: rows of the map that match no folder.
    """

    name: str
    cells: tuple[LabelledCell, ...]
    read: Callable[[LabelledCell], CellPicture | None]
    n_least: int = LEAST_OF_DATA
    is_one_slide: bool = False
    never_named: frozenset[str] = frozenset()
    licence: str = UNSTATED_LICENCE
    skipped: Mapping[str, int] = field(default_factory=dict)
    unmatched: tuple[str, ...] = ()

    @property
    def scales(self) -> tuple[float, float]:
        """The finest and the coarsest scale of its pictures, µm/px."""
        scales = [cell.um_per_px for cell in self.cells]
        return (round(min(scales), 4), round(max(scales), 4))


def cell_sets_of_data(folder: Path, split: str) -> tuple[CellSet, ...]:
    """Every set of a data folder that has cells of this split, by name, in path order.

    Raises UnreadableInputError where none has.
    """
    sets = [
        _set_of_data(source, name, split)
        for source in open_crop_sources(folder)
        for name in sorted({crop.image_set for crop in source.crops if crop.split == split})
    ]
    if not any(one.cells for one in sets):
        raise UnreadableInputError(
            f"the data folder has no cell of the split {split} with a label that is understood; "
            "choose another --split"
        )
    return tuple(sorted((one for one in sets if one.cells), key=lambda one: one.name))


def _set_of_data(source: CropSource, name: str, split: str) -> CellSet:
    crops: dict[str, LabelledCrop] = {}
    cells = []
    skipped: Counter[str] = Counter()
    for crop in sorted(source.crops, key=lambda one: one.path):
        if (crop.image_set, crop.split) != (name, split):
            continue
        class_id = class_of(crop.image_set, crop.label)
        if class_id is None:
            skipped[crop.label] += 1
            continue
        crops[crop.path] = crop
        cells.append(LabelledCell(crop.path, class_id, crop.um_per_px))
    return CellSet(
        name=name,
        cells=tuple(cells),
        read=lambda cell: CellPicture(source.crop_pixels(crops[cell.path])),
        licence="; ".join(sorted({crop.licence for crop in crops.values()})),
        skipped=dict(sorted(skipped.items())),
    )


def cell_set_of_tree(folder: Path, tree: CellTree, um_per_px: float) -> CellSet:
    """The cells of a folder tree, named after it, as those of one slide."""
    return CellSet(
        name=folder.resolve().name or "cells",
        cells=tuple(LabelledCell(cell.path, cell.class_id, um_per_px) for cell in tree.cells),
        read=lambda cell: read_cell_picture(folder / cell.path),
        n_least=LEAST_OF_CELLS,
        is_one_slide=True,
        never_named=NEVER_NAMED_OF_CELLS,
        skipped=tree.skipped,
        unmatched=tree.unmatched,
    )
