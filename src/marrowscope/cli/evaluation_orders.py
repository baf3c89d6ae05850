"""What `evaluate` may be asked for: plain records, one for each of its sub-commands."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from marrowscope.settings import Licence


class Split(StrEnum):
    """The parts of a data folder."""

    TEST = "test"
    VAL = "val"
    TRAIN = "train"


@dataclass(frozen=True, slots=True)
class DetectorEvaluationOrder:
    """Which detector to score, on which fields, into which folder.

    data: a folder of image sets, of which `split` is scored; else fields: a folder of pictures,
    and boxes: their labels. um_per_px: scale of these pictures, None where boxed red cells or
    metadata give it. partly_boxed: not every nucleated cell is boxed. model: card of a detector,
    None for the shipped one. with_perturbations: also score changed fields.
    """

    out: Path
    data: Path | None = None
    fields: Path | None = None
    boxes: Path | None = None
    um_per_px: float | None = None
    partly_boxed: bool = False
    split: Split = Split.TEST
    model: Path | None = None
    licence: Licence = Licence.FULL
    with_perturbations: bool = False


@dataclass(frozen=True, slots=True)
class ClassifierEvaluationOrder:
    """Which classifier to score, on which cells, into which folder.

    data: a folder of image sets, of which `split` is scored; else cells: a folder tree of pictures
    of single cells, class_map: the table of what its folders hold, and um_per_px: their scale.
    model: card of a classifier, None for the shipped one. site: folder that `adapt` wrote.
    """

    out: Path
    data: Path | None = None
    cells: Path | None = None
    class_map: Path | None = None
    um_per_px: float | None = None
    split: Split = Split.TEST
    model: Path | None = None
    site: Path | None = None
    licence: Licence = Licence.FULL


@dataclass(frozen=True, slots=True)
class FoldsEvaluationOrder:
    """From which image sets to train and score the folds, into which folder.

    detector: card of the detector that finds the cells of marrow fields, None for the shipped one.
    licence: permissive leaves the fields out. split: what is scored, test or val. steps: of each
    training, None for the usual number. card: card of a classifier that the scores are written
    into.
    """

    out: Path
    data: Path
    detector: Path | None = None
    licence: Licence = Licence.FULL
    split: Split = Split.TEST
    steps: int | None = None
    card: Path | None = None
