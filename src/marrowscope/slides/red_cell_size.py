"""From the diameters of many free red cells to one diameter with its limits. Pure numbers.

Diameters are handled as logarithms: a spread or a difference is then a share of the size,
whatever the pixel size is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marrowscope.geometry import DoubleArray

# Width of the bell that smooths the distribution: about the spread of red cells in one person
# (6 to 8 % of the diameter).
SMOOTHING = 0.07
# What counts as one population: within this factor of its peak. Four times the usual spread.
POPULATION_FACTOR = 1.30
# Dust, platelets and chance shapes spread over all sizes; red cells stand in one peak, which
# must hold this share of all outlines (weighted by diameter). Real smears reach 0.88 and more,
# thresholded noise in the colours of a smear 0.7.
MIN_PEAK_SHARE = 0.75
# Red cells vary by 6 to 8 %, with disease up to 15 %; a population as wide as the window is none.
MAX_SPREAD = 0.155

# A field speaks for itself in the search for disagreement with this many cells.
MIN_CELLS_A_FIELD = 3
MIN_CELLS_A_GROUP = 8
MAX_SCALE_RATIO = 1.20

NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class RedCellSize:
    """The common diameter of a population of red cells.

    diameter_px: typical diameter. standard_error: of its logarithm, from the spread between
    cells. n_cells: cells in the population. share: of all outlines, weighted by diameter.
    spread: standard deviation of the logarithm.
    """

    diameter_px: float
    standard_error: float
    n_cells: int
    share: float
    spread: float

    @property
    def is_one_population(self) -> bool:
        """True where the peak stands out and is as narrow as red cells are."""
        return self.share >= MIN_PEAK_SHARE and self.spread <= MAX_SPREAD


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two groups of fields whose red cells differ in size: one field of each, by index."""

    small_field: int
    large_field: int
    small_px: float
    large_px: float


def red_cell_size(diameters_px: DoubleArray) -> RedCellSize | None:
    """Size of the largest population among the diameters (n,); None where n is 0."""
    if len(diameters_px) == 0:
        return None
    sizes = np.sort(np.log(diameters_px))
    weights = np.exp(sizes)
    near = np.abs(sizes - _peak(sizes, weights)) <= np.log(POPULATION_FACTOR)
    # The window is centred on the population's own median, so that a lopsided peak of the
    # smoothed curve does not cut one flank.
    near = np.abs(sizes - np.median(sizes[near])) <= np.log(POPULATION_FACTOR)
    population = sizes[near]
    n_cells = len(population)
    spread = float(np.std(population, ddof=1)) if n_cells > 1 else 0.0
    return RedCellSize(
        diameter_px=float(np.exp(np.median(population))),
        # 1.25: a median scatters a quarter more than a mean.
        standard_error=1.25 * max(spread, SMOOTHING) / float(np.sqrt(n_cells)),
        n_cells=n_cells,
        share=float(weights[near].sum() / weights.sum()),
        spread=spread,
    )


def _peak(sizes: DoubleArray, weights: DoubleArray) -> float:
    """Highest point of the smoothed distribution of log diameters."""
    grid = np.arange(sizes[0], sizes[-1] + 0.01, 0.01)
    bells = np.exp(-0.5 * ((grid[:, None] - sizes[None, :]) / SMOOTHING) ** 2)
    return float(grid[int(np.argmax(bells @ weights))])


def find_disagreement(
    diameters_px: DoubleArray, field_of_cell: Sequence[int], field_sizes: Sequence[tuple[int, int]]
) -> Disagreement | None:
    """Two groups of fields whose scales differ by more than a fifth beyond doubt; else None.

    diameters_px: (n,); field_of_cell: index of the field of each; field_sizes: width and height
    of each field in pixels. Fields are grouped by their size in pixels, which a camera keeps, and
    where they have enough cells by the size of these.
    """
    fields = np.asarray(field_of_cell, dtype=np.int64)
    groups = [*_by_picture_size(field_sizes), *_by_cell_size(diameters_px, fields)]
    measured = []
    for first, second in groups:
        pair = _compare(diameters_px, fields, first, second)
        if pair is not None:
            measured.append(pair)
    return measured[0] if measured else None


def _by_picture_size(
    field_sizes: Sequence[tuple[int, int]],
) -> list[tuple[list[int], list[int]]]:
    """Every pair of groups of fields of equal width and height."""
    sizes = sorted(set(field_sizes))
    members = [[i for i, size in enumerate(field_sizes) if size == wanted] for wanted in sizes]
    return [
        (members[i], members[j]) for i in range(len(members)) for j in range(i + 1, len(members))
    ]


def _by_cell_size(
    diameters_px: DoubleArray, fields: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> list[tuple[list[int], list[int]]]:
    """Fields split at the widest gap between their own red-cell sizes."""
    own: list[tuple[float, int]] = []
    for field in sorted(set(fields.tolist())):
        size = red_cell_size(diameters_px[fields == field])
        if size and size.n_cells >= MIN_CELLS_A_FIELD and size.is_one_population:
            own.append((float(np.log(size.diameter_px)), field))
    if len(own) < 2:
        return []
    own.sort()
    gaps = np.diff([size for size, _ in own])
    cut = int(np.argmax(gaps)) + 1
    return [([field for _, field in own[:cut]], [field for _, field in own[cut:]])]


def _compare(
    diameters_px: DoubleArray,
    fields: np.ndarray[tuple[int], np.dtype[np.int64]],
    first: list[int],
    second: list[int],
) -> Disagreement | None:
    pair = []
    for members in (first, second):
        size = red_cell_size(diameters_px[np.isin(fields, members)])
        if size is None or size.n_cells < MIN_CELLS_A_GROUP or not size.is_one_population:
            return None
        pair.append((size, members))
    pair.sort(key=lambda entry: entry[0].diameter_px)
    (small, small_fields), (large, large_fields) = pair
    doubt = NORMAL_95 * float(np.hypot(small.standard_error, large.standard_error))
    if np.log(large.diameter_px / small.diameter_px) <= np.log(MAX_SCALE_RATIO) + doubt:
        return None
    return Disagreement(
        _most_cells(fields, small_fields),
        _most_cells(fields, large_fields),
        small.diameter_px,
        large.diameter_px,
    )


def _most_cells(fields: np.ndarray[tuple[int], np.dtype[np.int64]], members: list[int]) -> int:
    """The field of the group with the most cells; the first of equals."""
    return max(members, key=lambda field: (int(np.count_nonzero(fields == field)), -field))
