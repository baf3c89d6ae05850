"""Fat spaces within particles: round holes that hold no cells."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from marrowscope.geometry import BoolArray, DoubleArray
from marrowscope.phantom.blocks import BLOCK_UM, around, block_random
from marrowscope.phantom.layout import AreaKind, Layout

_PER_UM2: Final = 3e-4
_MIN_RADIUS_UM: Final = 8.0
MAX_RADIUS_UM: Final = 26.0


@dataclass(frozen=True, slots=True)
class Vacuoles:
    """Columns, one entry a vacuole: centre and radius, µm."""

    x_um: DoubleArray
    y_um: DoubleArray
    radius_um: DoubleArray

    def cover(self, x_um: DoubleArray, y_um: DoubleArray, margin_um: DoubleArray) -> BoolArray:
        """True for each point that lies within `margin_um` of a vacuole."""
        distance = np.hypot(x_um[:, None] - self.x_um, y_um[:, None] - self.y_um)
        return np.asarray((distance < self.radius_um + margin_um[:, None]).any(axis=1))


class VacuoleField:
    """The vacuoles of one phantom, block by block."""

    def __init__(self, layout: Layout, seed: int, blocks_kept: int) -> None:
        self._layout = layout
        self._seed = seed
        self.block = lru_cache(maxsize=blocks_kept)(self._draw)

    def near(self, column: int, row: int) -> Vacuoles:
        """Vacuoles of this block and its eight neighbours."""
        parts = [self.block(*place) for place in around(column, row)]
        return Vacuoles(
            np.concatenate([part.x_um for part in parts]),
            np.concatenate([part.y_um for part in parts]),
            np.concatenate([part.radius_um for part in parts]),
        )

    def _particle_depth_um(self, x_um: DoubleArray, y_um: DoubleArray) -> DoubleArray:
        """How deep in a particle each point lies; a vacuole may bulge out by half its radius."""
        depth_um = np.full(x_um.shape, -np.inf)
        for patch in self._layout.patches:
            if patch.area.kind is AreaKind.PARTICLE:
                depth_um = np.maximum(depth_um, patch.depth_um(x_um, y_um))
        return depth_um

    def _draw(self, column: int, row: int) -> Vacuoles:
        random = block_random(self._seed, "vacuoles", column, row)
        n_points = int(random.poisson(_PER_UM2 * BLOCK_UM**2))
        x_um = (column + random.random(n_points)) * BLOCK_UM
        y_um = (row + random.random(n_points)) * BLOCK_UM
        radius_um = _MIN_RADIUS_UM + (MAX_RADIUS_UM - _MIN_RADIUS_UM) * random.random(n_points)
        keep = self._particle_depth_um(x_um, y_um) > 0.5 * radius_um
        return Vacuoles(x_um[keep], y_um[keep], radius_um[keep])
