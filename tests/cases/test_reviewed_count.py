from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.made_reviews import (
    BOB,
    MODELLED,
    RULES,
    SLIDES,
    added,
    machine_cells,
    made_table,
    named,
    random_table,
    review_events,
    seen,
    source_of,
    undone,
)
from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.review import EMPTY_REVIEW, Review, fold_review
from marrowscope.cases.review_events import ReviewEvent
from marrowscope.cases.reviewed_count import ReviewedCount, SeenCount, reviewed_count
from marrowscope.cell_table import CellTable
from marrowscope.differential import WITHOUT_MONOCYTES, CaseDifferential, case_differential
from marrowscope.errors import UsageError
from marrowscope.vocabulary import (
    Counting,
    cell_class,
    class_ids,
    classes_of_category,
    icsh_categories,
)

TABLE = random_table(300)
CELLS = machine_cells(TABLE)
EVENTS = review_events(CELLS.cell_ids, most=40)
A_FEW = made_table(
    ["BLAST_NOS", "SEG", "SEG", "SMUDGE", "LYMPH", "UNCLASS"],
    [False, False, True, False, False, False],
    ["", "", "", "class", "region", ""],
    [0, 0, 1, 1, 1, 1],
)
FEW = machine_cells(A_FEW)
BLAST, SEG, UNSURE, SMUDGE, OUTSIDE, NO_NAME = FEW.cell_ids


def chosen_cells(
    table: CellTable, review: Review
) -> tuple[list[str], list[str], list[bool], list[bool]]:
    """Slide, class, abstention of every cell of the count, and whether it was seen, one by one."""
    slides, classes, abstained, was_seen = [], [], [], []
    rows = zip(
        table.texts("cell_id").tolist(),
        table.texts("slide").tolist(),
        table.texts("class_id").tolist(),
        table.mask("abstained").tolist(),
        table.texts("why_not").tolist(),
        strict=True,
    )
    for cell_id, slide, class_id, unsure, why_not in rows:
        if why_not not in ("", "class"):
            continue
        naming = review.named.get(cell_id)
        slides.append(slide)
        classes.append(class_id if naming is None else naming.class_id)
        abstained.append(unsure and naming is None)
        was_seen.append(cell_id in review.seen)
    for cell in review.added.values():
        if cell.in_count:
            slides.append(cell.slide)
            classes.append(review.class_of(cell))
            abstained.append(False)
            was_seen.append(True)
    return slides, classes, abstained, was_seen


def slow_count(table: CellTable, review: Review) -> CaseDifferential:
    slides, classes, abstained, was_seen = chosen_cells(table, review)
    given = {
        name
        for name, unsure in zip(classes, abstained, strict=True)
        if not unsure and cell_class(name).counting is not Counting.UNDECIDED
    }
    modelled, blood_only = {*MODELLED, *given}, RULES.blood_only
    if all(was_seen):
        modelled, blood_only = set(class_ids()) - {"UNCLASS"}, ()
    return case_differential(
        slides, classes, abstained, slides=SLIDES, modelled=modelled, blood_only=blood_only
    )


def as_case(count: ReviewedCount) -> CaseDifferential:
    return CaseDifferential(count.pooled, count.slides)


def all_seen(cells: MachineCells) -> Review:
    return fold_review([seen(1000, cells.cell_ids)])


def test_without_a_review_it_is_the_differential_of_the_machine() -> None:
    count = reviewed_count(CELLS, EMPTY_REVIEW)
    in_count = np.isin(TABLE.texts("why_not"), ["", "class"])
    machine = case_differential(
        TABLE.texts("slide")[in_count].tolist(),
        TABLE.texts("class_id")[in_count].tolist(),
        TABLE.mask("abstained")[in_count],
        slides=SLIDES,
        modelled=MODELLED,
        blood_only=RULES.blood_only,
    )
    assert as_case(count) == machine
    assert count.pooled.total == TABLE.n_counted
    assert (count.n_seen, count.n_to_see) == (0, int(in_count.sum()))
    assert not count.is_fully_seen


def test_the_rules_of_the_analysis_hold() -> None:
    rules = replace(
        RULES,
        me_formula=WITHOUT_MONOCYTES,
        undetermined_blasts_are_myeloid=False,
        scale_note="rests on an estimate",
    )
    pooled = reviewed_count(machine_cells(TABLE, rules), EMPTY_REVIEW).pooled
    assert pooled.me.formula == "without monocytes"
    assert "left out" in pooled.me.note
    assert pooled.scale_note == "rests on an estimate"


def test_a_person_s_class_wins_over_the_machine_s() -> None:
    machine = reviewed_count(FEW, EMPTY_REVIEW).pooled
    assert (machine.total, machine.n_undecided, machine.n_removed) == (4, 2, 1)
    events = [
        named(0, [UNSURE], "META"),
        named(1, [BLAST], "LYMPH"),
        named(2, [SMUDGE], "BLAST_NOS", BOB),
        named(3, [SEG], "ARTEFACT"),
        named(4, [OUTSIDE], "BLAST_NOS"),
    ]
    count = reviewed_count(FEW, fold_review(events))
    assert {one.class_id: one.n for one in count.pooled.class_counts} == {
        "BLAST_NOS": 1, "META": 1, "LYMPH": 1,
    }  # fmt: skip
    assert {one.class_id: one.n for one in count.pooled.removed} == {"ARTEFACT": 1}
    assert (count.pooled.total, count.pooled.n_undecided) == (4, 1)
    assert [one.differential.total for one in count.slides] == [1, 3, 0]
    back = fold_review([undone(5, 3)], fold_review(events))
    assert reviewed_count(FEW, back).pooled.n_of("SEG") == 1


@pytest.mark.parametrize("class_id", ["UNCLASS", "MITOSIS"])
def test_what_a_person_cannot_place_is_undecided_and_seen(class_id: str) -> None:
    count = reviewed_count(FEW, fold_review([named(0, [SEG, SMUDGE, UNSURE], class_id)]))
    assert (count.pooled.total, count.pooled.n_undecided, count.pooled.n_removed) == (5, 4, 0)
    assert count.seen_undecided == SeenCount(3, 4)
    assert count.n_undecided_unseen == 1


def test_an_added_cell_counts_where_its_region_does() -> None:
    inside, outside = added(0), added(1, x_px=1500.0)
    count = reviewed_count(FEW, fold_review([inside, outside]))
    assert count.pooled.n_of("BLAST_NOS") == 2
    assert (count.n_seen, count.n_to_see) == (1, 6)
    renamed = fold_review([inside, outside, named(2, [inside.cell_id], "PLASMA")])
    assert reviewed_count(FEW, renamed).pooled.n_of("PLASMA") == 1
    assert reviewed_count(FEW, fold_review([inside, undone(1, 0)])) == reviewed_count(
        FEW, EMPTY_REVIEW
    )


def test_what_was_seen_is_told_by_the_class_as_it_is_now() -> None:
    count = reviewed_count(
        FEW, fold_review([seen(0, [BLAST, OUTSIDE]), named(1, [BLAST, UNSURE], "SEG")])
    )
    assert count.seen["segmented neutrophils"] == (2, 3)
    assert count.seen["blasts"] == (0, 0)
    assert count.seen_removed == (0, 1)
    assert count.seen_undecided == (0, 1)
    assert (count.n_seen, count.n_to_see) == (2, 5)


def test_a_class_that_a_person_gave_is_modelled_then() -> None:
    assert not reviewed_count(FEW, EMPTY_REVIEW).pooled.category("mast cells").is_modelled
    row = reviewed_count(FEW, fold_review([named(0, [SEG], "MAST")])).pooled.category("mast cells")
    assert (row.is_modelled, row.n) == (True, 1)
    beside = reviewed_count(FEW, fold_review([named(0, [OUTSIDE], "MAST")])).pooled
    assert not beside.category("mast cells").is_modelled


def test_once_every_cell_was_seen_nothing_is_left_unmodelled() -> None:
    nearly = fold_review([seen(0, [one for one in FEW.cell_ids if one != SMUDGE])])
    assert not reviewed_count(FEW, nearly).is_fully_seen
    count = reviewed_count(FEW, fold_review([seen(1, [SMUDGE])], nearly))
    assert count.is_fully_seen
    assert all(row.is_modelled for row in count.pooled.categories)
    assert all(row.not_modelled_class_ids == () for row in count.pooled.categories)
    assert all(row.blood_only_class_ids == () for row in count.pooled.categories)
    assert count.pooled.category("mast cells").n == 0
    assert set(count.pooled.modelled) == set(class_ids()) - {"UNCLASS"}


def test_a_count_without_a_cell_is_never_fully_seen() -> None:
    nothing = machine_cells(made_table([], [], [], []))
    count = reviewed_count(nothing, EMPTY_REVIEW)
    assert (count.pooled.total, count.n_to_see, count.is_fully_seen) == (0, 0, False)
    assert count.pooled.n_smears == 0


def test_what_is_said_of_a_cell_that_is_not_there_is_left_out() -> None:
    cell = added(0)
    review = fold_review([cell, named(1, [cell.cell_id], "META", BOB), undone(2, 0)])
    assert reviewed_count(FEW, review) == reviewed_count(FEW, EMPTY_REVIEW)


@given(EVENTS, st.booleans())
def test_it_equals_the_count_of_the_cells_one_by_one(
    events: list[ReviewEvent], sees_all: bool
) -> None:
    review = fold_review(events, all_seen(CELLS) if sees_all else EMPTY_REVIEW)
    count = reviewed_count(CELLS, review)
    assert count.is_fully_seen == sees_all
    assert as_case(count) == slow_count(TABLE, review)


@given(EVENTS)
def test_classes_and_undecided_add_up_and_so_do_the_seen(events: list[ReviewEvent]) -> None:
    review = fold_review(events)
    count = reviewed_count(CELLS, review)
    for part in (count.pooled, *(one.differential for one in count.slides)):
        assert sum(one.n for one in part.class_counts) + part.n_undecided == part.total
    assert sum(row.n or 0 for row in count.pooled.categories) + count.pooled.n_undecided == (
        count.pooled.total
    )
    assert count.n_to_see == count.pooled.total + count.pooled.n_removed
    assert sum(one.differential.total for one in count.slides) == count.pooled.total

    _, classes, abstained, was_seen = chosen_cells(TABLE, review)
    assert (count.n_seen, count.n_to_see) == (sum(was_seen), len(was_seen))
    for category in icsh_categories():
        members = {known.class_id for known in classes_of_category(category.category)}
        inside = [
            saw
            for name, unsure, saw in zip(classes, abstained, was_seen, strict=True)
            if name in members and not unsure
        ]
        assert count.seen[category.category] == (sum(inside), len(inside))
        row = count.pooled.category(category.category)
        assert row.n is None or row.n == len(inside)
    assert count.seen_undecided.n == count.pooled.n_undecided


def test_a_place_is_counted_within_a_counted_region() -> None:
    assert FEW.is_counted_place(SLIDES[0], source_of(0), 999.9, 1999.9)
    assert not FEW.is_counted_place(SLIDES[0], source_of(0), 1000.0, 10.0)
    for x_px in (-0.1, 2000.0, float("nan")):
        with pytest.raises(UsageError, match="outside the picture"):
            FEW.is_counted_place(SLIDES[0], source_of(0), x_px, 10.0)
    with pytest.raises(UsageError, match="no such picture"):
        FEW.is_counted_place(SLIDES[0], source_of(1), 10.0, 10.0)


def test_an_added_cell_must_lie_where_it_says() -> None:
    FEW.check_added(added(0))
    FEW.check_added(added(0, x_px=1500.0))
    with pytest.raises(UsageError, match="counted region"):
        FEW.check_added(replace(added(0), in_count=False))
    with pytest.raises(UsageError, match="no such picture"):
        FEW.check_added(replace(added(0), slide=SLIDES[1]))


def test_where_a_cell_lies_none_is_added() -> None:
    # Machine cells of the first slide lie at (0, 0) and (1, 1), half a micrometre a pixel.
    for x_px, y_px in ((1.0, 1.0), (7.0, 1.0), (1.0, 7.0), (5.0, 5.0)):
        with pytest.raises(UsageError, match="lies there already; name that one"):
            FEW.check_added(replace(added(0), x_px=x_px, y_px=y_px))
    FEW.check_added(replace(added(0), x_px=7.1, y_px=1.0))
    # The cells of another slide are of another picture.
    elsewhere = replace(added(0), slide=SLIDES[2], source=source_of(2), x_px=1.0, y_px=1.0)
    FEW.check_added(elsewhere)

    first = added(0)
    FEW.check_added(first, [first])
    twin = replace(added(1), x_px=first.x_px + 6.0)
    for others in ([first], [elsewhere, first]):
        with pytest.raises(UsageError, match="lies there already"):
            FEW.check_added(twin, others)
    FEW.check_added(replace(twin, x_px=first.x_px + 6.1), [first])
    FEW.check_added(twin, [replace(first, slide=SLIDES[1], source=source_of(1))])


def test_a_table_of_another_case_is_refused() -> None:
    with pytest.raises(UsageError, match="slide that is not known"):
        MachineCells.from_table(A_FEW, slides=SLIDES[:1], pictures=(), rules=RULES)
    strange = made_table(["HORSE"], [False], [""], [0])
    with pytest.raises(UsageError, match="class that is not known"):
        machine_cells(strange)


def test_cells_are_found_by_id() -> None:
    assert FEW.n_cells == 6
    assert FEW.has(SEG)
    assert not FEW.has("s9-000000")
    assert FEW.places([SEG, "s9-000000", BLAST]).tolist() == [1, -1, 0]
