"""A detector and a classifier that read the truth of a phantom instead of its pixels.

They implement the real protocols, so whatever goes wrong between the truth and the count is the
pipeline's doing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from scipy.spatial import cKDTree

from marrowscope.analysis import ModelRecord
from marrowscope.cells import CropBatch, Detections, Proposals, SlideReference, View
from marrowscope.geometry import BoolArray, DoubleArray
from marrowscope.pipeline import Models

CLASS_IDS = (
    "BLAST_NOS",
    "PROMY",
    "MYELO",
    "META",
    "BAND",
    "SEG",
    "EOS_MAT",
    "BASO",
    "MONO",
    "LYMPH",
    "PLASMA",
    "ERY_NOS",
    "ERY_ORTHO",
    "ERY_POLY",
    "ERY_BASO",
    "PROERY",
    "SMUDGE",
    "UNCLASS",
)


@dataclass(frozen=True)
class Truth:
    """The truth table of one phantom; all (n,)."""

    cell_id: np.ndarray
    x_px: DoubleArray
    y_px: DoubleArray
    w_px: DoubleArray
    h_px: DoubleArray
    class_id: np.ndarray
    countable: BoolArray

    @classmethod
    def read(cls, path: Path) -> "Truth":
        columns = pq.read_table(path).to_pydict()
        return cls(*(np.array(columns[name]) for name in cls.__dataclass_fields__))


class TruthDetector:
    """Finds exactly the true cells, each moved by up to `jitter_px`, otherwise in each view."""

    um_per_px = 0.5

    def __init__(self, truth: Truth, jitter_px: float = 0.0) -> None:
        self._truth = truth
        self._jitter_px = jitter_px

    def detect(self, view: View) -> Detections:
        truth = self._truth
        rows, columns = view.pixels.shape[:2]
        inside = (
            (truth.x_px >= view.x_px)
            & (truth.x_px < view.x_px + columns * view.level0_per_px)
            & (truth.y_px >= view.y_px)
            & (truth.y_px < view.y_px + rows * view.level0_per_px)
        )
        n = int(inside.sum())
        random = np.random.default_rng([int(view.x_px) & 0xFFFF, int(view.y_px) & 0xFFFF])
        moved = random.uniform(-self._jitter_px, self._jitter_px, (2, n))
        return Detections.of_cells(
            x_px=truth.x_px[inside] + moved[0],
            y_px=truth.y_px[inside] + moved[1],
            w_px=truth.w_px[inside].astype(float),
            h_px=truth.h_px[inside].astype(float),
            score=np.full(n, 0.99),
        )


class TruthClassifier:
    """Names each crop after the true cell nearest to its place; abstains on `unsure` cell ids."""

    um_per_px = 0.25
    crop_px = 96
    class_ids = CLASS_IDS
    blood_only_class_ids: frozenset[str] = frozenset()
    threshold = 0.5

    def __init__(self, truth: Truth, unsure: Collection[str] = ()) -> None:
        self._truth = truth
        self._unsure = frozenset(unsure)
        self._tree = cKDTree(np.stack([truth.x_px, truth.y_px], axis=1))

    def classify(self, crops: CropBatch, reference: SlideReference) -> Proposals:
        probabilities = np.zeros((len(crops.x_px), len(CLASS_IDS)), dtype=np.float32)
        if not len(crops.x_px):
            return Proposals.of_familiar(probabilities)
        _, nearest = self._tree.query(np.stack([crops.x_px, crops.y_px], axis=1))
        for row, cell in enumerate(nearest):
            best = CLASS_IDS.index(self._truth.class_id[cell])
            sure = self._truth.cell_id[cell] not in self._unsure
            top = 0.97 if sure else 0.4
            probabilities[row] = (1 - top) / (len(CLASS_IDS) - 1)
            probabilities[row, best] = top
        return Proposals.of_familiar(probabilities)


class NamingOnly(TruthClassifier):
    """A classifier of which only the names and the threshold are needed."""

    def __init__(self) -> None:
        """Knows no truth."""


def proposals(class_id: str, n: int, top: float = 0.9) -> Proposals:
    """The same proposal n times: the class with probability `top`, the others alike."""
    rows = np.full((n, len(CLASS_IDS)), (1 - top) / (len(CLASS_IDS) - 1), dtype=np.float32)
    rows[:, CLASS_IDS.index(class_id)] = top
    return Proposals.of_familiar(rows)


def truth_models(truth: Truth, jitter_px: float = 0.0, unsure: Collection[str] = ()) -> Models:
    """Both fakes, with records that say what they are."""
    records = tuple(
        ModelRecord(role, f"truth-{role}", "0", "0" * 64, "none", 0.5, ids)
        for role, ids in (("detector", ()), ("classifier", CLASS_IDS))
    )
    return Models(TruthDetector(truth, jitter_px), TruthClassifier(truth, unsure), records)
