"""The cells of a random audit, as they were drawn."""

from dataclasses import dataclass
from typing import Final

SHORTEST_SALT: Final = 16
"""Characters."""


@dataclass(frozen=True, slots=True)
class DrawnStratum:
    """Cells shown as `called` that nobody had seen at the drawing: how many, and which to audit."""

    called: str
    n_cells: int
    cell_ids: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all of them are to be seen."""
        return len(self.cell_ids) == self.n_cells


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """The cells of an audit. strata: in reading order, none of them empty."""

    salt: str
    strata: tuple[DrawnStratum, ...]

    @property
    def cell_ids(self) -> tuple[str, ...]:
        """All cells to be seen."""
        return tuple(cell_id for stratum in self.strata for cell_id in stratum.cell_ids)
