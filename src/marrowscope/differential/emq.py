"""Class shares of a case from calibrated probabilities, without a confusion matrix."""

from dataclasses import dataclass

import numpy as np

from marrowscope.errors import UsageError
from marrowscope.geometry import DoubleArray

# Far below the tenth of a percent that is printed.
TOLERANCE = 1e-6
MAX_ITERATIONS = 1000
# Single-precision softmax over some tens of classes.
_SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class EmqEstimate:
    """Class shares found by expectation maximisation.

    shares: one a class, fractions adding up to 1; NaN where no cell was given. is_converged:
    whether the stop rule was met; if not, the shares are those of the last iteration.
    """

    shares: tuple[float, ...]
    is_converged: bool
    n_iterations: int


def emq_shares(
    posteriors: DoubleArray,
    training_shares: DoubleArray,
    *,
    tolerance: float = TOLERANCE,
    max_iterations: int = MAX_ITERATIONS,
) -> EmqEstimate:
    """Shares of the true classes among the cells of one case.

    posteriors: (cells, classes) calibrated probabilities, rows adding up to 1, of every cell,
    those on which the classifier abstained included. training_shares: (classes,) the shares for
    which the probabilities are calibrated, all above 0, adding up to 1. Every round weighs the
    probabilities by shares / training_shares and takes their mean as the new shares; it stops
    when no share moves by more than `tolerance`, or after `max_iterations`.

    Holds only where cells of a class look here as they did in training: less is known of its
    error than of the adjusted count's, and it has no interval.
    Saerens, Latinne, Decaestecker, Neural Computation 2002;14:21-41.
    Raises UsageError at probabilities or shares that are none, or shapes that disagree.
    """
    probability = np.asarray(posteriors, dtype=np.float64)
    prior = np.asarray(training_shares, dtype=np.float64)
    _check(probability, prior)
    if tolerance <= 0 or max_iterations < 1:
        raise UsageError("give a tolerance above 0 and at least one iteration")
    if len(probability) == 0:
        return EmqEstimate((float("nan"),) * len(prior), is_converged=False, n_iterations=0)
    likelihood = probability / prior
    shares = prior / prior.sum()
    for iteration in range(1, max_iterations + 1):
        weighed = likelihood * shares
        renewed = (weighed / weighed.sum(axis=1, keepdims=True)).mean(axis=0)
        step = float(np.abs(renewed - shares).max())
        shares = renewed
        if step <= tolerance:
            return EmqEstimate(tuple(shares.tolist()), is_converged=True, n_iterations=iteration)
    return EmqEstimate(tuple(shares.tolist()), is_converged=False, n_iterations=max_iterations)


def _check(probability: DoubleArray, prior: DoubleArray) -> None:
    if prior.ndim != 1 or probability.ndim != 2 or probability.shape[1] != len(prior):
        raise UsageError(
            f"probabilities of shape {probability.shape} and {prior.shape} training shares do "
            "not belong together; give (cells, classes) and (classes,)"
        )
    # Written so that NaN fails too.
    if not ((prior > 0).all() and abs(prior.sum() - 1) <= _SUM_TOLERANCE):
        raise UsageError(
            "training shares must all be above 0 and add up to 1; leave out a class that the "
            "classifier was not trained on"
        )
    row_sums = probability.sum(axis=1)
    if not ((probability >= 0).all() and (np.abs(row_sums - 1) <= _SUM_TOLERANCE).all()):
        raise UsageError(
            "every cell needs probabilities from 0 to 1 that add up to 1; give those of the "
            "classifier before it abstains"
        )
