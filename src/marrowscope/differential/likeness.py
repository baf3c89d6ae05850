"""Which rows of a differential a classifier confuses too much to give them apart."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from marrowscope.geometry import DoubleArray

Row = tuple[int, ...]

# Below it, errors of the counts come out of the adjustment more than four times as large as they
# went in: a 20 % of 500 cells that plain counting gives to 3.5 points, to 14 and worse.
LEAST_SEPARATION = 0.25

# The distances measured are too long by what chance adds. On average that is once the variance;
# twice covers most matrices.
_CHANCE = 2.0

# Floor of the overlap's eigenvalues. No mixture can move by more than all cells, so what is wholly
# hidden harms a row only by as much as the row takes part in it: below about an eighth, little.
_LEAST_EIGENVALUE = 1e-3


def joined_rows(rows: Sequence[Row], shares: DoubleArray, noise: DoubleArray) -> tuple[Row, ...]:
    """The rows, those that can't be told apart joined; order of first appearance.

    rows: indices of the classes in each row. shares: (classes, outcomes), how cells of each true
    class are called. noise: (classes,), variance of its row of `shares`, summed over the outcomes.
    The row hardest to separate is joined with the one it is confused with most, until each has a
    separation of at least `LEAST_SEPARATION`. A row confused with no other row stays as it is.
    """
    joined = list(rows)
    overlap = shares @ shares.T - _CHANCE * np.diag(noise)
    # Where chance could explain all distance in a direction, none is left.
    values, vectors = np.linalg.eigh(overlap)
    inverse = (vectors / np.maximum(values, _LEAST_EIGENVALUE)) @ vectors.T
    while len(joined) > 1:
        separations = [_separation(row, inverse) for row in joined]
        weakest = int(np.argmin(separations))
        if separations[weakest] >= LEAST_SEPARATION:
            break
        partner = _most_confused(weakest, joined, inverse)
        if partner is None:
            break
        first, second = sorted((weakest, partner))
        joined[first] = tuple(sorted(joined[first] + joined[second]))
        del joined[second]
    return tuple(joined)


def _separation(row: Row, inverse: DoubleArray) -> float:
    """How far a row is from looking like a mixture of others: 1 never confused, 0 always.

    The least change in the shares of what cells are called that can hide a change of 1 in the
    row's share, relative to what it would be if nothing were ever confused. Its inverse is how
    much least squares enlarges errors of the counts. inverse: of the classes' overlap.
    """
    members = list(row)
    return sqrt(len(members) / float(inverse[np.ix_(members, members)].sum()))


def _most_confused(place: int, rows: Sequence[Row], inverse: DoubleArray) -> int | None:
    """Place of the row that gives most where the row at `place` takes unseen; None if none does."""
    hidden_change = inverse[:, list(rows[place])].sum(axis=1)
    changes = [float(hidden_change[list(row)].sum()) for row in rows]
    changes[place] = 0.0
    partner = int(np.argmin(changes))
    return partner if changes[partner] < 0 else None
