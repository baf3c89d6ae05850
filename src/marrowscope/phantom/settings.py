"""What a phantom is made of, checked before anything is drawn."""

import math
from dataclasses import dataclass

from marrowscope.errors import UsageError
from marrowscope.phantom.looks import CLASS_IDS, NORMAL_MARROW_PERCENT

MAX_SIDE_PX = 200_000
MIN_UM_PER_PX = 0.1
MAX_UM_PER_PX = 1.0


@dataclass(frozen=True, slots=True)
class PhantomSettings:
    """Densities and mix of a phantom.

    Densities are per mm² of monolayer; thick areas, particles and edges follow from them.
    touching_percent: share of nucleated cells' sites that hold a touching pair or triple.
    class_percent: (class id, share) pairs; shares are relative and need not sum to 100.
    Raises UsageError on a density out of range, an unknown class, or no share at all.
    """

    # Above about 1,600 cells of 13 µm no longer fit side by side without heavy overlap.
    nucleated_per_mm2: float = 1_100.0
    red_cells_per_mm2: float = 4_500.0
    platelets_per_mm2: float = 220.0
    precipitate_per_mm2: float = 12.0
    touching_percent: float = 8.0
    class_percent: tuple[tuple[str, float], ...] = NORMAL_MARROW_PERCENT
    tile_px: int = 512
    jpeg_quality: int = 87

    def __post_init__(self) -> None:
        _check_range("nucleated_per_mm2", self.nucleated_per_mm2, 0, 1_600)
        _check_range("red_cells_per_mm2", self.red_cells_per_mm2, 0, 7_000)
        _check_range("platelets_per_mm2", self.platelets_per_mm2, 0, 2_000)
        _check_range("precipitate_per_mm2", self.precipitate_per_mm2, 0, 100)
        _check_range("touching_percent", self.touching_percent, 0, 50)
        _check_range("jpeg_quality", self.jpeg_quality, 50, 100)
        if self.tile_px not in (256, 512):
            raise UsageError(f"tile_px must be 256 or 512, not {self.tile_px}")
        unknown = sorted({name for name, _ in self.class_percent} - set(CLASS_IDS))
        if unknown:
            raise UsageError(
                f"a phantom cannot draw {', '.join(unknown)}; choose from {', '.join(CLASS_IDS)}"
            )
        if len({name for name, _ in self.class_percent}) != len(self.class_percent):
            raise UsageError("class_percent names a class twice; give each class one share")
        shares = [share for _, share in self.class_percent]
        if not shares or sum(shares) <= 0 or min(shares) < 0 or not math.isfinite(sum(shares)):
            raise UsageError("class_percent needs shares of 0 or more that are not all 0")


def check_size(width_px: int, height_px: int, um_per_px: float, seed: int) -> None:
    """Raises UsageError unless a phantom of this size, scale and seed can be drawn."""
    for side, size_px in (("width", width_px), ("height", height_px)):
        if not 1 <= size_px <= MAX_SIDE_PX:
            raise UsageError(f"{side} must be from 1 to {MAX_SIDE_PX} px, not {size_px}")
    _check_range("um_per_px", um_per_px, MIN_UM_PER_PX, MAX_UM_PER_PX)
    if seed < 0:
        raise UsageError(f"seed must be 0 or more, not {seed}")


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # false for NaN too
        raise UsageError(f"{name} must be from {low:g} to {high:g}, not {value:g}")
