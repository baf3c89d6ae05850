import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marrowscope.differential import (
    ConfusionMatrix,
    MeasuredOn,
    confusion_as_json,
    confusion_from_json,
    confusion_of_cells,
)
from marrowscope.errors import UsageError

CLASSES = ("BLAST_NOS", "LYMPH", "SEG")


def matrix(**changed):
    facts = {
        "class_ids": CLASSES,
        "called_ids": (*CLASSES, "UNCLASS"),
        "counts": ((40, 6, 0, 4), (3, 50, 1, 2), (0, 0, 30, 0)),
        "scanner": "Example 40x",
        "stain": "May-Gruenwald-Giemsa",
        "note": "validation of spring",
    }
    return ConfusionMatrix(**{**facts, **changed})


def as_read(confusion=None):
    return json.loads(json.dumps(confusion_as_json(confusion or matrix())))


def test_rows_are_what_cells_are_and_columns_what_they_were_called():
    confusion = confusion_of_cells(
        ["BLAST_NOS", "BLAST_NOS", "LYMPH", "LYMPH"],
        ["BLAST_NOS", "LYMPH", "LYMPH", "UNCLASS"],
        class_ids=CLASSES,
        scanner="s",
        stain="g",
    )
    assert confusion.counts == ((1, 1, 0, 0), (0, 1, 0, 1), (0, 0, 0, 0))
    assert confusion.called_ids == ("BLAST_NOS", "LYMPH", "SEG", "UNCLASS")
    assert as_read(confusion)["cells_by_true_class"] == {
        "BLAST_NOS": {"BLAST_NOS": 1, "LYMPH": 1},
        "LYMPH": {"LYMPH": 1, "UNCLASS": 1},
        "SEG": {},
    }


def test_cells_not_identifiable_to_reviewers_share_the_column_of_the_undecided():
    confusion = confusion_of_cells(
        ["UNCLASS", "SEG"], ["UNCLASS", "UNCLASS"], class_ids=("SEG", "UNCLASS"), scanner="s",
        stain="g",
    )  # fmt: skip
    assert confusion.called_ids == ("SEG", "UNCLASS")
    assert confusion.counts == ((0, 1), (0, 1))


def test_where_it_was_measured():
    assert matrix().measured_on == MeasuredOn(
        "Example 40x", "May-Gruenwald-Giemsa", "validation of spring", 136
    )
    assert matrix().holds_for("example 40X ", "May-Gruenwald-Giemsa")
    assert not matrix().holds_for("Example 20x", "May-Gruenwald-Giemsa")
    assert not matrix().holds_for("Example 40x", "Wright-Giemsa")
    assert matrix().as_array().shape == (3, 4)


@given(
    st.lists(st.sampled_from(["BLAST_NOS", "LYMPH", "MONO"]), min_size=1, unique=True).flatmap(
        lambda ids: st.tuples(
            st.just(tuple(ids)),
            st.booleans(),
            st.lists(st.lists(st.integers(0, 999), min_size=4, max_size=4), min_size=3, max_size=3),
        )
    )
)
def test_json_brings_back_the_same_matrix(drawn):
    class_ids, abstains, numbers = drawn
    called_ids = (*class_ids, "UNCLASS") if abstains else class_ids
    counts = tuple(tuple(row[: len(called_ids)]) for row in numbers[: len(class_ids)])
    confusion = ConfusionMatrix(class_ids, called_ids, counts, "s", "g")
    assert confusion_from_json(as_read(confusion)) == confusion


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"class_ids": (), "called_ids": (), "counts": ()}, "without classes"),
        ({"class_ids": ("BLAST_NOS", "LYMPH", "NEUTRO")}, "no cell class is called 'NEUTRO'"),
        ({"class_ids": ("SEG", "LYMPH", "SEG")}, "SEG has two rows"),
        ({"called_ids": ("LYMPH", "BLAST_NOS", "SEG", "UNCLASS")}, "same order"),
        ({"called_ids": (*CLASSES, "MONO")}, "same order"),
        ({"counts": ((40, 6, 0, 4), (3, 50, 1, 2))}, "2 rows of counts for 3"),
        ({"counts": ((40, 6, 0, 4), (3, 50, 1), (0, 0, 30, 0))}, "LYMPH has 3 counts for 4"),
        ({"counts": ((40, -6, 0, 4), (3, 50, 1, 2), (0, 0, 30, 0))}, "BLAST_NOS called LYMPH: -6"),
        ({"counts": ((40, 6.5, 0, 4), (3, 50, 1, 2), (0, 0, 30, 0))}, "6.5 is no number"),
        ({"counts": ((40, 6, 0, 4), (3, 50, 1, 2), (0, 0, True, 0))}, "True is no number"),
        ({"scanner": " "}, "name them both"),
        ({"stain": ""}, "name them both"),
    ],
)
def test_matrices_that_make_no_sense_are_refused(changed, message):
    with pytest.raises(UsageError, match=message):
        matrix(**changed)


def without(key):
    return {name: value for name, value in as_read().items() if name != key}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "must be a JSON object, not list"),
        (None, "must be a JSON object"),
        (without("true_classes"), "no 'true_classes'"),
        (without("n_cells"), "no 'n_cells'"),
        (without("stain"), "no 'stain'"),
        ({**as_read(), "stain": 4}, "'stain' of the confusion matrix must be text"),
        ({**as_read(), "true_classes": "SEG"}, "must be a list of class ids"),
        ({**as_read(), "called_classes": [1, 2]}, "must be a list of class ids"),
        ({**as_read(), "cells_by_true_class": {"SEG": {}}}, "check BLAST_NOS"),
        ({**as_read(), "cells_by_true_class": []}, "must be a JSON object"),
        ({**as_read(), "n_cells": 135}, "says 135 reviewed cells but holds 136"),
        ({**as_read(), "n_cells": None}, "says None"),
    ],
)
def test_malformed_json_is_refused_in_one_line(content, message):
    with pytest.raises(ValueError, match=message) as refused:
        confusion_from_json(content)
    assert isinstance(refused.value, UsageError)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"MONO": 3}, "cells truly SEG called MONO"),
        ({"SEG": "30"}, "'30' is no number of cells"),
        ({"SEG": None}, "None is no number of cells"),
        ([30], "row of true class SEG must be a JSON object"),
    ],
)
def test_malformed_rows_are_refused(row, message):
    content = as_read()
    content["cells_by_true_class"]["SEG"] = row
    with pytest.raises(UsageError, match=message):
        confusion_from_json(content)


def test_reviewed_cells_that_fit_no_matrix_are_refused():
    where = {"class_ids": CLASSES, "scanner": "s", "stain": "g"}
    with pytest.raises(UsageError, match="2 cells were reviewed and 1 called"):
        confusion_of_cells(["SEG", "SEG"], ["SEG"], **where)
    with pytest.raises(UsageError, match="a cell is MONO"):
        confusion_of_cells(["MONO"], ["SEG"], **where)
    with pytest.raises(UsageError, match="a cell is UNCLASS"):
        confusion_of_cells(["UNCLASS"], ["SEG"], **where)
    with pytest.raises(UsageError, match="a cell is MONO"):
        confusion_of_cells(["SEG"], ["MONO"], **where)


def test_a_matrix_is_a_value():
    assert matrix() == matrix()
    assert hash(matrix()) == hash(matrix())
    assert matrix().as_array().dtype == np.int64
    with pytest.raises(AttributeError):
        matrix().scanner = "another"
