"""The learning curve: who is reviewed, who is scored."""

from types import SimpleNamespace

import numpy as np
import pytest

from marrowscope.cells.classifier import NetworkOutputs
from marrowscope.errors import UsageError
from marrowscope.sites.learning_curve import _draw, learning_curve
from sites.made_sites import CLASS_IDS, made_cells

MODEL = SimpleNamespace(class_ids=CLASS_IDS, threshold=0.0)


def seen_cells(n_of_each: int) -> tuple[NetworkOutputs, tuple[str, ...]]:
    n_of = dict.fromkeys(("BLAST_NOS", "SEG", "LYMPH"), n_of_each)
    logits, features, truths = made_cells(n_of, spread=0.6)
    return NetworkOutputs(logits, features, np.zeros(len(truths), np.float32)), truths


def test_nobody_is_reviewed_and_scored_and_the_classes_take_turns() -> None:
    truth = np.array(["SEG"] * 10 + ["LYMPH"] * 4)
    reviewed, held_out = _draw(truth, np.random.default_rng(1))
    assert sorted([*reviewed, *held_out]) == list(range(14))
    assert (truth[reviewed[:4]] == "SEG").sum() == 2
    assert (truth[held_out] == "LYMPH").sum() == 2


def test_it_rises_where_the_model_only_has_a_bias_and_is_scored_on_others() -> None:
    seen, truths = seen_cells(60)
    points = learning_curve(seen, truths, MODEL, sizes=(25, 75, 250), n_draws=2)
    assert [one.n_reviewed for one in points] == [0, 25, 75]
    assert points[0].mean + 0.04 < points[-1].mean
    assert points[-1].mean > 0.8
    assert points[0].n_kept == 0
    assert points[-1].n_kept == 2
    assert all(len(one.balanced_accuracy) == 2 for one in points)
    assert learning_curve(seen, truths, MODEL, sizes=(25, 75, 250), n_draws=2) == points


def test_too_few_reviewed_cells_are_refused() -> None:
    seen, truths = seen_cells(60)
    with pytest.raises(UsageError, match="at least 25"):
        learning_curve(seen, truths, MODEL, sizes=(10,), n_draws=1)
