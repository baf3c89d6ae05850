"""Labelled crops and boxed fields on disk, laid out as `cells.csv`, `fields.csv`, `boxes.csv`.

The pictures lie in `cells.zip` and `fields.zip` beside the tables. Labels stay the source's own
codes here; `labels.py` maps them to the vocabulary.
"""

import csv
import io
import math
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from marrowscope.errors import UnreadableInputError
from marrowscope.geometry import UInt8Array
from marrowscope.settings import UM_PER_PX_LIMITS

FIELDS_TABLE = "fields.csv"
RED_CELL_UM = 7.2
"""Mean diameter of a red cell on a dry smear, µm (clinical reference, 7.2 to 7.5)."""

NOMINAL_UM_PER_PX = {
    ("segpc-marrow", "train"): 0.163,
    ("segpc-marrow", "val"): 0.163,
    ("segpc-marrow", "test"): 0.215,
    ("segpc-marrow-fullsize", "test"): 0.043,
}
"""µm/px where a set's table has none: the burnt-in 10 µm bar of the first camera (61 px), and
the median of free red cells for the second."""


LARGEST_NUMBER = 1e6
UNREADABLE_PICTURE = (
    KeyError,
    ValueError,
    OSError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    Image.DecompressionBombError,
)
"""What zipfile and Pillow raise at a picture that is missing, damaged, encrypted or too large."""


@dataclass(frozen=True, slots=True)
class LabelledCrop:
    """One single-cell picture and its source label."""

    path: str
    image_set: str
    label: str
    split: str
    um_per_px: float
    licence: str


@dataclass(frozen=True, slots=True)
class Box:
    """One labelled box on a field, in that field's pixels."""

    label: str
    x_px: float
    y_px: float
    w_px: float
    h_px: float


@dataclass(frozen=True, slots=True)
class BoxedField:
    """One field of view with its boxes; `um_per_px` is nominal where the set states none."""

    path: str
    image_set: str
    split: str
    um_per_px: float
    licence: str
    boxes: tuple[Box, ...]


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError as error:
        message = f"{path.name} is missing: the data folder needs cells.csv, fields.csv, boxes.csv"
        raise UnreadableInputError(message) from error
    except (OSError, ValueError, csv.Error) as error:
        message = f"{path.name} is no table that can be read; copy the data folder again"
        raise UnreadableInputError(message) from error


def _number(text: str) -> float:
    """Raises ValueError where the text is no finite number."""
    value = float(text)
    if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
        raise ValueError(f"{text} is no number to be used")
    return value


def scale_in_limits(um_per_px: float) -> float:
    """The scale itself; raises ValueError where no microscope has such a one."""
    low, high = UM_PER_PX_LIMITS
    if not low <= um_per_px <= high:
        raise ValueError(f"{um_per_px} µm/px is not between {low} and {high}")
    return um_per_px


def _check_once(table: str, paths: Iterable[str]) -> None:
    """Raises ValueError at a picture that has two rows: it would count twice."""
    seen: set[str] = set()
    for path in paths:
        if path in seen:
            raise ValueError(f"{path} is there twice in {table}")
        seen.add(path)


def _scale_from_red_cells(boxes: Iterable[Box]) -> float | None:
    sizes = [(box.w_px + box.h_px) / 2 for box in boxes if box.label == "RBC"]
    median = float(np.median(sizes)) if len(sizes) >= 3 else 0.0
    return scale_in_limits(RED_CELL_UM / median) if median > 0 else None


class ImageSets:
    """The tables and pictures of one data folder; a `CropSource`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._archives: dict[str, zipfile.ZipFile] = {}

    @property
    def name(self) -> str:
        """What messages call it."""
        return "packed sets"

    @property
    def skipped(self) -> Mapping[str, int]:
        """Empty: every row of `cells.csv` is a crop."""
        return {}

    @cached_property
    def crops(self) -> tuple[LabelledCrop, ...]:
        """Every row of `cells.csv`."""
        try:
            crops = tuple(
                LabelledCrop(
                    path=row["path"],
                    image_set=row["set"],
                    label=row["label"],
                    split=row["split"],
                    um_per_px=scale_in_limits(_number(row["um_per_px"])),
                    licence=row["licence"],
                )
                for row in _rows(self._folder / "cells.csv")
            )
            _check_once("cells.csv", (crop.path for crop in crops))
            return crops
        except (KeyError, ValueError, TypeError) as error:
            raise UnreadableInputError(
                f"cells.csv of the data folder cannot be used ({error}): it needs the columns "
                "path, set, label, split, um_per_px, licence"
            ) from error

    @cached_property
    def fields(self) -> tuple[BoxedField, ...]:
        """Every row of `fields.csv` with its boxes; fields without any scale are left out."""
        try:
            return self._boxed_fields()
        except (KeyError, ValueError, TypeError) as error:
            raise UnreadableInputError(
                f"fields.csv or boxes.csv of the data folder cannot be used ({error}): they need "
                "the columns path, set, split, um_per_px, licence and path, label, x, y, w, h"
            ) from error

    def _boxed_fields(self) -> tuple[BoxedField, ...]:
        boxes: dict[str, list[Box]] = {}
        for row in _rows(self._folder / "boxes.csv"):
            numbers = [_number(row[key]) for key in ("x", "y", "w", "h")]
            box = Box(row["label"], *numbers)
            # One without an area is a slip of the mouse, no object.
            if box.w_px > 0 and box.h_px > 0:
                boxes.setdefault(row["path"], []).append(box)
        _check_once("fields.csv", (row["path"] for row in self._field_rows))
        fields = []
        for row in self._field_rows:
            found = tuple(boxes.get(row["path"], ()))
            um_per_px = (
                scale_in_limits(_number(row["um_per_px"]))
                if row["um_per_px"]
                else NOMINAL_UM_PER_PX.get((row["set"], row["split"]))
                or _scale_from_red_cells(found)
            )
            if um_per_px is not None:
                fields.append(
                    BoxedField(
                        row["path"], row["set"], row["split"], um_per_px, row["licence"], found
                    )
                )
        return tuple(fields)

    def n_fields(self, image_set: str, split: str) -> int:
        """Rows of `fields.csv` of one set and split, with or without a scale."""
        return sum((row["set"], row["split"]) == (image_set, split) for row in self._field_rows)

    def crop_pixels(self, crop: LabelledCrop) -> UInt8Array:
        """(rows, columns, 3), RGB."""
        return self._read("cells.zip", crop.path)

    def field_pixels(self, field: BoxedField) -> UInt8Array:
        """(rows, columns, 3), RGB."""
        return self._read("fields.zip", field.path)

    @cached_property
    def _field_rows(self) -> list[dict[str, str]]:
        return _rows(self._folder / FIELDS_TABLE)

    def _read(self, archive: str, path: str) -> UInt8Array:
        if archive not in self._archives:
            try:
                self._archives[archive] = zipfile.ZipFile(self._folder / archive)
            except (OSError, zipfile.BadZipFile) as error:
                raise UnreadableInputError(f"{archive} is missing or damaged") from error
        try:
            data = self._archives[archive].read(path)
            with Image.open(io.BytesIO(data)) as picture:
                return np.asarray(picture.convert("RGB"))
        except UNREADABLE_PICTURE as error:
            message = f"{path}: is missing from {archive} or damaged; copy the data folder again"
            raise UnreadableInputError(message) from error
