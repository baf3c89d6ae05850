"""Draws of what a classifier's errors and a case's counts could have been.

Prior cells decide how well the limits hold. Tried on simulated marrows, with twelve classes and
25 to 200 reviewed cells in each: a whole or a half cell for every outcome (uniform, Jeffreys)
imagines leaks and loses small classes; one cell divided among all outcomes (Perks) is too sure
that what was not seen never happens, and in a leukaemia takes leaked blasts for other classes.
Half a cell where two classes were ever confused, in either direction, holds best.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marrowscope.geometry import BoolArray, DoubleArray, IntArray

_JEFFREYS = 0.5


@dataclass(frozen=True, slots=True)
class CaseDraws:
    """What every draw of one case starts from.

    counts: (classes, outcomes) reviewed cells of each true class by what they were called, own
    calls on the diagonal, a last column for the undecided where there is one. is_measured:
    (classes,) False for a class with too few reviewed cells; its cells are taken to be called
    rightly, so that it takes up what no other class explains. n_called: (outcomes,) counted cells
    of the case over its design effect.
    """

    counts: IntArray
    is_measured: BoolArray
    n_called: DoubleArray
    n_draws: int
    seed: int

    def drawn(self, near_zero: Sequence[Sequence[int]]) -> tuple[DoubleArray, DoubleArray]:
        """Matrices (draws, classes, outcomes) and called shares (draws, outcomes), adding up to 1.

        near_zero: groups of classes whose upper limit is wanted. One cell more is called so, and
        cells of other classes are called so only if that was seen. The same groups give the same
        draws.
        """
        generator = np.random.default_rng(self.seed)
        n_outcomes = self.counts.shape[1]
        wrong_prior = _wrong_call_prior(self.counts)
        called_prior = np.full(n_outcomes, min(_JEFFREYS, 1 / n_outcomes))
        for group in near_zero:
            members = np.array(group)
            others = np.setdiff1d(np.arange(len(self.counts)), members)
            wrong_prior[np.ix_(others, members)] = 0
            called_prior[members] = np.maximum(called_prior[members], 1 / len(members))
        matrices = _drawn_matrices(self.counts, wrong_prior, self.n_draws, generator)
        matrices[:, ~self.is_measured] = np.eye(*self.counts.shape)[~self.is_measured]
        weights = generator.standard_gamma(
            self.n_called + called_prior, size=(self.n_draws, n_outcomes)
        )
        return matrices, weights / weights.sum(axis=1, keepdims=True)


def _wrong_call_prior(counts: IntArray) -> DoubleArray:
    """Prior cells for every outcome of every true class, (classes, outcomes).

    Half a cell (Jeffreys) where two classes were ever confused, in either direction, and for the
    undecided; 1 / outcomes elsewhere, at most a half.
    """
    n_classes, n_outcomes = counts.shape
    prior = np.full(counts.shape, min(_JEFFREYS, 1 / n_outcomes))
    between = counts[:, :n_classes]
    prior[:, :n_classes][(between + between.T) > 0] = _JEFFREYS
    prior[:, n_classes:] = _JEFFREYS
    return prior


def _drawn_matrices(
    counts: IntArray, wrong_prior: DoubleArray, n_draws: int, generator: np.random.Generator
) -> DoubleArray:
    """Shares of what each true class is called, (draws, classes, outcomes).

    The share called rightly comes from Beta(right + 1/2, wrong + 1/2), and the rest is divided by
    Dirichlet(wrong calls + prior). One Dirichlet for the whole row would let many prior cells
    in unlikely places lower every sensitivity.
    """
    own = np.arange(len(counts))
    right = np.diagonal(counts)
    wrong = counts.sum(axis=1) - right
    weights = counts + wrong_prior
    weights[own, own] = 0
    drawn = generator.standard_gamma(weights, size=(n_draws, *counts.shape))
    sums = drawn.sum(axis=2)
    rightly = generator.beta(right + _JEFFREYS, wrong + _JEFFREYS, size=sums.shape)
    rightly[sums == 0] = 1.0  # No wrong outcome is open.
    scale = np.divide(1 - rightly, sums, out=np.zeros_like(sums), where=sums > 0)
    drawn *= scale[:, :, np.newaxis]
    drawn[:, own, own] = rightly
    return drawn
