"""How much a laboratory's reviewed cells help: adapted to few, then to more, always scored on
cells that were not reviewed.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from marrowscope.cells import Proposals
from marrowscope.cells.classifier import NetworkOutputs
from marrowscope.cells.naming import Namer
from marrowscope.evaluation.classifier_naming import cell_answers
from marrowscope.geometry import IntArray
from marrowscope.sites.adapting import adapt
from marrowscope.sites.fitting import balanced_mean
from marrowscope.sites.head import SiteHead, unchanged_head

SIZES = (25, 50, 100, 250, 500)
N_DRAWS = 5
SEED = 20261128


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """n_reviewed: cells reviewed. balanced_accuracy: of each draw, on the cells held out of all
    draws of that number. n_kept: draws in which something was learnt and kept.
    """

    n_reviewed: int
    balanced_accuracy: tuple[float, ...]
    n_kept: int

    @property
    def mean(self) -> float:
        """Over the draws."""
        return round(float(np.mean(self.balanced_accuracy)), 4)


def learning_curve(
    seen: NetworkOutputs,
    truths: Sequence[str],
    model: Namer,
    *,
    never_named: frozenset[str] = frozenset(),
    sizes: Sequence[int] = SIZES,
    n_draws: int = N_DRAWS,
) -> tuple[CurvePoint, ...]:
    """From no reviewed cell to the largest number for which half of the cells are enough.

    seen: what a network that never met this laboratory gives for n of its cells. truths: class
    ids, all known to the network. In each draw another half of every class may be reviewed, one of
    each class in turn, and the other half is scored. Numbers of which there are not enough cells
    are left out. Raises UsageError as `adapt`.
    """
    truth = np.array(truths)
    points: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for draw in range(n_draws):
        order, held_out = _draw(truth, np.random.default_rng((SEED, draw)))

        def score(head: SiteHead, rows: IntArray = held_out) -> float:
            given = head.probabilities(seen.logits[rows], seen.features[rows])
            proposals = Proposals(given.astype(np.float32), seen.strangeness[rows])
            named = cell_answers(model, truth[rows], proposals, never_named)
            return balanced_mean((named.guess == named.truth).astype(np.float64), named.truth)

        unchanged = unchanged_head(len(model.class_ids), seen.features.shape[1])
        points[0].append((score(unchanged), False))
        for n in sizes:
            if n > len(order):
                continue
            rows = order[:n]
            learnt = adapt(_at(seen, rows), truth[rows].tolist(), model, never_named=never_named)
            points[n].append((score(learnt.head), learnt.is_changed))
    return tuple(
        CurvePoint(n, tuple(round(one, 4) for one, _ in found), sum(kept for _, kept in found))
        for n, found in sorted(points.items())
    )


def _draw(truth: npt.NDArray[np.str_], random: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Rows that may be reviewed, one of each class in turn, and those that are held out."""
    turns: list[tuple[int, str, int]] = []
    held_out: list[int] = []
    for name in np.unique(truth):
        rows = random.permutation(np.flatnonzero(truth == name))
        half = len(rows) // 2
        turns += [(turn, str(name), int(row)) for turn, row in enumerate(rows[:half])]
        held_out += rows[half:].tolist()
    return np.array([row for *_, row in sorted(turns)]), np.sort(held_out)


def _at(seen: NetworkOutputs, rows: IntArray) -> NetworkOutputs:
    return NetworkOutputs(seen.logits[rows], seen.features[rows], seen.strangeness[rows])
