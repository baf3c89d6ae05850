import numpy as np
import pytest

from fakes.truth_models import CLASS_IDS, TruthClassifier
from marrowscope.findings import FindingSettings
from marrowscope.pipeline.naming import FEWEST_CELLS, EarlyTriage, name_cells


class Named(TruthClassifier):
    """A classifier of which only the names and the threshold are needed."""

    def __init__(self) -> None:
        """Knows no truth."""


def probabilities(class_id: str, n: int, top: float = 0.9) -> np.ndarray:
    rows = np.full((n, len(CLASS_IDS)), (1 - top) / (len(CLASS_IDS) - 1), dtype=np.float32)
    rows[:, CLASS_IDS.index(class_id)] = top
    return rows


def test_the_best_guess_is_named_also_where_it_is_not_to_be_used() -> None:
    named = name_cells(
        np.vstack([probabilities("LYMPH", 1), probabilities("SEG", 1, top=0.4)]), Named()
    )
    assert named.class_id.tolist() == ["LYMPH", "SEG"]
    assert named.abstained.tolist() == [False, True]
    assert named.probability.tolist() == pytest.approx([0.9, 0.4])


def test_a_cell_that_is_not_classifiable_is_undecided_however_sure() -> None:
    assert name_cells(probabilities("UNCLASS", 1), Named()).abstained.tolist() == [True]


def test_no_cells_are_fine() -> None:
    assert len(name_cells(np.zeros((0, len(CLASS_IDS)), np.float32), Named()).class_id) == 0


def triage() -> EarlyTriage:
    return EarlyTriage(Named(), FindingSettings())


def test_many_blasts_are_told_while_the_run_goes_on_and_once() -> None:
    watch = triage()
    assert watch.see(probabilities("BLAST_NOS", FEWEST_CELLS - 1)) is None
    said = watch.see(probabilities("BLAST_NOS", 1))
    assert said is not None
    assert "look now" in said
    assert watch.see(probabilities("BLAST_NOS", 100)) is None


def test_many_undecided_cells_are_told_too() -> None:
    assert triage().see(probabilities("SEG", 100, top=0.3)) is not None


def test_an_ordinary_marrow_is_not_told() -> None:
    watch = triage()
    assert watch.see(probabilities("SEG", 100)) is None
    assert watch.see(probabilities("ERY_NOS", 100)) is None
