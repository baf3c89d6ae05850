"""The partial differential: cells that blood in the sample does not bring along.

Myeloblasts, promyelocytes, myelocytes and erythroblasts only (Lee et al, Int J Lab Hematol
2008;30:473-479). Their proportions do not move when blood dilutes the marrow.
"""

from collections.abc import Mapping

from marrowscope.differential.model import PartialCount, PartialDifferential
from marrowscope.vocabulary import classes_of_category

_MYELOBLASTS = ("BLAST_MYELO", "BLAST_NOS")


def partial_differential(class_counts: Mapping[str, int]) -> PartialDifferential:
    """Rows and total of the partial differential, from decided cells by class."""
    members = {
        "Myeloblasts": _MYELOBLASTS,
        "Promyelocytes": _of_category("promyelocytes"),
        "Myelocytes": _of_category("myelocytes"),
        "Erythroblasts": _of_category("erythroblasts"),
    }
    counts = {
        label: sum(class_counts.get(class_id, 0) for class_id in class_ids)
        for label, class_ids in members.items()
    }
    total = sum(counts.values())
    note = "auxiliary: not moved by blood in the sample; undecided cells take no part"
    n_unstated = class_counts.get("BLAST_NOS", 0)
    if n_unstated:
        blasts = "1 blast" if n_unstated == 1 else f"{n_unstated} blasts"
        note = f"{note}; {blasts} of unstated lineage taken as myeloblasts"
    return PartialDifferential(
        total=total,
        rows=tuple(
            PartialCount(label, n, 100 * n / total if total else None)
            for label, n in counts.items()
        ),
        note=note,
    )


def _of_category(category: str) -> tuple[str, ...]:
    return tuple(known.class_id for known in classes_of_category(category))
