from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marrowscope.differential import (
    Comparison,
    ThresholdDecision,
    ThresholdState,
    all_of,
    decide,
    printed_percent,
    printed_tenths,
)
from marrowscope.errors import UsageError

TWENTY = Fraction(20, 100)


@pytest.mark.parametrize(
    ("k", "state", "is_reached"),
    [
        (82, ThresholdState.NOT_MET, False),  # 16.4 %: nearest count that is clearly below
        (83, ThresholdState.NEAR, False),
        (99, ThresholdState.NEAR, False),
        (100, ThresholdState.NEAR, True),
        (117, ThresholdState.NEAR, True),
        (118, ThresholdState.MET, True),  # 23.6 %
    ],
)
def test_a_count_of_500_against_20_percent(k, state, is_reached):
    assert decide(k, k, 500, Comparison.AT_LEAST, TWENTY) == ThresholdDecision(state, is_reached)


def test_undecided_cells_on_both_sides_leave_it_open():
    found = decide(41, 53, 512, Comparison.AT_LEAST, Fraction(10, 100))
    assert found == ThresholdDecision(ThresholdState.NOT_DECIDED, False)


def test_undecided_cells_can_bring_a_count_near():
    assert decide(70, 70, 500, Comparison.AT_LEAST, TWENTY).state is ThresholdState.NOT_MET
    assert decide(70, 90, 500, Comparison.AT_LEAST, TWENTY).state is ThresholdState.NEAR


def test_the_bound_itself():
    exactly = (100, 100, 500)
    assert decide(*exactly, Comparison.AT_LEAST, TWENTY).is_reached
    assert not decide(*exactly, Comparison.MORE_THAN, TWENTY).is_reached
    assert not decide(*exactly, Comparison.LESS_THAN, TWENTY).is_reached


def test_no_cells_no_decision():
    assert decide(0, 0, 0, Comparison.AT_LEAST, TWENTY).state is ThresholdState.NOT_DECIDED
    assert decide(0, 0, 0, Comparison.LESS_THAN, TWENTY).state is ThresholdState.NOT_DECIDED


@given(
    st.integers(1, 2000).flatmap(
        lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(1, 99))
    )
)
def test_less_than_is_the_contrary_of_at_least(case):
    k, n, percent = case
    share = Fraction(percent, 100)
    at_least = decide(k, k, n, Comparison.AT_LEAST, share)
    less_than = decide(k, k, n, Comparison.LESS_THAN, share)
    assert at_least.is_reached != less_than.is_reached
    assert (at_least.state is ThresholdState.NEAR) == (less_than.state is ThresholdState.NEAR)


def test_conditions_together():
    met = ThresholdDecision(ThresholdState.MET, True)
    near = ThresholdDecision(ThresholdState.NEAR, True)
    open_ = ThresholdDecision(ThresholdState.NOT_DECIDED, False)
    not_met = ThresholdDecision(ThresholdState.NOT_MET, False)
    assert all_of([met, met]) == met
    assert all_of([met, near]) == near
    assert all_of([near, open_]) == open_
    assert all_of([near, open_, not_met]) == not_met


@pytest.mark.parametrize(("k", "upper_k", "n"), [(5, 4, 10), (-1, 4, 10), (5, 11, 10)])
def test_impossible_bounds_are_refused(k, upper_k, n):
    with pytest.raises(UsageError, match="no share"):
        decide(k, upper_k, n, Comparison.AT_LEAST, TWENTY)


def test_99_of_500_is_never_printed_as_20():
    assert printed_percent(99, 500) == "19.8"
    assert printed_percent(1999, 10_000) == "19.9"  # 19.99 would round to 20.0
    assert printed_percent(2001, 10_000) == "20.1"
    assert printed_percent(2000, 10_000) == "20.0"
    assert printed_percent(0, 0) == "-"
    assert printed_percent(9_999, 10_000) == "99.9"


def test_largest_remainders():
    assert printed_tenths([1, 1, 1]) == (334, 333, 333)
    assert printed_tenths([2, 1, 0]) == (667, 333, 0)
    assert printed_tenths([0, 0]) == (0, 0)


def test_a_column_that_the_plain_rule_would_carry_over_thresholds():
    # 59.96, 19.96, 9.96 and 10.12 %: the plain rule prints 60.0 or 20.0 or 10.0 for the first.
    assert printed_tenths([5996, 1996, 996, 1012]) == (599, 199, 99, 103)


@given(st.lists(st.integers(0, 1500), min_size=1, max_size=14))
def test_a_printed_column_adds_up_and_crosses_nothing(counts):
    total = sum(counts)
    tenths = printed_tenths(counts)
    if total == 0:
        assert set(tenths) == {0}
        return
    assert sum(tenths) == 1000
    for count, printed in zip(counts, tenths, strict=True):
        for guarded in (5, 10, 20, 60):
            exact = Fraction(count, total) - Fraction(guarded, 100)
            shown = Fraction(printed, 1000) - Fraction(guarded, 100)
            assert (exact > 0, exact == 0) == (shown > 0, shown == 0)
        if count == 0:
            assert printed == 0
        assert (printed == 1000) == (count == total)


@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=13),
    st.permutations([5996, 1996, 996, 496, 5004, 2004, 1004]),
)
def test_a_column_of_near_thresholds_adds_up(few, near):
    assert sum(printed_tenths([*near[:4], *few])) == 1000
