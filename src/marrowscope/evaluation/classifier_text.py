"""The scores of a classifier as text for a terminal."""

from marrowscope.evaluation.classifier_blasts import ALL_OTHERS, CountedShare
from marrowscope.evaluation.classifier_evaluation import ClassifierEvaluation, SetResult
from marrowscope.evaluation.classifier_forced_choice import ONE_CLASS
from marrowscope.evaluation.classifier_set_score import SetScore
from marrowscope.evaluation.field_naming import FieldNaming
from marrowscope.evaluation.text_table import share_text, table_lines

_COLUMNS = (
    "set",
    "cells",
    "classes",
    "accuracy",
    "balanced",
    "macro F1",
    "weighted F1",
    "ECE",
    "coverage",
    "error",
)
_CLASS_COLUMNS = ("class", "cells", "precision", "recall", "F1")


def evaluation_text(evaluation: ClassifierEvaluation) -> str:
    """Tables of the scores, then what was not measured."""
    card = evaluation.card
    how = "as a site taught it" if evaluation.site_learnt else "with a site that learnt nothing"
    taught = f", {how} ({evaluation.site[:12]})" if evaluation.site else ""
    rows = [row for one in evaluation.sets for row in _rows(one)]
    lines = [
        f"{card.name} {card.version} at a threshold of {card.threshold:g}{taught}"
        + (f", {evaluation.split} split" if evaluation.split else ""),
        "",
        *table_lines([_COLUMNS, *rows]),
        "",
        "accuracy to weighted F1: forced choice among the classes that are scored; coverage: share "
        "not abstained; error: share wrong among these.",
    ]
    for one in evaluation.sets:
        lines += ["", *_class_lines(one), *_blast_lines(one)]
    lines += [line for one in evaluation.fields for line in ("", *_field_lines(one))]
    lines += ["", "Not measured:", *(f"  {gap}" for gap in evaluation.not_measured)]
    return "\n".join([*lines, "", "Research use only."]) + "\n"


def _rows(one: SetResult) -> list[tuple[str, ...]]:
    rows = [_row(one.cells.name, one.score)]
    if one.without_reference is not None:
        rows.append(_row("  without its own reference", one.without_reference))
    rows += [_row(f"  at {scale.um_per_px:g} µm/px", scale.score) for scale in one.scales]
    return rows


def _row(name: str, score: SetScore) -> tuple[str, ...]:
    forced = score.forced
    means = None if forced is None else forced.means
    shares = (
        None if means is None else means.accuracy,
        None if means is None else means.balanced_accuracy,
        None if means is None else means.macro_f1,
        None if means is None else means.weighted_f1,
        score.calibration.error,
        score.coverage,
        score.error_when_decided,
    )
    n_classes = 0 if forced is None else len(forced.class_ids)
    return (name, str(score.n), str(n_classes), *(share_text(value) for value in shares))


def _class_lines(one: SetResult) -> list[str]:
    if one.score.forced is None:
        return [f"{one.cells.name}: no class has {one.cells.n_least} cells, so none is scored."]
    rows = [
        (name, str(of_it.n), *map(share_text, (of_it.precision, of_it.recall, of_it.f1)))
        for name, of_it in one.score.forced.per_class.items()
    ]
    lines = [one.cells.name, *(f"  {line}" for line in table_lines([_CLASS_COLUMNS, *rows]))]
    return [*lines, f"  {ONE_CLASS}"] if len(rows) == 1 else lines


def _blast_lines(one: SetResult) -> list[str]:
    score = one.score.blasts
    others = score.false_blasts[ALL_OTHERS]
    lines = []
    if score.n:
        lines.append(
            f"  Blasts: {score.n}; recalled {_part(score.recalled)}, called something else with "
            f"confidence {_part(score.missed)}, abstained {_part(score.abstained)}."
        )
    if others.n:
        lines.append(f"  False blasts: {others.k} of {others.n} other cells {_part(others)}.")
    return lines


def _field_lines(one: FieldNaming) -> list[str]:
    return [
        f"{one.image_set}, {one.n_fields} fields, {one.class_id} found and named",
        f"  {one.n} boxed: {one.found} found, {one.named} named so, {one.undecided} undecided.",
        f"  {one.others} other cells found: {one.others_named} named so, {one.others_undecided} "
        "undecided.",
        f"  recall {share_text(one.recall)}, precision {share_text(one.precision)} at least, F1 "
        f"{share_text(one.f1)}",
    ]


def _part(counted: CountedShare) -> str:
    if counted.share is None or counted.limits is None:
        return "–"
    low, high = counted.limits
    return f"{100 * counted.share:.1f} % ({100 * low:.1f}–{100 * high:.1f})"
