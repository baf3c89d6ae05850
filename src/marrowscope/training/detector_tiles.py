"""Training pictures of the detector: tiles at 0.25 µm/px with what is known of their cells."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

from marrowscope.cells.model import OBJECT_KINDS, ObjectKind
from marrowscope.evaluation.box_labels import is_ignored, is_platelet, kind_of
from marrowscope.evaluation.image_sets import Box, BoxedField, ImageSets, LabelledCrop
from marrowscope.evaluation.marrow_truth import read_truth
from marrowscope.geometry import BoolArray, DoubleArray, IntArray, UInt8Array
from marrowscope.training.nucleus_labels import nucleus_mask

TILE_UM_PER_PX = 0.25
UNKNOWN_SIZE = 0.0
"""Width and height of a cell whose centre is known and whose size is not."""
UNSEEN_SIZE_UM = 11.2
UNKNOWN_KIND = -1
ARTEFACT_KINDS = "artefact_kinds.csv"
"""Beside this file: what lies in the middle of the crops that their source calls artefacts,
looked at one by one; columns `path,split,kind`."""
NUCLEATED = OBJECT_KINDS.index(ObjectKind.NUCLEATED)
DEBRIS = OBJECT_KINDS.index(ObjectKind.DEBRIS)


class Source(StrEnum):
    """What kind of picture a tile is, as far as training treats it differently."""

    BOXED = "boxed"
    """Marrow fields on which every nucleated cell is boxed."""
    PARTLY = "partly"
    """Marrow fields on which one class is boxed and every other nucleus may be a cell."""
    BLOOD = "blood"
    CROPS = "crops"
    """Single marrow cells with neighbours nobody labelled."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture at 0.25 µm/px with its cells.

    pixels: (rows, columns, 3), RGB. unsure: (rows, columns), True where a cell may lie that
    nobody labelled, so that nothing is learnt there. nucleus: (rows, columns), 1 in the nuclei of
    the cells. cells: (n, 4) centre x, y, width, height; kinds: (n,) index into `OBJECT_KINDS`, or
    -1. Debris is listed with the cells: it is taught as what it is, and as no cell.
    """

    pixels: UInt8Array
    unsure: BoolArray
    nucleus: UInt8Array
    cells: DoubleArray
    kinds: IntArray
    source: Source


def nuclear_mask(pixels: UInt8Array) -> BoolArray:
    """Where dark purple lies: darker in green than the bright background, and bluer than green.

    Generous on purpose: it marks what must not be taught as empty, and decides nothing else.
    """
    background = np.percentile(pixels.reshape(-1, 3), 92, axis=0).astype(np.float32)
    relative = pixels.astype(np.float32) / np.maximum(background, 1.0)
    red, green, blue = relative[..., 0], relative[..., 1], relative[..., 2]
    dark = ((green < 0.62) & (green < blue - 0.04) & (red < 0.9)).astype(np.uint8)
    opened = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return cv2.dilate(opened, np.ones((7, 7), np.uint8)) > 0


def rescaled(pixels: UInt8Array, um_per_px: float) -> tuple[UInt8Array, float]:
    """The picture at `TILE_UM_PER_PX`, and by what its sides were multiplied."""
    factor = um_per_px / TILE_UM_PER_PX
    size = (max(8, round(pixels.shape[1] * factor)), max(8, round(pixels.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=how)), factor


def within(
    shape: tuple[int, ...], cells: Iterable[DoubleArray], um_per_px: float = TILE_UM_PER_PX
) -> BoolArray:
    """(rows, columns), True in the ellipses of the cells (centre x, y, width, height in pixels of
    that scale); a cell of unknown size is taken for one of 11 µm.
    """
    unseen = UNSEEN_SIZE_UM / um_per_px / 2
    inside = np.zeros(shape[:2], dtype=np.uint8)
    for x, y, w, h in cells:
        half = (w / 2, h / 2) if w else (unseen, unseen)
        centre = (round(float(x)), round(float(y)))
        axes = (max(1, round(float(half[0]))), max(1, round(float(half[1]))))
        cv2.ellipse(inside, centre, axes, 0, 0, 360, 1, thickness=-1)
    return inside > 0


def field_tile(field: BoxedField, pixels: UInt8Array, source: Source) -> Tile:
    """A field with its boxed objects. Where one class alone is boxed, every other nucleus is
    unsure; places labelled to be ignored always are.
    """
    small, factor = rescaled(pixels, field.um_per_px)
    known = [(box, kind) for box in field.boxes if (kind := _taught_as(box.label)) is not None]
    cells = _centred([box for box, _ in known]) * factor
    kinds = np.array([kind for _, kind in known], dtype=np.int64)
    nucleated = cells[kinds != DEBRIS]
    unsure = np.zeros(small.shape[:2], dtype=bool)
    if source is Source.PARTLY:
        unsure = nuclear_mask(small) & ~within(small.shape, nucleated)
    for box in field.boxes:
        if is_ignored(box.label):
            left, top = int(box.x_px * factor), int(box.y_px * factor)
            right = int((box.x_px + box.w_px) * factor) + 1
            bottom = int((box.y_px + box.h_px) * factor) + 1
            unsure[top:bottom, left:right] = True
    return Tile(small, unsure, nucleus_mask(small, nucleated), cells, kinds, source)


def _taught_as(label: str) -> int | None:
    """Index of the kind of object; platelets, which look most like small cells, are debris."""
    kind = ObjectKind.DEBRIS if is_platelet(label) else kind_of(label)
    return None if kind is None else OBJECT_KINDS.index(kind)


def _centred(boxes: Sequence[Box]) -> DoubleArray:
    rows = [[b.x_px + b.w_px / 2, b.y_px + b.h_px / 2, b.w_px, b.h_px] for b in boxes]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def crop_tile(crop: LabelledCrop, pixels: UInt8Array, kind: int) -> Tile:
    """A single-cell crop: one object of unknown size in the middle, neighbours unsure."""
    small, _ = rescaled(pixels, crop.um_per_px)
    middle = np.array([[small.shape[1] / 2, small.shape[0] / 2, UNKNOWN_SIZE, UNKNOWN_SIZE]])
    unsure = nuclear_mask(small) & ~within(small.shape, middle)
    nucleus = np.zeros(small.shape[:2], dtype=np.uint8)
    if kind != DEBRIS:
        nucleus = nucleus_mask(small, middle)
    kinds = np.array([kind], dtype=np.int64)
    return Tile(small, unsure, nucleus, middle, kinds, Source.CROPS)


def artefact_kinds() -> Mapping[str, int]:
    """Kind of the object in the middle of each artefact crop that was looked at, by path.

    Crops on which nobody could say are left out.
    """
    table = Path(str(files(__package__))) / ARTEFACT_KINDS
    with table.open(newline="", encoding="utf-8") as file:
        rows = [(row["path"], row["kind"]) for row in csv.DictReader(file)]
    return {
        path: OBJECT_KINDS.index(kind)
        for path, label in rows
        if not is_ignored(label) and (kind := kind_of(label)) is not None
    }


def load_tiles(
    sets: ImageSets,
    split: str,
    own_fields: Sequence[tuple[BoxedField, UInt8Array]] = (),
    *,
    with_segpc: bool = True,
) -> dict[Source, list[Tile]]:
    """Every tile of a split by source.

    own_fields: further fields with every cell boxed, and their pixels. with_segpc: False leaves
    out the fields under a licence that forbids commercial use. The full-size fields are never
    read: their shots are test shots.
    """
    tiles: dict[Source, list[Tile]] = {source: [] for source in Source}
    truth = read_truth()
    for field in sets.fields:
        is_segpc = field.image_set.startswith("segpc")
        skipped = field.image_set.endswith("fullsize") or (is_segpc and not with_segpc)
        if field.split != split or skipped:
            continue
        source = Source.PARTLY if is_segpc else Source.BLOOD
        pixels = sets.field_pixels(field)
        if field.path in truth:
            boxed = replace(field, boxes=truth[field.path])
            tiles[Source.BOXED].append(field_tile(boxed, pixels, Source.BOXED))
        else:
            tiles[source].append(field_tile(field, pixels, source))
    for field, pixels in own_fields:
        tiles[Source.BOXED].append(field_tile(field, pixels, Source.BOXED))
    artefacts = artefact_kinds()
    for crop in sets.crops:
        if crop.image_set != "mll-marrow" or crop.split != split:
            continue
        kind = artefacts.get(crop.path) if crop.label == "ART" else NUCLEATED
        if kind is not None:
            tiles[Source.CROPS].append(crop_tile(crop, sets.crop_pixels(crop), kind))
    return tiles
