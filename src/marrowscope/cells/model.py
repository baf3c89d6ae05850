"""The records that detector and classifier exchange with the pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from marrowscope.geometry import (
    BoolArray,
    DoubleArray,
    FloatArray,
    IntArray,
    ObjectArray,
    UInt8Array,
)


@dataclass(frozen=True, slots=True)
class View:
    """Pixels of one area of a picture, and where they lie.

    pixels: (rows, columns, 3), RGB. (x_px, y_px): level-0 position of the top-left corner.
    level0_per_px: level-0 pixels a pixel of `pixels`. um_per_px: of `pixels`.
    """

    picture: str
    x_px: float
    y_px: float
    level0_per_px: float
    um_per_px: float
    pixels: UInt8Array


class ObjectKind(StrEnum):
    """What a detected object is, as far as its looks at low detail say."""

    NUCLEATED = "nucleated"
    SMUDGED = "smudged"
    MEGAKARYOCYTE = "megakaryocyte"
    DEBRIS = "debris"


OBJECT_KINDS = tuple(ObjectKind)
"""Kinds in the order in which records number them."""


@dataclass(frozen=True, slots=True)
class Detections:
    """Objects found in one view, in level-0 pixels of its picture.

    x_px, y_px: centres; w_px, h_px: box of the whole cell; score: 0 to 1, not a probability; all
    (n,) float64. kind: (n,) index into `OBJECT_KINDS`. nucleus: (n,) objects, each a tuple of
    rings (k, 2) float64 of x and y, one a part of the nucleus; empty where no outline was found.
    """

    x_px: DoubleArray
    y_px: DoubleArray
    w_px: DoubleArray
    h_px: DoubleArray
    score: DoubleArray
    kind: IntArray
    nucleus: ObjectArray

    @classmethod
    def of_cells(
        cls,
        x_px: DoubleArray,
        y_px: DoubleArray,
        w_px: DoubleArray,
        h_px: DoubleArray,
        score: DoubleArray,
    ) -> "Detections":
        """Nucleated cells of which nothing more is known."""
        kind = np.full(len(score), OBJECT_KINDS.index(ObjectKind.NUCLEATED), dtype=np.int64)
        return cls(x_px, y_px, w_px, h_px, score, kind, objects([() for _ in score]))

    def without_debris(self) -> "Detections":
        """Those that were not taken for debris."""
        return self.at(self.kind != OBJECT_KINDS.index(ObjectKind.DEBRIS))

    def at(self, keep: BoolArray | IntArray) -> "Detections":
        """Those where `keep` (n,) is True, or those it names by index, in that order."""
        return Detections(*(getattr(self, name)[keep] for name in self.__slots__))


def objects(items: Sequence[object]) -> ObjectArray:
    """One-dimensional array (n,) of any objects, tuples included."""
    array = np.empty(len(items), dtype=object)
    for index, item in enumerate(items):
        array[index] = item
    return array


@dataclass(frozen=True, slots=True)
class SlideReference:
    """What a slide says about its own stain and light, measured without any cell's class.

    white_rgb: colour of empty background. red_cell_rgb: median colour of red cells.
    None where too little was found; then the shipped reference is used and the output says so.
    n_pixels: background pixels measured.
    """

    white_rgb: tuple[float, float, float] | None
    red_cell_rgb: tuple[float, float, float] | None
    n_pixels: int


@dataclass(frozen=True, slots=True)
class CropBatch:
    """Crops centred on cells, with the place each came from.

    pixels: (n, size, size, 3), RGB, at the classifier's µm/px. x_px, y_px: (n,) level-0 centres.
    """

    picture: str
    x_px: DoubleArray
    y_px: DoubleArray
    pixels: UInt8Array


@dataclass(frozen=True, slots=True)
class Proposals:
    """What a classifier says of n cells.

    probabilities: (n, classes), rows summing to 1. strangeness: (n,), how unlike a cell is all
    that the classifier learnt from; above `STRANGE` its name is not to be used, however probable.
    """

    probabilities: FloatArray
    strangeness: FloatArray

    @classmethod
    def of_familiar(cls, probabilities: FloatArray) -> "Proposals":
        """Of cells that nothing strange is known of."""
        return cls(probabilities, np.zeros(len(probabilities), dtype=np.float32))

    def at(self, keep: BoolArray | IntArray) -> "Proposals":
        """Those where `keep` (n,) is True, or those it names by index, in that order."""
        return Proposals(self.probabilities[keep], self.strangeness[keep])

    @classmethod
    def together(cls, parts: Sequence["Proposals"]) -> "Proposals":
        """All of them, at least one, in that order."""
        return cls(
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.strangeness for part in parts]),
        )


STRANGE = 1.0
"""Strangeness above which a cell is like nothing the classifier learnt from."""


class Detector(Protocol):
    """Finds nucleated objects. One instance may be called from several threads."""

    @property
    def um_per_px(self) -> float:
        """Scale of the views it expects."""

    def detect(self, view: View) -> Detections:
        """Every nucleated object whose centre lies in the view."""


class Classifier(Protocol):
    """Names cells. One instance may be called from several threads."""

    @property
    def um_per_px(self) -> float:
        """Scale of the crops it expects."""

    @property
    def crop_px(self) -> int:
        """Side of the square crops it expects."""

    @property
    def class_ids(self) -> tuple[str, ...]:
        """Classes it can answer, ids of the vocabulary, in output order."""

    @property
    def blood_only_class_ids(self) -> frozenset[str]:
        """Classes it learnt from blood alone: recall on marrow untested."""

    @property
    def threshold(self) -> float:
        """Probability below which it abstains."""

    def classify(self, crops: CropBatch, reference: SlideReference) -> Proposals:
        """What each crop shows, in the order of the crops."""
