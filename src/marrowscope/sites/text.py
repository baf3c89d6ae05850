"""What a site learnt, as a table for a person."""

from collections.abc import Mapping
from typing import Any

from marrowscope.evaluation.text_table import share_text, table_lines


def site_text(site: Mapping[str, Any]) -> str:
    """The object of `site.json` in words."""
    before, after = site["held_out"]["before"], site["held_out"]["after"]
    rows = [["class", "cells", "recall before", "recall after", ""]]
    for name, n in site["reviewed_cells"].items():
        note = "" if name in site["taught"] else "not taught"
        recalls = [share_text(one["recalls"].get(name)) for one in (before, after)]
        rows.append([name, str(n), *recalls, note])
    lines = [
        "Reviewed cells, each named without having been learnt from",
        *table_lines(rows, n_left=1),
        f"balanced accuracy {share_text(before['balanced_accuracy'])} before, "
        f"{share_text(after['balanced_accuracy'])} after",
        f"calibration error {share_text(before['calibration_error'])} before, "
        f"{share_text(after['calibration_error'])} after",
        f"undecided {share_text(before['undecided'])} before, "
        f"{share_text(after['undecided'])} after",
    ]
    for key, words in (
        ("too_few_cells", "too few cells to learn from, left as it was"),
        ("not_modelled", "the model has no such class, not learnt"),
    ):
        lines += [f"{name}: {n} cells; {words}" for name, n in site[key].items()]
    left_out, unreadable = site["from"]["n_left_out"], site["from"]["n_unreadable"]
    if left_out:
        lines.append(f"{left_out} cells beyond those needed were not used")
    if site["from"]["n_copies"]:
        lines.append(f"{site['from']['n_copies']} pictures are copies of others and count once")
    if unreadable:
        lines.append(f"{unreadable} files hold no picture that can be read")
    lines.append(
        "learnt" if site["learnt"] else f"not learnt, the model is unchanged: {site['why_not']}"
    )
    return "\n".join(lines) + "\n"
