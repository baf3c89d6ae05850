"""Vectors: published table of 95 % limits, Wilson / Clopper-Pearson, in percent at one decimal."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marrowscope.differential import (
    clopper_pearson_interval,
    interval_holds,
    me_interval,
    wilson_interval,
)
from marrowscope.errors import UsageError

COUNTED = (100, 200, 300, 500, 1000, 2000)
# percent: for each n of COUNTED: Wilson low, high, Clopper-Pearson low, high.
LIMITS = {
    0: [
        (0, 3.7, 0, 3.6), (0, 1.9, 0, 1.8), (0, 1.3, 0, 1.2),
        (0, 0.8, 0, 0.7), (0, 0.4, 0, 0.4), (0, 0.2, 0, 0.2),
    ],
    1: [
        (0.2, 5.4, 0, 5.4), (0.3, 3.6, 0.1, 3.6), (0.3, 2.9, 0.2, 2.9),
        (0.4, 2.3, 0.3, 2.3), (0.5, 1.8, 0.5, 1.8), (0.6, 1.5, 0.6, 1.5),
    ],
    2: [
        (0.6, 7.0, 0.2, 7.0), (0.8, 5.0, 0.5, 5.0), (0.9, 4.3, 0.7, 4.3),
        (1.1, 3.6, 1.0, 3.6), (1.3, 3.1, 1.2, 3.1), (1.5, 2.7, 1.4, 2.7),
    ],
    5: [
        (2.2, 11.2, 1.6, 11.3), (2.7, 9.0, 2.4, 9.0), (3.1, 8.1, 2.8, 8.1),
        (3.4, 7.3, 3.3, 7.3), (3.8, 6.5, 3.7, 6.5), (4.1, 6.0, 4.1, 6.0),
    ],
    10: [
        (5.5, 17.4, 4.9, 17.6), (6.6, 14.9, 6.2, 15.0), (7.1, 13.9, 6.8, 14.0),
        (7.7, 12.9, 7.5, 13.0), (8.3, 12.0, 8.2, 12.0), (8.8, 11.4, 8.7, 11.4),
    ],
    20: [
        (13.3, 28.9, 12.7, 29.2), (15.0, 26.1, 14.7, 26.2), (15.9, 24.9, 15.6, 25.0),
        (16.7, 23.7, 16.6, 23.8), (17.6, 22.6, 17.6, 22.6), (18.3, 21.8, 18.3, 21.8),
    ],
    60: [
        (50.2, 69.1, 49.7, 69.7), (53.1, 66.5, 52.9, 66.8), (54.4, 65.4, 54.2, 65.6),
        (55.6, 64.2, 55.6, 64.3), (56.9, 63.0, 56.9, 63.1), (57.8, 62.1, 57.8, 62.2),
    ],
}  # fmt: skip
CASES = [
    (percent * n // 100, n, limits)
    for percent, rows in LIMITS.items()
    for n, limits in zip(COUNTED, rows, strict=True)
]


@pytest.mark.parametrize(("k", "n", "limits"), CASES)
def test_wilson_limits_of_the_table(k, n, limits):
    found = wilson_interval(k, n)
    assert (round(100 * found.low, 1), round(100 * found.high, 1)) == limits[:2]


@pytest.mark.parametrize(("k", "n", "limits"), CASES)
def test_clopper_pearson_limits_of_the_table(k, n, limits):
    found = clopper_pearson_interval(k, n)
    assert (round(100 * found.low, 1), round(100 * found.high, 1)) == limits[2:]


# threshold in percent: n: nearest observed percentages that can be placed below and above.
BAND_COUNTED = (200, 300, 500, 1000, 2000, 5000)
BANDS = {
    5: [(1.5, 8.5), (2.3, 7.7), (3.0, 7.0), (3.6, 6.4), (4.0, 6.0), (4.4, 5.6)],
    10: [(5.5, 14.5), (6.3, 13.7), (7.2, 12.8), (8.1, 11.9), (8.7, 11.3), (9.2, 10.8)],
    20: [(14.0, 26.0), (15.3, 24.7), (16.4, 23.6), (17.5, 22.5), (18.2, 21.8), (18.9, 21.1)],
}


@pytest.mark.parametrize(
    ("percent", "n", "band"),
    [
        (percent, n, band)
        for percent, row in BANDS.items()
        for n, band in zip(BAND_COUNTED, row, strict=True)
    ],
)
def test_indeterminate_bands_of_the_table(percent, n, band):
    held = [k for k in range(n + 1) if interval_holds(k, n, Fraction(percent, 100))]
    assert held == list(range(held[0], held[-1] + 1))
    outside = (round(100 * (held[0] - 1) / n, 1), round(100 * (held[-1] + 1) / n, 1))
    assert outside == band


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_exact_decision_agrees_with_the_limits(counts):
    k, n = counts
    found = wilson_interval(k, n)
    for percent in (1, 5, 10, 20, 50, 60, 80):
        if min(abs(found.low - percent / 100), abs(found.high - percent / 100)) < 1e-9:
            continue
        inside = found.low < percent / 100 < found.high
        assert interval_holds(k, n, Fraction(percent, 100)) == inside


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_limits_hold_the_share_and_mirror(counts):
    k, n = counts
    for interval in (wilson_interval, clopper_pearson_interval):
        found, mirrored = interval(k, n), interval(n - k, n)
        assert 0 <= found.low <= k / n <= found.high <= 1
        assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)


def test_ends_are_exact():
    assert wilson_interval(0, 500).low == 0.0
    assert wilson_interval(500, 500).high == 1.0
    assert wilson_interval(0, 0).high == 1.0
    assert clopper_pearson_interval(0, 0).low == 0.0


def test_nothing_is_decided_without_cells():
    assert interval_holds(0, 0, Fraction(20, 100))


@pytest.mark.parametrize(
    ("n_myeloid", "n_erythroid", "value", "low", "high"),
    [(300, 100, 3.00, 2.39, 3.76), (210, 90, 2.33, 1.82, 2.99), (30, 13, 2.31, 1.22, 4.38)],
)
def test_myeloid_erythroid_vectors(n_myeloid, n_erythroid, value, low, high):
    assert round(n_myeloid / n_erythroid, 2) == value
    found = me_interval(n_myeloid, n_erythroid)
    assert (round(found.low, 2), round(found.high, 2)) == (low, high)


def test_no_ratio_without_erythroid_cells():
    with pytest.raises(UsageError, match="no erythroid cells counted"):
        me_interval(30, 0)


@pytest.mark.parametrize(("k", "n"), [(-1, 10), (11, 10), (0, -1)])
@pytest.mark.parametrize("interval", [wilson_interval, clopper_pearson_interval])
def test_impossible_counts_are_refused(interval, k, n):
    with pytest.raises(UsageError, match="no share"):
        interval(k, n)
