"""What the fields of view teach: cells that are boxed, that were named by eye, and the others."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from marrowscope.cells.model import Detector, View
from marrowscope.cells.stain import brightest_rgb, white_balanced
from marrowscope.evaluation.field_truth import centred_boxes
from marrowscope.evaluation.image_sets import Box, BoxedField, ImageSets
from marrowscope.evaluation.labels import CLASS_SEPARATOR, entry_of
from marrowscope.evaluation.named_cells import NamedCell
from marrowscope.geometry import DoubleArray, UInt8Array
from marrowscope.training.crop_example import CropExample, stored_crop
from marrowscope.training.detector_tiles import TILE_UM_PER_PX, rescaled
from marrowscope.training.found_cells import SURE, is_known, may_be_a_lobe

FIELDS_SET = "segpc-marrow"
COARSE_FIELDS_SETS = ("txl-blood-fields",)
"""Fields whose boxes say no more than that a cell is one of several classes: strangers' stains,
lamps and lenses to learn from all the same."""
EDGE_PX = 2.0


def examples_on_fields(
    sets: ImageSets,
    split: str,
    detector: Detector | None,
    class_ids: Sequence[str],
    named: Mapping[str, Sequence[NamedCell]],
) -> list[CropExample]:
    """Cells of `COARSE_FIELDS_SETS` and, with a detector, of the marrow fields.

    named: the cells that were named by eye, by the path of their field.
    """
    examples: list[CropExample] = []
    for field in sets.fields:
        is_marrow = field.image_set == FIELDS_SET and detector is not None
        if field.split == split and (is_marrow or field.image_set in COARSE_FIELDS_SETS):
            beside = detector if is_marrow else None
            here = named.get(field.path, ())
            examples += _of_field(field, sets.field_pixels(field), beside, class_ids, here)
    return examples


def _of_field(
    field: BoxedField,
    pixels: UInt8Array,
    detector: Detector | None,
    class_ids: Sequence[str],
    named: Sequence[NamedCell],
) -> list[CropExample]:
    """The cells that were named by eye, the other boxed ones whose label has a modelled class and,
    with a detector, all the rest, as "not a plasma cell".

    What was looked at but not agreed upon as one of the modelled classes is left out.
    """
    tile, factor = rescaled(pixels, field.um_per_px)
    looked_at = centred_boxes([cell.box for cell in named]) * factor
    found: list[tuple[float, float, tuple[str, ...], str]] = []
    for (x, y, _, _), cell in zip(looked_at.tolist(), named, strict=True):
        possible = _among(cell.class_ids, class_ids)
        found.append((x, y, possible, CLASS_SEPARATOR.join(possible)))
    boxed = []
    for box in field.boxes:
        entry = entry_of(field.image_set, box.label)
        possible = _among(entry.class_ids if entry else (), class_ids)
        if possible and not (field.image_set in COARSE_FIELDS_SETS and _is_cut(box, pixels)):
            (place,) = centred_boxes([box]) * factor
            boxed.append(place)
            if not any(is_known(place, one) for one in looked_at):
                found.append((float(place[0]), float(place[1]), possible, box.label))
    if detector is not None:
        other = tuple(one for one in class_ids if one not in ("PLASMA", "PLT"))
        known = np.array([*boxed, *looked_at], dtype=np.float64).reshape(-1, 4)
        beside = _cells_beside(detector, tile, known).tolist()
        found += [(x, y, other, "other") for x, y, _, _ in beside]
    white = brightest_rgb(tile)
    return [
        CropExample(
            white_balanced(stored_crop(tile, x, y, TILE_UM_PER_PX), white),
            possible,
            field.image_set,
            f"{field.image_set} {name}",
        )
        for x, y, possible, name in found
        if possible
    ]


def _among(possible: Sequence[str], class_ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in possible if one in class_ids)


def _cells_beside(detector: Detector, pixels: UInt8Array, boxed: DoubleArray) -> DoubleArray:
    """The cells (n, 4) the detector is sure of and that are not boxed, as (m, 4) `boxed`."""
    factor = detector.um_per_px / TILE_UM_PER_PX
    height, width = (round(side / factor) for side in pixels.shape[:2])
    small = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    detected = detector.detect(View("", 0.0, 0.0, 1.0, detector.um_per_px, small))
    sides = (detected.x_px, detected.y_px, detected.w_px, detected.h_px)
    found = np.stack(sides, axis=1) * factor
    beside = [
        cell
        for cell, score in zip(found, detected.score, strict=True)
        if score >= SURE
        and not any(is_known(cell, one) for one in boxed)
        and not may_be_a_lobe(cell, found)
    ]
    return np.array(beside, dtype=np.float64).reshape(-1, 4)


def _is_cut(box: Box, pixels: UInt8Array) -> bool:
    """Whether the edge of the field cuts what is in the box."""
    height, width = pixels.shape[:2]
    right, bottom = box.x_px + box.w_px, box.y_px + box.h_px
    return min(box.x_px, box.y_px, width - right, height - bottom) < EDGE_PX
