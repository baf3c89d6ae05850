"""Everything that is measured of a detector on boxed fields, as one value."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from marrowscope.cells.manifest import ModelCard
from marrowscope.cells.model import Detector
from marrowscope.evaluation.detector_scores import (
    FieldDetections,
    FieldOutcome,
    RecallPrecision,
    SetScore,
    curve_of_set,
    detect_on_field,
    field_detections,
    outcome,
    pooled_counts,
    set_score,
)
from marrowscope.evaluation.evaluation_sets import FieldSet
from marrowscope.evaluation.field_truth import field_truth
from marrowscope.evaluation.image_sets import BoxedField
from marrowscope.evaluation.marrow_truth import Agreement
from marrowscope.evaluation.perturbations import PERTURBATIONS, Perturbation, ScaledPixels
from marrowscope.geometry import UInt8Array
from marrowscope.progress import Progress

LOWEST_SCORE = 0.05
"""Detections below are not asked for; the precision-recall curve ends there."""
MAX_PERTURBED_FIELDS = 60
SEED = 20261124


@dataclass(frozen=True, slots=True)
class FieldResult:
    """What became of one field of this size, at the threshold of the model."""

    field: BoxedField
    width_px: int
    height_px: int
    outcome: FieldOutcome


@dataclass(frozen=True, slots=True)
class SetResult:
    """One set: its fields, scores and precision-recall curve (None without boxed cells)."""

    fields: FieldSet
    score: SetScore
    curve: RecallPrecision | None
    results: tuple[FieldResult, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """F1 and recall at one strength of a perturbation; None without cells."""

    strength: float
    f1: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Robustness:
    """How one set fares when its fields change: F1 and recall by perturbation and strength.

    untouched: of the same fields as they are; its strength means nothing.
    """

    image_set: str
    n: int
    n_fields: int
    untouched: Level
    levels: dict[str, tuple[Level, ...]]


@dataclass(frozen=True, slots=True)
class DetectorEvaluation:
    """What was measured of which model, and what was not. split: "" for a folder of fields."""

    card: ModelCard
    split: str
    sets: tuple[SetResult, ...]
    truth_agreement: Agreement | None
    robustness: tuple[Robustness, ...]
    not_measured: tuple[str, ...]


def evaluate_detector(
    detector: Detector,
    card: ModelCard,
    sets: Sequence[FieldSet],
    progress: Progress,
    *,
    split: str = "",
    truth_agreement: Agreement | None = None,
    with_perturbations: bool = False,
    not_measured: Sequence[str] = (),
) -> DetectorEvaluation:
    """Scores the detector on every set, at the threshold of its card.

    detector: gives detections from `LOWEST_SCORE` up. not_measured: what the caller knows of.
    The same sets and model give the same value. Raises UnreadableInputError if a picture is
    damaged.
    """
    results = tuple(_set_result(detector, card.threshold, one, progress) for one in sets)
    robustness: tuple[Robustness, ...] = ()
    if with_perturbations:
        robustness = tuple(
            _robustness(detector, card.threshold, one, progress)
            for one in sets
            if one.is_fully_boxed
        )
    gaps = [*not_measured, *_not_measured(results, bool(robustness))]
    return DetectorEvaluation(card, split, results, truth_agreement, robustness, tuple(gaps))


def _set_result(
    detector: Detector, threshold: float, fields: FieldSet, progress: Progress
) -> SetResult:
    progress.stage(f"scoring {fields.name}", len(fields.fields))
    found: list[FieldDetections] = []
    results: list[FieldResult] = []
    for field in fields.fields:
        pixels = fields.read(field)
        one = field_detections(detector, field, pixels)
        found.append(one)
        results.append(
            FieldResult(field, pixels.shape[1], pixels.shape[0], outcome(one, threshold))
        )
        progress.advance(1)
    curve = curve_of_set(found)
    score = set_score(
        found,
        [one.outcome for one in results],
        curve,
        is_fully_boxed=fields.is_fully_boxed,
    )
    return SetResult(fields, score, curve, tuple(results))


def chosen_fields(fields: Sequence[BoxedField]) -> tuple[BoxedField, ...]:
    """At most `MAX_PERTURBED_FIELDS` of them, the same at every call, in their order."""
    if len(fields) <= MAX_PERTURBED_FIELDS:
        return tuple(fields)
    random = np.random.default_rng(SEED)
    places = random.choice(len(fields), MAX_PERTURBED_FIELDS, replace=False)
    return tuple(fields[place] for place in sorted(places))


def _robustness(
    detector: Detector, threshold: float, fields: FieldSet, progress: Progress
) -> Robustness:
    chosen = chosen_fields(fields.fields)
    pictures = [(field, fields.read(field)) for field in chosen]
    n_levels = 1 + sum(len(one.strengths) for one in PERTURBATIONS)
    progress.stage(f"changing {fields.name}", n_levels * len(chosen))
    outcomes = [outcome(field_detections(detector, *one), threshold) for one in pictures]
    progress.advance(len(chosen))
    levels: dict[str, tuple[Level, ...]] = {}
    for way in PERTURBATIONS:
        measured = []
        for strength in way.strengths:
            changed = [perturbed(detector, *one, way, strength) for one in pictures]
            measured.append(_level(strength, [outcome(one, threshold) for one in changed]))
            progress.advance(len(chosen))
        levels[way.name] = tuple(measured)
    n = pooled_counts(outcomes).n
    return Robustness(fields.name, n, len(chosen), _level(0.0, outcomes), levels)


def _level(strength: float, outcomes: Sequence[FieldOutcome]) -> Level:
    counts = pooled_counts(outcomes)
    if not counts.n:
        return Level(strength, None, None)
    return Level(strength, round(counts.f1, 4), round(counts.recall, 4))


def perturbed(
    detector: Detector,
    field: BoxedField,
    pixels: UInt8Array,
    perturbation: Perturbation,
    strength: float,
) -> FieldDetections:
    """What is found on the field after it was changed, in the pixels of the field as it was."""
    random = np.random.default_rng([SEED, *field.path.encode()])
    changed = perturbation.apply(ScaledPixels(pixels, field.um_per_px), strength, random)
    found = detect_on_field(
        detector, field.path, changed.pixels, changed.um_per_px, field.um_per_px
    )
    truth = field_truth(field.boxes, pixels.shape[1], pixels.shape[0])
    return FieldDetections(field, truth, found)


def _not_measured(results: Sequence[SetResult], has_perturbations: bool) -> list[str]:
    gaps = []
    partly = [one.fields.name for one in results if not one.fields.is_fully_boxed]
    if partly:
        gaps.append(
            f"precision, F1 and average precision on {_listed(partly)}: not every nucleated cell "
            "is boxed there, so other cells found are neither right nor wrong"
        )
    for one in results:
        if one.fields.n_without_scale:
            gaps.append(
                f"{one.fields.n_without_scale} fields of {one.fields.name}: nothing gives their "
                "scale"
            )
        if one.fields.n_without_boxes:
            gaps.append(
                f"{one.fields.n_without_boxes} pictures of {one.fields.name}: the labels do not "
                "name them"
            )
    kinds = {
        kind: sum(one.score.by_kind[kind].n for one in results)
        for kind in (results[0].score.by_kind if results else ())
    }
    gaps += [f"recall of {kind} cells: none is boxed" for kind, n in kinds.items() if not n]
    if not has_perturbations:
        gaps.append("other scales, stains, lamps, focus and compression: ask for --perturb")
    return [
        *gaps,
        "whole slides: single fields were read, so no cell was met twice at a seam",
        "other patients: limits are those of sampling cells at random, but cells of one smear are "
        "alike, so the true uncertainty is larger",
        "the class of any cell",
    ]


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def evaluation_object(evaluation: DetectorEvaluation, software_version: str) -> dict[str, Any]:
    """What `evaluation.json` holds, ready for JSON."""
    card = evaluation.card
    return {
        "task": "detector",
        "marrowscope": software_version,
        "use": "research use only",
        "model": {
            "name": card.name,
            "version": card.version,
            "sha256": card.sha256,
            "licence": card.licence,
            "threshold": card.threshold,
            "um_per_px": card.um_per_px,
        },
        "split": evaluation.split or None,
        "sets": {one.fields.name: _set_object(one) for one in evaluation.sets},
        "truth_agreement": (
            None if evaluation.truth_agreement is None else asdict(evaluation.truth_agreement)
        ),
        "perturbations": {one.image_set: _robustness_object(one) for one in evaluation.robustness}
        or None,
        "not_measured": list(evaluation.not_measured),
    }


def _set_object(one: SetResult) -> dict[str, Any]:
    fields = one.fields
    return {
        **asdict(one.score),
        "is_fully_boxed": fields.is_fully_boxed,
        "licence": fields.licence,
        "um_per_px": list(fields.scales),
        "n_fields_without_scale": fields.n_without_scale,
        "n_pictures_without_boxes": fields.n_without_boxes,
        "n_missed": sum(result.outcome.n_missed for result in one.results),
        "n_false": (
            sum(result.outcome.n_false for result in one.results) if fields.is_fully_boxed else None
        ),
    }


def _robustness_object(one: Robustness) -> dict[str, Any]:
    return {
        "n": one.n,
        "n_fields": one.n_fields,
        "untouched": {"f1": one.untouched.f1, "recall": one.untouched.recall},
        **{name: [asdict(level) for level in levels] for name, levels in one.levels.items()},
    }
