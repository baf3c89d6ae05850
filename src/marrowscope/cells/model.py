"""The records that detector and classifier exchange with the pipeline."""

from dataclasses import dataclass
from typing import Protocol

from marrowscope.geometry import DoubleArray, FloatArray, UInt8Array


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


@dataclass(frozen=True, slots=True)
class Detections:
    """Nucleated objects found in one view, in level-0 pixels of its picture.

    x_px, y_px: centres; w_px, h_px: box of the whole cell; score: 0 to 1, not a probability.
    All (n,) float64.
    """

    x_px: DoubleArray
    y_px: DoubleArray
    w_px: DoubleArray
    h_px: DoubleArray
    score: DoubleArray


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

    def classify(self, crops: CropBatch, reference: SlideReference) -> FloatArray:
        """Probability of each class for each crop: (n, classes), rows summing to 1."""
