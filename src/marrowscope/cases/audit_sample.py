"""Which cells a random audit shows, and what it says of the count.

Whoever reviews only some galleries mends what was wrongly called a blast and never sees a blast
that was called something else. An audit shows a random part of the rest. Which cells that are
nobody chooses: they come in the order of SHA-256 over a salt and their id. The salt is fixed when
the first cells are drawn; a larger audit goes on in the same order.
"""

import hashlib
import heapq
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marrowscope.cases.audit_plan import SHORTEST_SALT, AuditPlan, DrawnStratum
from marrowscope.cases.machine_cells import UNDECIDED, MachineCells
from marrowscope.cases.review import Review
from marrowscope.differential import AuditedStratum, HiddenCells
from marrowscope.errors import UsageError
from marrowscope.vocabulary import (
    Counting,
    cell_class,
    class_ids,
    error_cost,
    in_reading_order,
)

LEAST_OF_A_CLASS: Final = 5
WHOLE_UP_TO: Final = 8
"""A class with no more unseen cells than this is seen whole."""
MOST_TO_AUDIT: Final = 2_000
"""Cells; whoever wants to see more sees whole classes."""
AUDITS_TOLD: Final = (60, 100)
"""Sizes of audit for which `blind_spot` says what they would leave open."""
SEEN_BEFORE: Final = "seen before the audit"
LOOK_ALIKES: Final = frozenset(
    {"promyelocytes", "promonocytes+monocytes", "lymphocytes", "erythroblasts"}
)
"""Categories that a missed blast is most often taken for (`mistaken_for` of the vocabulary)."""
NOT_DECIDED: Final = "UNCLASS"
"""Stands for every undecided cell."""
_LOOK_ALIKE_FACTOR: Final = 2.0
_BLAST: Final = "BLAST_NOS"


@dataclass(frozen=True, slots=True)
class AuditProgress:
    """missing: cells of the audit that nobody has seen yet, in its order."""

    n_drawn: int
    missing: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether the estimate of the audit can be given."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class BlindSpot:
    """What a review that saw only some galleries cannot know of blasts.

    n_unseen: cells nobody saw, of n_cells in the count; all of them could be blasts: unseen_points
    of a percentage. after_audit: by number of randomly drawn cells in which no blast was found,
    how many points could still be missed (95 %).
    """

    n_cells: int
    n_unseen: int
    unseen_points: float
    after_audit: Mapping[int, float]
    sentence: str


def shown_classes(cells: MachineCells) -> dict[str, str]:
    """What the machine shows each cell as that was chosen for the count, by cell id.

    Those that it took out of the count are among them; where it abstained: "UNCLASS".
    """
    names = {**dict(enumerate(class_ids())), UNDECIDED: NOT_DECIDED}
    return {
        cells.cell_ids[place]: names[outcome]
        for place, outcome in enumerate(cells.outcome.tolist())
        if cells.in_count[place]
    }


def classes_now(shown: Mapping[str, str], review: Review) -> dict[str, str]:
    """What each of the cells counts as after a review: a person's class, else the machine's."""
    named = {
        cell_id: naming.class_id for cell_id, naming in review.named.items() if cell_id in shown
    }
    return {**shown, **named}


def added_classes(review: Review) -> tuple[str, ...]:
    """Classes of the cells that persons added to the count."""
    return tuple(review.class_of(added) for added in review.added.values() if added.in_count)


def audit_weight(called: str) -> float:
    """How much a cell with this name is worth looking at, against others.

    What it costs to miss a blast under that name, twice that for look-alikes of blasts. Raises
    UsageError at an unknown class.
    """
    category = cell_class(called).icsh_category
    factor = _LOOK_ALIKE_FACTOR if category in LOOK_ALIKES else 1.0
    return factor * error_cost(_BLAST, called)


def audit_sizes(n_cells: Mapping[str, int], n_wanted: int) -> dict[str, int]:
    """How many cells of each class to draw, by class; in reading order.

    n_cells: unseen cells by the class they are shown as. n_wanted: cells to draw from the classes
    that are not seen whole. Whole are blasts, undecided cells, what the machine took out of the
    count, and classes of at most `WHOLE_UP_TO` cells. Of every other class `LEAST_OF_A_CLASS`
    cells are drawn, also where that is more than was wanted; each further cell goes where cells
    times `audit_weight` over cells drawn is largest (Sainte-Lague), so that a larger audit never
    takes a cell back. Raises UsageError at a number of cells that cannot be meant.
    """
    if not 1 <= n_wanted <= MOST_TO_AUDIT:
        raise UsageError(f"cells to audit: not between 1 and {MOST_TO_AUDIT}")
    sizes = {}
    open_classes = []
    for called in in_reading_order(called for called, n in n_cells.items() if n):
        is_whole = _is_seen_whole(called, n_cells[called])
        sizes[called] = n_cells[called] if is_whole else LEAST_OF_A_CLASS
        if not is_whole:
            open_classes.append(called)

    def turn(place: int) -> tuple[float, int]:
        called = open_classes[place]
        return -n_cells[called] * audit_weight(called) / (sizes[called] + 0.5), place

    turns = [turn(place) for place in range(len(open_classes))]
    heapq.heapify(turns)
    for _ in range(n_wanted - LEAST_OF_A_CLASS * len(open_classes)):
        if not turns:
            break
        _, place = heapq.heappop(turns)
        called = open_classes[place]
        sizes[called] += 1
        if sizes[called] < n_cells[called]:
            heapq.heappush(turns, turn(place))
    return sizes


def draw_audit(
    shown: Mapping[str, str], seen: Collection[str], salt: str, n_wanted: int
) -> AuditPlan:
    """The cells of an audit of `n_wanted` randomly drawn cells, besides those seen whole.

    shown: class by cell id, of every cell that was chosen for the count, also those that the
    machine took out of it; "UNCLASS" where it abstained, whatever a person said. seen: cells that
    a person saw before. Salt, `shown` and `seen` being the same, a larger audit holds the smaller
    one. Raises UsageError where nothing is left to audit, or at a salt that is too short.
    """
    if len(salt) < SHORTEST_SALT:
        raise UsageError(f"the salt of an audit has at least {SHORTEST_SALT} characters")
    unseen: dict[str, list[str]] = {}
    for cell_id, called in shown.items():
        if cell_id not in seen:
            unseen.setdefault(called, []).append(cell_id)
    if not unseen:
        raise UsageError("every cell of this count was seen; there is nothing to audit")
    sizes = audit_sizes({called: len(ids) for called, ids in unseen.items()}, n_wanted)
    return AuditPlan(
        salt,
        tuple(
            DrawnStratum(called, len(unseen[called]), _drawn(unseen[called], salt, size))
            for called, size in sizes.items()
        ),
    )


def audit_progress(plan: AuditPlan, seen: Collection[str]) -> AuditProgress:
    """How much of an audit was seen."""
    cell_ids = plan.cell_ids
    return AuditProgress(len(cell_ids), tuple(one for one in cell_ids if one not in seen))


def audit_result(
    plan: AuditPlan,
    shown: Mapping[str, str],
    class_now: Mapping[str, str],
    *,
    seen_before: Collection[str],
    seen: Collection[str],
    added: Sequence[str] = (),
) -> tuple[AuditedStratum, ...]:
    """The strata of a complete audit, for `double_sampling`.

    shown: as at the drawing. class_now: by cell id what each cell counts as now, "UNCLASS" for an
    undecided one. seen_before: seen at the drawing; seen: seen now. added: classes of the cells
    that a person added to the count. Cells seen before the drawing, however they were picked, are
    a stratum of their own, known whole; so are the added ones. Cells seen since then without
    having been drawn are known, but say nothing of the others.
    Raises UsageError where a cell of the audit was not seen, or where it was drawn from others.
    """
    if not audit_progress(plan, seen).is_complete:
        raise UsageError("some cells of the audit were not seen yet; see them first")
    before = Counter(added)
    cells: dict[str, list[str]] = {}
    for cell_id, called in shown.items():
        if cell_id in seen_before:
            before[class_now[cell_id]] += 1
        else:
            cells.setdefault(called, []).append(cell_id)
    if {called: len(ids) for called, ids in cells.items()} != {
        stratum.called: stratum.n_cells for stratum in plan.strata
    }:
        raise UsageError("this audit was drawn from other cells; draw it again")
    strata = [AuditedStratum(SEEN_BEFORE, before.total(), {}, before)] if before else []
    for stratum in plan.strata:
        sampled = Counter(class_now[cell_id] for cell_id in stratum.cell_ids)
        known = Counter(class_now[one] for one in cells[stratum.called] if one in seen)
        strata.append(AuditedStratum(stratum.called, stratum.n_cells, sampled, known))
    return tuple(strata)


def blind_spot(shown: Mapping[str, str], seen: Collection[str]) -> BlindSpot:
    """What is not known of blasts while the cells that are not in `seen` stay unseen.

    shown: as for `draw_audit`. The figures after an audit are those of one drawn by it.
    """
    unseen = Counter(called for cell_id, called in shown.items() if cell_id not in seen)
    n_cells, n_unseen = len(shown), unseen.total()
    if not n_unseen:
        return BlindSpot(n_cells, 0, 0.0, {}, "")
    points = {
        n_wanted: 100 * _most_missed(unseen, n_wanted) / n_cells
        for n_wanted in AUDITS_TOLD
        if n_wanted < n_unseen
    }
    sentence = (
        f"{n_unseen} of {n_cells} cells were not seen. The galleries that were seen show which "
        "cells are wrongly called blasts, not which blasts are called something else: as far as "
        f"this review can tell all {n_unseen} ({100 * n_unseen / n_cells:.1f} points) could be."
    )
    for n_wanted, left in points.items():
        sentence += (
            f" A random audit of {n_wanted} in which no blast is found would leave room for "
            f"{left:.1f} points."
        )
    return BlindSpot(n_cells, n_unseen, 100 * n_unseen / n_cells, points, sentence)


def _most_missed(unseen: Mapping[str, int], n_wanted: int) -> int:
    sizes = audit_sizes(unseen, n_wanted)
    parts = [(unseen[called], size) for called, size in sizes.items() if size < unseen[called]]
    none = [0] * len(parts)
    return HiddenCells(parts).limits(none, none, [n_cells - size for n_cells, size in parts])[1]


def _is_seen_whole(called: str, n_cells: int) -> bool:
    known = cell_class(called)
    return (
        n_cells <= WHOLE_UP_TO
        or known.icsh_category == "blasts"
        or known.counting is not Counting.COUNTED
    )


def _drawn(cell_ids: Sequence[str], salt: str, size: int) -> tuple[str, ...]:
    def rank(cell_id: str) -> tuple[bytes, str]:
        return hashlib.sha256(f"{salt}:{cell_id}".encode()).digest(), cell_id

    return tuple(heapq.nsmallest(size, cell_ids, key=rank))
