"""What it may cost to call cells by a name."""

import numpy as np
import pytest

from marrowscope.cells.costs import cost_table, expected_costs
from marrowscope.vocabulary import error_cost


def test_the_table_has_the_costs_of_the_vocabulary() -> None:
    table = cost_table(("BLAST_NOS", "LYMPH", "SEG"), ("BLAST_NOS", "SEG"))
    assert table.shape == (3, 2)
    assert table[0, 0] == 0
    assert table[1, 0] == error_cost("LYMPH", "BLAST_NOS")
    assert table[0, 1] == error_cost("BLAST_NOS", "SEG") > table[1, 1]


def test_a_lymphocyte_that_may_be_a_blast_costs_more_than_one_that_may_be_a_monocyte() -> None:
    given = np.array([[0.3, 0.7, 0.0], [0.0, 0.7, 0.3], [0.0, 1.0, 0.0]])
    costs = expected_costs(given, ("BLAST_NOS", "LYMPH", "MONO"), "LYMPH")
    assert costs[0] > costs[1] > costs[2]
    assert costs[2] == 0


def test_no_cells_cost_nothing() -> None:
    assert expected_costs(np.zeros((0, 2)), ("LYMPH", "SEG"), "SEG").shape == (0,)
    with pytest.raises(Exception, match="NOT_A_CLASS"):
        cost_table(("NOT_A_CLASS",), ("SEG",))
