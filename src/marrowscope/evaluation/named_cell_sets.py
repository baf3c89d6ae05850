"""Cells that were named by eye on fields of view, as sets to score a classifier on."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from marrowscope.evaluation.cell_pictures import CellPicture
from marrowscope.evaluation.classifier_sets import CellSet, LabelledCell
from marrowscope.evaluation.image_sets import FIELDS_TABLE, Box, BoxedField, ImageSets
from marrowscope.evaluation.named_cells import NAMED, NO_NAME, NamedCell, named_cells
from marrowscope.geometry import UInt8Array

WINDOW_UM = 28.0
"""Side of what is cut out around a cell: what a model looks at, and room for a white."""
LEAST_OF_NAMED = 10
"""Cells of a class below which it is not scored: there are few of them."""
NOT_AGREED = "not agreed upon"


def named_sets_if_any(data: Path, split: str) -> tuple[CellSet, ...]:
    """As `named_cell_sets` of a data folder; none where it has no fields."""
    return (
        named_cell_sets(ImageSets(data), split, named_cells())
        if (data / FIELDS_TABLE).exists()
        else ()
    )


def named_cell_sets(
    sets: ImageSets, split: str, named: Mapping[str, Sequence[NamedCell]]
) -> tuple[CellSet, ...]:
    """One set for each set of fields with named cells in this split, by name, in path order.

    named: by the path of their field. A cell is scored where one class is left that both readers
    thought possible.
    """
    fields = {field.path: field for field in sets.fields if field.split == split}
    by_set: dict[str, list[tuple[BoxedField, NamedCell]]] = {}
    for path in sorted(named):
        if path in fields:
            pairs = by_set.setdefault(fields[path].image_set, [])
            pairs += [(fields[path], cell) for cell in named[path]]
    found = (_cell_set(sets, name, pairs) for name, pairs in sorted(by_set.items()))
    return tuple(one for one in found if one.cells)


def _cell_set(
    sets: ImageSets, image_set: str, pairs: list[tuple[BoxedField, NamedCell]]
) -> CellSet:
    places: dict[str, tuple[BoxedField, Box]] = {}
    cells = []
    n_not_agreed = 0
    for field, named in pairs:
        if len(named.class_ids) != 1:
            n_not_agreed += 1
            continue
        where = f"{field.path}@{named.box.x_px:g},{named.box.y_px:g}"
        places[where] = (field, named.box)
        cells.append(LabelledCell(where, named.class_ids[0], field.um_per_px))

    # Cells of one field follow each other: it is decoded once for all of them.
    pixels_of = lru_cache(maxsize=1)(sets.field_pixels)

    def read(cell: LabelledCell) -> CellPicture:
        field, box = places[cell.path]
        return CellPicture(_window(pixels_of(field), box, field.um_per_px))

    return CellSet(
        name=image_set + NAMED,
        cells=tuple(cells),
        read=read,
        n_least=LEAST_OF_NAMED,
        never_named=NO_NAME,
        licence="; ".join(sorted({field.licence for field, _ in pairs})),
        skipped={NOT_AGREED: n_not_agreed} if n_not_agreed else {},
    )


def _window(pixels: UInt8Array, box: Box, um_per_px: float) -> UInt8Array:
    """A square around the middle of the box, mirrored at the edge of the field."""
    half = round(WINDOW_UM / um_per_px / 2)
    x, y = round(box.x_px + box.w_px / 2), round(box.y_px + box.h_px / 2)
    wide = cv2.copyMakeBorder(pixels, half, half, half, half, cv2.BORDER_REFLECT_101)
    return np.asarray(wide[y : y + 2 * half, x : x + 2 * half], dtype=np.uint8)
