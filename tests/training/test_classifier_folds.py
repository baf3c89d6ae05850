"""The folds: what is withheld, and how its recall is scored."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.made_sets import write_sets

pytest.importorskip("torch", reason="needs torch (pip install 'marrowscope[train]')")
pytest.importorskip(
    "efficientnet_lite_pytorch", reason="needs the extra: pip install 'marrowscope[train]'"
)

from marrowscope.cells.manifest import read_card
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.model_cards import card_with_fold_scores
from marrowscope.training.classifier_fitting import ClassifierRecipe
from marrowscope.training.classifier_folds import BLOOD, MARROW, WITHHELD, _withheld, run_folds
from marrowscope.training.field_examples import FIELDS_SET
from marrowscope.training.folds_scores import (
    SHARED,
    fields_scores,
    mean_recall,
    pair_recalls,
    shared_scores,
)
from marrowscope.training.folds_text import folds_text

ALL_LABELS = {
    MARROW: ("BLA", "PMO", "EOS", "LYT", "MON", "NGS"),
    BLOOD: ("MY", "PMY", "EO", "LY", "MO", "SNE"),
}
RECIPE = ClassifierRecipe(seed=1, steps=1, batch=6, fewest_of_a_class=1)


def test_every_shared_class_is_withheld_once_from_each_set() -> None:
    withheld = [pair for pairs in WITHHELD.values() for pair in pairs]
    assert sorted(withheld) == sorted((name, one) for name in (MARROW, BLOOD) for one in SHARED)
    for pairs in WITHHELD.values():
        assert len({one for _, one in pairs}) == len(pairs) == 5


def test_recall_of_withheld_pairs_by_hand() -> None:
    groups = ["mll-marrow SEG"] * 4 + ["mll-marrow PROMY"] * 2 + ["acevedo-blood SEG"] * 3
    called = ["SEG", "SEG", "BAND", "MONO", "PROMY", "BLAST_NOS", "BAND", "BAND", "BAND"]
    pairs = pair_recalls("A", [(MARROW, "SEG"), (MARROW, "PROMY")], groups, called)
    assert [(one.n, one.recall) for one in pairs] == [(4, 0.5), (2, 0.5)]
    assert pairs[0].called == {"BAND": 0.25, "MONO": 0.25}
    assert pairs[0].low < 0.5 < pairs[0].high
    mean = mean_recall(pairs)
    assert mean["mean_recall"] == 0.5
    assert mean["low"] == pytest.approx(0.5 - 1.959964 * np.sqrt(0.25 / 4 + 0.25 / 2) / 2, abs=1e-4)


def test_a_pair_without_cells_is_refused() -> None:
    with pytest.raises(UnreadableInputError, match="no SEG of mll-marrow"):
        pair_recalls("A", [(MARROW, "SEG")], ["acevedo-blood SEG"], ["SEG"])


def test_shared_classes_are_chosen_among_themselves() -> None:
    class_ids = ("BLAST_NOS", *SHARED)
    logits = np.full((2, 6), -1.0, dtype=np.float32)
    logits[:, 0] = 9.0
    logits[0, class_ids.index("SEG")] = logits[1, class_ids.index("MONO")] = 1.0
    found = shared_scores(logits, class_ids, ["mll-marrow SEG", "mll-marrow SEG"], MARROW)
    assert found["n"] == 2
    assert found["recalls"]["SEG"] == 0.5
    assert found["macro_f1"] == pytest.approx(2 / 3 / 5, abs=1e-4)


def test_folds_are_trained_and_scored_and_a_stopped_run_goes_on(tmp_path: Path) -> None:
    data = write_sets(tmp_path / "sets", ALL_LABELS)
    steps: list[int] = []
    results = run_folds(
        data, tmp_path / "out", None, RECIPE, report=lambda step, *_: steps.append(step)
    )
    assert steps == list(range(1, 4 * len(RECIPE.own_set_shares) + 1))
    assert len(results["untied"]["pairs"]) == 10
    ways = {"blood to marrow", "marrow to blood"}
    assert set(results["leave_one_set_out"]) == set(results["learning_curve"]) == ways
    assert all(0 <= one["ece"] <= 1 for one in results["leave_one_set_out"].values())
    assert results["learning_curve"]["blood to marrow"][0]["n_reviewed"] == 0
    assert "mean recall" in folds_text(results)

    again = run_folds(data, tmp_path / "out", None, RECIPE, report=lambda *_: pytest.fail("again"))
    assert again == results


def test_scores_go_into_a_card(tmp_path: Path) -> None:
    folds = {
        "split": "test",
        "recipe": {"steps": 1},
        "untied": {"mean_recall": 0.4, "pairs": []},
        "balanced_recall_of_taught_classes": {},
        "leave_one_set_out": {},
        "learning_curve": {},
    }
    card = tmp_path / "own.json"
    card.write_text(
        '{"name": "a", "version": "1", "task": "classifier", "file": "a.onnx", "sha256": "0", '
        '"licence": "CC BY 4.0", "um_per_px": 0.25, "threshold": 0.5, '
        '"scores": {"in_set": {"x": {}}}}'
    )
    card.write_text(card_with_fold_scores(card, folds))
    scores = read_card(card).facts["scores"]
    assert scores["untied"]["mean_recall"] == 0.4
    assert "in_set" in scores


def test_a_class_is_withheld_from_fields_too_and_what_may_be_it() -> None:
    groups = [
        "mll-marrow SEG",
        "segpc-marrow SEG",
        "segpc-marrow BAND|SEG",
        "segpc-marrow BAND",
        "segpc-marrow other",
        "txl-blood-fields SEG",
        "txl-blood-fields WBC",
    ]
    withheld = _withheld(groups, [(MARROW, "SEG"), ("segpc-marrow", "SEG")])
    assert withheld == {"mll-marrow SEG", "segpc-marrow SEG", "segpc-marrow BAND|SEG"}


def test_cells_of_fields_are_named_among_cell_classes_only() -> None:
    class_ids = ("SEG", "LYMPH", "ARTEFACT")
    groups = [f"{FIELDS_SET} SEG"] * 20 + [f"{FIELDS_SET} LYMPH"] * 3
    logits = np.tile(np.array([1.0, 0.0, 5.0], dtype=np.float32), (23, 1))
    logits[:5] = [0.0, 1.0, 5.0]
    found = fields_scores(logits, class_ids, groups, {"ARTEFACT"})
    assert found == {"n": 20, "balanced_recall": 0.75, "recalls": {"SEG": 0.75}}
