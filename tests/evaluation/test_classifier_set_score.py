import numpy as np
import pytest

from fakes.colour_classifier import COLOURS, ColourClassifier
from marrowscope.cells import Proposals
from marrowscope.evaluation.classifier_blasts import ALL_OTHERS, normal_marrow_percent
from marrowscope.evaluation.classifier_calibration import calibration, risk_coverage
from marrowscope.evaluation.classifier_forced_choice import forced_choice
from marrowscope.evaluation.classifier_naming import CellAnswers, cell_answers
from marrowscope.evaluation.classifier_set_score import SetScore, lineage_of, score_answers
from marrowscope.vocabulary import error_cost, icsh_categories

CLASS_IDS = tuple(COLOURS)


def answers(
    *said: tuple[str, str, float, int],
    never_named: frozenset[str] = frozenset(),
    strange: float = 0.0,
) -> CellAnswers:
    """said: truth, called, probability, cells."""
    truth, rows = [], []
    for true, called, probability, n in said:
        row = np.full(len(CLASS_IDS), (1 - probability) / (len(CLASS_IDS) - 1))
        row[CLASS_IDS.index(called)] = probability
        truth += [true] * n
        rows += [row] * n
    proposals = Proposals(
        np.array(rows, dtype=np.float32), np.full(len(rows), strange, dtype=np.float32)
    )
    return cell_answers(ColourClassifier(), np.array(truth), proposals, never_named)


def scored(*said: tuple[str, str, float, int], n_least: int = 3) -> SetScore:
    return score_answers(answers(*said), n_least)


def test_forced_choice_by_hand() -> None:
    score = scored(
        ("BLAST_NOS", "BLAST_NOS", 0.9, 90),
        ("BLAST_NOS", "LYMPH", 0.9, 10),
        ("LYMPH", "LYMPH", 0.9, 50),
    )
    assert score.forced is not None
    means = score.forced.means
    assert score.n == score.forced.n == 150
    assert means.accuracy == pytest.approx(140 / 150, abs=1e-4)
    assert means.balanced_accuracy == pytest.approx(0.95)
    f1 = (2 * 90 / 190, 2 * 50 / 110)
    assert means.macro_f1 == pytest.approx(sum(f1) / 2, abs=1e-4)
    assert means.weighted_f1 == pytest.approx((100 * f1[0] + 50 * f1[1]) / 150, abs=1e-4)
    lymph = score.forced.per_class["LYMPH"]
    assert lymph.precision == pytest.approx(50 / 60, abs=1e-4)
    assert lymph.precision_limits is not None
    assert lymph.precision_limits[0] < 50 / 60 < lymph.precision_limits[1]
    assert score.forced.counts.tolist() == [[90, 10], [0, 50]]


def test_a_choice_is_forced_among_the_classes_of_the_set() -> None:
    cells = answers(("LYMPH", "SEG", 0.5, 5), ("BLAST_NOS", "BLAST_NOS", 0.5, 5))
    cells.proposals.probabilities[:5, CLASS_IDS.index("LYMPH")] = 0.4
    score = score_answers(cells, 3)
    assert score.forced is not None
    assert score.forced.class_ids == ("BLAST_NOS", "LYMPH")
    assert score.forced.means.accuracy == 1.0
    assert score.calibration.bins[7].right == 0.5


def test_classes_with_few_cells_are_named_and_not_scored() -> None:
    score = scored(("SEG", "SEG", 0.9, 3), ("LYMPH", "SEG", 0.9, 2))
    assert (score.n, score.too_few) == (3, {"LYMPH": 2})
    none = scored(("LYMPH", "SEG", 0.9, 2))
    assert (none.n, none.forced, none.coverage) == (0, None, None)
    assert none.calibration.error is None
    assert none.risk_coverage is None


def test_fine_truths_are_merged_before_they_are_counted() -> None:
    score = scored(
        ("PROERY", "ERY_NOS", 0.9, 2), ("ERY_POLY", "ERY_NOS", 0.9, 2), ("SEG", "SEG", 0.9, 3)
    )
    assert score.forced is not None
    assert score.forced.per_class["ERY_NOS"].n == 4
    assert score.forced.means.accuracy == 1.0
    assert score.classes.merged == {"ERY_NOS": ("PROERY", "ERY_POLY", "ERY_NOS")}
    assert score.mean_cost == 0


def test_classes_without_an_output_stay_out_of_the_scores() -> None:
    score = scored(("MEGA", "BLAST_NOS", 0.9, 4), ("MEGA", "SEG", 0.3, 6), ("SEG", "SEG", 0.9, 3))
    assert score.n == 3
    mega = score.not_modelled["MEGA"]
    assert (mega.n, mega.abstained, mega.called) == (10, 6, {"BLAST_NOS": 4})
    assert score.blasts.false_blasts["the rest"].k == 4


def test_coverage_and_the_error_of_what_is_decided() -> None:
    score = scored(("SEG", "SEG", 0.9, 6), ("SEG", "LYMPH", 0.9, 2), ("SEG", "LYMPH", 0.5, 2))
    assert score.coverage == 0.8
    assert score.error_when_decided == 0.25
    assert score.risk_coverage is not None
    assert score.risk_coverage.in_use.coverage == 0.8
    first, last = score.risk_coverage.points[0], score.risk_coverage.points[-1]
    assert (first.threshold, first.coverage, first.error) == (0.0, 1.0, 0.4)
    assert (last.coverage, last.error) == (0.0, None)


def test_the_curve_at_the_threshold_of_the_card_is_what_the_product_does() -> None:
    cells = answers(("SEG", "SEG", 0.9, 6), ("SEG", "UNCLASS", 0.9, 2), ("LYMPH", "SEG", 0.61, 4))
    curve = score_answers(cells, 3).risk_coverage
    assert curve is not None
    same = next(point for point in curve.points if point.threshold == 0.6)
    assert (same.coverage, same.error) == (curve.in_use.coverage, curve.in_use.error)
    assert same.coverage == pytest.approx(10 / 12, abs=1e-4)


def test_strange_cells_are_decided_at_no_threshold() -> None:
    curve = score_answers(answers(("SEG", "SEG", 0.9, 6), strange=2.0), 3).risk_coverage
    assert curve is not None
    assert {point.coverage for point in curve.points} == {0.0}


def test_calibration_by_hand() -> None:
    probability = np.array([0.95] * 10 + [0.5] * 10)
    is_right = np.array([True] * 9 + [False] + [True] * 3 + [False] * 7)
    found = calibration(probability, is_right)
    assert found.error == pytest.approx(0.5 * 0.05 + 0.5 * 0.2)
    assert sum(one.n for one in found.bins) == found.n == 20
    assert (found.bins[14].probability, found.bins[14].right) == (0.95, 0.9)
    assert found.bins[0].right is None


def test_no_cells_have_no_curve() -> None:
    none = np.zeros(0, dtype=bool)
    assert risk_coverage(np.zeros(0), none, none, none, 0.6) is None
    assert forced_choice(np.array([], dtype=str), np.zeros((0, 0)), []) is None


def test_limits_are_the_same_each_time_and_hold_the_score() -> None:
    said = [("SEG", "SEG", 0.9, 30), ("SEG", "LYMPH", 0.9, 10), ("LYMPH", "LYMPH", 0.9, 20)]
    first, second = scored(*said).forced, scored(*said).forced
    assert first is not None
    assert second is not None
    assert first.means == second.means
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "weighted_f1"):
        low, high = getattr(first.means, f"{name}_limits")
        assert 0 < low < getattr(first.means, name) < high < 1
        assert high - low < 0.3


def test_the_best_guess_passes_over_what_is_never_named() -> None:
    never = frozenset({"UNCLASS", "ARTEFACT"})
    cells = answers(("SEG", "ARTEFACT", 0.9, 3), never_named=never)
    assert set(cells.guess) == {"BLAST_NOS"}
    assert cells.probability == pytest.approx([0.1 / 6] * 3)
    assert set(cells.named.class_id) == {"ARTEFACT"}
    assert not cells.named.abstained.any()


def test_a_truth_that_is_never_named_is_no_failure_of_calibration() -> None:
    never = frozenset({"UNCLASS", "ARTEFACT"})
    cells = answers(("ARTEFACT", "SEG", 0.9, 5), ("SEG", "SEG", 0.9, 5), never_named=never)
    score = score_answers(cells, 3, never)
    assert score.calibration.n == 5
    assert score.calibration.error == pytest.approx(0.1)


def test_blasts_are_recalled_missed_or_abstained() -> None:
    score = scored(
        ("BLAST_NOS", "BLAST_NOS", 0.9, 5),
        ("BLAST_LYMPH", "BLAST_NOS", 0.9, 1),
        ("BLAST_NOS", "LYMPH", 0.9, 2),
        ("BLAST_NOS", "BLAST_NOS", 0.4, 1),
        ("BLAST_NOS", "UNCLASS", 0.9, 1),
    ).blasts
    assert (score.n, score.recalled.k, score.missed.k, score.abstained.k) == (10, 6, 2, 2)
    assert score.missed.share == 0.2
    assert score.called == {"LYMPH": 2}
    assert score.false_blasts[ALL_OTHERS].n == 0


def test_false_blasts_by_group() -> None:
    false = scored(
        ("LYMPH", "BLAST_NOS", 0.9, 1),
        ("LYMPH", "LYMPH", 0.9, 3),
        ("PROERY", "BLAST_NOS", 0.9, 2),
        ("ERY_NOS", "BLAST_NOS", 0.5, 4),
        ("PROMONO", "BLAST_NOS", 0.9, 1),
        ("UNCLASS", "BLAST_NOS", 0.9, 1),
        ("ARTEFACT", "SEG", 0.9, 1),
        ("BLAST_NOS", "BLAST_NOS", 0.9, 7),
    ).blasts.false_blasts
    assert {name: (one.k, one.n) for name, one in false.items()} == {
        "lymphocytes": (1, 4),
        "erythroblasts": (0, 4),
        "proerythroblasts": (2, 2),
        "monocytes": (1, 1),
        "promyelocytes": (0, 0),
        "the rest": (0, 0),
        "not identifiable": (1, 1),
        "no nucleated cell": (0, 1),
        ALL_OTHERS: (5, 13),
    }


def test_false_blasts_in_the_mix_of_a_normal_marrow_by_hand() -> None:
    mix = normal_marrow_percent()
    found = scored(
        ("LYMPH", "BLAST_NOS", 0.9, 1),
        ("LYMPH", "LYMPH", 0.9, 9),
        ("ERY_NOS", "ERY_NOS", 0.9, 10),
        ("PROMY", "BLAST_NOS", 0.9, 2),
    ).blasts.in_normal_marrow
    of_both = mix["lymphocytes"] + mix["erythroblasts"]
    assert found.share == pytest.approx(0.1 * mix["lymphocytes"] / of_both, abs=1e-4)
    assert found.percent_measured == pytest.approx(100 * of_both / 98, abs=0.05)
    assert found.not_measured["promyelocytes"] == 2
    assert found.not_measured["segmented neutrophils"] == 0
    assert found.limits is not None
    assert found.limits[0] < found.share < found.limits[1]


def test_a_normal_mix_without_any_cells_is_not_made_up() -> None:
    found = scored(("BLAST_NOS", "BLAST_NOS", 0.9, 5)).blasts.in_normal_marrow
    assert (found.share, found.limits, found.percent_measured) == (None, None, 0.0)


def test_the_normal_marrow_speaks_of_categories_of_the_count() -> None:
    mix = normal_marrow_percent()
    assert set(mix) == {one.category for one in icsh_categories()} - {"mast cells"}
    assert sum(mix.values()) == 99
    assert (mix["blasts"], mix["segmented neutrophils"]) == (1, 23)


def test_look_alikes_of_a_blast_with_few_cells_are_named() -> None:
    few = scored(("LYMPH", "LYMPH", 0.9, 50), ("PROMY", "PROMY", 0.9, 49)).blasts.few_look_alikes
    assert few["PROMY"] == 49
    assert few["PROERY"] == 0
    assert "LYMPH" not in few
    assert "SEG" not in few
    assert not [name for name in few if name.startswith("BLAST")]


def test_mean_cost_by_hand() -> None:
    score = scored(
        ("BLAST_NOS", "LYMPH", 0.9, 1),
        ("BLAST_NOS", "LYMPH", 0.4, 1),
        ("SEG", "SEG", 0.9, 1),
        ("SEG", "SEG", 0.4, 1),
    )
    costs = (error_cost("BLAST_NOS", "LYMPH"), error_cost("BLAST_NOS", "UNCLASS"), 0, 0.5)
    assert score.mean_cost == pytest.approx(sum(costs) / 4)
    assert score.mean_cost_decided == pytest.approx(costs[0] / 2)


def test_lineages_and_what_cells_were_named() -> None:
    score = scored(
        ("BLAST_NOS", "LYMPH", 0.9, 3),
        ("SEG", "PROMY", 0.9, 2),
        ("SEG", "SEG", 0.4, 1),
        ("LYMPH", "LYMPH", 0.9, 1),
        ("PROMY", "PROMY", 0.9, 3),
    )
    table = score.by_lineage
    assert table.rows == table.columns == ("blasts", "granulocytic")
    assert table.counts.sum() == score.n == 9
    named = score.as_named
    assert named.columns == ("PROMY", "LYMPH", "abstained")
    assert named.counts.sum() == 10
    assert named.counts[named.rows.index("SEG")].tolist() == [2, 0, 1]
    assert lineage_of("BLAST_MONO") == "blasts"
    assert lineage_of("PLT") == "no nucleated cell"
