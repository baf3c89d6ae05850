"""The scores of a detector as text for a terminal."""

from collections.abc import Sequence

from marrowscope.evaluation.detector_evaluation import DetectorEvaluation, Robustness, SetResult
from marrowscope.evaluation.perturbations import PERTURBATIONS

MISSING = "–"
_COLUMNS = (
    "set",
    "fields",
    "cells",
    "recall",
    "precision",
    "F1",
    "AP",
    "merges",
    "splits",
    "whole",
    "cut",
)


def share(value: float | None) -> str:
    """0.98474 -> "0.985"; a missing value is a dash, never a zero."""
    return MISSING if value is None else f"{value:.3f}"


def strength(value: float) -> str:
    """0.25 -> "0.25", 90.0 -> "90"."""
    return f"{value:g}"


def evaluation_text(evaluation: DetectorEvaluation) -> str:
    """Tables of the scores, then what was not measured."""
    card = evaluation.card
    lines = [
        f"{card.name} {card.version} at a score of {card.threshold:g}"
        + (f", {evaluation.split} split" if evaluation.split else ""),
        "",
        *_table([_COLUMNS, *(_row(one) for one in evaluation.sets)]),
        "",
        "merges and splits: shares of all cells; whole: recall of whole nucleated cells; "
        "cut: of cells at the edge.",
    ]
    agreement = evaluation.truth_agreement
    if agreement is not None:
        lines += [
            "",
            f"Two passes over {agreement.n_fields} fields of marrow-truth agree: "
            f"F1 {share(agreement.f1)}, IoU {share(agreement.mean_iou)}, "
            f"same kind {share(agreement.kind_agreement)}.",
        ]
    if evaluation.robustness:
        lines += ["", *_perturbation_table(evaluation.robustness)]
    lines += ["", "Not measured:", *(f"  {gap}" for gap in evaluation.not_measured)]
    lines += ["", "Research use only."]
    return "\n".join(lines) + "\n"


def _row(one: SetResult) -> tuple[str, ...]:
    score = one.score
    shares = (
        score.recall,
        score.precision,
        score.f1,
        score.ap,
        score.merges,
        score.splits,
        score.recall_intact,
        score.recall_cut,
    )
    return (one.fields.name, str(score.n_fields), str(score.n), *(share(v) for v in shares))


def _perturbation_table(robustness: Sequence[Robustness]) -> list[str]:
    head = ("F1 (recall) when changed", "", *(one.image_set for one in robustness))
    untouched = [one.untouched for one in robustness]
    rows = [head, ("as they are", "", *(_pair(level.f1, level.recall) for level in untouched))]
    for way in PERTURBATIONS:
        for place, value in enumerate(way.strengths):
            levels = [one.levels[way.name][place] for one in robustness]
            rows.append(
                (
                    way.title if place == 0 else "",
                    f"{strength(value)} {way.unit}".strip(),
                    *(_pair(level.f1, level.recall) for level in levels),
                )
            )
    return _table(rows, n_left=2)


def _pair(f1: float | None, recall: float | None) -> str:
    return f"{share(f1)} ({share(recall)})"


def _table(rows: Sequence[Sequence[str]], n_left: int = 1) -> list[str]:
    """Lines with columns as wide as their longest entry; the first `n_left` flush left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            text.ljust(width) if column < n_left else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
