from itertools import combinations
from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from differential.made_marrows import (
    CALLED_IDS,
    CLASS_IDS,
    MIXES,
    classifier_shares,
    confusion_of,
    made_case,
    true_shares,
)
from marrowscope.differential import (
    CLASSIFIER_ERROR_NOT_KNOWN,
    ConfusionMatrix,
    adjusted_shares,
    clopper_pearson_interval,
    design_effect,
    emq_shares,
    quantification_as_json,
    total_interval,
    wilson_interval,
)
from marrowscope.differential.simplex_least_squares import fitted_shares
from marrowscope.errors import UsageError

N_DRAWS = 400


def matrix(class_ids, counts, *, undecided=False):
    called_ids = (*class_ids, "UNCLASS") if undecided else class_ids
    return ConfusionMatrix(class_ids, called_ids, counts, "Example 40x", "MGG", "spring")


# Sensitivity 0.85, specificity 0.99.
BLASTS_AND_OTHERS = matrix(("BLAST_NOS", "LYMPH"), ((85, 15), (1, 99)))
# True percent of blasts, and what is read, of 10,000 cells.
READ = {0: 100, 1: 184, 5: 520, 20: 1780, 100: 8500}


def row_of(result, *class_ids):
    return next(row for row in result.rows if row.class_ids == class_ids)


# Adjusted count


@pytest.mark.parametrize(("true_percent", "n_read"), READ.items())
def test_example_of_low_counts_inflated_and_high_ones_deflated(true_percent, n_read):
    read_percent = round(true_percent * 0.85 + (100 - true_percent) * 0.01, 2)
    assert read_percent == n_read / 100
    shares = adjusted_shares({"BLAST_NOS": n_read, "LYMPH": 10_000 - n_read}, BLASTS_AND_OTHERS)
    assert 100 * shares == pytest.approx([true_percent, 100 - true_percent], abs=1e-9)


def test_the_bias_of_the_example_as_printed():
    printed = {0: "1.0", 1: "1.8", 5: "5.2", 20: "17.8"}
    assert {percent: f"{READ[percent] / 100:.1f}" for percent in printed} == printed


def test_fewer_blasts_than_false_ones_are_none_and_never_below():
    shares = adjusted_shares({"BLAST_NOS": 40, "LYMPH": 9960}, BLASTS_AND_OTHERS)
    assert shares.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("mix", MIXES)
def test_exact_counts_of_every_mix_are_turned_back(mix):
    scale = 1_000_000
    confusion = confusion_of(np.rint(classifier_shares() * scale).astype(int))
    counts = confusion.as_array()
    read = true_shares(mix) @ (counts / counts.sum(axis=1, keepdims=True))
    called = dict(zip(CALLED_IDS, np.rint(read * 1e9).astype(int).tolist(), strict=True))
    assert adjusted_shares(called, confusion) == pytest.approx(true_shares(mix), abs=1e-6)


def test_undecided_cells_need_not_be_mixed_like_the_decided():
    # Half of the blasts are left undecided, no lymphocyte is: 20 blasts of 100 cells.
    confusion = matrix(("BLAST_NOS", "LYMPH"), ((50, 0, 50), (0, 100, 0)), undecided=True)
    called = {"BLAST_NOS": 10, "LYMPH": 80, "UNCLASS": 10}
    assert adjusted_shares(called, confusion) == pytest.approx([0.2, 0.8])


def test_cells_that_nobody_can_identify_may_be_a_true_class():
    confusion = matrix(("SEG", "UNCLASS"), ((90, 10), (20, 80)))
    called = {"SEG": 620, "UNCLASS": 380}
    assert adjusted_shares(called, confusion) == pytest.approx([0.6, 0.4])
    found = row_of(total_interval(called, confusion, 1.0, n_draws=N_DRAWS), "UNCLASS")
    assert found.low < 0.4 < found.high


def slow_reference(outcomes_of_class, observed):
    """The best of all optima on faces of the simplex, each by its normal equations."""
    n_classes = len(outcomes_of_class)
    best, best_cost = None, np.inf
    for size in range(1, n_classes + 1):
        for face in combinations(range(n_classes), size):
            rows = outcomes_of_class[list(face)]
            system = np.ones((size + 1, size + 1))
            system[:size, :size] = rows @ rows.T
            system[-1, -1] = 0
            solved = np.linalg.lstsq(system, np.append(rows @ observed, 1.0), rcond=None)[0][:size]
            if (solved < -1e-10).any():
                continue
            cost = ((solved @ rows - observed) ** 2).sum()
            if cost < best_cost - 1e-15:
                best, best_cost = np.zeros(n_classes), cost
                best[list(face)] = solved
    return best, best_cost


@pytest.mark.parametrize("n_classes", [1, 2, 4, 6])
def test_least_squares_are_exact(n_classes):
    generator = np.random.default_rng(n_classes)
    n_at_the_edge = 0
    for _ in range(25):
        outcomes = generator.dirichlet(np.full(n_classes + 1, 0.4), size=n_classes)
        observed = generator.dirichlet(np.full(n_classes + 1, 0.4))
        found = fitted_shares(outcomes, observed)
        expected, cost = slow_reference(outcomes, observed)
        assert ((found @ outcomes - observed) ** 2).sum() == pytest.approx(cost, abs=1e-12)
        assert found == pytest.approx(expected, abs=1e-6)
        assert found.sum() == pytest.approx(1, abs=1e-12)
        n_at_the_edge += (found == 0).any()
    assert n_classes == 1 or n_at_the_edge > 5


def test_problems_are_solved_one_by_one():
    generator = np.random.default_rng(3)
    outcomes = generator.dirichlet(np.ones(5), size=(7, 4))
    observed = generator.dirichlet(np.ones(5), size=7)
    together = fitted_shares(outcomes, observed)
    assert together.tolist() == [
        fitted_shares(one, seen).tolist() for one, seen in zip(outcomes, observed, strict=True)
    ]


def test_rows_that_are_the_same_still_have_an_answer():
    shares = fitted_shares(np.array([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]]), np.full(3, 1 / 3))
    assert shares[:2].sum() == pytest.approx(2 / 3)


# Total interval


def test_limits_hold_the_share_and_the_same_call_gives_the_same_result():
    called = {"BLAST_NOS": 178, "LYMPH": 822}
    result = total_interval(called, BLASTS_AND_OTHERS, 1.0)
    blasts = row_of(result, "BLAST_NOS")
    assert blasts.low < 0.2 < blasts.high
    assert blasts.share == pytest.approx(0.2, abs=0.01)
    assert not blasts.is_upper_limit
    assert result == total_interval(dict(reversed(called.items())), BLASTS_AND_OTHERS, 1.0)
    assert result.n_cells == 1000
    assert result.measured_on == BLASTS_AND_OTHERS.measured_on
    assert "4000 draws" in result.method


def test_more_cells_cannot_shrink_the_limits_below_the_error_of_the_matrix():
    widths = []
    for n_cells in (100, 1000, 100_000, 10_000_000):
        n_blasts = n_cells * 178 // 1000
        called = {"BLAST_NOS": n_blasts, "LYMPH": n_cells - n_blasts}
        row = row_of(total_interval(called, BLASTS_AND_OTHERS, 1.0, n_draws=2000), "BLAST_NOS")
        widths.append(row.high - row.low)
    assert widths[0] > widths[1] > widths[2]
    assert widths[3] > 0.03
    assert widths[3] == pytest.approx(widths[2], rel=0.1)


def test_clustering_and_a_small_matrix_widen_the_limits():
    called = {"BLAST_NOS": 178, "LYMPH": 822}
    small = matrix(("BLAST_NOS", "LYMPH"), ((17, 3), (0, 20)))

    def width(confusion, effect):
        row = row_of(total_interval(called, confusion, effect, n_draws=2000), "BLAST_NOS")
        return row.high - row.low

    assert width(BLASTS_AND_OTHERS, 4.0) > 1.3 * width(BLASTS_AND_OTHERS, 1.0)
    assert width(small, 1.0) > 1.5 * width(BLASTS_AND_OTHERS, 1.0)


def test_a_share_near_zero_has_an_upper_limit_only():
    result = total_interval({"BLAST_NOS": 0, "LYMPH": 500}, BLASTS_AND_OTHERS, 1.0)
    blasts = row_of(result, "BLAST_NOS")
    assert blasts.is_upper_limit
    assert (blasts.share, blasts.low) == (pytest.approx(0, abs=1e-3), 0.0)
    # False blasts alone would be five or so: yet no lower than the exact limit of 0 in 500.
    assert blasts.high == pytest.approx(clopper_pearson_interval(0, 500).high)
    assert not row_of(result, "LYMPH").is_upper_limit


def test_a_row_is_an_upper_limit_until_it_reaches_two_percent():
    perfect = matrix(("BLAST_NOS", "LYMPH"), ((5000, 0), (0, 5000)))
    for n_blasts, is_upper_limit in ((150, True), (250, False)):
        called = {"BLAST_NOS": n_blasts, "LYMPH": 10_000 - n_blasts}
        row = row_of(total_interval(called, perfect, 1.0, n_draws=N_DRAWS), "BLAST_NOS")
        assert row.is_upper_limit == is_upper_limit
        assert (row.low == 0) == is_upper_limit
        assert row.share == pytest.approx(n_blasts / 10_000, rel=0.1)


def test_too_few_reviewed_cells_and_nothing_is_said_of_the_class():
    confusion = matrix(
        ("BLAST_NOS", "LYMPH", "BASO"), ((85, 15, 0), (1, 99, 0), (0, 0, 4)), undecided=False
    )
    called = {"BLAST_NOS": 160, "LYMPH": 740, "BASO": 100}
    assert isnan(adjusted_shares(called, confusion)[2])
    # What is called basophil is left to the basophils, not pressed upon the others.
    assert adjusted_shares(called, confusion)[:2].sum() == pytest.approx(0.9)
    result = total_interval(called, confusion, 1.0, n_draws=N_DRAWS)
    basophils = row_of(result, "BASO")
    assert (basophils.share, basophils.low, basophils.high) == (None, None, None)
    assert result.not_measured_class_ids == ("BASO",)
    assert row_of(result, "BLAST_NOS").share == pytest.approx(0.18, abs=0.02)
    assert quantification_as_json(result)["rows"][2] == {
        "class_ids": ["BASO"],
        "percent": None,
        "low": None,
        "high": None,
        "is_upper_limit": False,
    }


def test_a_matrix_without_reviewed_cells_says_nothing():
    confusion = matrix(("BLAST_NOS", "LYMPH"), ((0, 0), (0, 0)))
    called = {"BLAST_NOS": 10, "LYMPH": 90}
    assert np.isnan(adjusted_shares(called, confusion)).all()
    result = total_interval(called, confusion, 1.0, n_draws=N_DRAWS)
    assert [row.share for row in result.rows] == [None, None]


def test_no_cells_no_shares():
    assert np.isnan(adjusted_shares({}, BLASTS_AND_OTHERS)).all()
    result = total_interval({"LYMPH": 0}, BLASTS_AND_OTHERS, None, n_draws=N_DRAWS)
    assert [(row.class_ids, row.share) for row in result.rows] == [
        (("BLAST_NOS",), None),
        (("LYMPH",), None),
    ]
    assert (result.n_cells, result.design_effect) == (0, None)


def test_a_class_that_is_never_called_is_estimated_from_what_its_cells_are_called():
    # The classifier calls every basophil either segmented or lymphocyte, half and half.
    confusion = matrix(
        ("SEG", "LYMPH", "BASO"), ((98, 2, 0), (2, 98, 0), (50, 50, 0)), undecided=False
    )
    result = total_interval({"SEG": 500, "LYMPH": 500}, confusion, 1.0, n_draws=N_DRAWS)
    # Nothing tells them from equal numbers of the two, so all three come together.
    assert [row.class_ids for row in result.rows] == [("SEG", "LYMPH", "BASO")]
    assert result.rows[0].share == pytest.approx(1.0)


def test_one_class_only_is_all_there_is():
    for undecided, counts in ((False, ((30,),)), (True, ((20, 10),))):
        confusion = matrix(("LYMPH",), counts, undecided=undecided)
        assert adjusted_shares({"LYMPH": 7}, confusion).tolist() == [1.0]
        row = total_interval({"LYMPH": 7}, confusion, 1.0, n_draws=N_DRAWS).rows[0]
        assert (row.share, row.low, row.high, row.is_upper_limit) == (1.0, 1.0, 1.0, False)


# Classes too alike to be given apart


def with_alike(band, segmented):
    return matrix(("BAND", "SEG", "LYMPH"), (band, segmented, (0, 2, 98)))


def test_classes_that_look_alike_are_given_together():
    called = {"BAND": 250, "SEG": 350, "LYMPH": 400}
    alike = total_interval(called, with_alike((45, 53, 2), (36, 62, 2)), 1.0, n_draws=N_DRAWS)
    assert [row.class_ids for row in alike.rows] == [("BAND", "SEG"), ("LYMPH",)]
    assert alike.rows[0].share == pytest.approx(0.60, abs=0.02)
    assert alike.rows[0].high - alike.rows[0].low < 0.12
    apart = total_interval(called, with_alike((85, 13, 2), (16, 82, 2)), 1.0, n_draws=N_DRAWS)
    assert [row.class_ids for row in apart.rows] == [("BAND",), ("SEG",), ("LYMPH",)]


def test_few_reviewed_cells_prove_no_difference():
    called = {"BAND": 250, "SEG": 350, "LYMPH": 400}
    few = total_interval(called, with_alike((4, 3, 0), (3, 4, 0)), 1.0, n_draws=N_DRAWS)
    assert few.rows[0].class_ids == ("BAND", "SEG")
    many = total_interval(called, with_alike((400, 300, 0), (300, 400, 0)), 1.0, n_draws=N_DRAWS)
    assert many.rows[0].class_ids == ("BAND", "SEG")


def test_a_class_that_looks_like_a_mixture_of_two_is_given_with_both():
    ids = ("MYELO", "META", "BAND", "LYMPH")
    counts = ((90, 4, 4, 2), (44, 10, 44, 2), (4, 4, 90, 2), (1, 1, 1, 97))
    result = total_interval(
        {"MYELO": 200, "META": 30, "BAND": 200, "LYMPH": 570},
        matrix(ids, counts), 1.0, n_draws=N_DRAWS,
    )  # fmt: skip
    assert [row.class_ids for row in result.rows] == [("MYELO", "META", "BAND"), ("LYMPH",)]


def test_rows_set_the_denominator_and_hold_alike_classes():
    confusion = matrix(
        ("BAND", "SEG", "LYMPH", "SMUDGE"),
        ((45, 53, 2, 0), (36, 62, 2, 0), (0, 2, 98, 0), (0, 0, 0, 100)),
    )
    called = {"BAND": 200, "SEG": 300, "LYMPH": 300, "SMUDGE": 200}
    result = total_interval(
        called, confusion, 1.0, rows=[("LYMPH",), ("SEG", "BAND")], n_draws=N_DRAWS
    )
    assert [row.class_ids for row in result.rows] == [("LYMPH",), ("BAND", "SEG")]
    # 800 of the 1000 belong to the rows.
    assert result.rows[1].share == pytest.approx(500 / 800, abs=0.03)
    assert result.rows[0].share + result.rows[1].share == pytest.approx(1, abs=0.001)


def test_a_row_speaks_of_its_measured_classes():
    confusion = matrix(
        ("EOS_IMM", "EOS_MAT", "LYMPH"), ((0, 0, 0), (5, 94, 1), (0, 1, 99)), undecided=False
    )
    result = total_interval(
        {"EOS_IMM": 2, "EOS_MAT": 40, "LYMPH": 400}, confusion, 1.0,
        rows=[("EOS_IMM", "EOS_MAT"), ("LYMPH",)], n_draws=N_DRAWS,
    )  # fmt: skip
    assert [row.class_ids for row in result.rows] == [("EOS_MAT",), ("LYMPH",)]
    assert result.not_measured_class_ids == ("EOS_IMM",)


# Coverage


@pytest.mark.parametrize(
    ("mix", "n_reviewed", "n_cells", "clustering"),
    [
        ("normal", 50, 1500, 0.0),
        ("leukaemia", 100, 3000, 0.0),
        ("dysplasia", 60, 3000, 0.02),
        ("myeloma", 100, 1500, 0.0),
    ],
)
def test_total_limits_hold_the_truth_and_those_of_plain_counting_do_not(
    mix, n_reviewed, n_cells, clustering
):
    generator = np.random.default_rng(20081122)
    total_holds, upper_holds, counting_holds = [], [], []
    for _ in range(200):
        case = made_case(
            mix, generator, n_reviewed=n_reviewed, n_cells=n_cells, n_regions=30,
            clustering=clustering,
        )  # fmt: skip
        effect = design_effect(case.called_by_region)
        # Fewer draws than are shipped: their limits hold some tenths of a percent less.
        result = total_interval(case.called_counts, case.confusion, effect, n_draws=400)
        for row in result.rows:
            truth = sum(case.shares[class_id] for class_id in row.class_ids)
            if truth <= 0.02:
                upper_holds.append(truth <= row.high)
                continue
            total_holds.append(row.low <= truth <= row.high)
            n_called = sum(case.called_counts[class_id] for class_id in row.class_ids)
            counted = wilson_interval(n_called, int(case.called_by_region.sum()))
            counting_holds.append(counted.low <= truth <= counted.high)
    assert len(total_holds) >= 600
    assert 0.93 <= np.mean(total_holds) <= 0.97
    assert np.mean(upper_holds) >= 0.95
    assert np.mean(counting_holds) < 0.80


# Design effect


def test_regions_of_one_class_each_cluster_wholly():
    # Shares 1/2; each region off by 5 in both columns: 2 * (4 * 25) / 20² over (1/2) / 20.
    assert design_effect(np.array([[10, 0], [0, 10]])) == pytest.approx(20.0)


def test_regions_filled_at_random_have_no_effect_and_clustered_ones_that_of_theory():
    generator = np.random.default_rng(5)
    share = np.array([0.2, 0.3, 0.5])
    random = generator.multinomial(50, share, size=400)
    assert design_effect(random) == pytest.approx(1.0, abs=0.15)
    correlation = 0.04
    mixtures = generator.dirichlet(share * (1 - correlation) / correlation, size=400)
    clustered = np.stack([generator.multinomial(50, mixture) for mixture in mixtures])
    assert design_effect(clustered) == pytest.approx(1 + 49 * correlation, rel=0.15)


def test_regions_more_even_than_chance_are_no_gain():
    assert design_effect(np.full((6, 3), 10)) == 1.0
    assert design_effect(np.array([[5, 0], [9, 0]])) == 1.0


@pytest.mark.parametrize("counts", [[[3, 4]], [[3, 4], [0, 0]], np.zeros((0, 3)), [[0, 0]]])
def test_clustering_is_not_known_from_one_region(counts):
    assert design_effect(np.array(counts, dtype=np.int64)) is None


# Expectation maximisation


def readings_of(share, n_cells, training_share=0.5, distance=2.0):
    """Posteriors of a right classifier for two normal appearances, trained at another share."""
    generator = np.random.default_rng(17)
    n_first = round(share * n_cells)
    looks = np.concatenate(
        [generator.normal(0, 1, n_first), generator.normal(distance, 1, n_cells - n_first)]
    )
    odds = np.exp(distance * looks - distance**2 / 2) * (1 - training_share) / training_share
    return np.stack([1 / (1 + odds), odds / (1 + odds)], axis=1)


@pytest.mark.parametrize("share", [0.03, 0.2, 0.85])
@pytest.mark.parametrize("training_share", [0.5, 0.8])
def test_emq_finds_the_mix_that_differs_from_training(share, training_share):
    posteriors = readings_of(share, 20_000, training_share)
    training = np.array([training_share, 1 - training_share])
    estimate = emq_shares(posteriors, training)
    assert estimate.is_converged
    assert estimate.shares[0] == pytest.approx(share, abs=0.012)
    assert abs((posteriors[:, 0] > 0.5).mean() - share) > 0.015


def test_emq_says_when_it_stopped_early():
    estimate = emq_shares(readings_of(0.03, 2000), np.array([0.5, 0.5]), max_iterations=2)
    assert not estimate.is_converged
    assert estimate.n_iterations == 2
    assert sum(estimate.shares) == pytest.approx(1)


def test_emq_of_certain_cells_is_their_count():
    certain = np.array([[1.0, 0.0]] * 3 + [[0.0, 1.0]] * 7)
    estimate = emq_shares(certain, np.array([0.9, 0.1]))
    assert estimate.shares == pytest.approx((0.3, 0.7))
    assert estimate.is_converged


def test_emq_of_no_cells():
    estimate = emq_shares(np.zeros((0, 2)), np.array([0.5, 0.5]))
    assert all(isnan(share) for share in estimate.shares)
    assert not estimate.is_converged


# What is refused


@pytest.mark.parametrize(
    ("called", "message"),
    [
        ({"BLAST_NOS": 1, "SEG": 2}, "cells were called SEG"),
        ({"BLAST_NOS": 1, "UNCLASS": 2}, "without abstaining"),
        ({"BLAST_NOS": -1}, "-1 cells called BLAST_NOS"),
        ({"BLAST_NOS": 1.5}, "1.5 cells called"),
        ({"BLAST_NOS": float("nan")}, "nan cells called"),
    ],
)
def test_counts_that_do_not_belong_to_the_matrix(called, message):
    with pytest.raises(UsageError, match=message):
        adjusted_shares(called, BLASTS_AND_OTHERS)
    with pytest.raises(UsageError, match=message):
        total_interval(called, BLASTS_AND_OTHERS, 1.0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"design_effect": 0.9}, "design effect of 0.9"),
        ({"design_effect": float("inf")}, "design effect of inf"),
        ({"design_effect": float("nan")}, "design effect of nan"),
        ({"n_draws": 99}, "99 draws"),
        ({"rows": [("BLAST_NOS",), ("SEG",)]}, "no true class SEG"),
        ({"rows": [("BLAST_NOS", "LYMPH"), ("LYMPH",)]}, "no class may stand in two rows"),
        ({"rows": [("BLAST_NOS",), ()]}, "at least one class"),
        ({"rows": []}, "at least one class"),
    ],
)
def test_calls_that_make_no_sense(changed, message):
    with pytest.raises(UsageError, match=message):
        total_interval({"LYMPH": 9}, BLASTS_AND_OTHERS, **{"design_effect": 1.0, **changed})


@pytest.mark.parametrize(
    ("posteriors", "training", "message"),
    [
        ([[0.5, 0.5]], [0.5, 0.3, 0.2], "do not belong together"),
        ([0.5, 0.5], [0.5, 0.5], "do not belong together"),
        ([[0.5, 0.5]], [1.0, 0.0], "above 0"),
        ([[0.5, 0.5]], [0.5, 0.4], "add up to 1"),
        ([[0.5, 0.4]], [0.5, 0.5], "every cell needs probabilities"),
        ([[np.nan, np.nan]], [0.5, 0.5], "every cell needs probabilities"),
        ([[1.5, -0.5]], [0.5, 0.5], "every cell needs probabilities"),
    ],
)
def test_probabilities_that_are_none(posteriors, training, message):
    with pytest.raises(UsageError, match=message):
        emq_shares(np.array(posteriors), np.array(training))


def test_emq_without_rounds_or_with_a_stop_that_never_comes():
    for stop in ({"tolerance": 0.0}, {"max_iterations": 0}):
        with pytest.raises(UsageError, match="tolerance above 0"):
            emq_shares(np.array([[0.5, 0.5]]), np.array([0.5, 0.5]), **stop)


@pytest.mark.parametrize("counts", [[3, 4], [[3, -1], [2, 2]]])
def test_region_counts_that_are_none(counts):
    with pytest.raises(UsageError, match="regions, called classes"):
        design_effect(np.array(counts))


# Properties


@st.composite
def cases(draw):
    n_classes = draw(st.integers(1, 4))
    undecided = draw(st.booleans())
    n_outcomes = n_classes + undecided
    numbers = st.lists(st.integers(0, 60), min_size=n_outcomes, max_size=n_outcomes)
    counts = tuple(
        tuple(row) for row in draw(st.lists(numbers, min_size=n_classes, max_size=n_classes))
    )
    confusion = matrix(CLASS_IDS[:n_classes], counts, undecided=undecided)
    return confusion, dict(zip(confusion.called_ids, draw(numbers), strict=True))


@given(cases(), st.none() | st.floats(1, 20))
def test_whatever_is_counted_the_rows_make_sense(case, effect):
    confusion, called = case
    result = total_interval(called, confusion, effect, n_draws=100)
    named = [class_id for row in result.rows for class_id in row.class_ids]
    assert sorted(named) == sorted(confusion.class_ids)
    for row in result.rows:
        if row.share is None:
            assert (row.low, row.high, row.is_upper_limit) == (None, None, False)
            assert sum(called.values()) == 0 or row.class_ids[0] in result.not_measured_class_ids
        else:
            assert 0 <= row.low <= row.share <= row.high <= 1
            assert row.low == 0 or not row.is_upper_limit
    shares = adjusted_shares(called, confusion)
    assert ((shares >= 0) | np.isnan(shares)).all()
    assert np.nansum(shares) <= 1 + 1e-9


def test_result_as_json():
    result = total_interval({"BLAST_NOS": 178, "LYMPH": 822}, BLASTS_AND_OTHERS, 2.0)
    blasts = result.rows[0]
    assert quantification_as_json(result) == {
        "rows": [
            {
                "class_ids": ["BLAST_NOS"],
                "percent": round(100 * blasts.share, 4),
                "low": round(100 * blasts.low, 4),
                "high": round(100 * blasts.high, 4),
                "is_upper_limit": False,
            },
            quantification_as_json(result)["rows"][1],
        ],
        "design_effect": 2.0,
        "n_cells": 1000,
        "method": result.method,
        "measured_on": {"scanner": "Example 40x", "stain": "MGG", "note": "spring", "n_cells": 200},
        "not_measured_classes": [],
    }


def test_the_words_where_no_matrix_was_measured():
    assert CLASSIFIER_ERROR_NOT_KNOWN == "classifier error on this scanner and stain is not known"
