import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from marrowscope.cases.viewing_order import abnormality, overlooking_cost
from marrowscope.errors import UsageError
from marrowscope.vocabulary import all_classes, class_ids

CLASSES = ("SEG", "BLAST_NOS", "PLASMA", "UNCLASS")


def test_the_likelier_a_blast_the_sooner_it_is_seen() -> None:
    shares = np.array([[0.9, 0.0, 0.1, 0.0], [0.9, 0.1, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0]])
    assert np.argsort(abnormality(shares, CLASSES)).tolist() == [0, 1, 2]


def test_it_is_the_sum_of_what_each_class_would_cost() -> None:
    costs = [overlooking_cost(name) for name in CLASSES]
    assert abnormality(np.array([[0.4, 0.3, 0.2, 0.1]]), CLASSES) == pytest.approx(
        [0.4 * costs[0] + 0.3 * costs[1] + 0.2 * costs[2] + 0.1 * costs[3]]
    )


def test_nothing_costs_more_than_to_overlook_a_blast_or_a_foreign_cell() -> None:
    dearest = max(overlooking_cost(name) for name in class_ids())
    assert {name for name in class_ids() if overlooking_cost(name) == dearest} == {
        known.class_id
        for known in all_classes()
        if known.icsh_category == "blasts" or known.class_id == "TUMOUR"
    }


def test_a_false_blast_is_no_cell_overlooked() -> None:
    # Calling a neutrophil a blast costs twice as much as any other name for it.
    assert overlooking_cost("SEG") < overlooking_cost("PLASMA") < overlooking_cost("BLAST_NOS")


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 5)])
def test_shapes_that_disagree_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="one a class"):
        abnormality(np.zeros(shape), CLASSES)


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(UsageError, match="no cell class"):
        abnormality(np.zeros((1, 1)), ["HORSE"])


@given(hnp.arrays(np.float64, (5, 4), elements=st.floats(0, 1)))
def test_it_never_falls_where_a_blast_becomes_likelier(shares: np.ndarray) -> None:
    more = shares.copy()
    more[:, 1] += 0.1
    assert (abnormality(more, CLASSES) > abnormality(shares, CLASSES)).all()


def test_no_cells_have_no_order() -> None:
    assert abnormality(np.zeros((0, 4)), CLASSES).shape == (0,)
