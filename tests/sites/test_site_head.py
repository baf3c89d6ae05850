from dataclasses import replace

import numpy as np
from made_sites import CLASS_IDS, N_FEATURES, made_cells
from scipy.special import softmax

from marrowscope.sites.fitting import ReviewedCells, fit_head, folds, taught_classes
from marrowscope.sites.head import unchanged_head


def reviewed(n_of: dict[str, int], seed: int = 1) -> ReviewedCells:
    logits, features, truths = made_cells(n_of, seed)
    return ReviewedCells(logits, features, np.array([CLASS_IDS.index(name) for name in truths]))


def test_an_unchanged_head_gives_what_the_model_says() -> None:
    logits, features, _ = made_cells({"SEG": 9, "LYMPH": 4})

    given = unchanged_head(len(CLASS_IDS), N_FEATURES).probabilities(logits, features)

    np.testing.assert_allclose(given, softmax(logits, axis=1), rtol=1e-9)


def test_a_class_that_was_not_taught_keeps_its_probability_in_every_cell() -> None:
    cells = reviewed({"SEG": 20, "LYMPH": 20, "PROMY": 20, "PLASMA": 2})
    is_taught = taught_classes(cells)
    head = fit_head(cells, is_taught, 0.03)
    logits, features, _ = made_cells(dict.fromkeys(CLASS_IDS, 30), seed=5)

    before, after = softmax(logits, axis=1), head.probabilities(logits, features)

    assert [name for name, one in zip(CLASS_IDS, is_taught, strict=True) if one] == [
        "PROMY",
        "SEG",
        "LYMPH",
    ]
    np.testing.assert_allclose(after[:, ~is_taught], before[:, ~is_taught], rtol=1e-9)
    np.testing.assert_allclose(after.sum(axis=1), 1.0)
    assert np.abs(after[:, is_taught] - before[:, is_taught]).max() > 0.1


def test_temperature_changes_no_order() -> None:
    cells = reviewed({"SEG": 20, "LYMPH": 20})
    head = fit_head(cells, taught_classes(cells), 0.1)
    given = head.probabilities(cells.logits, cells.features)

    hotter = replace(head, temperature=2.5).probabilities(cells.logits, cells.features)

    assert (given.argsort(axis=1) == hotter.argsort(axis=1)).all()
    assert hotter.max() < given.max()


def test_a_heavy_penalty_leaves_little_but_the_biases() -> None:
    cells = reviewed({"SEG": 20, "LYMPH": 20, "PROMY": 20})
    light = fit_head(cells, taught_classes(cells), 0.01)
    heavy = fit_head(cells, taught_classes(cells), 1e5)

    assert np.abs(heavy.weights).max() < 1e-3 * np.abs(light.weights).max()


def test_folds_hold_every_cell_out_once_and_every_class_evenly() -> None:
    truth = np.repeat([0, 1, 2], [11, 5, 3])
    masks = list(folds(truth))

    assert (np.sum(masks, axis=0) == 1).all()
    for one in range(3):
        sizes = [int((mask & (truth == one)).sum()) for mask in masks]
        assert max(sizes) - min(sizes) <= 1


def test_one_class_alone_teaches_nothing() -> None:
    assert not taught_classes(reviewed({"SEG": 40, "LYMPH": 2})).any()
