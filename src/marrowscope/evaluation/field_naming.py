"""From field to name: cells of one class that are boxed on fields, detected and then named.

Single cells are centred by whoever cut them out; here the detector does it, and what it finds
beside the boxes may be called that class wrongly.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.cells.manifest import ModelCard
from marrowscope.cells.model import Classifier, Detections, Detector, SlideReference, View
from marrowscope.cells.naming import NamedCells, name_cells
from marrowscope.cells.reading import crops_of
from marrowscope.cells.reference import reference_of_crops
from marrowscope.differential.confusion import UNDECIDED
from marrowscope.differential.intervals import wilson_interval
from marrowscope.evaluation.detector_scores import ONE_CLASS_BOXED, detect_on_field
from marrowscope.evaluation.evaluation_sets import FieldSet
from marrowscope.evaluation.image_sets import BoxedField
from marrowscope.evaluation.labels import entry_of
from marrowscope.evaluation.matching import match_centres
from marrowscope.geometry import DoubleArray, UInt8Array
from marrowscope.progress import Progress
from marrowscope.vocabulary import in_reading_order

N_REFERENCE_FIELDS = 8
"""Fields that the reference of a set is measured on, the first in order."""
TAKEN_LARGER = "-fullsize"
"""What the name of a set adds where it holds the shots of another one as they were taken."""
DECIMALS = 4


@dataclass(frozen=True, slots=True)
class FieldNaming:
    """n: boxed cells of the class. found: with a detection centred in their box. named,
    undecided: of these. called: the other names that they got. others: detections centred in no
    box. others_named, others_undecided: of these. Of what is found in no box some may be cells of
    the class that nobody boxed, so precision is at least what is said here.
    """

    image_set: str
    class_id: str
    n_fields: int
    n: int
    found: int
    named: int
    undecided: int
    called: Mapping[str, int]
    others: int
    others_named: int
    others_undecided: int

    @property
    def recall(self) -> float:
        """Share of the boxed cells that are found and named so."""
        return round(self.named / self.n, DECIMALS)

    @property
    def recall_limits(self) -> tuple[float, float]:
        """95 % limits of drawing cells at random."""
        limits = wilson_interval(self.named, self.n)
        return (round(limits.low, DECIMALS), round(limits.high, DECIMALS))

    @property
    def precision(self) -> float | None:
        """Share of the cells so named that are boxed; None where none is."""
        n_named = self.named + self.others_named
        return round(self.named / n_named, DECIMALS) if n_named else None

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return round(2 * self.named / (self.n + self.named + self.others_named), DECIMALS)

    @property
    def false_share(self) -> float | None:
        """Share of the other cells that are called so; None without any."""
        return round(self.others_named / self.others, DECIMALS) if self.others else None


def field_naming(
    detector: Detector,
    detector_card: ModelCard,
    classifier: Classifier,
    sets: Sequence[FieldSet],
    progress: Progress,
) -> tuple[FieldNaming, ...]:
    """One result a set and class that the model has, of the sets on which one class is boxed.

    Each set is taken for one slide. Raises UnreadableInputError if a picture is damaged.
    """
    found = []
    for fields in sets:
        class_id = _class_boxed(fields)
        if class_id in classifier.class_ids:
            found.append(
                _named_on(detector, detector_card.threshold, classifier, fields, class_id, progress)
            )
    return tuple(found)


def _class_of(field: BoxedField, label: str) -> str:
    """The class that a label stands for, "" where nobody can say."""
    source = field.image_set.removesuffix(TAKEN_LARGER)
    entry = entry_of(source, label)
    return "" if entry is None else entry.class_ids[0]


def _class_boxed(fields: FieldSet) -> str:
    """The one class that the set boxes, "" where it boxes several or says none."""
    if fields.name not in ONE_CLASS_BOXED:
        return ""
    found = {_class_of(field, box.label) for field in fields.fields for box in field.boxes}
    return next(iter(found)) if len(found) == 1 else ""


def _named_on(
    detector: Detector,
    threshold: float,
    classifier: Classifier,
    fields: FieldSet,
    class_id: str,
    progress: Progress,
) -> FieldNaming:
    progress.stage(f"finding and naming on {fields.name}", len(fields.fields))
    reference = _reference(fields)
    in_boxes: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    n = 0
    for field in fields.fields:
        pixels = fields.read(field)
        found = detect_on_field(detector, field.path, pixels, field.um_per_px)
        found = found.at(found.score >= threshold).without_debris()
        called = _called(classifier, field, pixels, found, reference)
        boxes = _boxes(field, class_id)
        n += len(boxes)
        is_matched = match_centres(boxes, found.x_px, found.y_px).is_true
        # A lobe or a second find in a box is neither the cell nor another one.
        is_outside = ~is_matched & ~_in_any(boxes, found)
        in_boxes.update(np.array(called)[is_matched].tolist())
        outside.update(np.array(called)[is_outside].tolist())
        progress.advance(1)
    others = {name for name in in_boxes if name not in (class_id, UNDECIDED)}
    return FieldNaming(
        image_set=fields.name,
        class_id=class_id,
        n_fields=len(fields.fields),
        n=n,
        found=in_boxes.total(),
        named=in_boxes[class_id],
        undecided=in_boxes[UNDECIDED],
        called={name: in_boxes[name] for name in in_reading_order(others)},
        others=outside.total(),
        others_named=outside[class_id],
        others_undecided=outside[UNDECIDED],
    )


def _reference(fields: FieldSet) -> SlideReference:
    first = fields.fields[:N_REFERENCE_FIELDS]
    return reference_of_crops([fields.read(field) for field in first], first[0].um_per_px)


def _boxes(field: BoxedField, class_id: str) -> DoubleArray:
    rows = [
        (box.x_px + box.w_px / 2, box.y_px + box.h_px / 2, box.w_px, box.h_px)
        for box in field.boxes
        if _class_of(field, box.label) == class_id
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def _in_any(boxes: DoubleArray, found: Detections) -> np.ndarray:
    """(m,) whether each detection is centred in any of the boxes."""
    dx = np.abs(found.x_px[:, None] - boxes[:, 0]) <= boxes[:, 2] / 2
    dy = np.abs(found.y_px[:, None] - boxes[:, 1]) <= boxes[:, 3] / 2
    return np.asarray((dx & dy).any(axis=1))


def _called(
    classifier: Classifier,
    field: BoxedField,
    pixels: UInt8Array,
    found: Detections,
    reference: SlideReference,
) -> list[str]:
    """The name that each detection gets, "UNCLASS" where the classifier abstains."""
    factor = field.um_per_px / classifier.um_per_px
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(pixels, size, interpolation=how), dtype=np.uint8)
    view = View(field.path, 0.0, 0.0, 1 / factor, classifier.um_per_px, small)
    crops = crops_of(view, found, classifier.crop_px)
    named: NamedCells = name_cells(classifier.classify(crops, reference), classifier)
    called: list[str] = np.where(named.abstained, UNDECIDED, named.class_id).tolist()
    return called
