"""Scores a detector on boxed fields."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from marrowscope.cells.model import OBJECT_KINDS, Detections, Detector, View
from marrowscope.cells.reading import HALO_UM
from marrowscope.differential.intervals import wilson_interval
from marrowscope.errors import OversizedInputError
from marrowscope.evaluation.field_truth import (
    CELL_KINDS,
    FieldTruth,
    are_held,
    field_truth,
    hold_any,
)
from marrowscope.evaluation.image_sets import BoxedField
from marrowscope.evaluation.matching import DetectionScore, Matches, match_centres, match_in_order
from marrowscope.geometry import BoolArray, DoubleArray, IntArray, UInt8Array

WHITE = 255
LARGEST_FIELD_PX = 8_000_000
"""At the detector's scale: a field is read in one piece, and this takes some 2 GB."""
MISSED = -1
ONE_CLASS_BOXED = ("segpc-marrow", "segpc-marrow-fullsize")
"""Sets whose boxes name plasma cells only: other cells found there are not false."""


@dataclass(frozen=True, slots=True)
class FieldDetections:
    """One field's truth and what was found on it, both in its pixels."""

    field: BoxedField
    truth: FieldTruth
    found: Detections


@dataclass(frozen=True, slots=True)
class FieldOutcome:
    """What became of the cells and the detections of one field, ignored places left out.

    cells: (n, 4) centre x, y, width, height of true cells; kinds, is_cut: as in `FieldTruth`;
    called: (n,) index of the kind it was given, `MISSED` where it was not found;
    is_found: (n,); is_merged: (n,) missed, and its centre lies in the box of a detection that
    found another cell; is_split: (n,) found, and a further, unmatched detection lies in its box.
    detections: (m, 4) likewise; score: (m,); is_true: (m,) whether it found a cell of its own.
    is_debris_found: (k,) whether each box of debris holds a detection that found no cell.
    """

    cells: DoubleArray
    kinds: IntArray
    called: IntArray
    is_cut: BoolArray
    is_found: BoolArray
    is_merged: BoolArray
    is_split: BoolArray
    detections: DoubleArray
    score: DoubleArray
    is_true: BoolArray
    is_debris_found: BoolArray

    @property
    def n_missed(self) -> int:
        """True cells that no detection found."""
        return int((~self.is_found).sum())

    @property
    def n_false(self) -> int:
        """Detections that found no cell of their own."""
        return int((~self.is_true).sum())

    @property
    def counts(self) -> DetectionScore:
        """Cells, cells found, detections."""
        return DetectionScore(len(self.cells), int(self.is_found.sum()), len(self.detections))


@dataclass(frozen=True, slots=True)
class KindScore:
    """n true cells of one kind and the share of them that was found, None without any.

    called: how many of those found were given each kind.
    """

    n: int
    recall: float | None
    called: dict[str, int]


@dataclass(frozen=True, slots=True)
class SetScore:
    """Scores of one set; shares from 0 to 1 to four decimals, None where they mean nothing.

    precision, f1, ap: None where not every cell is boxed. ap: area under the precision-recall
    curve. merges, splits: shares of n. *_limits: 95 % limits of sampling (Wilson). n_intact:
    nucleated cells not cut by the edge of their field; n_cut: cells of any kind that are.
    debris_called_cells: share of the boxes of debris that hold a false detection.
    """

    n: int
    n_fields: int
    n_detections: int
    precision: float | None
    precision_limits: tuple[float, float] | None
    recall: float | None
    recall_limits: tuple[float, float] | None
    f1: float | None
    ap: float | None
    merges: float | None
    splits: float | None
    n_intact: int
    recall_intact: float | None
    n_cut: int
    recall_cut: float | None
    by_kind: dict[str, KindScore]
    n_debris: int
    debris_called_cells: float | None


def called_cells(found: Detections) -> Detections:
    """The detections that the detector takes for cells, not for debris."""
    return found.without_debris()


def detect_on_field(
    detector: Detector,
    name: str,
    pixels: UInt8Array,
    um_per_px: float,
    level0_um_per_px: float | None = None,
) -> Detections:
    """Objects centred on one field (rows, columns, 3) of that scale; white around it, as in a
    slide.

    level0_um_per_px: scale of the pixels in which places are given; the field's own where None.
    Raises OversizedInputError above 2 mm².
    """
    factor = um_per_px / detector.um_per_px
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    if size[0] * size[1] > LARGEST_FIELD_PX:
        area_mm2 = size[0] * size[1] * detector.um_per_px**2 * 1e-6
        raise OversizedInputError(
            f"{name}: {area_mm2:.1f} mm² at {um_per_px:g} µm/px is too large for a field; check "
            "the scale, or cut it into smaller ones"
        )
    small = np.asarray(cv2.resize(pixels, size, interpolation=how), dtype=np.uint8)
    halo = round(HALO_UM / detector.um_per_px)
    framed = np.full((size[1] + 2 * halo, size[0] + 2 * halo, 3), WHITE, dtype=np.uint8)
    framed[halo:-halo, halo:-halo] = small
    level0_per_px = detector.um_per_px / (level0_um_per_px or um_per_px)
    corner = -halo * level0_per_px
    found = detector.detect(View(name, corner, corner, level0_per_px, detector.um_per_px, framed))
    is_inside = (
        (found.x_px >= 0)
        & (found.x_px < size[0] * level0_per_px)
        & (found.y_px >= 0)
        & (found.y_px < size[1] * level0_per_px)
    )
    return found.at(np.asarray(is_inside, dtype=np.bool_))


def field_detections(detector: Detector, field: BoxedField, pixels: UInt8Array) -> FieldDetections:
    """One field's truth beside what the detector finds on its pixels (rows, columns, 3)."""
    truth = field_truth(field.boxes, pixels.shape[1], pixels.shape[0])
    return FieldDetections(
        field, truth, detect_on_field(detector, field.path, pixels, field.um_per_px)
    )


def outcome(one: FieldDetections, threshold: float = 0.0) -> FieldOutcome:
    """Who found whom on one field, from detections of at least that score.

    Cells and detections are paired where a centre lies in a box, nearest first, one to one. What
    is centred in an ignored box is then taken out: cells with whatever found them, and detections
    that found nothing.
    """
    truth, found = one.truth, called_cells(one.found)
    found = found.at(found.score >= threshold)
    boxes = np.stack([found.x_px, found.y_px, found.w_px, found.h_px], axis=1)
    matches = match_centres(truth.cells, found.x_px, found.y_px)
    counts, keep = _countable(truth, boxes, matches)
    is_found = matches.truth >= 0
    called = np.full(len(is_found), MISSED, dtype=np.int64)
    called[is_found] = found.kind[matches.truth[is_found]]
    is_merged = ~is_found & are_held(boxes[matches.is_true], truth.cells)
    unmatched = boxes[keep & ~matches.is_true]
    return FieldOutcome(
        cells=truth.cells[counts],
        kinds=truth.kinds[counts],
        called=called[counts],
        is_cut=truth.is_cut[counts],
        is_found=is_found[counts],
        is_merged=is_merged[counts],
        is_split=(is_found & hold_any(truth.cells, unmatched))[counts],
        detections=boxes[keep],
        score=found.score[keep],
        is_true=matches.is_true[keep],
        is_debris_found=hold_any(truth.debris, unmatched),
    )


def _countable(
    truth: FieldTruth, boxes: DoubleArray, matches: Matches
) -> tuple[BoolArray, BoolArray]:
    """Which true cells (n,) and which detections (m,) count, ignored places left out."""
    counts = ~are_held(truth.ignored, truth.cells)
    keep = matches.is_true | ~are_held(truth.ignored, boxes)
    keep[matches.truth[~counts & (matches.truth >= 0)]] = False
    return counts, keep


def pooled_counts(outcomes: Iterable[FieldOutcome]) -> DetectionScore:
    """Cells, cells found and detections of several fields together."""
    counts = [one.counts for one in outcomes]
    return DetectionScore(
        n=sum(one.n for one in counts),
        n_found=sum(one.n_found for one in counts),
        n_detections=sum(one.n_detections for one in counts),
    )


@dataclass(frozen=True, slots=True)
class RecallPrecision:
    """A precision-recall curve: recall (k,) rising, precision (k,) of the same thresholds."""

    recall: DoubleArray
    precision: DoubleArray

    @property
    def average_precision(self) -> float:
        """Area under the curve, each precision raised to the best at the same recall or more."""
        best = np.maximum.accumulate(self.precision[::-1])[::-1]
        return float(np.sum(np.diff(self.recall, prepend=0.0) * best))


def precision_recall(score: DoubleArray, is_true: BoolArray, n: int) -> RecallPrecision:
    """The curve over every threshold at which something changes.

    score, is_true: (m,) of detections, in any order. n: true cells, at least 1.
    """
    order = np.argsort(-score, kind="stable")
    score, is_true = score[order], is_true[order]
    n_right = np.cumsum(is_true)
    is_last = np.append(np.diff(score) != 0, True)[: len(score)]
    n_all = np.arange(1, len(score) + 1)
    return RecallPrecision(n_right[is_last] / n, (n_right / n_all)[is_last])


def curve_of_set(fields: Sequence[FieldDetections]) -> RecallPrecision | None:
    """The precision-recall curve of all fields together; None where no cell is boxed.

    Detections find cells in the order of their score, the best first.
    """
    scores, rights, n = [np.zeros(0)], [np.zeros(0, dtype=bool)], 0
    for one in fields:
        score, is_true, n_cells = _ranked(one)
        scores.append(score)
        rights.append(is_true)
        n += n_cells
    return precision_recall(np.concatenate(scores), np.concatenate(rights), n) if n else None


def _ranked(one: FieldDetections) -> tuple[DoubleArray, BoolArray, int]:
    """Scores of one field's detections, whether each is true, and how many cells count there."""
    truth, found = one.truth, called_cells(one.found)
    found = found.at(np.argsort(-found.score, kind="stable"))
    centres = np.stack([found.x_px, found.y_px], axis=1)
    matches = match_in_order(truth.cells, found.x_px, found.y_px)
    counts, keep = _countable(truth, centres, matches)
    return found.score[keep], matches.is_true[keep], int(counts.sum())


def set_score(
    fields: Sequence[FieldDetections],
    outcomes: Sequence[FieldOutcome],
    curve: RecallPrecision | None,
    *,
    is_fully_boxed: bool,
) -> SetScore:
    """All scores of one set. outcomes: of the same fields at the threshold in use."""
    counts = pooled_counts(outcomes)
    is_found, is_cut, kinds, called, is_merged, is_split = (
        np.concatenate([getattr(one, name) for one in outcomes] or [np.zeros(0, dtype=bool)])
        for name in ("is_found", "is_cut", "kinds", "called", "is_merged", "is_split")
    )
    intact = ~is_cut & (kinds == 0)
    debris = np.concatenate([one.is_debris_found for one in outcomes] or [np.zeros(0, dtype=bool)])
    return SetScore(
        n=counts.n,
        n_fields=len(fields),
        n_detections=counts.n_detections,
        precision=_rounded(counts.precision) if is_fully_boxed else None,
        precision_limits=_limits(counts.n_found, counts.n_detections) if is_fully_boxed else None,
        recall=_rounded(counts.recall),
        recall_limits=_limits(counts.n_found, counts.n),
        f1=_rounded(counts.f1) if is_fully_boxed else None,
        ap=round(curve.average_precision, 4) if is_fully_boxed and curve else None,
        merges=_share(is_merged),
        splits=_share(is_split),
        n_intact=int(intact.sum()),
        recall_intact=_share(is_found[intact]),
        n_cut=int(is_cut.sum()),
        recall_cut=_share(is_found[is_cut.astype(bool)]),
        by_kind={
            kind.value: KindScore(
                int((kinds == k).sum()),
                _share(is_found[kinds == k]),
                {
                    other.value: int((called[kinds == k] == index).sum())
                    for index, other in enumerate(OBJECT_KINDS)
                    if other in CELL_KINDS
                },
            )
            for k, kind in enumerate(OBJECT_KINDS)
            if kind in CELL_KINDS
        },
        n_debris=len(debris),
        debris_called_cells=_share(debris),
    )


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)


def _share(those: BoolArray) -> float | None:
    return round(float(those.mean()), 4) if len(those) else None


def _limits(k: int, n: int) -> tuple[float, float] | None:
    if not n:
        return None
    interval = wilson_interval(k, n)
    return (round(interval.low, 4), round(interval.high, 4))
