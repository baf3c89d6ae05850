"""What ICSH 2008 says about the size of the count, as sentences.

At least 500 cells over at least two smears where a diagnosis or stratum rests on a percentage, at
least 300 otherwise, and more near a threshold (Lee et al, Int J Lab Hematol 2008;30:349-364).
"""

from collections.abc import Iterable, Sequence

from marrowscope.differential.model import CategoryCount

LEAST_CELLS = 300
CELLS_FOR_A_PERCENTAGE = 500
SMEARS_FOR_A_PERCENTAGE = 2


def _size_advice(total: int, n_smears: int) -> str | None:
    if total < LEAST_CELLS:
        return (
            f"{total} cells counted: ICSH 2008 asks for at least {LEAST_CELLS}, and for "
            f"{CELLS_FOR_A_PERCENTAGE} over {SMEARS_FOR_A_PERCENTAGE} or more smears where a "
            "percentage matters"
        )
    if total < CELLS_FOR_A_PERCENTAGE:
        return (
            f"{total} cells counted: enough only where no decision rests on a percentage; "
            f"otherwise ICSH 2008 asks for {CELLS_FOR_A_PERCENTAGE} over "
            f"{SMEARS_FOR_A_PERCENTAGE} or more smears"
        )
    if n_smears < SMEARS_FOR_A_PERCENTAGE:
        return (
            f"{total} cells counted over {n_smears} smear: where a decision rests on a "
            f"percentage ICSH 2008 asks for {SMEARS_FOR_A_PERCENTAGE} or more smears"
        )
    return None


def _percents(thresholds: Iterable[int]) -> str:
    return " and ".join(f"{percent} %" for percent in thresholds)


def count_advice(total: int, n_smears: int, rows: Sequence[CategoryCount]) -> tuple[str, ...]:
    """Sentences on whether the count is large enough; empty where nothing is to be said."""
    advice = []
    size = _size_advice(total, n_smears)
    if size is not None:
        advice.append(size)
    for row in rows:
        if row.near_thresholds_percent:
            advice.append(
                f"{row.label} lie in the indeterminate band around "
                f"{_percents(row.near_thresholds_percent)}: count more cells, on another smear or "
                "by a second observer"
            )
        if row.open_thresholds_percent and total:
            advice.append(
                f"{row.label}: threshold not decided at {_percents(row.open_thresholds_percent)}, "
                "because of the undecided cells"
            )
    return tuple(advice)
