"""Fits a site's head to reviewed cells: ridge logistic regression on top of the model's logits.

With few cells and 1,280 features the penalty decides how far the model is followed; it is chosen on
reviewed cells that the fit has not seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp, softmax

from marrowscope.geometry import BoolArray, DoubleArray, FloatArray, IntArray
from marrowscope.sites.head import LEAST, SiteHead

FEWEST_TO_TEACH = 3
"""Reviewed cells of a class from which it is taught."""
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
BIAS_PENALTY = 0.1
N_FOLDS = 5
SEED = 20261127
LOG_TEMPERATURES = (-0.7, 1.4)
CELLS_OF_NO_TEMPERATURE = 100
"""So many cells weigh as much as the belief that the model's own temperature holds."""
LEAST_OF_TRUTH = 1e-6
MOST_ITERATIONS = 150


@dataclass(frozen=True, slots=True)
class ReviewedCells:
    """logits: (n, classes), calibrated. features: (n, features). truth: (n,), columns."""

    logits: DoubleArray
    features: FloatArray
    truth: IntArray

    def at(self, rows: IntArray | BoolArray) -> "ReviewedCells":
        """Some of them."""
        return ReviewedCells(self.logits[rows], self.features[rows], self.truth[rows])


def taught_classes(cells: ReviewedCells) -> BoolArray:
    """(classes,), True where enough cells were reviewed; all False where that is one class."""
    n_of = np.bincount(cells.truth, minlength=cells.logits.shape[1])
    is_taught = n_of >= FEWEST_TO_TEACH
    return is_taught if is_taught.sum() > 1 else np.zeros_like(is_taught)


def fit_head(cells: ReviewedCells, is_taught: BoolArray, penalty: float) -> SiteHead:
    """The head that explains the cells of taught classes best, all of these weighing the same.

    Fitted in the span of the cells' features, where the problem has no more sizes than cells.
    """
    cells = cells.at(is_taught[cells.truth])
    column = np.cumsum(is_taught) - 1
    truth = column[cells.truth]
    n_taught = int(is_taught.sum())
    centre = cells.features.mean(axis=0)
    away = (cells.features - centre).astype(np.float64)
    spread = max(float(np.sqrt((away**2).sum(axis=1).mean())), 1e-9)
    away /= spread
    sizes, directions = np.linalg.eigh(away @ away.T)
    kept = sizes > 1e-9 * max(float(sizes.max()), 1e-12)
    root = np.sqrt(sizes[kept])
    places = directions[:, kept] * root
    n_of = np.bincount(truth, minlength=n_taught)
    weight = 1 / n_of[truth]
    weight /= weight.mean()
    start = cells.logits[:, is_taught]
    is_truth = np.eye(n_taught)[truth]
    shape = (int(kept.sum()), n_taught)

    def loss(values: DoubleArray) -> tuple[float, DoubleArray]:
        slopes, biases = values[: shape[0] * shape[1]].reshape(shape), values[shape[0] * shape[1] :]
        logits = start + places @ slopes + biases
        missed = logsumexp(logits, axis=1) - logits[np.arange(len(truth)), truth]
        penalised = penalty * (slopes**2).sum() + BIAS_PENALTY * (biases**2).sum()
        pull = weight[:, None] * (softmax(logits, axis=1) - is_truth)
        gradient = np.concatenate(
            [(places.T @ pull + penalty * slopes).ravel(), pull.sum(axis=0) + BIAS_PENALTY * biases]
        )
        return float((weight * missed).sum() + penalised / 2), gradient

    found = minimize(
        loss,
        np.zeros(shape[0] * shape[1] + n_taught),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MOST_ITERATIONS},
    ).x
    slopes = found[: shape[0] * shape[1]].reshape(shape)
    weights = away.T @ (directions[:, kept] / root) @ slopes / spread
    return SiteHead(
        is_taught=is_taught,
        centre=np.asarray(centre, dtype=np.float32),
        weights=np.asarray(weights, dtype=np.float32),
        biases=np.asarray(found[shape[0] * shape[1] :], dtype=np.float64),
        temperature=1.0,
    )


def folds(truth: IntArray, n_folds: int = N_FOLDS) -> Iterator[BoolArray]:
    """(n,) masks of what each fold holds out, every class spread evenly over them."""
    random = np.random.default_rng(SEED)
    place = np.empty(len(truth), dtype=np.int64)
    for one in np.unique(truth):
        rows = random.permutation(np.flatnonzero(truth == one))
        place[rows] = (np.arange(len(rows)) + random.integers(n_folds)) % n_folds
    for number in range(n_folds):
        yield place == number


def held_out(cells: ReviewedCells, is_taught: BoolArray, penalty: float) -> DoubleArray:
    """Probabilities (n, classes) of each cell by a head that has not seen it."""
    given = np.empty_like(cells.logits)
    for out in folds(cells.truth):
        head = fit_head(cells.at(~out), is_taught, penalty)
        given[out] = head.probabilities(cells.logits[out], cells.features[out])
    return given


def best_penalty(cells: ReviewedCells, is_taught: BoolArray) -> tuple[float, DoubleArray]:
    """The penalty under which cells of taught classes, held out, are most probable, and what
    `held_out` gives with it.
    """
    rows = is_taught[cells.truth]

    def missed(given: DoubleArray) -> float:
        of_truth = given[np.arange(len(given)), cells.truth]
        return balanced_mean(-np.log(np.maximum(of_truth, LEAST_OF_TRUTH))[rows], cells.truth[rows])

    tried = [(penalty, held_out(cells, is_taught, penalty)) for penalty in PENALTIES]
    return min(tried, key=lambda one: missed(one[1]))


def balanced_mean(values: DoubleArray, truth: IntArray | npt.NDArray[np.str_]) -> float:
    """Mean over the classes of the mean over a class's cells."""
    return float(np.mean([values[truth == one].mean() for one in np.unique(truth)]))


def calibrated(head: SiteHead, given: DoubleArray, cells: ReviewedCells) -> SiteHead:
    """The head with the temperature that makes held-out cells most probable, drawn towards 1 where
    these are few.

    given: (n, classes), their probabilities by heads that have not seen them.
    """
    log_given = np.log(np.maximum(given, LEAST))

    def missed(log_temperature: float) -> float:
        scaled = log_given / np.exp(log_temperature)
        of_truth = scaled[np.arange(len(scaled)), cells.truth]
        return float((logsumexp(scaled, axis=1) - of_truth).mean())

    found = float(minimize_scalar(missed, bounds=LOG_TEMPERATURES, method="bounded").x)
    share = len(given) / (len(given) + CELLS_OF_NO_TEMPERATURE)
    return replace(head, temperature=float(np.exp(found * share)))
