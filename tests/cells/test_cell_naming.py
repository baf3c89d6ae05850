import numpy as np
import pytest

from fakes.truth_models import CLASS_IDS, NamingOnly, proposals
from marrowscope.cells import Proposals, name_cells


def test_the_best_guess_is_named_also_where_it_is_not_to_be_used() -> None:
    both = Proposals.together([proposals("LYMPH", 1), proposals("SEG", 1, top=0.4)])
    named = name_cells(both, NamingOnly())
    assert named.class_id.tolist() == ["LYMPH", "SEG"]
    assert named.abstained.tolist() == [False, True]
    assert named.probability.tolist() == pytest.approx([0.9, 0.4])


def test_a_cell_that_is_not_classifiable_is_undecided_however_sure() -> None:
    assert name_cells(proposals("UNCLASS", 1), NamingOnly()).abstained.tolist() == [True]


def test_a_strange_cell_is_undecided_however_sure() -> None:
    sure = proposals("BLAST_NOS", 2, top=0.99).probabilities
    named = name_cells(Proposals(sure, np.array([0.99, 1.01], np.float32)), NamingOnly())
    assert named.abstained.tolist() == [False, True]


def test_no_cells_are_fine() -> None:
    none = Proposals.of_familiar(np.zeros((0, len(CLASS_IDS)), np.float32))
    assert len(name_cells(none, NamingOnly()).class_id) == 0
