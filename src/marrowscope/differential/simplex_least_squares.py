"""The shares that explain observed outcomes best: least squares, none below 0, sum 1."""

import numpy as np

from marrowscope.geometry import BoolArray, DoubleArray

# Keeps rows that are exactly alike solvable; shares move by less than the last printed digit.
_RIDGE = 1e-12
# A share or a slope this far on the wrong side of 0 is rounding.
_ROUNDING = 1e-11
# Exchanges of whole blocks that may fail to help before single ones, which always end, take over.
_PATIENCE = 3
_MAX_ROUNDS = 200


def fitted_shares(outcomes_of_class: DoubleArray, observed: DoubleArray) -> DoubleArray:
    """The p that minimises |p C - q|² over all p >= 0 that add up to 1.

    outcomes_of_class: C, (..., classes, outcomes), each row adding up to 1: how cells of each
    true class are called. observed: q, (..., outcomes), adding up to 1. Leading axes are
    independent problems. Returns p, (..., classes), to about 1e-9. Where several p fit equally
    well, one of them, always the same.

    Because p adds up to 1, p C - q = p (C - q): the answer is the point of the convex hull of the
    rows of C - q that lies nearest to 0. Non-negative least squares with the further equation
    sum(x) = 1, at weight 1, finds it, without the error of a penalty: with x = t p its cost is
    t² |p (C - q)|² + (t - 1)², which at the best t is r / (1 + r), where r = |p (C - q)|². That
    rises with r, so the best direction is the constrained optimum, and x / sum(x) is p.
    """
    n_classes, n_outcomes = outcomes_of_class.shape[-2:]
    away = (outcomes_of_class - observed[..., np.newaxis, :]).reshape(-1, n_classes, n_outcomes)
    gram = away @ away.swapaxes(1, 2) + 1 + _RIDGE * np.eye(n_classes)
    shares = _nonnegative(gram)
    shares /= shares.sum(axis=1, keepdims=True)
    return shares.reshape(outcomes_of_class.shape[:-1])


def _nonnegative(gram: DoubleArray) -> DoubleArray:
    """The x >= 0 that minimises x·G x / 2 - sum(x), for each G of (problems, n, n).

    Block principal pivoting: guess which x are above 0, solve for them, exchange those that come
    out on the wrong side of 0 (x itself where it was to be positive, else the slope), until none
    does; then the conditions of the optimum hold and it is exact. Júdice and Pires, Computers
    & Operations Research 1994;21:587-596.
    """
    n_problems, n = gram.shape[:2]
    result = np.zeros((n_problems, n))
    is_positive = np.ones((n_problems, n), dtype=bool)
    fewest_wrong = np.full(n_problems, n + 1)
    patience = np.full(n_problems, _PATIENCE)
    open_problems = np.arange(n_problems)
    for _ in range(_MAX_ROUNDS):
        positive = is_positive[open_problems]
        solution, slope = _solved(gram[open_problems], positive)
        wrong = np.where(positive, solution, slope) < -_ROUNDING
        n_wrong = wrong.sum(axis=1)
        result[open_problems] = np.maximum(solution, 0)
        still_open = n_wrong > 0
        if not still_open.any():
            return result
        open_problems, wrong, n_wrong = (
            open_problems[still_open],
            wrong[still_open],
            n_wrong[still_open],
        )
        improved = n_wrong < fewest_wrong[open_problems]
        fewest_wrong[open_problems[improved]] = n_wrong[improved]
        patience[open_problems] = np.where(improved, _PATIENCE, patience[open_problems] - 1)
        is_positive[open_problems] ^= np.where(
            (patience[open_problems] >= 0)[:, np.newaxis], wrong, _last_only(wrong)
        )
    # Single exchanges end after finitely many rounds; only a wrong matrix can come here.
    raise ArithmeticError("least squares for class shares did not settle: report this case")


def _solved(gram: DoubleArray, positive: BoolArray) -> tuple[DoubleArray, DoubleArray]:
    """x, solved where `positive` and 0 elsewhere, and the slope of the cost: (problems, n) each."""
    both = positive[:, :, np.newaxis] & positive[:, np.newaxis, :]
    system = np.where(both, gram, np.eye(gram.shape[1]))
    solution = np.linalg.solve(system, positive[:, :, np.newaxis].astype(np.float64))[:, :, 0]
    slope = np.einsum("pij,pj->pi", gram, solution) - 1
    return solution, slope


def _last_only(wrong: BoolArray) -> BoolArray:
    """The last True of each row alone."""
    later = np.cumsum(wrong[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(wrong & (later == 1))
