"""What is truly on a field: its cells by kind, and the places where nothing counts."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from marrowscope.cells.model import OBJECT_KINDS, ObjectKind
from marrowscope.evaluation.box_labels import is_ignored, kind_of
from marrowscope.evaluation.image_sets import Box
from marrowscope.geometry import BoolArray, DoubleArray, IntArray

CELL_KINDS = (ObjectKind.NUCLEATED, ObjectKind.SMUDGED, ObjectKind.MEGAKARYOCYTE)
"""Kinds that a detector is to find; debris is not."""
EDGE_PX = 1.0
"""A box that comes this near to the edge of its field is cut by it."""


@dataclass(frozen=True, slots=True)
class FieldTruth:
    """Boxes of one field as (n, 4) centre x, y, width, height in its pixels.

    cells: objects to be found. kinds: (n,) index of each into `OBJECT_KINDS`. is_cut: (n,)
    whether the field's edge cuts it. debris: boxes of what is no cell. ignored: where nothing
    counts.
    """

    cells: DoubleArray
    kinds: IntArray
    is_cut: BoolArray
    debris: DoubleArray
    ignored: DoubleArray


def centred_boxes(boxes: Iterable[Box]) -> DoubleArray:
    """(n, 4) centre x, y, width, height of the boxes."""
    rows = [[b.x_px + b.w_px / 2, b.y_px + b.h_px / 2, b.w_px, b.h_px] for b in boxes]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def boxes_of_kinds(boxes: Iterable[Box], kinds: Iterable[ObjectKind]) -> list[Box]:
    """The boxes whose label means one of the kinds; those to be ignored mean none."""
    wanted = frozenset(kinds)
    return [box for box in boxes if kind_of(box.label) in wanted and not is_ignored(box.label)]


def field_truth(boxes: Iterable[Box], width_px: int, height_px: int) -> FieldTruth:
    """The truth of a field of that size from its boxes."""
    given = tuple(boxes)
    cells = boxes_of_kinds(given, CELL_KINDS)
    kinds = [OBJECT_KINDS.index(kind) for box in cells if (kind := kind_of(box.label)) is not None]
    is_cut = [
        min(b.x_px, b.y_px, width_px - b.x_px - b.w_px, height_px - b.y_px - b.h_px) <= EDGE_PX
        for b in cells
    ]
    return FieldTruth(
        cells=centred_boxes(cells),
        kinds=np.array(kinds, dtype=np.int64),
        is_cut=np.array(is_cut, dtype=bool),
        debris=centred_boxes(boxes_of_kinds(given, (ObjectKind.DEBRIS,))),
        ignored=centred_boxes(box for box in given if is_ignored(box.label)),
    )


def are_held(boxes: DoubleArray, points: DoubleArray) -> BoolArray:
    """(m,) whether any of the boxes (n, 4) holds each of the points (m, 2 or more: x, y)."""
    return np.asarray(_holds(boxes, points).any(axis=0))


def hold_any(boxes: DoubleArray, points: DoubleArray) -> BoolArray:
    """(n,) whether each of the boxes (n, 4) holds any of the points (m, 2 or more: x, y)."""
    return np.asarray(_holds(boxes, points).any(axis=1))


def _holds(boxes: DoubleArray, points: DoubleArray) -> BoolArray:
    away = np.abs(boxes[:, None, :2] - points[None, :, :2])
    return np.asarray((away <= boxes[:, None, 2:] / 2).all(axis=2))
