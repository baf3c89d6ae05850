"""How a random audit of an analysis stands, and what it says of the count once it is complete."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marrowscope.cases.audit_sample import (
    BlindSpot,
    added_classes,
    audit_progress,
    audit_result,
    blind_spot,
    classes_now,
    shown_classes,
)
from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.review import Review
from marrowscope.cases.sign_out_events import AuditDrawn
from marrowscope.differential import (
    AuditedDifferential,
    AuditedStratum,
    audited_differential,
)
from marrowscope.vocabulary import Counting, cell_class

SUGGESTED: Final = 100
"""Cells to draw: with none of them a blast, few points of a percentage are left open."""


@dataclass(frozen=True, slots=True)
class StratumView:
    """Cells that were shown as `called`: all of them, drawn ones, and drawn ones that were seen."""

    called: str
    n: int
    n_sampled: int
    n_seen: int


@dataclass(frozen=True, slots=True)
class AuditView:
    """drawn: the audit in force, None where there is none. missing: its cells still to be seen.

    strata, estimate: of the complete audit, else empty and None. n_unseen: cells of the count
    that nobody had seen when it was drawn; without one, that nobody has seen now.
    """

    drawn: AuditDrawn | None
    parts: tuple[StratumView, ...]
    missing: tuple[str, ...]
    strata: tuple[AuditedStratum, ...]
    estimate: AuditedDifferential | None
    n_unseen: int
    suggested: int
    blind_spot: BlindSpot

    @property
    def n_drawn(self) -> int:
        """Cells of the audit."""
        return sum(part.n_sampled for part in self.parts)

    @property
    def n_seen(self) -> int:
        """Of these, seen ones."""
        return self.n_drawn - len(self.missing)

    @property
    def is_complete(self) -> bool:
        """Whether one was drawn and every cell of it was seen."""
        return self.drawn is not None and not self.missing


def _is_counted(strata: Sequence[AuditedStratum]) -> bool:
    """Whether any cell may be in the differential still: unseen, or of a class that counts."""
    return any(
        one.n_known < one.n_cells
        or any(cell_class(name).counting is not Counting.REMOVED for name in one.known)
        for one in strata
    )


def audit_view(
    cells: MachineCells, review: Review, drawn: AuditDrawn | None, before: Review
) -> AuditView:
    """before: the review when the first audit of the analysis was drawn; any where none was.

    Raises UsageError where the audit was drawn from other cells.
    """
    shown = shown_classes(cells)
    n_open = sum(cell_id not in review.seen for cell_id in shown)
    view = AuditView(
        drawn=drawn,
        parts=(),
        missing=(),
        strata=(),
        estimate=None,
        n_unseen=n_open,
        suggested=min(SUGGESTED, n_open),
        blind_spot=blind_spot(shown, review.seen),
    )
    if drawn is None:
        return view
    missing = audit_progress(drawn.plan, review.seen).missing
    strata: tuple[AuditedStratum, ...] = ()
    if not missing:
        strata = audit_result(
            drawn.plan,
            shown,
            classes_now(shown, review),
            seen_before=before.seen,
            seen=review.seen,
            added=added_classes(review),
        )
    return AuditView(
        drawn=drawn,
        parts=tuple(
            StratumView(
                one.called,
                one.n_cells,
                len(one.cell_ids),
                sum(cell_id in review.seen for cell_id in one.cell_ids),
            )
            for one in drawn.strata
        ),
        missing=missing,
        strata=strata,
        # Where every cell was taken out of the count there is nothing to estimate a share of.
        estimate=audited_differential(strata) if _is_counted(strata) else None,
        n_unseen=sum(one.n_cells for one in drawn.strata),
        suggested=view.suggested,
        blind_spot=view.blind_spot,
    )
