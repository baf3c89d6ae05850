"""A bank of ready-drawn sprites, so that a gigapixel phantom draws each look only once.

Every class has a fixed number of variants, and each of them eight orientations. A sprite is drawn
when it is first asked for; what it looks like depends on the seed, class and variant alone.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from marrowscope.geometry import DoubleArray, FloatArray
from marrowscope.phantom.blocks import block_random
from marrowscope.phantom.clutter import (
    RED_CELL_UM,
    draw_platelet,
    draw_precipitate,
    draw_red_cell,
)
from marrowscope.phantom.looks import LOOKS
from marrowscope.phantom.sprites import draw_cell

LightArray = npt.NDArray[np.uint16]

N_CELL_VARIANTS: Final = 16
N_RED_CELL_VARIANTS: Final = 40
N_SPECK_VARIANTS: Final = 12
N_ORIENTATIONS: Final = 8
RED_CELL_SPREAD: Final = 0.055
"""Standard deviation of red cell diameters over their mean; 4 to 7 % is usual in health."""

RED_CELL, PLATELET, PRECIPITATE = -1, -2, -3
"""Kinds of clutter; nucleated cells have the index of their look, 0 or more."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """light: (rows, columns, 3), 256 where nothing is absorbed.

    box: x, y, width, height of the object within the sprite, in whole pixels.
    """

    light: LightArray
    box: tuple[int, int, int, int]


class SpriteBank:
    """Sprites at one scale. The same arguments always give the same sprites."""

    def __init__(self, um_per_px: float, seed: int) -> None:
        self._um_per_px = um_per_px
        self._seed = seed
        self._drawn = lru_cache(maxsize=None)(self._draw)
        self.sprite = lru_cache(maxsize=None)(self._oriented)
        self._quantiles = ndtri((np.arange(N_CELL_VARIANTS) + 0.5) / N_CELL_VARIANTS)

    def diameters_um(
        self, look: npt.NDArray[np.int64], variant: npt.NDArray[np.int64]
    ) -> DoubleArray:
        """Mean diameter of the whole cell for arrays of look and variant."""
        mean = np.array([one.diameter_um for one in LOOKS])[look]
        spread = np.array([one.spread_um for one in LOOKS])[look]
        return np.asarray(mean + spread * self._quantiles[variant])

    def _oriented(self, kind: int, variant: int, orientation: int) -> Sprite:
        """One sprite. Orientation: quarter turns, plus 4 if mirrored first."""
        light, inside = self._drawn(kind, variant)
        if orientation >= 4:
            light, inside = light[:, ::-1], inside[:, ::-1]
        inside = np.rot90(inside, orientation % 4)
        columns, rows = np.flatnonzero(inside.any(axis=0)), np.flatnonzero(inside.any(axis=1))
        box = (
            int(columns[0]),
            int(rows[0]),
            int(columns[-1] - columns[0] + 1),
            int(rows[-1] - rows[0] + 1),
        )
        return Sprite(np.ascontiguousarray(np.rot90(light, orientation % 4)), box)

    def _draw(self, kind: int, variant: int) -> tuple[LightArray, npt.NDArray[np.bool_]]:
        random = block_random(self._seed, "sprites", variant, kind)
        if kind >= 0:
            diameter_um = float(self.diameters_um(np.array([kind]), np.array([variant]))[0])
            light, inside_um = draw_cell(LOOKS[kind], diameter_um, self._um_per_px, random)
            inside = inside_um > 0
        else:
            light = self._draw_clutter(kind, variant, random)
            inside = np.ones(light.shape[:2], dtype=np.bool_)
        return np.rint(256 * light).astype(np.uint16), inside

    def _draw_clutter(self, kind: int, variant: int, random: np.random.Generator) -> FloatArray:
        if kind == PLATELET:
            return draw_platelet(self._um_per_px, random)
        if kind == PRECIPITATE:
            return draw_precipitate(self._um_per_px, random)
        quantile = float(ndtri((variant + 0.5) / N_RED_CELL_VARIANTS))
        diameter_um = RED_CELL_UM * (1 + RED_CELL_SPREAD * quantile)
        return draw_red_cell(diameter_um, self._um_per_px, random)


def n_variants(kind: int) -> int:
    """How many variants the bank holds of a kind."""
    if kind >= 0:
        return N_CELL_VARIANTS
    return N_RED_CELL_VARIANTS if kind == RED_CELL else N_SPECK_VARIANTS
