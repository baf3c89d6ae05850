"""Exact limits for how many cells of a class hide in strata of which only a random part was seen.

All of it is a function of whole numbers: no seed, no normal approximation. The estimate of the
cells of the class is T, the sum over strata of N k / n: of N cells n were drawn, k of them of the
class. A total K is rejected where, however its cells may lie in the strata, chance alone gives
a T as far out with a probability of at most 2.5 %: the test inversion of Wendell and Schmee, J Am
Stat Assoc 1996;91:825-830. Splitting the 5 % over the strata would be simpler and useless: with
nine strata and one cell found in 81 of 448 the upper limit would be 191 cells instead of 29.

The worst way to lie in the strata is not searched for, which could miss it, but bounded twice,
and the smaller bound is used. Each is at least the true probability, so that at least 95 % are
covered whatever the truth:

- An opponent who places the K cells stratum by stratum, and sees what was drawn from one before
  placing cells in the next, does at least as well as any fixed way; what he can reach is computed
  backwards. With one stratum this is the plain hypergeometric tail.
- Chernoff's bound (Ann Math Stat 1952;23:493-507), where that would take too long. Its worst case
  is found greedily: the generating function of a hypergeometric number is log-concave in the
  number of cells of the class (Newton's inequalities for elementary symmetric means).
"""

from collections.abc import Sequence
from functools import cached_property
from math import lcm, log
from typing import Final

import numpy as np
import numpy.typing as npt

from marrowscope.errors import UsageError
from marrowscope.geometry import DoubleArray

TAIL: Final = 0.025
"""Probability left out on either side."""
_MOST_BUDGETS: Final = 96
_TOO_MANY_BUDGETS: Final = 500
_MOST_WORK: Final = 1e7
_N_TILTS: Final = 40
_MOST_AT_ONCE: Final = 1_000_000
_SMALLEST: Final = 1e-300
"""Stands for probabilities that a float cannot hold; larger than they are, as a bound may be."""


class HiddenCells:
    """Strata of which a simple random part was seen; made once, then asked for any class.

    sizes: (cells of the stratum, cells drawn from it), 1 <= drawn <= cells, else UsageError.
    """

    def __init__(self, sizes: Sequence[tuple[int, int]]) -> None:
        if any(not 1 <= n_drawn <= n_cells for n_cells, n_drawn in sizes):
            raise UsageError("of every stratum at least one cell is drawn, and no more than it has")
        self._sizes = tuple(sizes)
        self._tables = tuple(_hypergeometric(n_cells, n_drawn) for n_cells, n_drawn in sizes)
        unit = lcm(*(n_drawn for _, n_drawn in sizes))
        self._unit = unit
        # What one drawn cell of the class adds to T, in whole numbers.
        self._weights = tuple(unit * n_cells // n_drawn for n_cells, n_drawn in sizes)
        weights = [n_cells / n_drawn for n_cells, n_drawn in sizes] or [1.0]
        self._tilts = np.geomspace(1e-3 / max(weights), 60 / min(weights), _N_TILTS)
        self._known: dict[tuple[tuple[int, ...], ...], tuple[int, int]] = {}

    def limits(
        self, found: Sequence[int], least: Sequence[int], most: Sequence[int]
    ) -> tuple[int, int]:
        """Lower and upper 95 % limit of the cells of a class in all strata together.

        found: of it among the cells drawn, by stratum. least, most: what is certain by stratum,
        from the cells drawn and from any others that somebody saw.
        """
        if not self._sizes:
            return 0, 0
        asked = tuple(found), tuple(least), tuple(most)
        if asked not in self._known:
            self._known[asked] = self._limits(*asked)
        return self._known[asked]

    def _limits(
        self, found: Sequence[int], least: Sequence[int], most: Sequence[int]
    ) -> tuple[int, int]:
        lower = max(self._chernoff_least(found, least, most), self._least(found, least, most))
        return lower, max(lower, self._most(found, least, most))

    def _most(self, found: Sequence[int], least: Sequence[int], most: Sequence[int]) -> int:
        """Largest total that is not rejected because so few were found."""
        n_certain = sum(least)
        upper = self._chernoff_most(found, least, most)
        reached = self._opponent(self._total(found), least, most, upper - n_certain, is_hiding=True)
        if reached is None:
            return upper
        return n_certain + int(np.flatnonzero(reached > TAIL).max(initial=0))

    def _least(self, found: Sequence[int], least: Sequence[int], most: Sequence[int]) -> int:
        """Smallest total that is not rejected because so many were found."""
        total = self._total(found)
        if total == 0:
            return sum(least)
        n_certain = sum(least)
        # No more than the estimate: at that many so large a T is nothing rare.
        n_more = max(min(-(-total // self._unit), sum(most)) - n_certain, 0)
        missed = self._opponent(total - 1, least, most, n_more, is_hiding=False)
        if missed is None:
            return n_certain
        return n_certain + int(np.flatnonzero(1 - missed > TAIL).min(initial=n_more))

    def _total(self, found: Sequence[int]) -> int:
        return sum(weight * k for weight, k in zip(self._weights, found, strict=True))

    def _opponent(
        self,
        budget: int,
        least: Sequence[int],
        most: Sequence[int],
        n_more: int,
        *,
        is_hiding: bool,
    ) -> DoubleArray | None:
        """Probability that T is at most `budget` with 0 to `n_more` cells besides the certain ones.

        The largest that the opponent can reach where he is hiding, else the smallest:
        (n_more + 1,). None where it would take too long.
        """
        ways = _Ways(self._weights, self._sizes, budget, is_hiding=is_hiding)
        if ways.n_budgets * (n_more + 1) ** 2 > _MOST_WORK and len(self._sizes) > 1:
            return None
        tables = [
            table[low : high + 1][: n_more + 1]
            for table, low, high in zip(self._tables, least, most, strict=True)
        ]
        value = _last_stratum(tables[-1], ways.after[-1], n_more, is_hiding=is_hiding)
        for table, after in reversed(list(zip(tables[:-1], ways.after[:-1], strict=True))):
            value = _one_stratum_earlier(table, after, value, is_hiding=is_hiding)
        reached: DoubleArray = value[0]
        return reached

    def _chernoff_most(
        self, found: Sequence[int], least: Sequence[int], most: Sequence[int]
    ) -> int:
        """Largest total that no exponent of Chernoff's bound rejects."""
        bound = np.zeros(_N_TILTS)
        steps = []
        for place, (weight, start, falling) in enumerate(self._bounds):
            bound += weight * found[place] * self._tilts + start[least[place]]
            steps.append(falling[least[place] : most[place]])
        bounds = bound + np.cumsum(-np.sort(-np.concatenate(steps), axis=0), axis=0)
        return sum(least) + int((bounds > log(TAIL)).sum(axis=0).min())

    def _chernoff_least(
        self, found: Sequence[int], least: Sequence[int], most: Sequence[int]
    ) -> int:
        """Of the class are all that cannot be of the others."""
        n_cells = [size for size, _ in self._sizes]
        others = self._chernoff_most(
            [n_drawn - k for (_, n_drawn), k in zip(self._sizes, found, strict=True)],
            [size - high for size, high in zip(n_cells, most, strict=True)],
            [size - low for size, low in zip(n_cells, least, strict=True)],
        )
        return sum(n_cells) - others

    @cached_property
    def _bounds(self) -> tuple[tuple[float, DoubleArray, DoubleArray], ...]:
        """Of each stratum its weight, and the logarithm of E exp(-tilt weight k) and its steps.

        Both by cells of the class, from 0, and by tilt.
        """
        made = []
        for (n_cells, n_drawn), table in zip(self._sizes, self._tables, strict=True):
            weight = n_cells / n_drawn
            falls = np.exp(-np.outer(np.arange(n_drawn + 1), self._tilts * weight))
            logs = np.log(np.maximum(table @ falls, _SMALLEST))
            # No step is above the one before it: log-concave. That also holds where a float can't
            # tell numbers so small apart.
            made.append((weight, logs, np.minimum.accumulate(np.diff(logs, axis=0), axis=0)))
        return tuple(made)


class _Ways:
    """How much of a budget can be left after each stratum.

    after[h]: (budgets before stratum h, drawn cells of the class) place of what is then left among
    the budgets after it, -1 where it is overdrawn. n_budgets: over all strata.
    Where there are too many to follow, costs and budget are rounded to the opponent's advantage.
    """

    def __init__(
        self,
        weights: Sequence[int],
        sizes: Sequence[tuple[int, int]],
        budget: int,
        *,
        is_hiding: bool,
    ) -> None:
        budgets = _left_over(weights, sizes, budget)
        if max(map(len, budgets)) > _MOST_BUDGETS:
            unit = budget // _MOST_BUDGETS + 1
            weights = [weight // unit if is_hiding else -(-weight // unit) for weight in weights]
            budgets = _left_over(weights, sizes, budget // unit)
        self.n_budgets = sum(map(len, budgets))
        self.after = tuple(
            _places(before, later, weight, n_drawn)
            for before, later, weight, (_, n_drawn) in zip(
                budgets[:-1], budgets[1:], weights, sizes, strict=True
            )
        )


def _left_over(
    weights: Sequence[int], sizes: Sequence[tuple[int, int]], budget: int
) -> tuple[tuple[int, ...], ...]:
    """What can be left before the first stratum and after each, ascending."""
    left: list[tuple[int, ...]] = [(budget,)]
    for weight, (_, n_drawn) in zip(weights, sizes, strict=True):
        later = {
            before - weight * k
            for before in left[-1]
            for k in range(n_drawn + 1)
            if weight * k <= before
        }
        left.append(tuple(sorted(later)))
        if len(later) > _TOO_MANY_BUDGETS:
            break
    return tuple(left)


def _places(
    before: Sequence[int], later: Sequence[int], weight: int, n_drawn: int
) -> npt.NDArray[np.intp]:
    place_of = {left: place for place, left in enumerate(later)}
    n_columns = max(sum(weight * k <= one for k in range(n_drawn + 1)) for one in before)
    return np.array(
        [[place_of.get(one - weight * k, -1) for k in range(n_columns)] for one in before],
        dtype=np.intp,
    )


def _last_stratum(
    table: DoubleArray, after: npt.NDArray[np.intp], n_more: int, *, is_hiding: bool
) -> DoubleArray:
    """Probability that the budget holds where all cells left lie in one stratum.

    table, after: as in `_one_stratum_earlier`. Returns (budgets before, n_more + 1).
    """
    holds = (after >= 0).astype(np.float64) @ table[:, : after.shape[1]].T
    n_missing = n_more + 1 - holds.shape[1]
    # More cells than there is room for cannot be hidden. Who shows them can leave the rest out:
    # it never helps him, so that the bound stands.
    rest = (
        np.zeros((len(after), n_missing)) if is_hiding else np.repeat(holds[:, -1:], n_missing, 1)
    )
    return np.concatenate([holds, rest], axis=1)


def _one_stratum_earlier(
    table: DoubleArray, after: npt.NDArray[np.intp], value: DoubleArray, *, is_hiding: bool
) -> DoubleArray:
    """The best over all ways to place cells in one stratum before its cells are drawn.

    table: (cells placed, cells of the class drawn) probabilities. value: (budgets after, cells yet
    to place) what can be reached then. Returns the same before: (budgets before, cells to place).
    """
    n_to_place = value.shape[1]
    overdrawn = np.zeros((1, n_to_place))
    then = np.concatenate([value, overdrawn])[after]  # -1 is the last.
    reached = table[:, : after.shape[1]] @ then
    best: DoubleArray = reached[:, 0].copy()
    better = np.maximum if is_hiding else np.minimum
    for n_placed in range(1, len(table)):
        others = reached[:, n_placed, : n_to_place - n_placed]
        best[:, n_placed:] = better(best[:, n_placed:], others)
    return best


def _hypergeometric(n_cells: int, n_drawn: int) -> DoubleArray:
    """Probability of k among the drawn where K of all are of the class.

    (n_cells + 1, n_drawn + 1), by K and k.
    """
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n_cells + 1)))])
    table = np.empty((n_cells + 1, n_drawn + 1))
    n_rows = _MOST_AT_ONCE // (n_drawn + 1) + 1
    for first in range(0, n_cells + 1, n_rows):
        of_class = np.arange(first, min(first + n_rows, n_cells + 1))[:, np.newaxis]
        table[of_class[:, 0]] = _probabilities(logs, n_cells, n_drawn, of_class)
    return table


def _probabilities(
    logs: DoubleArray, n_cells: int, n_drawn: int, of_class: npt.NDArray[np.intp]
) -> DoubleArray:
    """Rows of the table. logs: of the factorials. of_class: (rows, 1) cells of the class."""
    k = np.arange(n_drawn + 1)[np.newaxis, :]
    others = n_cells - of_class
    is_possible = (k <= of_class) & (n_drawn - k <= others)
    drawn = np.where(is_possible, k, 0)
    # Where it is not possible any number will do that the factorials have.
    drawn_others = np.where(is_possible, n_drawn - k, 0)
    exponent = (
        (logs[of_class] - logs[drawn] - logs[of_class - drawn])
        + (logs[others] - logs[drawn_others] - logs[others - drawn_others])
        - (logs[n_cells] - logs[n_drawn] - logs[n_cells - n_drawn])
    )
    probabilities: DoubleArray = np.exp(np.where(is_possible, exponent, -np.inf))
    return probabilities
