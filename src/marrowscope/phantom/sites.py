"""Where nucleated cells lie: candidates a block, thinned so that none overlap much.

The plane is cut into square blocks. A block's candidates come from a random stream of (seed,
block) alone. Of two candidates that would overlap, the one of lower rank goes, whether or not the
other is kept (Matérn's second thinning): so whether a cell stays depends on its near surroundings
only, and any block can be worked out without the rest of the picture.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from marrowscope.geometry import BoolArray, DoubleArray, IntArray
from marrowscope.phantom.bank import N_CELL_VARIANTS, N_ORIENTATIONS, SpriteBank
from marrowscope.phantom.blocks import BLOCK_UM, around, block_random
from marrowscope.phantom.layout import AreaKind, Layout
from marrowscope.phantom.looks import CLASS_IDS
from marrowscope.phantom.settings import PhantomSettings
from marrowscope.phantom.vacuoles import VacuoleField

MAX_CELL_RADIUS_UM: Final = 12.0

NUCLEATED_FACTOR: Final[dict[AreaKind, float]] = {
    AreaKind.BACKGROUND: 0.0,
    AreaKind.EDGE: 0.12,
    AreaKind.TRAIL: 1.0,
    AreaKind.THICK: 2.2,
    AreaKind.DEBRIS: 0.6,
    AreaKind.OUT_OF_FOCUS: 1.0,
    AreaKind.PARTICLE: 3.0,
}
"""Candidates relative to the monolayer."""

_CLOSEST: Final[dict[AreaKind, float]] = {AreaKind.THICK: 0.75, AreaKind.PARTICLE: 0.6}
"""Smallest distance over the sum of the radii; elsewhere cells touch at most."""

_TOUCHING: Final = 0.98
_MEAN_DISTANCE_UM: Final = 12.6
"""Mean sum of two radii of the default mix, for the density that survives thinning."""


@dataclass(frozen=True, slots=True)
class CellSites:
    """Columns, one entry a cell: position and radius (µm), look, variant and orientation of its
    sprite, index of its area, the clump it belongs to and that clump's rank.
    """

    x_um: DoubleArray
    y_um: DoubleArray
    radius_um: DoubleArray
    look: IntArray
    variant: IntArray
    orientation: IntArray
    area: IntArray
    clump: IntArray
    rank: DoubleArray

    def chosen(self, keep: BoolArray) -> "CellSites":
        """The sites where `keep` is true."""
        return CellSites(*(getattr(self, name)[keep] for name in self.__slots__))


def joined(parts: list[CellSites]) -> CellSites:
    """Sites one after the other."""
    return CellSites(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in CellSites.__slots__)
    )


class CellField:
    """The nucleated cells of one phantom, block by block. `blocks_kept` bounds memory only."""

    def __init__(
        self,
        layout: Layout,
        settings: PhantomSettings,
        bank: SpriteBank,
        vacuoles: VacuoleField,
        seed: int,
        blocks_kept: int,
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._bank = bank
        self._vacuoles = vacuoles
        self._seed = seed
        shares = np.array([share for _, share in settings.class_percent], dtype=np.float64)
        self._cumulative = np.cumsum(shares / shares.sum())
        self._looks = np.array([CLASS_IDS.index(name) for name, _ in settings.class_percent])
        self._factor = np.array([NUCLEATED_FACTOR[area.kind] for area in layout.areas])
        self._closest = np.array([_CLOSEST.get(area.kind, _TOUCHING) for area in layout.areas])
        self._per_um2 = _candidates_per_um2(settings)
        self._candidates = lru_cache(maxsize=blocks_kept)(self._draw_candidates)
        self.block = lru_cache(maxsize=blocks_kept)(self._thinned)

    def _thinned(self, column: int, row: int) -> CellSites:
        """Cells whose candidate belongs to this block; their centres may lie just outside."""
        parts = [self._candidates(*place) for place in around(column, row)]
        first = sum(part.x_um.size for part in parts[:4])
        n_own = parts[4].x_um.size
        if n_own == 0:
            return parts[4]
        numbers = np.repeat(np.arange(9), [part.x_um.size for part in parts])
        everyone = joined(parts)
        clump = everyone.clump * 9 + numbers
        pairs = cKDTree(np.column_stack([everyone.x_um, everyone.y_um])).query_pairs(
            2 * MAX_CELL_RADIUS_UM, output_type="ndarray"
        )
        one, other = pairs[:, 0], pairs[:, 1]
        gap = np.hypot(
            everyone.x_um[one] - everyone.x_um[other], everyone.y_um[one] - everyone.y_um[other]
        )
        closest = np.maximum(
            self._closest[everyone.area[one]], self._closest[everyone.area[other]]
        ) * (everyone.radius_um[one] + everyone.radius_um[other])
        clash = (gap < closest) & (clump[one] != clump[other])
        one, other = one[clash], other[clash]
        loser = np.where(everyone.rank[one] < everyone.rank[other], one, other)
        lost = np.isin(clump, clump[loser])[first : first + n_own]
        kept = parts[4].chosen(~lost)
        holes = self._vacuoles.near(column, row)
        return kept.chosen(~holes.cover(kept.x_um, kept.y_um, 0.6 * kept.radius_um))

    def _draw_candidates(self, column: int, row: int) -> CellSites:
        random = block_random(self._seed, "cells", column, row)
        most = float(self._factor.max())
        n_clumps = int(random.poisson(self._per_um2 * most * BLOCK_UM**2))
        x_um = (column + random.random(n_clumps)) * BLOCK_UM
        y_um = (row + random.random(n_clumps)) * BLOCK_UM
        rank, mark, direction, crowd = random.random((4, n_clumps))
        picks, variants, turns, snug = random.random((4, n_clumps, 3))
        area = self._layout.area_index(x_um, y_um)
        keep = mark * most < self._factor[area]
        n_cells = self._cells_a_clump(crowd)
        look = self._looks[
            np.minimum(np.searchsorted(self._cumulative, picks), len(self._looks) - 1)
        ]
        variant = (variants * N_CELL_VARIANTS).astype(np.int64)
        radius_um = 0.5 * self._bank.diameters_um(look, variant)
        dx_um, dy_um = _touching_places(radius_um, 2 * np.pi * direction, snug)
        x_all, y_all = x_um[:, None] + dx_um, y_um[:, None] + dy_um
        present = keep[:, None] & (np.arange(3) < n_cells[:, None])
        return CellSites(
            x_um=x_all[present],
            y_um=y_all[present],
            radius_um=radius_um[present],
            look=look[present],
            variant=variant[present],
            orientation=(turns * N_ORIENTATIONS).astype(np.int64)[present],
            area=self._layout.area_index(x_all[present], y_all[present]),
            clump=np.repeat(np.arange(n_clumps)[:, None], 3, axis=1)[present],
            rank=np.repeat(rank[:, None], 3, axis=1)[present],
        )

    def _cells_a_clump(self, crowd: DoubleArray) -> IntArray:
        share = self._settings.touching_percent / 100
        return 1 + (crowd < share).astype(np.int64) + (crowd < 0.25 * share)


def _candidates_per_um2(settings: PhantomSettings) -> float:
    """Density of candidates that leaves about the wanted density after thinning."""
    cells_a_clump = 1 + 1.25 * settings.touching_percent / 100
    wanted_per_um2 = settings.nucleated_per_mm2 * 1e-6
    area_um2 = np.pi * _MEAN_DISTANCE_UM**2
    return float(-np.log1p(-wanted_per_um2 * area_um2) / area_um2 / cells_a_clump**0.5)


def _touching_places(
    radius_um: DoubleArray, direction: DoubleArray, snug: DoubleArray
) -> tuple[DoubleArray, DoubleArray]:
    """Offsets in µm, (clumps, 3) each: the second touches the first, the third touches both."""
    factor = 0.98 + 0.06 * snug
    to_second = (radius_um[:, 0] + radius_um[:, 1]) * factor[:, 0]
    to_third = (radius_um[:, 0] + radius_um[:, 2]) * factor[:, 1]
    between = (radius_um[:, 1] + radius_um[:, 2]) * factor[:, 2]
    cosine = (to_second**2 + to_third**2 - between**2) / (2 * to_second * to_third)
    angle = direction + np.arccos(np.clip(cosine, -1, 1))
    none = np.zeros_like(direction)
    dx_um = np.column_stack([none, to_second * np.cos(direction), to_third * np.cos(angle)])
    dy_um = np.column_stack([none, to_second * np.sin(direction), to_third * np.sin(angle)])
    return dx_um, dy_um
