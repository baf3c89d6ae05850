import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from marrowscope.differential import choose_count, finish_count
from marrowscope.errors import UsageError


def chosen(region_of_cell, is_whole, region_order, target):
    return choose_count(
        np.array(region_of_cell, dtype=np.int64),
        np.array(is_whole, dtype=bool),
        region_order,
        target,
    )


def test_whole_regions_are_taken_in_sampling_order():
    found = chosen([0, 0, 1, 1, 2, -1], [True] * 6, [2, 0, 1], 2)
    assert found.in_count.tolist() == [True, True, False, False, True, False]
    assert found.why_not.tolist() == ["", "", "limit", "limit", "", "region"]
    assert found.regions_taken == (2, 0)
    assert found.n_chosen == 3
    assert found.is_target_reached


def test_a_cut_cell_does_not_count_towards_the_target():
    found = chosen([0, 0, 1], [True, False, True], [0, 1], 2)
    assert found.why_not.tolist() == ["", "cut", ""]
    assert found.n_chosen == 2


def test_reasons_outside_beats_cut_beats_limit():
    found = chosen([0, 1, 1, -1], [True, True, False, False], [0, 1], 1)
    assert found.why_not.tolist() == ["", "limit", "cut", "region"]


def test_all_takes_every_region():
    found = chosen([0, 1, 2], [True] * 3, [1, 2, 0], None)
    assert found.in_count.all()
    assert found.regions_taken == (1, 2, 0)
    assert found.is_target_reached


def test_too_few_cells_are_all_taken_and_said():
    found = chosen([0, 1], [True, True], [0, 1], 500)
    assert found.n_chosen == 2
    assert not found.is_target_reached


def test_empty_regions_before_the_target_are_taken_too():
    assert chosen([2], [True], [0, 1, 2, 3], 1).regions_taken == (0, 1, 2)


def test_nothing_at_all():
    found = chosen([], [], [], 500)
    assert found.n_chosen == 0
    assert found.why_not.shape == (0,)


@st.composite
def smears(draw):
    n_regions = draw(st.integers(1, 8))
    n_cells = draw(st.integers(0, 60))
    return (
        draw(hnp.arrays(np.int64, n_cells, elements=st.integers(-1, n_regions - 1))),
        draw(hnp.arrays(np.bool_, n_cells)),
        draw(st.permutations(range(n_regions))),
        draw(st.one_of(st.none(), st.integers(1, 70))),
    )


@given(smears())
def test_every_cell_is_in_the_count_or_says_why_not(smear):
    found = choose_count(*smear)
    assert np.array_equal(found.in_count, found.why_not == "")


@given(smears())
def test_regions_are_never_split_and_no_more_are_taken_than_needed(smear):
    regions, whole, order, target = smear
    found = choose_count(*smear)
    taken = np.isin(regions, found.regions_taken)
    assert np.array_equal(found.in_count, taken & whole)
    assert found.regions_taken == tuple(order[: len(found.regions_taken)])
    if target is None:
        return
    if found.is_target_reached:
        before_last = np.isin(regions, found.regions_taken[:-1]) & whole
        assert before_last.sum() < target <= found.n_chosen
    else:
        assert len(found.regions_taken) == len(order)


@given(smears(), st.integers(1, 30))
def test_extending_a_count_only_adds_regions(smear, more):
    regions, whole, order, target = smear
    small = choose_count(regions, whole, order, target)
    large = choose_count(regions, whole, order, None if target is None else target + more)
    assert not (small.in_count & ~large.in_count).any()


@given(smears(), st.randoms())
def test_the_order_of_cells_changes_nothing(smear, random):
    regions, whole, order, target = smear
    places = list(range(len(regions)))
    random.shuffle(places)
    found = choose_count(regions, whole, order, target)
    again = choose_count(regions[places], whole[places], order, target)
    assert np.array_equal(again.why_not, found.why_not[places])


def test_choosing_knows_no_class():
    assert list(inspect.signature(choose_count).parameters) == [
        "region_of_cell",
        "is_whole",
        "region_order",
        "target",
    ]


def test_finishing_takes_out_only_decided_cells_of_other_classes():
    choice = chosen([0, 0, 0, 0, -1], [True] * 5, [0], None)
    found = finish_count(
        choice, ["SEG", "SMUDGE", "SMUDGE", "UNCLASS", "MEGA"], [False, False, True, False, False]
    )
    assert found.counted.tolist() == [True, False, True, True, False]
    assert found.why_not.tolist() == ["", "class", "", "", "region"]
    assert choice.why_not.tolist() == ["", "", "", "", "region"]


@given(smears(), st.data())
def test_finishing_never_adds_a_cell_or_touches_another_reason(smear, data):
    choice = choose_count(*smear)
    n_cells = len(choice.in_count)
    some_class = st.sampled_from(["SEG", "BLAST_NOS", "SMUDGE", "MEGA", "UNCLASS", "ARTEFACT"])
    ids = data.draw(st.lists(some_class, min_size=n_cells, max_size=n_cells))
    abstained = data.draw(hnp.arrays(np.bool_, n_cells))
    found = finish_count(choice, ids, abstained)
    assert not (found.counted & ~choice.in_count).any()
    assert np.array_equal(found.counted, found.why_not == "")
    outside = ~choice.in_count
    assert np.array_equal(found.why_not[outside], choice.why_not[outside])
    assert found.counted[choice.in_count & abstained].all()


@pytest.mark.parametrize(
    ("regions", "whole", "order", "target", "message"),
    [
        ([0], [True, True], [0], 1, "one region and one"),
        ([0], [True], [0], 0, "count of 0 cells"),
        ([0], [True], [1], 1, "sampling order"),
        ([0], [True], [0, 0], 1, "sampling order"),
        ([1], [True], [0], 1, "not among the 1"),
        ([-2], [True], [0], 1, "not among the 1"),
    ],
)
def test_bad_calls_are_refused(regions, whole, order, target, message):
    with pytest.raises(UsageError, match=message):
        chosen(regions, whole, order, target)


def test_finishing_with_the_wrong_number_of_cells_is_refused():
    choice = chosen([0, 0], [True, True], [0], None)
    with pytest.raises(UsageError, match="among 2 cells"):
        finish_count(choice, ["SEG"], [False, False])
    with pytest.raises(UsageError, match="among 2 cells"):
        finish_count(choice, ["SEG", "SEG"], [False])
    with pytest.raises(UsageError, match="'seg'"):
        finish_count(choice, ["SEG", "seg"], [False, False])
