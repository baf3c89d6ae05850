import csv
from importlib.resources import files

import pytest

from marrowscope.errors import UsageError
from marrowscope.vocabulary import class_ids, error_cost, icsh_categories, rollups


def rows() -> list[dict[str, str]]:
    text = (files("marrowscope.vocabulary") / "error_costs.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_the_right_name_costs_nothing_and_every_wrong_one_something() -> None:
    for truth in class_ids():
        for called in class_ids():
            assert (error_cost(truth, called) == 0) == (truth == called), (truth, called)


def test_a_missed_blast_is_worse_than_a_slip_between_neighbours() -> None:
    assert error_cost("BLAST_NOS", "LYMPH") == 5
    assert error_cost("LYMPH", "BLAST_NOS") == 3
    assert error_cost("BAND", "SEG") == 0.1
    assert error_cost("SEG", "LYMPH") == 1


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (("BLAST_MYELO", "BLAST_LYMPH"), ("BLAST_MYELO", "LYMPH")),
        (("ERY_POLY", "ERY_ORTHO"), ("ERY_POLY", "LYMPH")),
        (("PROMY", "MYELO"), ("PROMY", "META")),
        (("META", "BAND"), ("META", "SEG")),
        (("PROERY", "BLAST_NOS"), ("ERY_POLY", "BLAST_NOS")),
        (("BLAST_NOS", "UNCLASS"), ("BLAST_NOS", "SEG")),
        (("PLASMA", "UNCLASS"), ("PLASMA", "LYMPH")),
    ],
)
def test_nearer_mistakes_cost_less(narrow: tuple[str, str], wide: tuple[str, str]) -> None:
    assert error_cost(*narrow) < error_cost(*wide)


def test_each_row_speaks_of_what_the_vocabulary_has_and_is_used() -> None:
    names = {"*", *class_ids()}
    names |= {one.category for one in icsh_categories()} | {one.rollup_id for one in rollups()}
    assert {name for row in rows() for name in (row["truth"], row["called"])} <= names
    assert len({(row["truth"], row["called"]) for row in rows()}) == len(rows())
    assert all(0 < float(row["cost"]) <= 5 for row in rows())
    assert all(row["why"] for row in rows())


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(UsageError, match="no cell class is called 'blast'"):
        error_cost("blast", "SEG")
