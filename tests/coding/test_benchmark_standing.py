from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marrowscope.coding.benchmark import PERCENTS, doubling_bins, plain, quantile, standing

SERVICES = st.decimals(0, 1_000_000, places=2)
MANY = st.lists(SERVICES, min_size=1, max_size=40)


def numbers(*values: int | str) -> list[Decimal]:
    return [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("mine", "percentile"),
    [("5", "0"), ("10", "12.5"), ("15", "25"), ("20", "50"), ("30", "87.5"), ("31", "100")],
)
def test_the_percentile_is_the_share_with_fewer_and_half_of_those_with_as_many(
    mine: str, percentile: str
) -> None:
    among = numbers(10, 20, 20, 30)

    assert standing(among, Decimal(mine)).percentile == Decimal(percentile)


def test_quantiles_lie_on_the_line_between_two_providers() -> None:
    found = standing(numbers(40, 10, 20, 30, 50, 70), Decimal(1)).quantiles

    # Place (6 - 1) * 10 / 100 = 0.5 lies half-way between 10 and 20, and so on.
    assert found == {10: 15, 25: Decimal("22.5"), 50: 35, 75: Decimal("47.5"), 90: 60}


def test_fractions_of_a_service_stay_exact() -> None:
    found = standing(numbers("0.1", "0.2", "0.3"), Decimal("0.3"))

    assert found.quantiles[50] == Decimal("0.2")
    assert found.quantiles[10] == Decimal("0.12")
    assert found.percentile == Decimal(250) / 3


def test_a_single_provider_has_every_quantile() -> None:
    assert set(standing(numbers(12), Decimal(12)).quantiles.values()) == {Decimal(12)}


@given(MANY)
def test_quantiles_are_those_of_numpy(services: list[Decimal]) -> None:
    ordered = sorted(services)
    expected = np.percentile([float(one) for one in services], PERCENTS)

    ours = [float(quantile(ordered, percent)) for percent in PERCENTS]
    assert ours == pytest.approx(list(expected))


@given(MANY, SERVICES)
def test_the_percentile_is_between_0_and_100(services: list[Decimal], mine: Decimal) -> None:
    assert 0 <= standing(services, mine).percentile <= 100


@given(MANY, st.lists(SERVICES, min_size=2, max_size=10))
def test_more_services_never_stand_lower(services: list[Decimal], mine: list[Decimal]) -> None:
    percentiles = [standing(services, one).percentile for one in sorted(mine)]

    assert all(lower <= higher for lower, higher in pairwise(percentiles))


@given(MANY.flatmap(lambda all_: st.tuples(st.just(all_), st.permutations(all_))), SERVICES)
def test_the_order_of_the_providers_does_not_matter(
    both: tuple[list[Decimal], list[Decimal]], mine: Decimal
) -> None:
    assert standing(both[0], mine) == standing(both[1], mine)


def test_bins_double_and_leave_none_out_between() -> None:
    bins = doubling_bins(numbers(0, "0.5", 1, 2, 3, 16))

    assert [(one.low, one.high, one.n) for one in bins] == [
        (0, 1, 2),
        (1, 2, 1),
        (2, 4, 2),
        (4, 8, 0),
        (8, 16, 0),
        (16, 32, 1),
    ]


@given(MANY)
def test_every_provider_is_in_the_bin_of_its_services(services: list[Decimal]) -> None:
    for one in doubling_bins(services):
        assert one.n == sum(1 for value in services if one.low <= value < one.high)


@pytest.mark.parametrize(
    ("number", "text"), [("1E+2", "100"), ("2.500000", "2.5"), ("0", "0"), ("100", "100")]
)
def test_numbers_are_shown_without_exponents_and_idle_zeros(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text
