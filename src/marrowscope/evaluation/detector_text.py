"""The scores of a detector as text for a terminal."""

from collections.abc import Sequence

from marrowscope.evaluation.detector_evaluation import DetectorEvaluation, Robustness, SetResult
from marrowscope.evaluation.perturbations import PERTURBATIONS
from marrowscope.evaluation.text_table import number_text, share_text, table_lines

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


def evaluation_text(evaluation: DetectorEvaluation) -> str:
    """Tables of the scores, then what was not measured."""
    card = evaluation.card
    lines = [
        f"{card.name} {card.version} at a score of {card.threshold:g}"
        + (f", {evaluation.split} split" if evaluation.split else ""),
        "",
        *table_lines([_COLUMNS, *(_row(one) for one in evaluation.sets)]),
        "",
        "merges and splits: shares of all cells; whole: recall of whole nucleated cells; "
        "cut: of cells at the edge.",
    ]
    agreement = evaluation.truth_agreement
    if agreement is not None:
        lines += [
            "",
            f"Two passes over {agreement.n_fields} fields of marrow-truth agree: "
            f"F1 {share_text(agreement.f1)}, IoU {share_text(agreement.mean_iou)}, "
            f"same kind {share_text(agreement.kind_agreement)}.",
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
    return (one.fields.name, str(score.n_fields), str(score.n), *(share_text(v) for v in shares))


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
                    f"{number_text(value)} {way.unit}".strip(),
                    *(_pair(level.f1, level.recall) for level in levels),
                )
            )
    return table_lines(rows, n_left=2)


def _pair(f1: float | None, recall: float | None) -> str:
    return f"{share_text(f1)} ({share_text(recall)})"
