"""Which cells are the count: settled before anything knows a class.

Whole regions are taken in sampling order until enough whole cells lie in them; every whole cell in
them belongs to the count. Nothing here is given a class until `finish_count`, which can only take
cells out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from marrowscope.errors import UsageError
from marrowscope.geometry import BoolArray, IntArray
from marrowscope.vocabulary import Counting, cell_class

StrArray = npt.NDArray[np.str_]

OUTSIDE_REGION = "region"
CUT = "cut"
OUTSIDE_CLASS = "class"
BEYOND_LIMIT = "limit"
_REASON_DTYPE = "<U6"


@dataclass(frozen=True, slots=True)
class CountChoice:
    """The cells that belong to the count, classes yet unknown.

    in_count: (n,). why_not: (n,) "" for those in the count, else "region" (outside every countable
    region), "cut" (not whole) or "limit" (in a countable region after the target was reached).
    regions_taken: indices of the regions taken, in the order of taking. n_chosen: cells in the
    count. is_target_reached: False where the regions ran out first; True without a target.
    """

    in_count: BoolArray
    why_not: StrArray
    regions_taken: tuple[int, ...]
    n_chosen: int
    is_target_reached: bool


@dataclass(frozen=True, slots=True)
class FinishedCount:
    """What became of every cell. counted: (n,). why_not: as in CountChoice, and "class"."""

    counted: BoolArray
    why_not: StrArray


def _checked_order(region_order: Sequence[int] | IntArray, region_of_cell: IntArray) -> IntArray:
    order = np.asarray(region_order, dtype=np.int64)
    if not np.array_equal(np.sort(order), np.arange(len(order))):
        raise UsageError(
            "the sampling order must name every region from 0 to the last exactly once"
        )
    if len(region_of_cell) and not -1 <= region_of_cell.min() <= region_of_cell.max() < len(order):
        raise UsageError(
            f"a cell lies in a region that is not among the {len(order)} countable ones; "
            "give -1 for cells outside"
        )
    return order


def _n_regions_needed(whole_by_rank: IntArray, target: int | None) -> int:
    """How many regions, from the first, hold at least `target` whole cells; all without one."""
    if target is None:
        return len(whole_by_rank)
    reached = np.flatnonzero(np.cumsum(whole_by_rank) >= target)
    return int(reached[0]) + 1 if len(reached) else len(whole_by_rank)


def choose_count(
    region_of_cell: IntArray,
    is_whole: BoolArray,
    region_order: Sequence[int] | IntArray,
    target: int | None,
) -> CountChoice:
    """Chooses the cells of the count by place alone.

    region_of_cell: (n,) index of the countable region that holds each cell, -1 outside all of
    them. is_whole: (n,) False where the cell is cut off by the edge of the picture.
    region_order: all region indices in sampling order. target: whole cells wanted, None for all.
    Regions are never split, so the count may exceed the target.
    Raises UsageError at arrays of unequal length, an order that is no permutation, a region
    that does not exist, or a target below 1.
    """
    regions = np.asarray(region_of_cell, dtype=np.int64)
    whole = np.asarray(is_whole, dtype=bool)
    if regions.shape != whole.shape or regions.ndim != 1:
        raise UsageError("give one region and one statement of wholeness a cell")
    if target is not None and target < 1:
        raise UsageError(f"a count of {target} cells makes no sense; give 1 or more, or all")
    order = _checked_order(region_order, regions)
    rank_of_region = np.empty(len(order), dtype=np.int64)
    rank_of_region[order] = np.arange(len(order))

    inside = regions >= 0
    ranks = np.full(len(regions), -1, dtype=np.int64)
    ranks[inside] = rank_of_region[regions[inside]]
    whole_by_rank = np.bincount(ranks[inside & whole], minlength=len(order))
    n_taken = _n_regions_needed(whole_by_rank, target)
    in_count = inside & whole & (ranks < n_taken)

    why_not = np.full(len(regions), BEYOND_LIMIT, dtype=_REASON_DTYPE)
    why_not[in_count] = ""
    why_not[~whole] = CUT
    why_not[~inside] = OUTSIDE_REGION
    n_chosen = int(in_count.sum())
    return CountChoice(
        in_count=in_count,
        why_not=why_not,
        regions_taken=tuple(int(region) for region in order[:n_taken]),
        n_chosen=n_chosen,
        is_target_reached=target is None or n_chosen >= target,
    )


def finish_count(
    choice: CountChoice, class_ids: Sequence[str], abstained: Sequence[bool] | BoolArray
) -> FinishedCount:
    """Takes out of the count the decided cells of classes outside the differential.

    class_ids, abstained: (n,), as in `differential`, for every cell of the choice. An abstained
    cell stays. Raises UsageError at an unknown class or lists of unequal length.
    """
    n_cells = len(choice.in_count)
    if len(class_ids) != n_cells or len(abstained) != n_cells:
        raise UsageError(
            f"the count was chosen among {n_cells} cells, but {len(class_ids)} classes and "
            f"{len(abstained)} abstentions are given; give one of each a cell"
        )
    is_removed_class = {
        class_id: cell_class(str(class_id)).counting is Counting.REMOVED
        for class_id in set(class_ids)
    }
    outside = np.array([is_removed_class[class_id] for class_id in class_ids], dtype=bool)
    removed = choice.in_count & outside & ~np.asarray(abstained, dtype=bool)
    why_not = choice.why_not.copy()
    why_not[removed] = OUTSIDE_CLASS
    return FinishedCount(counted=choice.in_count & ~removed, why_not=why_not)
