"""Shows cells to a classifier, one picture at a time, and keeps what it says of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from marrowscope.cells.model import Classifier, CropBatch, Proposals, SlideReference
from marrowscope.cells.naming import NamedCells, Namer, name_cells
from marrowscope.cells.reference import N_CROPS, reference_of_crops
from marrowscope.cells.stain import brightest_rgb
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.classifier_sets import CellSet, LabelledCell
from marrowscope.geometry import BoolArray, DoubleArray, UInt8Array
from marrowscope.progress import Progress
from marrowscope.slides.file_names import shown

BATCH = 32
MAX_REFERENCE_PX = 100_000_000
"""Pictures that a slide's reference is measured on are held together: 300 MB at most."""
NOTHING_KNOWN = SlideReference(None, None, 0)
_MUCH_LARGER = 4
"""Sides of a crop beyond which a picture is cut before it is resized."""


@dataclass(frozen=True, slots=True)
class Way:
    """How cells are shown. reference: of their slide; None where each cell is its own.

    um_per_px: to which a finer picture is reduced first; None leaves it as it is.
    """

    reference: SlideReference | None = None
    um_per_px: float | None = None


@dataclass(frozen=True, slots=True)
class CellAnswers:
    """What a classifier says of the cells that could be read, shown in one way.

    truth: (n,) class ids. proposals: of n cells. named: as the product names them. guess,
    probability: (n,) the best guess among the classes that may be one, and its probability.
    """

    truth: npt.NDArray[np.str_]
    class_ids: tuple[str, ...]
    threshold: float
    proposals: Proposals
    named: NamedCells
    guess: npt.NDArray[np.str_]
    probability: DoubleArray


@dataclass(frozen=True, slots=True)
class ReadCells:
    """Which cells of a set could be read, (n_cells,) each, and the answers to each way of showing
    them. side_um: the longer side of the pictures, their median.
    """

    is_read: BoolArray
    is_truncated: BoolArray
    answers: tuple[CellAnswers, ...]
    side_um: float


def centred_crop(pixels: UInt8Array, um_per_px: float, classifier: Classifier) -> UInt8Array:
    """The middle of a single-cell picture at the classifier's scale and size."""
    factor = um_per_px / classifier.um_per_px
    pixels = middle_of(pixels, _MUCH_LARGER * classifier.crop_px / factor)
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small = cv2.resize(pixels, size, interpolation=how)
    half = classifier.crop_px // 2
    padded = cv2.copyMakeBorder(small, half, half, half, half, cv2.BORDER_REFLECT_101)
    top, left = size[1] // 2, size[0] // 2
    return np.asarray(padded[top : top + 2 * half, left : left + 2 * half], dtype=np.uint8)


def middle_of(pixels: UInt8Array, side_px: float) -> UInt8Array:
    """The middle of the picture, where a side is longer than `side_px`; else all of it."""
    half = max(1, int(side_px) // 2)
    middle = tuple(n // 2 for n in pixels.shape[:2])
    rows, columns = (slice(max(0, at - half), at + half) for at in middle)
    return pixels[rows, columns]


def own_reference(pixels: UInt8Array) -> SlideReference:
    """What a single picture (rows, columns, 3) says of its slide: the white of its brightest part.

    For cells from many slides of which nothing else is known.
    """
    return SlideReference(brightest_rgb(pixels), None, pixels.shape[0] * pixels.shape[1])


def reference_of_set(cells: CellSet) -> tuple[SlideReference, int]:
    """The reference of the one slide that the cells are of, and how many of them it rests on.

    The first in path order that can be read whole.
    """
    pictures: list[UInt8Array] = []
    n_px = 0
    for cell in cells.cells:
        picture = cells.read(cell)
        if picture is None or picture.is_truncated:
            continue
        n_px += picture.pixels.shape[0] * picture.pixels.shape[1]
        if len(pictures) == N_CROPS or n_px > MAX_REFERENCE_PX:
            break
        pictures.append(picture.pixels)
    if not pictures:
        return NOTHING_KNOWN, 0
    return reference_of_crops(pictures, cells.cells[0].um_per_px), len(pictures)


def answers_to(
    classifier: Classifier, cells: CellSet, ways: Sequence[Way], progress: Progress
) -> ReadCells:
    """Shows every cell of a set in each way; a picture is read once and held for one batch.

    Raises UnreadableInputError where not one can be read.
    """
    progress.stage(f"naming {cells.name}", len(cells.cells))
    showings = [_Showing(classifier, way) for way in ways]
    is_read = np.zeros(len(cells.cells), dtype=np.bool_)
    is_truncated = np.zeros(len(cells.cells), dtype=np.bool_)
    sides_um: list[float] = []
    for index, cell in enumerate(cells.cells):
        picture = cells.read(cell)
        if picture is not None:
            is_read[index] = True
            is_truncated[index] = picture.is_truncated
            sides_um.append(max(picture.pixels.shape[:2]) * cell.um_per_px)
            for showing in showings:
                showing.show(picture.pixels, cell)
        progress.advance(1)
    if not is_read.any():
        raise UnreadableInputError(
            f"{shown(cells.name)}: none of its {len(cells.cells)} files is a picture that can be "
            "read; give JPEG, PNG, WebP, BMP or TIFF"
        )
    truth = np.array([cell.truth for cell in cells.cells])[is_read]
    return ReadCells(
        is_read,
        is_truncated,
        tuple(
            cell_answers(classifier, truth, one.finished(), cells.never_named) for one in showings
        ),
        float(np.median(sides_um)),
    )


def cell_answers(
    classifier: Namer,
    truth: npt.NDArray[np.str_],
    proposals: Proposals,
    never_named: frozenset[str] = frozenset(),
) -> CellAnswers:
    """What the proposals mean, the best guess taken among the classes that may be one."""
    names = np.array(classifier.class_ids)
    may_be = ~np.isin(names, sorted(never_named))
    best = np.where(may_be, proposals.probabilities, -1.0).argmax(axis=1)
    probability = proposals.probabilities[np.arange(len(best)), best].astype(np.float64)
    return CellAnswers(
        truth=truth,
        class_ids=classifier.class_ids,
        threshold=classifier.threshold,
        proposals=proposals,
        named=name_cells(proposals, classifier),
        guess=names[best],
        probability=probability,
    )


@dataclass(slots=True)
class _Showing:
    """One way of showing cells, with the crops that wait for a full batch."""

    classifier: Classifier
    way: Way
    _waiting: list[UInt8Array] = field(default_factory=list)
    _given: list[Proposals] = field(default_factory=list)

    def show(self, pixels: UInt8Array, cell: LabelledCell) -> None:
        um_per_px = cell.um_per_px
        if self.way.um_per_px is not None and self.way.um_per_px > um_per_px:
            pixels, um_per_px = _reduced(pixels, um_per_px, self.way.um_per_px)
        self._waiting.append(centred_crop(pixels, um_per_px, self.classifier))
        if self.way.reference is None:
            self._classify(own_reference(pixels))
        elif len(self._waiting) == BATCH:
            self._classify(self.way.reference)

    def finished(self) -> Proposals:
        if self._waiting:
            self._classify(self.way.reference or NOTHING_KNOWN)
        return Proposals.together(self._given)

    def _classify(self, reference: SlideReference) -> None:
        places = np.zeros(len(self._waiting))
        batch = CropBatch("", places, places, np.stack(self._waiting))
        self._given.append(self.classifier.classify(batch, reference))
        self._waiting.clear()


def _reduced(pixels: UInt8Array, um_per_px: float, to_um_per_px: float) -> tuple[UInt8Array, float]:
    """The picture at a coarser scale by area averaging, and the scale that it then has."""
    factor = um_per_px / to_um_per_px
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), um_per_px * pixels.shape[1] / size[0]
