"""Low-power layout of a phantom: which area of the smear each point lies in.

The long side of the picture runs from the thin edge (left or top) through the cell trail to the
particles at the other end, as a smear is drawn out. Everything is a function of position, so any
part of the picture can be asked on its own. Positions are µm from the top-left corner.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from marrowscope.geometry import DoubleArray, IntArray
from marrowscope.phantom.blocks import block_random

SMALLEST_SIDE_WITH_PATCHES_UM: Final = 120.0
PATCH_HEM_UM: Final = 10.0
"""How far outside its outline a patch may still tint the film."""

_OUTERMOST: Final = 1.2
"""No outline wobbles farther than this over its half axes."""


class AreaKind(StrEnum):
    """What an area of the smear is; only TRAIL is countable."""

    BACKGROUND = "background"
    EDGE = "edge"
    TRAIL = "trail"
    THICK = "thick"
    DEBRIS = "debris"
    OUT_OF_FOCUS = "blur"
    PARTICLE = "particle"


@dataclass(frozen=True, slots=True)
class Area:
    """A named area: `region_id` is its kind and a number, such as 'trail-1'."""

    region_id: str
    kind: AreaKind


@dataclass(frozen=True, slots=True)
class Patch:
    """A wobbly ellipse: centre, half axes and the three phases of its outline."""

    area: Area
    x_um: float
    y_um: float
    half_x_um: float
    half_y_um: float
    phases: tuple[float, float, float]

    def depth_um(self, x_um: DoubleArray, y_um: DoubleArray) -> DoubleArray:
        """Rough distance inside the outline; negative outside."""
        p = (x_um - self.x_um) / self.half_x_um
        q = (y_um - self.y_um) / self.half_y_um
        angle = np.arctan2(q, p)
        outline = 1.0 + 0.07 * np.sin(2 * angle + self.phases[0])
        outline += 0.06 * np.sin(3 * angle + self.phases[1])
        outline += 0.03 * np.sin(7 * angle + self.phases[2])
        return np.asarray((outline - np.hypot(p, q)) * min(self.half_x_um, self.half_y_um))

    def reaches(self, left: float, top: float, right: float, bottom: float) -> bool:
        """False where the patch, hem included, surely stays clear of the rectangle (all µm)."""
        far_x = _OUTERMOST * self.half_x_um + PATCH_HEM_UM
        far_y = _OUTERMOST * self.half_y_um + PATCH_HEM_UM
        return (
            self.x_um + far_x > left
            and self.x_um - far_x < right
            and self.y_um + far_y > top
            and self.y_um - far_y < bottom
        )


@dataclass(frozen=True, slots=True)
class StampBox:
    """Corner kept empty for the word SYNTHETIC, from (0, 0); letters run down if `vertical`."""

    width_um: float
    height_um: float
    vertical: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Areas of one phantom.

    areas: every area; `area_index` points into it. First the background, then the thin edge,
    then the trails, then one for each patch. Later patches lie on top of earlier ones.
    """

    width_um: float
    height_um: float
    margin_um: float
    edge_um: float
    stamp: StampBox
    n_trails: int
    areas: tuple[Area, ...]
    patches: tuple[Patch, ...]

    def area_index(self, x_um: DoubleArray, y_um: DoubleArray) -> IntArray:
        """Index into `areas` for each point; points off the picture are background."""
        along, across = (x_um, y_um) if self.width_um >= self.height_um else (y_um, x_um)
        short_um = min(self.width_um, self.height_um)
        trail = np.floor(across / short_um * self.n_trails)
        index = 2 + np.clip(trail, 0, self.n_trails - 1).astype(np.int64)
        edge_um = self.edge_um * (1 + 0.15 * np.sin(across / short_um * 11))
        index[along < edge_um] = 1
        if x_um.size:
            bounds = (float(x_um.min()), float(y_um.min()), float(x_um.max()), float(y_um.max()))
            for number, patch in enumerate(self.patches):
                if patch.reaches(*bounds):
                    index[patch.depth_um(x_um, y_um) > 0] = 2 + self.n_trails + number
        index[self.body_depth_um(x_um, y_um) <= 0] = 0
        return index

    def body_depth_um(self, x_um: DoubleArray, y_um: DoubleArray) -> DoubleArray:
        """Distance inside the smeared film; negative on bare glass and off the picture.

        The film runs off the picture at the thin edge, so that some cells are cut there.
        """
        wide = self.width_um >= self.height_um
        wave_x = 0.35 * self.margin_um * (1 + np.sin(x_um / (4 * self.margin_um)))
        wave_y = 0.35 * self.margin_um * (1 + np.sin(y_um / (4 * self.margin_um) + 1))
        start = 0.0 if wide else self.margin_um
        depth = np.minimum(x_um - start, self.width_um - self.margin_um - x_um - wave_y)
        start = self.margin_um if wide else 0.0
        depth = np.minimum(depth, y_um - start - (wave_x if wide else 0.0))
        depth = np.minimum(depth, self.height_um - self.margin_um - y_um - wave_x)
        beyond_stamp = np.maximum(x_um - self.stamp.width_um, y_um - self.stamp.height_um)
        return np.asarray(np.minimum(depth, beyond_stamp))


def lay_out(width_um: float, height_um: float, seed: int) -> Layout:
    """The layout of a phantom of this size; every aspect and size works.

    Pictures with a side under 120 µm hold one trail and no patches.
    """
    short_um, long_um = min(width_um, height_um), max(width_um, height_um)
    particle_um = float(np.clip(0.09 * short_um, 24, 700))
    n_particles = max(1, round(short_um / (5 * particle_um)))
    with_patches = short_um >= SMALLEST_SIDE_WITH_PATCHES_UM
    n_trails = n_particles if with_patches else 1
    trails = tuple(Area(f"trail-{k + 1}", AreaKind.TRAIL) for k in range(n_trails))
    margin_um = float(np.clip(0.03 * short_um, 4, 350))
    layout = Layout(
        width_um=width_um,
        height_um=height_um,
        margin_um=margin_um,
        edge_um=min(0.05 * long_um, 0.25 * short_um),
        stamp=_stamp_box(width_um, height_um),
        n_trails=n_trails,
        areas=(Area("background-1", AreaKind.BACKGROUND), Area("edge-1", AreaKind.EDGE), *trails),
        patches=(),
    )
    if not with_patches:
        return layout
    patches = _Patches(layout, seed)
    patches.add_particles(n_particles, particle_um)
    area_mm2 = width_um * height_um * 1e-6
    patches.scatter(AreaKind.THICK, 1 + min(6, int(area_mm2 / 15)), 0.08, 500, stretch=2.0)
    patches.scatter(AreaKind.OUT_OF_FOCUS, 1 + min(9, int(area_mm2 / 12)), 0.08, 450, stretch=1.3)
    patches.scatter(AreaKind.DEBRIS, 1 + min(6, int(area_mm2 / 15)), 0.05, 250, stretch=1.2)
    return patches.finished()


def _stamp_box(width_um: float, height_um: float) -> StampBox:
    """Room for nine letters and a rim; the letters are a twentieth of the long side tall."""
    letter_um = min(0.05 * max(width_um, height_um), 0.5 * min(width_um, height_um))
    long_um, short_um = 8.6 * letter_um, 1.8 * letter_um
    vertical = long_um > 0.6 * width_um and height_um > width_um
    if vertical:
        return StampBox(min(short_um, width_um), min(long_um, height_um), vertical)
    return StampBox(min(long_um, width_um), min(short_um, height_um), vertical)


class _Patches:
    """Lays patches on a layout, each clear of the others."""

    def __init__(self, layout: Layout, seed: int) -> None:
        self._layout = layout
        self._random = block_random(seed, "layout")
        self._patches: list[Patch] = []
        self._wide = layout.width_um >= layout.height_um
        self._short_um = min(layout.width_um, layout.height_um)
        self._long_um = max(layout.width_um, layout.height_um)
        self._head_um = self._long_um - layout.margin_um

    def add_particles(self, n_particles: int, radius_um: float) -> None:
        """One particle a trail at the far end, each in a thick halo."""
        along = self._head_um - 1.9 * radius_um
        self._head_um = along - 1.8 * radius_um
        for k in range(n_particles):
            across = (k + 0.5 + 0.15 * (self._random.random() - 0.5)) / n_particles
            centre = (along, across * self._short_um)
            self._add(AreaKind.THICK, centre, 1.6 * radius_um, 1.5 * radius_um)
            self._add(AreaKind.PARTICLE, centre, radius_um, 0.9 * radius_um)

    def scatter(
        self, kind: AreaKind, n_patches: int, fraction: float, limit_um: float, stretch: float
    ) -> None:
        """Up to `n_patches` patches on the trail: `fraction` of the short side, at most a limit."""
        across_um = float(np.clip(fraction * self._short_um, 14, limit_um))
        along_um = stretch * across_um
        first_um = self._layout.edge_um * 1.3 + along_um
        last_um = self._head_um - along_um
        for _ in range(30 * n_patches if last_um > first_um else 0):
            if sum(patch.area.kind is kind for patch in self._scattered()) >= n_patches:
                return
            along = first_um + (last_um - first_um) * self._random.random()
            across = (0.15 + 0.7 * self._random.random()) * self._short_um
            if self._is_clear(along, across, along_um):
                self._add(kind, (along, across), along_um, across_um)

    def finished(self) -> Layout:
        """The layout with its patches, particles on top."""
        ordered = sorted(self._patches, key=lambda patch: list(AreaKind).index(patch.area.kind))
        layout = self._layout
        return Layout(
            width_um=layout.width_um,
            height_um=layout.height_um,
            margin_um=layout.margin_um,
            edge_um=layout.edge_um,
            stamp=layout.stamp,
            n_trails=layout.n_trails,
            areas=(*layout.areas, *(patch.area for patch in ordered)),
            patches=tuple(ordered),
        )

    def _scattered(self) -> list[Patch]:
        return [patch for patch in self._patches if self._along(patch) < self._head_um]

    def _along(self, patch: Patch) -> float:
        return patch.x_um if self._wide else patch.y_um

    def _is_clear(self, along: float, across: float, reach_um: float) -> bool:
        x_um, y_um = (along, across) if self._wide else (across, along)
        stamp = self._layout.stamp
        if x_um < stamp.width_um + reach_um and y_um < stamp.height_um + reach_um:
            return False
        return all(
            math.hypot(patch.x_um - x_um, patch.y_um - y_um)
            > 1.3 * (reach_um + max(patch.half_x_um, patch.half_y_um))
            for patch in self._patches
        )

    def _add(
        self, kind: AreaKind, centre: tuple[float, float], along_um: float, across_um: float
    ) -> None:
        number = 1 + sum(patch.area.kind is kind for patch in self._patches)
        phases = tuple(2 * math.pi * self._random.random() for _ in range(3))
        x_um, y_um = centre if self._wide else centre[::-1]
        half_x, half_y = (along_um, across_um) if self._wide else (across_um, along_um)
        patch = Patch(
            area=Area(f"{kind.value}-{number}", kind),
            x_um=x_um,
            y_um=y_um,
            half_x_um=half_x,
            half_y_um=half_y,
            phases=(phases[0], phases[1], phases[2]),
        )
        self._patches.append(patch)
