"""Sets of labelled cells in the layouts that their publishers, or a laboratory, gave them.

One module a layout: `recognised(folder, split_of)` is the set whose root the folder is, or None.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.crop_layouts import (
    acevedo_blood,
    bmdeep,
    bmdeep_dicom,
    deepheme,
    folder_per_class,
    lmu_aml,
    mll_marrow,
)
from marrowscope.evaluation.crop_layouts.folder_map import FolderMap, read_folder_map
from marrowscope.evaluation.crop_layouts.folder_per_class import open_folder_per_class
from marrowscope.evaluation.crop_layouts.folder_walk import subfolders
from marrowscope.evaluation.crop_layouts.splits import SplitOf, split_by_name
from marrowscope.evaluation.crop_source import CropSource, WithoutSets
from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.slides.file_names import shown

__all__ = ["FolderMap", "open_crop_sources", "open_folder_per_class", "read_folder_map"]

_Recognised = Callable[[Path, SplitOf], CropSource | None]

# What a laboratory stated itself comes first.
_LAYOUTS: tuple[_Recognised, ...] = (
    folder_per_class.recognised,
    mll_marrow.recognised,
    lmu_aml.recognised,
    acevedo_blood.recognised,
    deepheme.recognised,
    bmdeep.recognised,
    bmdeep_dicom.recognised,
)
_KNOWN = (
    "the packed sets (cells.csv and cells.zip), the folders of MLL/TCIA, AML-Cytomorphology_LMU, "
    "PBC_dataset_normal_DIB and DeepHeme, BMDeep (DICOM, or tables beside its slides), and a "
    "folder a class with a map.csv (folder,class_id,um_per_px)"
)
_PACKED_TABLE, _PACKED_ARCHIVE = "cells.csv", "cells.zip"
_MAX_DEPTH = 2
"""Archives often wrap a set in one more folder of the same name."""


def open_crop_sources(folder: Path) -> tuple[CropSource, ...]:
    """Every set of labelled cells in the folder or up to two folders below it, by their paths.

    The packed sets come first. Where a set lies there packed and in its publisher's own folders,
    the latter, which hold more, are read; each picture that is packed too keeps its packed split.
    Elsewhere the split of a cell follows from its name (`splits.split_of_name`).
    Raises UnreadableInputError: no such folder, none of the layouts in it, the same set twice,
    a map.csv or a folder that cannot be read.
    """
    if not folder.is_dir():
        raise UnreadableInputError(
            f"{shown(folder.absolute().name)}: there is no such folder; check the path"
        )
    splits = _PackedSplits()
    packed, unpacked = [], []
    for source in _sources(folder, splits.split_of, _MAX_DEPTH):
        if isinstance(source, ImageSets):
            packed.append(source)
        else:
            unpacked.append(source)
    splits.packed = tuple(packed)
    names = [source.name for source in unpacked]
    twice = [name for name in names if names.count(name) > 1]
    if twice or len(packed) > 1:
        raise UnreadableInputError(
            f"{shown(folder.absolute().name)}: holds {twice[0] if twice else 'packed sets'} "
            "twice, so that the same cell would count double; take one of them away"
        )
    if not packed and not unpacked:
        raise UnreadableInputError(
            f"{shown(folder.absolute().name)}: holds no labelled cells in a layout read here; "
            f"these are: {_KNOWN}"
        )
    return (*(WithoutSets(source, names) if names else source for source in packed), *unpacked)


def _sources(folder: Path, split_of: SplitOf, depth: int) -> Iterator[CropSource]:
    """What lies in a folder; below it too, unless its subfolders are those of classes."""
    found = (layout(folder, split_of) for layout in _LAYOUTS)
    source = next((source for source in found if source is not None), None)
    # A publisher's own table may have the same name, but never with the archive beside it.
    if (folder / _PACKED_TABLE).is_file() and (
        source is None or (folder / _PACKED_ARCHIVE).is_file()
    ):
        yield ImageSets(folder)
    if source is not None:
        yield source
        return
    for name in subfolders(folder) if depth else ():
        yield from _sources(folder / name, split_of, depth - 1)


class _PackedSplits:
    """The splits that the packed tables state; they are read when first asked for."""

    packed: tuple[ImageSets, ...] = ()

    def split_of(self, image_set: str, name: str) -> str:
        """That of the packed picture of this set and name; without one, that of the name."""
        stem = PurePosixPath(name).stem
        return self._stated.get((image_set, stem)) or split_by_name(image_set, name)

    @cached_property
    def _stated(self) -> dict[tuple[str, str], str]:
        return {
            (crop.image_set, PurePosixPath(crop.path).stem): crop.split
            for sets in self.packed
            for crop in sets.crops
        }
