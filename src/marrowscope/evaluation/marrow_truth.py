"""Marrow fields on which every nucleated cell is boxed, twice for some of them.

The tables are package data with the columns `path,label,x,y,w,h`: pixels, top-left origin; the
path is that of a field in `fields.zip` of the data folder. The pictures are not shipped.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np

from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_labels import is_ignored, kind_of
from marrowscope.evaluation.evaluation_sets import FieldSet
from marrowscope.evaluation.field_truth import CELL_KINDS, are_held, boxes_of_kinds, centred_boxes
from marrowscope.evaluation.image_sets import Box, ImageSets
from marrowscope.evaluation.matching import DetectionScore, match_centres

NAME = "marrow-truth"
FULLSIZE_NAME = "marrow-truth-fullsize"
SMALL_FOLDER, FULLSIZE_FOLDER = "segpc-marrow/", "segpc-marrow-fullsize/"
FULLSIZE_FACTOR = 5.0
"""The fields of 512 px are shots of 2560 px reduced; some of these are there too."""
TABLE = "marrow_truth.csv"
SECOND_PASS = "marrow_truth_second_pass.csv"
COLUMNS = ("path", "label", "x", "y", "w", "h")

BoxesByPath = Mapping[str, tuple[Box, ...]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two passes over the same fields agree; shares from 0 to 1, None without pairs.

    f1: of the cells, a centre in a box of the other pass, the mean of both ways. mean_iou: of the
    boxes so paired. kind_agreement: share of paired boxes, debris included, given the same kind.
    """

    n_fields: int
    n_first: int
    n_second: int
    f1: float | None
    mean_iou: float | None
    kind_agreement: float | None


def read_truth(path: Path | None = None) -> dict[str, tuple[Box, ...]]:
    """Boxes of the first pass by field, or of another table of the same columns.

    Raises UnreadableInputError where a row cannot be used.
    """
    return _read(path or Path(str(files(__package__))) / TABLE)


def read_second_pass(path: Path | None = None) -> dict[str, tuple[Box, ...]]:
    """Boxes of the second pass by field; empty where there was none."""
    table = path or Path(str(files(__package__))) / SECOND_PASS
    return _read(table) if table.exists() else {}


def marrow_truth_sets(sets: ImageSets, split: str, truth: BoxesByPath) -> tuple[FieldSet, ...]:
    """The fields of this split that the table names, as they are and, as a set of its own, as
    their camera took them; without those that the data folder lacks.
    """
    small = {
        path.replace(SMALL_FOLDER, FULLSIZE_FOLDER): tuple(_enlarged(box) for box in boxes)
        for path, boxes in truth.items()
        if path.startswith(SMALL_FOLDER)
    }
    named = ((NAME, truth), (FULLSIZE_NAME, small))
    found = []
    for name, boxes in named:
        fields = tuple(
            replace(field, image_set=name, boxes=boxes[field.path])
            for field in sets.fields
            if field.split == split and field.path in boxes
        )
        if fields:
            found.append(FieldSet(name, fields, sets.field_pixels))
    return tuple(found)


def _enlarged(box: Box) -> Box:
    sides = (FULLSIZE_FACTOR * side for side in (box.x_px, box.y_px, box.w_px, box.h_px))
    return Box(box.label, *sides)


def agreement(first: BoxesByPath, second: BoxesByPath) -> Agreement | None:
    """How far the passes agree on the fields that both hold; None where there is none.

    What is centred in a place that either pass ignores is left out.
    """
    paths = sorted(set(first) & set(second))
    if not paths:
        return None
    ways: list[DetectionScore] = []
    ious: list[float] = []
    same_kind: list[bool] = []
    n_first = n_second = 0
    for path in paths:
        one, other = _clear_of_ignored(first[path], second[path])
        cells = [boxes_of_kinds(boxes, CELL_KINDS) for boxes in (one, other)]
        n_first, n_second = n_first + len(cells[0]), n_second + len(cells[1])
        for truth, found in (cells, cells[::-1]):
            pairs = _pairs(truth, found)
            ways.append(DetectionScore(len(truth), len(pairs), len(found)))
            ious += [_iou(truth[i], found[j]) for i, j in pairs]
        same_kind += [
            kind_of(one[i].label) == kind_of(other[j].label) for i, j in _pairs(one, other)
        ]
    whole = sum(way.n + way.n_detections for way in ways)
    return Agreement(
        n_fields=len(paths),
        n_first=n_first,
        n_second=n_second,
        f1=round(2 * sum(way.n_found for way in ways) / whole, 4) if whole else None,
        mean_iou=round(float(np.mean(ious)), 4) if ious else None,
        kind_agreement=round(float(np.mean(same_kind)), 4) if same_kind else None,
    )


def _clear_of_ignored(first: Sequence[Box], second: Sequence[Box]) -> tuple[list[Box], list[Box]]:
    ignored = centred_boxes(box for box in (*first, *second) if is_ignored(box.label))

    def clear(boxes: Sequence[Box]) -> list[Box]:
        in_ignored = are_held(ignored, centred_boxes(boxes))
        return [
            box
            for box, hidden in zip(boxes, in_ignored, strict=True)
            if not hidden and not is_ignored(box.label) and kind_of(box.label) is not None
        ]

    return clear(first), clear(second)


def _pairs(truth: Sequence[Box], found: Sequence[Box]) -> list[tuple[int, int]]:
    """Indices of boxes that belong together: a centre of `found` lies in a box of `truth`."""
    centres = centred_boxes(found)
    matches = match_centres(centred_boxes(truth), centres[:, 0], centres[:, 1])
    return [(i, int(j)) for i, j in enumerate(matches.truth) if j >= 0]


def _iou(one: Box, other: Box) -> float:
    """Shared area as a share of the area that either box covers."""
    w = min(one.x_px + one.w_px, other.x_px + other.w_px) - max(one.x_px, other.x_px)
    h = min(one.y_px + one.h_px, other.y_px + other.h_px) - max(one.y_px, other.y_px)
    shared = max(w, 0.0) * max(h, 0.0)
    union = one.w_px * one.h_px + other.w_px * other.h_px - shared
    return shared / union if union else 0.0


def _read(path: Path) -> dict[str, tuple[Box, ...]]:
    boxes: dict[str, list[Box]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                numbers = (float(row[name]) for name in ("x", "y", "w", "h"))
                boxes.setdefault(row["path"], []).append(Box(row["label"], *numbers))
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise UnreadableInputError(
            f"{path.name} cannot be read: it needs the columns {','.join(COLUMNS)}"
        ) from error
    return {name: tuple(found) for name, found in boxes.items()}
