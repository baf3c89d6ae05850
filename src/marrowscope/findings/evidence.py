"""Gathers the cells that findings point at."""

from collections.abc import Sequence

import numpy as np

from marrowscope.differential import Differential, tally
from marrowscope.errors import UsageError
from marrowscope.findings.model import Evidence, FoundCells
from marrowscope.geometry import BoolArray
from marrowscope.vocabulary import Counting, cell_class, in_reading_order


def gather_evidence(
    cell_ids: Sequence[str],
    class_ids: Sequence[str],
    abstained: Sequence[bool] | BoolArray,
    in_count: BoolArray,
) -> Evidence:
    """Sorts all found cells into what findings need.

    cell_ids, class_ids (best guess), abstained, in_count: (n,), all found cells in one order.
    in_count: True for cells chosen for the count before any class was known (removed ones too).
    Raises UsageError at lists of unequal length or an unknown class.
    """
    if not len(cell_ids) == len(class_ids) == len(abstained) == len(in_count):
        raise UsageError(
            f"{len(cell_ids)} cell ids, {len(class_ids)} classes, {len(abstained)} abstentions "
            f"and {len(in_count)} choices; give one of each a cell"
        )
    decided: dict[str, list[str]] = {class_id: [] for class_id in in_reading_order(class_ids)}
    undecided: list[str] = []
    for place in np.flatnonzero(in_count).tolist():
        class_id = class_ids[place]
        is_undecided = bool(abstained[place]) or cell_class(class_id).counting is Counting.UNDECIDED
        (undecided if is_undecided else decided[class_id]).append(cell_ids[place])
    return Evidence(
        decided={class_id: tuple(cells) for class_id, cells in decided.items() if cells},
        undecided=tuple(undecided),
        found=FoundCells(cell_ids, class_ids, abstained),
    )


def check_evidence(differential: Differential, evidence: Evidence) -> None:
    """Raises UsageError where the cells are not those that were counted."""
    counted = {counted.class_id: counted.n for counted in differential.class_counts}
    held = {
        class_id: len(cells)
        for class_id, cells in evidence.decided.items()
        if cell_class(class_id).counting is Counting.COUNTED and cells
    }
    if counted != held or differential.n_undecided != len(evidence.undecided):
        raise UsageError(
            "the cells given as evidence are not those of the differential; give the same cells "
            "to both"
        )


def cells_of(evidence: Evidence, class_ids: Sequence[str]) -> tuple[str, ...]:
    """Ids of the decided cells of the count in these classes, in reading order of the classes."""
    return tuple(
        cell_id
        for class_id in in_reading_order(class_ids)
        for cell_id in evidence.decided.get(class_id, ())
    )


def found_cells_of(found: FoundCells, class_ids: Sequence[str]) -> tuple[str, ...]:
    """Ids of all decided found cells in these classes."""
    wanted = set(class_ids)
    return tuple(
        cell_id
        for cell_id, class_id, is_abstained in zip(
            found.cell_ids, found.class_ids, found.abstained, strict=True
        )
        if class_id in wanted and not is_abstained
    )


def undecided_found_cells(found: FoundCells) -> tuple[str, ...]:
    """Ids of all undecided found cells."""
    return tuple(
        cell_id
        for cell_id, class_id, is_abstained in zip(
            found.cell_ids, found.class_ids, found.abstained, strict=True
        )
        if is_abstained or cell_class(class_id).counting is Counting.UNDECIDED
    )


def found_tally(found: FoundCells) -> tuple[dict[str, int], int, int]:
    """Decided found cells by class (inside the differential), undecided ones, and both together."""
    sorted_cells = tally(found.class_ids, found.abstained)
    counted = dict(sorted_cells.counted)
    total = sum(counted.values()) + sorted_cells.n_undecided
    return counted, sorted_cells.n_undecided, total
