from collections.abc import Iterator
from itertools import pairwise, product
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowscope.differential import (
    AuditedStratum,
    HiddenCells,
    audited_differential,
    clopper_pearson_interval,
    double_sampling,
    wilson_interval,
)
from marrowscope.differential import hidden_cells as limits_module
from marrowscope.errors import UsageError

BLAST, LYMPH, SMUDGE = "BLAST_NOS", "LYMPH", "SMUDGE"
BLASTS = [{BLAST}]
TYPICAL = (
    ("ERY_NOS", 96, 20),
    (LYMPH, 62, 14),
    ("PROMY", 22, 6),
    ("MONO", 11, 5),
    ("MYELO", 60, 8),
    ("META", 48, 6),
    ("BAND", 71, 9),
    ("SEG", 64, 8),
    ("EOS_MAT", 14, 5),
)


def part(name: str, n_cells: int, **sampled: int) -> AuditedStratum:
    return AuditedStratum(name, n_cells, sampled, sampled)


def whole(**known: int) -> AuditedStratum:
    return AuditedStratum("seen", sum(known.values()), {}, known)


def audit(n_found: int, n: int, n_cells: int = 459) -> list[AuditedStratum]:
    return [whole(BLAST_NOS=41), part("rest", n_cells, BLAST_NOS=n_found, LYMPH=n - n_found)]


def hypergeometric(n_cells: int, of_class: int, n_drawn: int, k: int) -> float:
    ways = comb(of_class, k) * comb(n_cells - of_class, n_drawn - k)
    return ways / comb(n_cells, n_drawn)


def test_one_missed_blast_in_an_audit_of_sixty() -> None:
    blasts = double_sampling(audit(1, 60), BLASTS)[0]
    assert blasts.n == pytest.approx(48.65)
    assert blasts.share == pytest.approx(0.0973)
    assert (blasts.n_least, blasts.n_most, blasts.total) == (42, 79, 500)
    assert (blasts.finite.low, blasts.finite.high) == (0.084, 0.158)
    assert blasts.overall.low == wilson_interval(42, 500).low < blasts.finite.low
    assert blasts.overall.high == wilson_interval(79, 500).high > blasts.finite.high


@pytest.mark.parametrize(("n", "n_hidden", "points"), [(60, 25, 5.5), (100, 14, 3.3)])
def test_nothing_found_proves_little(n: int, n_hidden: int, points: float) -> None:
    """With the finite population counted in, a little less than from an endless one."""
    blasts = double_sampling(audit(0, n), BLASTS)[0]
    assert (blasts.n, blasts.n_least, blasts.n_most) == (41, 41, 41 + n_hidden)
    endless = 100 * clopper_pearson_interval(0, n).high * 459 / 500
    assert endless == pytest.approx(points, abs=0.05)
    assert n_hidden / 5 < endless
    assert hypergeometric(459, n_hidden, n, 0) > 0.025 >= hypergeometric(459, n_hidden + 1, n, 0)


def test_one_stratum_has_the_plain_hypergeometric_limits() -> None:
    n_cells, n_drawn = 40, 11
    hidden = HiddenCells([(n_cells, n_drawn)])
    for k in range(n_drawn + 1):
        possible = [
            total
            for total in range(k, n_cells - n_drawn + k + 1)
            if sum(hypergeometric(n_cells, total, n_drawn, j) for j in range(k + 1)) > 0.025
            and sum(hypergeometric(n_cells, total, n_drawn, j) for j in range(k, n_drawn + 1))
            > 0.025
        ]
        limits = hidden.limits([k], [k], [n_cells - n_drawn + k])
        assert limits == (possible[0], possible[-1])


SMALL = ([(12, 4), (8, 3), (6, 2)], [(20, 3), (5, 4)], [(9, 1), (9, 4)], [(7, 2)] * 3)


def outcomes(sizes: list[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    return product(*(range(n_drawn + 1) for _, n_drawn in sizes))


def lowest_coverage(sizes: list[tuple[int, int]]) -> float:
    """Over all that the cells could be, computed from all samples: no simulation."""
    hidden = HiddenCells(sizes)
    limits = {
        found: hidden.limits(
            found, found, [n - m + k for (n, m), k in zip(sizes, found, strict=True)]
        )
        for found in outcomes(sizes)
    }
    coverage = []
    for truth in product(*(range(n_cells + 1) for n_cells, _ in sizes)):
        chances = [
            [hypergeometric(n, of_class, m, k) for k in range(m + 1)]
            for (n, m), of_class in zip(sizes, truth, strict=True)
        ]
        coverage.append(
            sum(
                prod(chance[k] for chance, k in zip(chances, found, strict=True))
                for found, (low, high) in limits.items()
                if low <= sum(truth) <= high
            )
        )
    return min(coverage)


@pytest.mark.parametrize("sizes", SMALL, ids=str)
def test_the_limits_hold_whatever_the_cells_are(sizes: list[tuple[int, int]]) -> None:
    assert lowest_coverage(sizes) >= 0.95


@pytest.mark.parametrize("sizes", SMALL[:2], ids=str)
@pytest.mark.parametrize(("name", "value"), [("_MOST_WORK", 0), ("_MOST_BUDGETS", 2)])
def test_they_hold_with_the_coarser_bounds_too(
    sizes: list[tuple[int, int]], name: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits_module, name, value)
    assert lowest_coverage(sizes) >= 0.95


def test_many_strata_cost_little() -> None:
    """Nine strata, one blast found: hardly wider than if all had been drawn from one heap."""
    sizes = [(n_cells, n_drawn) for _, n_cells, n_drawn in TYPICAL]
    found = [0, 1, 0, 0, 0, 0, 0, 0, 0]
    most = [n - m + k for (n, m), k in zip(sizes, found, strict=True)]
    low, high = HiddenCells(sizes).limits(found, found, most)
    n_cells, n_drawn = (sum(numbers) for numbers in zip(*sizes, strict=True))
    _, of_one_heap = HiddenCells([(n_cells, n_drawn)]).limits([1], [1], [n_cells - n_drawn + 1])
    assert low == 1
    assert of_one_heap <= high <= 1.2 * of_one_heap


def test_the_overall_limits_hold_with_the_sampling_of_the_marrow() -> None:
    """500 cells drawn from a marrow with 9 % blasts, a sixth of them called something else."""
    rng = np.random.default_rng(7)
    shares = [0.075, 0.010, 0.005, 0.19, 0.72]
    truth, n_runs, n_held = sum(shares[:3]), 250, 0
    for _ in range(n_runs):
        seen, in_lymph, in_other, lymph, other = (int(n) for n in rng.multinomial(500, shares))
        strata = [whole(BLAST_NOS=seen)] if seen else []
        for hidden, rest, n_drawn in ((in_lymph, lymph, 35), (in_other, other, 65)):
            k = int(rng.hypergeometric(hidden, rest, n_drawn))
            strata.append(part("audited", hidden + rest, BLAST_NOS=k, LYMPH=n_drawn - k))
        blasts = double_sampling(strata, BLASTS)[0]
        n_held += blasts.overall.low <= truth <= blasts.overall.high
        assert blasts.finite.low <= blasts.share <= blasts.finite.high
    assert n_held >= 0.95 * n_runs


def ratio_outcomes(n_drawn: int) -> list[tuple[int, int]]:
    return [(b, s) for b in range(n_drawn + 1) for s in range(n_drawn + 1 - b)]


def test_the_limits_of_a_share_hold_where_cells_leave_the_count() -> None:
    """Every marrow of 4 + 6 + 5 cells, every sample: blasts, lymphocytes and smudges."""
    seen, sizes = whole(BLAST_NOS=2, LYMPH=1, SMUDGE=1), ((6, 3), (5, 2))
    limits = {}
    for found in product(*(ratio_outcomes(n_drawn) for _, n_drawn in sizes)):
        strata = [seen] + [
            part(str(place), n, BLAST_NOS=b, SMUDGE=s, LYMPH=m - b - s)
            for place, ((n, m), (b, s)) in enumerate(zip(sizes, found, strict=True))
        ]
        blasts = double_sampling(strata, BLASTS)[0]
        assert blasts.finite.low <= blasts.share <= blasts.finite.high
        limits[found] = blasts.finite
    for truth in product(*(ratio_outcomes(n_cells) for n_cells, _ in sizes)):
        chances = [
            {
                (b, s): comb(of_b, b) * comb(of_s, s) * comb(n - of_b - of_s, m - b - s)
                for b, s in ratio_outcomes(m)
            }
            for (n, m), (of_b, of_s) in zip(sizes, truth, strict=True)
        ]
        n_samples = prod(comb(n, m) for n, m in sizes)
        share = (2 + sum(b for b, _ in truth)) / (3 + 11 - sum(s for _, s in truth))
        held = sum(
            prod(chance[one] for chance, one in zip(chances, found, strict=True))
            for found, interval in limits.items()
            if interval.low <= share <= interval.high
        )
        assert held >= 0.95 * n_samples


def test_cells_outside_the_differential_leave_both_sides() -> None:
    strata = [whole(BLAST_NOS=30, SMUDGE=20), part("rest", 100, LYMPH=40, SMUDGE=10)]
    blasts = double_sampling(strata, BLASTS)[0]
    assert blasts.n == 30
    assert blasts.share == pytest.approx(30 / (150 - 20 - 20))
    assert blasts.total == 150 - 30


def test_a_count_seen_whole_has_no_limits_but_those_of_sampling() -> None:
    blasts = double_sampling([whole(BLAST_NOS=41), whole(LYMPH=459, SMUDGE=9)], BLASTS)[0]
    assert (blasts.n, blasts.n_least, blasts.n_most, blasts.total) == (41, 41, 41, 500)
    assert blasts.share == blasts.finite.low == blasts.finite.high == 0.082
    assert blasts.overall == wilson_interval(41, 500)


def test_cells_seen_besides_the_sample_are_known() -> None:
    stratum = AuditedStratum(
        "rest", 100, {BLAST: 1, LYMPH: 19}, {BLAST: 4, LYMPH: 26}
    )  # Ten more than the sample, three of them blasts.
    blasts = double_sampling([stratum], BLASTS)[0]
    assert blasts.n == pytest.approx(4 + 70 / 20)
    assert blasts.n_least >= 4
    assert blasts.n_most <= 74


def typical(n_blasts: int) -> list[AuditedStratum]:
    return [whole(BLAST_NOS=41, UNCLASS=3)] + [
        part(name, n, **{name: m - n_found}, BLAST_NOS=n_found)
        for name, n, m in TYPICAL
        for n_found in [n_blasts if name == LYMPH else 0]
    ]


def test_every_row_has_its_estimate() -> None:
    result = audited_differential(typical(2))
    assert result.rows[0].category == "blasts"
    assert len(result.rows) == 13
    together = sum(row.estimate.share for row in result.rows) + result.undecided.share
    assert together == pytest.approx(1)
    assert (result.n_cells, result.n_known) == (44 + 448, 44 + 81)
    assert result.undecided.n == 3
    for row in result.rows:
        assert row.with_undecided.n == pytest.approx(row.estimate.n + 3)
        assert row.with_undecided.finite.high >= row.estimate.finite.high


def test_more_found_means_more() -> None:
    found = [double_sampling(typical(n), BLASTS)[0] for n in range(6)]
    for fewer, more in pairwise(found):
        assert fewer.n < more.n
        assert fewer.n_least <= more.n_least
        assert fewer.n_most <= more.n_most


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(*(st.integers(0, 4) for _ in range(3)), st.integers(0, 30)),
        min_size=1,
        max_size=4,
    )
)
def test_the_estimate_lies_between_the_limits(drawn: list[tuple[int, int, int, int]]) -> None:
    strata = []
    for place, (b, lymph, s, n_unseen) in enumerate(drawn):
        counts = {BLAST: b, LYMPH: lymph + 1, SMUDGE: s}
        strata.append(AuditedStratum(str(place), b + lymph + 1 + s + n_unseen, counts, counts))
    blasts = double_sampling(strata, BLASTS)[0]
    assert 0 <= blasts.overall.low <= blasts.finite.low <= blasts.share + 1e-12
    assert blasts.share <= blasts.finite.high + 1e-12 <= blasts.overall.high + 2e-12 <= 1 + 4e-12
    assert sum(b for b, *_ in drawn) <= blasts.n_least <= blasts.n_most <= blasts.total
    assert double_sampling(strata, BLASTS)[0] == blasts


@pytest.mark.parametrize(
    ("stratum", "says"),
    [
        (AuditedStratum("rest", 5, {}, {LYMPH: 6}), "6 of 5 cells"),
        (AuditedStratum("rest", 5, {}, {LYMPH: -1}), "from 0"),
        (AuditedStratum("rest", 5, {LYMPH: 2}, {LYMPH: 1}), "nobody saw"),
        (AuditedStratum("rest", 5, {}, {LYMPH: 2}), "audit some"),
        (AuditedStratum("rest", 5, {"X": 2}, {"X": 2}), "X"),
        (whole(SMUDGE=3), "count more"),
    ],
    ids=["too many", "negative", "unseen sample", "no sample", "no class", "no differential"],
)
def test_what_cannot_be_is_refused(stratum: AuditedStratum, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        double_sampling([stratum], BLASTS)


def test_no_share_of_what_does_not_count() -> None:
    with pytest.raises(UsageError, match="SMUDGE is outside"):
        double_sampling([whole(LYMPH=3, SMUDGE=1)], [{SMUDGE}])


@pytest.mark.parametrize("size", [(5, 0), (5, 6), (0, 0)], ids=str)
def test_of_every_stratum_something_is_drawn(size: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="at least one cell"):
        HiddenCells([(9, 3), size])
    assert HiddenCells([]).limits([], [], []) == (0, 0)
