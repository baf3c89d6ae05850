"""What the folds gave, as text for a terminal."""

from collections.abc import Mapping
from typing import Any

from marrowscope.evaluation.text_table import share_text, table_lines


def folds_text(results: Mapping[str, Any]) -> str:
    """The results as tables for a person."""
    untied = results["untied"]
    rows = [["fold", "set", "class", "cells", "recall", "called instead"]]
    for one in untied["pairs"]:
        others = ", ".join(f"{name} {share:.2f}" for name, share in one["called"].items())
        shown = [one["fold"], one["image_set"], one["class_id"], str(one["n"])]
        rows.append([*shown, share_text(one["recall"]), others])
    lines = [
        f"Classes in sets that did not teach them ({results['split']} split)",
        *table_lines(rows, n_left=3),
        f"mean recall {share_text(untied['mean_recall'])} "
        f"({share_text(untied['low'])} to {share_text(untied['high'])})",
        "",
        "Taught classes of the same models, mean recall over all classes",
    ]
    for fold, sets in results["balanced_recall_of_taught_classes"].items():
        lines += [f"fold {fold}  {name}  {share_text(value)}" for name, value in sets.items()]
    lines += ["", "One set left out, the five shared classes"]
    for way, score in results["leave_one_set_out"].items():
        lines.append(
            f"{way}  macro-F1 {share_text(score['macro_f1'])}, calibration error "
            f"{share_text(score['ece'])} ({score['n']} cells)"
        )
    if "to_marrow_fields" in results:
        fields = results["to_marrow_fields"]
        lines.append(
            "learnt without the marrow fields, cells named on these by eye: mean recall "
            f"{share_text(fields['balanced_recall'])} ({fields['n']} cells)"
        )
    for way, points in results["learning_curve"].items():
        means = [f"{one['n_reviewed']}: {share_text(one['mean'])}" for one in points]
        lines += ["", f"{way}, adapted to reviewed cells, mean recall on others", ", ".join(means)]
    return "\n".join(lines) + "\n"
