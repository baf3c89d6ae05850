"""Where red cells, platelets, and precipitate lie, block by block."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from marrowscope.geometry import BoolArray, DoubleArray, IntArray
from marrowscope.phantom.bank import (
    N_ORIENTATIONS,
    PLATELET,
    PRECIPITATE,
    RED_CELL,
    n_variants,
)
from marrowscope.phantom.blocks import BLOCK_UM, around, block_random
from marrowscope.phantom.clutter import RED_CELL_UM
from marrowscope.phantom.layout import AreaKind, Layout
from marrowscope.phantom.settings import PhantomSettings
from marrowscope.phantom.sites import CellField, joined

_FACTORS: Final[dict[int, dict[AreaKind, float]]] = {
    RED_CELL: {
        AreaKind.EDGE: 0.35,
        AreaKind.TRAIL: 1.0,
        AreaKind.THICK: 3.2,
        AreaKind.DEBRIS: 0.8,
        AreaKind.OUT_OF_FOCUS: 1.0,
        AreaKind.PARTICLE: 1.2,
    },
    PLATELET: {
        AreaKind.EDGE: 0.5,
        AreaKind.TRAIL: 1.0,
        AreaKind.THICK: 1.5,
        AreaKind.DEBRIS: 1.0,
        AreaKind.OUT_OF_FOCUS: 1.0,
        AreaKind.PARTICLE: 0.5,
    },
    PRECIPITATE: {
        AreaKind.EDGE: 1.0,
        AreaKind.TRAIL: 1.0,
        AreaKind.THICK: 2.0,
        AreaKind.DEBRIS: 200.0,
        AreaKind.OUT_OF_FOCUS: 1.0,
        AreaKind.PARTICLE: 2.0,
    },
}
"""Density of each kind of clutter relative to the monolayer; none on bare glass."""

_CLEARANCE_UM: Final = {RED_CELL: 0.42 * RED_CELL_UM, PLATELET: 2.2, PRECIPITATE: 7.5}
"""Distance kept from the outline of a nucleated cell; red cells may tuck in a little."""

_SHY_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True)
class StrewnSites:
    """Columns, one entry an object: kind, position (µm), variant and orientation of its sprite."""

    kind: IntArray
    x_um: DoubleArray
    y_um: DoubleArray
    variant: IntArray
    orientation: IntArray


class StrewnField:
    """Everything without a nucleus, block by block. `blocks_kept` bounds memory only."""

    def __init__(
        self,
        layout: Layout,
        settings: PhantomSettings,
        cells: CellField,
        seed: int,
        blocks_kept: int,
    ) -> None:
        self._layout = layout
        self._cells = cells
        self._seed = seed
        per_um2 = {
            # Thinning takes about a third of the candidates.
            RED_CELL: 1.45e-6 * settings.red_cells_per_mm2,
            PLATELET: 1e-6 * settings.platelets_per_mm2,
            PRECIPITATE: 1e-6 * settings.precipitate_per_mm2,
        }
        self._per_um2 = {
            kind: np.array(
                [per_um2[kind] * _FACTORS[kind].get(area.kind, 0.0) for area in layout.areas]
            )
            for kind in per_um2
        }
        self._is_debris = np.array([area.kind is AreaKind.DEBRIS for area in layout.areas])
        self._red_candidates = lru_cache(maxsize=blocks_kept)(self._draw_red_candidates)
        self.block = lru_cache(maxsize=blocks_kept)(self._settled)

    def _settled(self, column: int, row: int) -> StrewnSites:
        """Clutter of one block in drawing order: red cells, platelets, precipitate."""
        cells = joined([self._cells.block(*place) for place in around(column, row)])
        tree = cKDTree(np.column_stack([cells.x_um, cells.y_um])) if cells.x_um.size else None
        parts: list[tuple[int, DoubleArray, DoubleArray, DoubleArray]] = []
        x_um, y_um, marks = self._thinned_red_cells(column, row)
        parts.append((RED_CELL, x_um, y_um, marks))
        for kind, stream in ((PLATELET, "platelets"), (PRECIPITATE, "precipitate")):
            random = block_random(self._seed, stream, column, row)
            parts.append((kind, *self._scatter(kind, column, row, random)))
        placed = []
        for kind, x_um, y_um, marks in parts:
            keep = self._is_free(kind, x_um, y_um, tree, cells.radius_um)
            placed.append(_as_sites(kind, x_um[keep], y_um[keep], marks[keep]))
        return StrewnSites(
            *(np.concatenate([getattr(p, name) for p in placed]) for name in StrewnSites.__slots__)
        )

    def _scatter(
        self, kind: int, column: int, row: int, random: np.random.Generator
    ) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
        """Positions, and two marks each in [0, 1), of a Poisson scatter that follows the areas."""
        most = float(self._per_um2[kind].max())
        n_points = int(random.poisson(most * BLOCK_UM**2)) if self._has_film(column, row) else 0
        x_um = (column + random.random(n_points)) * BLOCK_UM
        y_um = (row + random.random(n_points)) * BLOCK_UM
        chance, marks = random.random(n_points), random.random((n_points, 2))
        keep = chance * most < self._per_um2[kind][self._layout.area_index(x_um, y_um)]
        return x_um[keep], y_um[keep], marks[keep]

    def _has_film(self, column: int, row: int) -> bool:
        x_um, y_um = column * BLOCK_UM, row * BLOCK_UM
        return (
            -BLOCK_UM < x_um < self._layout.width_um and -BLOCK_UM < y_um < self._layout.height_um
        )

    def _draw_red_candidates(
        self, column: int, row: int
    ) -> tuple[DoubleArray, DoubleArray, DoubleArray, DoubleArray]:
        random = block_random(self._seed, "red cells", column, row)
        x_um, y_um, marks = self._scatter(RED_CELL, column, row, random)
        return x_um, y_um, marks, random.random(x_um.size)

    def _thinned_red_cells(
        self, column: int, row: int
    ) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
        """Most red cells of a monolayer keep apart; the rest overlap, as on real smears."""
        parts = [self._red_candidates(*place) for place in around(column, row)]
        first = sum(part[0].size for part in parts[:4])
        own_x, own_y, own_marks, _ = parts[4]
        if own_x.size == 0:
            return own_x, own_y, own_marks
        x_um, y_um = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
        rank = np.concatenate([part[3] for part in parts])
        pairs = cKDTree(np.column_stack([x_um, y_um])).query_pairs(
            0.95 * RED_CELL_UM, output_type="ndarray"
        )
        worse = np.where(rank[pairs[:, 0]] < rank[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
        crowded = np.zeros(x_um.size, dtype=np.bool_)
        crowded[worse] = True
        shy = np.modf(rank * 997)[0] < _SHY_SHARE
        thick = self._per_um2[RED_CELL][self._layout.area_index(own_x, own_y)]
        in_monolayer = thick < 2 * self._per_um2[RED_CELL][2]
        own = slice(first, first + own_x.size)
        keep = ~(crowded[own] & shy[own] & in_monolayer)
        return own_x[keep], own_y[keep], own_marks[keep]

    def _is_free(
        self,
        kind: int,
        x_um: DoubleArray,
        y_um: DoubleArray,
        tree: cKDTree | None,
        radius_um: DoubleArray,
    ) -> BoolArray:
        free = np.ones(x_um.size, dtype=np.bool_)
        if tree is None or x_um.size == 0:
            return free
        distance, nearest = tree.query(np.column_stack([x_um, y_um]), k=min(3, radius_um.size))
        distance, nearest = distance.reshape(x_um.size, -1), nearest.reshape(x_um.size, -1)
        free = (distance > radius_um[nearest] + _CLEARANCE_UM[kind]).all(axis=1)
        if kind == PRECIPITATE:
            free |= self._is_debris[self._layout.area_index(x_um, y_um)]
        return np.asarray(free)


def _as_sites(kind: int, x_um: DoubleArray, y_um: DoubleArray, marks: DoubleArray) -> StrewnSites:
    return StrewnSites(
        kind=np.full(x_um.size, kind),
        x_um=x_um,
        y_um=y_um,
        variant=(marks[:, 0] * n_variants(kind)).astype(np.int64),
        orientation=(marks[:, 1] * N_ORIENTATIONS).astype(np.int64),
    )
