"""Which cells a report shows, and in which order."""

from dataclasses import dataclass

import numpy as np

from marrowscope.cell_table import CellTable, MaskArray, StringArray
from marrowscope.cells.costs import expected_costs
from marrowscope.differential.confusion import UNDECIDED as UNDECIDED_ID
from marrowscope.geometry import IntArray
from marrowscope.reports.document import GalleryCell, GalleryGroup
from marrowscope.reports.marks import REMOVED, UNDECIDED, Mark, mark_of_category
from marrowscope.vocabulary import (
    Counting,
    cell_class,
    classes_of_category,
    icsh_categories,
    in_reading_order,
)

COST_DECIMALS = 3
CELLS_PER_GROUP = 60
"""Keeps the page small; the rest is in cells.parquet, and the page says so."""


@dataclass(frozen=True, slots=True, eq=False)
class CellStates:
    """What became of each cell of a table; all (n,).

    undecided: part of N without a class. named: part of N with its class. removed: inside the
    count, of a class outside the differential.
    """

    class_id: StringArray
    undecided: MaskArray
    named: MaskArray
    removed: MaskArray


def cell_states(cells: CellTable) -> CellStates:
    """Sorts the rows of a table by what the count made of them."""
    class_id = cells.texts("class_id")
    present = np.unique(class_id).tolist()
    homeless = [one for one in present if cell_class(one).counting is Counting.UNDECIDED]
    counted = cells.mask("counted")
    undecided = counted & (cells.mask("abstained") | np.isin(class_id, homeless))
    return CellStates(
        class_id=class_id,
        undecided=undecided,
        named=counted & ~undecided,
        removed=cells.texts("why_not") == "class",
    )


def gallery_groups(cells: CellTable, states: CellStates) -> tuple[GalleryGroup, ...]:
    """Undecided cells first, then the classes in ICSH order, then what was removed.

    Cells outside the count are not shown.
    """
    groups = [_group(cells, states.undecided, UNDECIDED_ID, "undecided", "Not decided", UNDECIDED)]
    for known in icsh_categories():
        masks = {
            one.class_id: states.named & (states.class_id == one.class_id)
            for one in classes_of_category(known.category)
        }
        present = [class_id for class_id, mask in masks.items() if mask.any()]
        for class_id in present:
            title = known.label if len(present) == 1 else cell_class(class_id).label
            mark = mark_of_category(known.category)
            group_id = f"class-{class_id}"
            groups.append(_group(cells, masks[class_id], class_id, group_id, title, mark))
    for class_id in in_reading_order(np.unique(states.class_id[states.removed]).tolist()):
        mask = states.removed & (states.class_id == class_id)
        title = f"Removed: {cell_class(class_id).label}"
        groups.append(_group(cells, mask, class_id, f"removed-{class_id}", title, REMOVED))
    return tuple(group for group in groups if group.n)


def first_group_of(category: str, groups: tuple[GalleryGroup, ...]) -> str:
    """Id of the first gallery group of an ICSH category; empty if it has no cell."""
    ids = {f"class-{one.class_id}" for one in classes_of_category(category)}
    return next((group.group_id for group in groups if group.group_id in ids), "")


def _group(
    cells: CellTable, mask: MaskArray, called: str, group_id: str, title: str, mark: Mark
) -> GalleryGroup:
    """The cells that it would cost most to have called `called` wrongly, first; then the most
    probable.
    """
    rows = np.flatnonzero(mask)
    cost = expected_costs(cells.probabilities()[rows], cells.class_ids, called)
    probability = cells.numbers("probability")[rows]
    # A stable sort keeps the table's order, which is the order of ids, among equals.
    order = np.lexsort((-probability, -cost.round(COST_DECIMALS)))
    shown = rows[order][:CELLS_PER_GROUP]
    return GalleryGroup(group_id, title, mark, len(rows), _shown_cells(cells, shown))


def _shown_cells(cells: CellTable, rows: IntArray) -> tuple[GalleryCell, ...]:
    columns = cells.arrow.drop_columns(["probabilities"]).take(rows).to_pylist()
    return tuple(
        GalleryCell(
            cell_id=row["cell_id"],
            source=row["source"],
            x_px=row["x_px"],
            y_px=row["y_px"],
            um_per_px=row["um_per_px"],
            label=cell_class(row["class_id"]).label,
            probability=row["probability"],
        )
        for row in columns
    )
