"""What `evaluation.json` and `cells.csv` say of a classifier."""

import csv
import io
from dataclasses import asdict
from typing import Any

from marrowscope.evaluation.classifier_calibration import N_BINS
from marrowscope.evaluation.classifier_evaluation import (
    ClassifierEvaluation,
    Mistake,
    SetResult,
    SlideUse,
)
from marrowscope.evaluation.classifier_forced_choice import ForcedChoice
from marrowscope.evaluation.classifier_set_score import CountTable, SetScore
from marrowscope.evaluation.field_naming import FieldNaming

COLUMNS = ("path", "truth", "class", "probability", "abstained", "set", "flags")
TRUNCATED, UNREADABLE = "truncated", "unreadable"
_MEANS = ("accuracy", "balanced_accuracy", "macro_f1", "weighted_f1")


def evaluation_object(evaluation: ClassifierEvaluation, software_version: str) -> dict[str, Any]:
    """What `evaluation.json` holds, ready for JSON."""
    card = evaluation.card
    return {
        "task": "classifier",
        "marrowscope": software_version,
        "use": "research use only",
        "model": {
            "name": card.name,
            "version": card.version,
            "sha256": card.sha256,
            "licence": card.licence,
            "threshold": card.threshold,
            "um_per_px": card.um_per_px,
            "class_ids": list(card.class_ids),
            "site": evaluation.site or None,
            "site_learnt": evaluation.site_learnt if evaluation.site else None,
        },
        "split": evaluation.split or None,
        "sets": {one.cells.name: _set_object(one) for one in evaluation.sets},
        "fields": {one.image_set: naming_object(one) for one in evaluation.fields} or None,
        "not_measured": list(evaluation.not_measured),
    }


def naming_object(one: FieldNaming) -> dict[str, Any]:
    """The cells of one class on the fields of one set, found and then named."""
    return {
        **asdict(one),
        "recall": one.recall,
        "recall_limits": list(one.recall_limits),
        "precision": one.precision,
        "f1": one.f1,
        "false_share": one.false_share,
    }


def _set_object(one: SetResult) -> dict[str, Any]:
    cells = one.cells
    return {
        **score_object(one.score),
        "n_cells": len(cells.cells),
        "unreadable": one.n_unreadable,
        "truncated": int(one.read.is_truncated.sum()),
        "skipped": dict(cells.skipped),
        "n_skipped": sum(cells.skipped.values()),
        "n_least": cells.n_least,
        "never_named": sorted(cells.never_named),
        "um_per_px": list(cells.scales),
        "licence": cells.licence,
        "slide_reference": _slide_object(one.slide),
        "without_slide_reference": (
            None if one.without_reference is None else score_object(one.without_reference)
        ),
        "scales": (
            None
            if one.slide is not None
            else {
                "as_is": _brief(one.score),
                **{
                    f"{scale.um_per_px:g}": _brief(scale.score) | {"n_reduced": scale.n_reduced}
                    for scale in one.scales
                },
            }
        ),
        "mistakes": [_mistake_object(mistake) for mistake in one.mistakes],
    }


def _slide_object(slide: SlideUse | None) -> dict[str, Any]:
    if slide is None:
        return {"source": "each cell", "n_cells": 1}
    colours = {
        "white_rgb": slide.reference.white_rgb,
        "red_cell_rgb": slide.reference.red_cell_rgb,
    }
    return {
        "source": "slide" if slide.found else "shipped",
        **{name: None if rgb is None else list(rgb) for name, rgb in colours.items()},
        "shipped_used_for": [name for name, rgb in colours.items() if rgb is None],
        "n_cells": slide.n_cells,
        "n_pixels": slide.reference.n_pixels,
    }


def score_object(score: SetScore) -> dict[str, Any]:
    """The scores of one set, shown in one way."""
    return {
        **_brief(score),
        **_limits(score.forced),
        "coverage_limits": score.coverage_limits,
        "error_when_decided": score.error_when_decided,
        "error_when_decided_limits": score.error_limits,
        "per_class": (
            {}
            if score.forced is None
            else {name: asdict(of_it) for name, of_it in score.forced.per_class.items()}
        ),
        "confusion": _confusion(score.forced),
        "confusion_by_lineage": table_object(score.by_lineage),
        "confusion_as_named": table_object(score.as_named),
        "calibration": {
            "binning": f"{N_BINS} bins of equal width from 0 to 1",
            "n": score.calibration.n,
            "bins": [asdict(one) for one in score.calibration.bins],
        },
        "risk_coverage": None if score.risk_coverage is None else asdict(score.risk_coverage),
        "blasts": asdict(score.blasts),
        "mean_cost": score.mean_cost,
        "mean_cost_decided": score.mean_cost_decided,
        "merged": {name: list(of_it) for name, of_it in score.classes.merged.items()},
        "not_modelled": {name: asdict(of_it) for name, of_it in score.not_modelled.items()},
        "too_few": score.too_few,
    }


def _brief(score: SetScore) -> dict[str, Any]:
    means = None if score.forced is None else score.forced.means
    return {
        "n": score.n,
        **{name: None if means is None else getattr(means, name) for name in _MEANS},
        "ece": score.calibration.error,
        "coverage": score.coverage,
    }


def _limits(forced: ForcedChoice | None) -> dict[str, Any]:
    names = [f"{name}_limits" for name in _MEANS]
    return {name: None if forced is None else getattr(forced.means, name) for name in names}


def _confusion(forced: ForcedChoice | None) -> dict[str, Any]:
    if forced is None:
        return {"class_ids": [], "counts": []}
    return {"class_ids": list(forced.class_ids), "counts": forced.counts.tolist()}


def table_object(table: CountTable) -> dict[str, Any]:
    """Counts by truth and by what was called, ready for JSON."""
    return {
        "truth": list(table.rows),
        "called": list(table.columns),
        "counts": table.counts.tolist(),
    }


def _mistake_object(mistake: Mistake) -> dict[str, Any]:
    return {
        "path": mistake.cell.path,
        "truth": mistake.cell.truth,
        "class": mistake.called,
        "probability": round(mistake.probability, 6),
        "cost": mistake.cost,
    }


def cells_table(evaluation: ClassifierEvaluation) -> str:
    """The text of `cells.csv`: every cell of every set, its best guess, also when abstaining.

    A file of which no pixel can be read has an empty class, probability 0, and is abstained.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in evaluation.sets:
        answers = one.answers
        place = 0
        for index, cell in enumerate(one.cells.cells):
            said = ["", "0.000000", "true"]
            flags = UNREADABLE
            if one.read.is_read[index]:
                abstained = "true" if answers.named.abstained[place] else "false"
                said = [str(answers.guess[place]), f"{answers.probability[place]:.6f}", abstained]
                flags = TRUNCATED if one.read.is_truncated[index] else ""
                place += 1
            writer.writerow([cell.path, cell.truth, *said, one.cells.name, flags])
    return text.getvalue()
