from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.made_events import START, uid
from cases.made_reviews import machine_cells, random_table, review_events
from marrowscope.cases.audit_plan import AuditPlan, DrawnStratum
from marrowscope.cases.audit_sample import (
    LEAST_OF_A_CLASS,
    MOST_TO_AUDIT,
    NOT_DECIDED,
    SEEN_BEFORE,
    WHOLE_UP_TO,
    added_classes,
    audit_progress,
    audit_result,
    audit_sizes,
    audit_weight,
    blind_spot,
    classes_now,
    draw_audit,
    shown_classes,
)
from marrowscope.cases.events import Stamp
from marrowscope.cases.review import EMPTY_REVIEW, fold_review
from marrowscope.cases.review_events import CellsNamed, CellsSeen, ReviewEvent
from marrowscope.cases.reviewed_count import reviewed_count
from marrowscope.differential import audited_differential, double_sampling
from marrowscope.errors import UsageError

SALT = "5f1c0a7e9b3d4826"
NUMBERS = {
    "BLAST_NOS": 41,
    "PROMY": 22,
    "MYELO": 60,
    "BAND": 71,
    "SEG": 64,
    "EOS_MAT": 14,
    "BASO": 3,
    "MONO": 11,
    "LYMPH": 62,
    "ERY_NOS": 96,
    "SMUDGE": 12,
    NOT_DECIDED: 9,
}
SHOWN = {f"{called}-{n}": called for called, many in NUMBERS.items() for n in range(many)}
BLASTS = {one for one in SHOWN if one.startswith("BLAST")}


def plan(n_wanted: int = 80, salt: str = SALT, seen: set[str] = BLASTS) -> AuditPlan:
    return draw_audit(SHOWN, seen, salt, n_wanted)


def test_some_of_every_class_are_drawn_and_all_of_small_and_uncertain_ones() -> None:
    drawn = {stratum.called: stratum for stratum in plan().strata}
    assert set(drawn) == set(NUMBERS) - {"BLAST_NOS"}
    for called in ("BASO", "SMUDGE", NOT_DECIDED):
        assert drawn[called].is_whole
        assert len(drawn[called].cell_ids) == NUMBERS[called]
    parts = [one for one in drawn.values() if not one.is_whole]
    assert sum(len(one.cell_ids) for one in parts) == 80
    for one in parts:
        assert LEAST_OF_A_CLASS <= len(one.cell_ids) < one.n_cells == NUMBERS[one.called]
        assert all(SHOWN[cell_id] == one.called for cell_id in one.cell_ids)


def test_look_alikes_of_blasts_are_looked_at_more() -> None:
    sizes = audit_sizes(dict.fromkeys(("LYMPH", "ERY_NOS", "SEG", "EOS_MAT"), 200), 120)
    assert sizes["LYMPH"] == sizes["ERY_NOS"] == 2 * sizes["SEG"] == 2 * sizes["EOS_MAT"] == 40
    assert audit_weight("MONO") > audit_weight("SEG")
    assert audit_weight("BLAST_MYELO") < audit_weight("PROMY")


def test_blasts_that_nobody_saw_are_all_to_be_seen() -> None:
    strata = {stratum.called: stratum for stratum in plan(seen=set()).strata}
    assert strata["BLAST_NOS"].is_whole
    assert strata["BLAST_NOS"].n_cells == 41


@pytest.mark.parametrize("n_cells", [WHOLE_UP_TO, WHOLE_UP_TO + 1])
def test_a_class_is_small_up_to_a_number(n_cells: int) -> None:
    drawn = audit_sizes({"SEG": n_cells}, 1)["SEG"]
    assert drawn == (n_cells if n_cells == WHOLE_UP_TO else LEAST_OF_A_CLASS)


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(NUMBERS)), st.integers(0, 90), min_size=1),
    st.integers(1, 200),
    st.integers(1, 200),
)
def test_a_larger_audit_takes_no_cell_back(
    numbers: dict[str, int], n_wanted: int, n_more: int
) -> None:
    sizes = audit_sizes(numbers, n_wanted)
    larger = audit_sizes(numbers, n_wanted + n_more)
    assert set(sizes) == set(larger) == {called for called, n in numbers.items() if n}
    for called, size in sizes.items():
        assert 0 < size <= larger[called] <= numbers[called]


def test_nobody_can_steer_which_cells_it_is() -> None:
    assert plan() == draw_audit(dict(reversed(SHOWN.items())), BLASTS, SALT, 80)
    assert set(plan().cell_ids) < set(plan(120).cell_ids)
    other = plan(salt="another salt, as long")
    assert Counter(map(SHOWN.get, other.cell_ids)) == Counter(map(SHOWN.get, plan().cell_ids))
    assert set(other.cell_ids) != set(plan().cell_ids)


def test_every_cell_is_as_likely_as_another() -> None:
    """Over 400 salts; 5 of 14 each time, so that 143 are expected, give or take 10."""
    hits = Counter(
        cell_id
        for n in range(400)
        for stratum in plan(1, salt=f"{SALT}{n}").strata
        for cell_id in stratum.cell_ids
        if stratum.called == "EOS_MAT"
    )
    assert len(hits) == 14
    assert all(143 - 35 < n < 143 + 35 for n in hits.values())


def test_what_is_missing_is_told() -> None:
    drawn = plan()
    first = drawn.cell_ids[0]
    progress = audit_progress(drawn, set(drawn.cell_ids) - {first})
    assert (progress.n_drawn, progress.missing, progress.is_complete) == (
        len(drawn.cell_ids),
        (first,),
        False,
    )
    assert audit_progress(drawn, SHOWN).is_complete
    with pytest.raises(UsageError, match="not seen yet"):
        audit_result(drawn, SHOWN, SHOWN, seen_before=BLASTS, seen=BLASTS)


def test_the_result_is_the_strata_of_the_estimate() -> None:
    drawn = plan()
    missed = next(one for one in drawn.cell_ids if SHOWN[one] == "LYMPH")
    false = min(BLASTS)
    besides = next(one for one in SHOWN if SHOWN[one] == "SEG" and one not in drawn.cell_ids)
    now = SHOWN | {missed: "BLAST_NOS", false: "LYMPH", besides: "BAND"}
    strata = audit_result(
        drawn,
        SHOWN,
        now,
        seen_before=BLASTS,
        seen=BLASTS | set(drawn.cell_ids) | {besides},
        added=("MAST",),
    )
    by_name = {stratum.name: stratum for stratum in strata}
    assert by_name[SEEN_BEFORE].known == {"BLAST_NOS": 40, "LYMPH": 1, "MAST": 1}
    assert by_name[SEEN_BEFORE].is_whole
    assert by_name["LYMPH"].sampled["BLAST_NOS"] == 1
    assert "BAND" not in by_name["SEG"].sampled
    assert by_name["SEG"].known["BAND"] == 1
    assert sum(stratum.n_cells for stratum in strata) == len(SHOWN) + 1
    blasts = double_sampling(strata, [{"BLAST_NOS"}])[0]
    n_lymph = by_name["LYMPH"].n_sampled
    assert blasts.n == pytest.approx(40 + 62 / n_lymph)
    assert blasts.total == len(SHOWN) + 1 - 12


def test_an_audit_of_other_cells_is_refused() -> None:
    drawn = plan()
    with pytest.raises(UsageError, match="other cells"):
        audit_result(drawn, SHOWN, SHOWN, seen_before=BLASTS | {"SEG-1"}, seen=SHOWN)
    with pytest.raises(UsageError, match="other cells"):
        audit_result(drawn, SHOWN, SHOWN, seen_before=set(), seen=SHOWN)


def test_no_audit_where_there_is_nothing_left() -> None:
    with pytest.raises(UsageError, match="nothing to audit"):
        plan(seen=set(SHOWN))


@pytest.mark.parametrize("n_wanted", [0, -1, MOST_TO_AUDIT + 1])
def test_a_size_that_cannot_be_meant_is_refused(n_wanted: int) -> None:
    with pytest.raises(UsageError, match="cells to audit"):
        plan(n_wanted)


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(UsageError, match="salt"):
        plan(salt="short")


def test_more_than_there_is_is_all_of_it() -> None:
    assert set(plan(MOST_TO_AUDIT).cell_ids) == set(SHOWN) - BLASTS
    assert all(stratum.is_whole for stratum in plan(MOST_TO_AUDIT).strata)


def test_what_a_review_of_the_blasts_cannot_see() -> None:
    spot = blind_spot(SHOWN, BLASTS)
    n_unseen = len(SHOWN) - 41
    assert (spot.n_unseen, spot.n_cells) == (n_unseen, len(SHOWN))
    assert spot.unseen_points == pytest.approx(100 * n_unseen / len(SHOWN))
    assert list(spot.after_audit) == [60, 100]
    assert spot.unseen_points > spot.after_audit[60] > spot.after_audit[100] > 0
    assert f"{n_unseen} of {len(SHOWN)} cells were not seen" in spot.sentence
    assert f"{spot.after_audit[60]:.1f} points" in spot.sentence


def test_what_is_left_after_an_audit_is_what_the_audit_then_says() -> None:
    drawn = plan(60)
    strata = audit_result(
        drawn, SHOWN, SHOWN, seen_before=BLASTS, seen=BLASTS | set(drawn.cell_ids)
    )
    blasts = double_sampling(strata, [{"BLAST_NOS"}])[0]
    missed = 100 * (blasts.n_most - 41) / len(SHOWN)
    assert blind_spot(SHOWN, BLASTS).after_audit[60] == pytest.approx(missed)


def test_nothing_is_hidden_once_all_was_seen() -> None:
    spot = blind_spot(SHOWN, SHOWN)
    assert (spot.n_unseen, spot.unseen_points, spot.sentence) == (0, 0.0, "")


def test_a_persons_class_wins() -> None:
    stamp = Stamp(uid(1), START, uid(9), "AK")
    review = fold_review(
        [CellsNamed(stamp, ("LYMPH-1", "elsewhere"), "BLAST_MYELO"), CellsSeen(stamp, ("SEG-1",))]
    )
    now = classes_now(SHOWN, review)
    assert now == SHOWN | {"LYMPH-1": "BLAST_MYELO"}
    assert classes_now(SHOWN, EMPTY_REVIEW) == SHOWN


CELLS = machine_cells(random_table(300))
OF_COUNT = shown_classes(CELLS)


def test_the_cells_of_a_count_are_those_chosen_by_place() -> None:
    count = reviewed_count(CELLS, EMPTY_REVIEW)
    assert len(OF_COUNT) == count.n_to_see == int(CELLS.in_count.sum())
    numbers = Counter(OF_COUNT.values())
    assert numbers[NOT_DECIDED] == count.pooled.n_undecided > 0
    assert numbers["SMUDGE"] + numbers["ARTEFACT"] == count.pooled.n_removed > 0


@settings(max_examples=25, deadline=None)
@given(review_events(CELLS.cell_ids), st.integers(0, 30))
def test_an_audit_of_all_cells_is_the_count(events: list[ReviewEvent], n_before: int) -> None:
    """Drawn in the midst of a review, which goes on until every cell was seen."""
    review = fold_review(events[:n_before])
    drawn = draw_audit(OF_COUNT, review.seen, SALT, MOST_TO_AUDIT)
    all_seen = CellsSeen(Stamp(uid(1), START, uid(9), "AK"), CELLS.cell_ids)
    later = fold_review([*events[n_before:], all_seen], review)
    strata = audit_result(
        drawn,
        OF_COUNT,
        classes_now(OF_COUNT, later),
        seen_before=review.seen,
        seen=later.seen,
        added=added_classes(later),
    )
    count = reviewed_count(CELLS, later)
    result = audited_differential(strata)
    assert count.is_fully_seen
    assert result.n_cells == result.n_known == count.n_to_see
    assert result.undecided.n == count.pooled.n_undecided
    for row, counted in zip(result.rows, count.pooled.categories, strict=True):
        assert row.category == counted.category
        assert row.estimate.n == row.estimate.n_least == row.estimate.n_most == counted.n
        assert row.estimate.total == count.pooled.total
        assert row.estimate.overall == counted.interval
        assert row.with_undecided.n == counted.upper_n


def test_a_drawn_class_may_be_whole() -> None:
    assert DrawnStratum("BASO", 2, ("a", "b")).is_whole
    assert not DrawnStratum("BASO", 3, ("a", "b")).is_whole
