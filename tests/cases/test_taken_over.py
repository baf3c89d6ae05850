"""Marks of an earlier analysis, said of the same cells of a later one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
from hypothesis import given, settings

from cases.made_events import uid
from cases.made_reviews import (
    ADA,
    BOB,
    SLIDES,
    added,
    machine_cells,
    made_table,
    named,
    random_table,
    review_events,
    seen,
    source_of,
    stamp,
    tagged,
    undone,
)
from marrowscope.cases.events import Stamp
from marrowscope.cases.machine_cells import MachineCells
from marrowscope.cases.review import EMPTY_REVIEW, check_review_event, fold_review
from marrowscope.cases.review_events import ReviewEvent, Tag
from marrowscope.cases.taken_over import (
    ReviewedAnalysis,
    TakenOver,
    events_of_taken_over,
    taken_over,
)

ONE, TWO, THREE = uid(101), uid(102), uid(103)
SLIDE_IDS = (ONE, TWO, THREE)
FIRST = (SLIDES[0], source_of(0))
APART_PX = 100.0
RANDOM = machine_cells(random_table(60))


def cells_at(*xs: float) -> MachineCells:
    """Cells of the first slide, in a row; ids follow the places."""
    n = len(xs)
    made = machine_cells(made_table(["SEG"] * n, [False] * n, [""] * n, [0] * n))
    places = np.array([(x, 50.0) for x in xs]).reshape(-1, 2)
    return replace(made, centres={FIRST: places} if n else {})


def analysed(
    cells: MachineCells, events: Iterable[ReviewEvent] = (), slide_ids: Sequence[UUID] = SLIDE_IDS
) -> ReviewedAnalysis:
    return ReviewedAnalysis(cells, fold_review(events), tuple(slide_ids))


def taken(earlier: ReviewedAnalysis, later: ReviewedAnalysis, by: UUID = ADA) -> TakenOver:
    return taken_over(earlier, later, by)


THREE_CELLS = cells_at(0, APART_PX, 2 * APART_PX)
A, B, C = THREE_CELLS.cell_ids


def test_names_looks_and_tags_go_to_the_same_cells_under_their_new_ids() -> None:
    events = [named(1, [A], "BLAST_NOS"), seen(2, [B]), tagged(3, [A])]
    # A cell more at the start: every id is another one, and each has moved a little.
    later = cells_at(-50, 1, APART_PX - 1, 2 * APART_PX)
    _, a, b, _ = later.cell_ids

    found = taken(analysed(THREE_CELLS, events), analysed(later))

    assert found.named == {"BLAST_NOS": (a,)}
    assert found.seen == (b,)
    assert found.tagged == {Tag.AUER: (a,)}
    assert (found.n_lost, found.n_cells) == (0, 2)


def test_only_what_one_did_oneself_and_stands_is_taken_over() -> None:
    events = [
        named(1, [A], "BLAST_NOS"),
        named(2, [A], "PROMY", by=BOB),
        named(3, [B], "LYMPH"),
        undone(4, 3),
        tagged(5, [B], by=BOB),
        added(6, by=BOB),
    ]
    found = taken(analysed(THREE_CELLS, events), analysed(THREE_CELLS))
    assert found.named == {}
    assert found.seen == (A, B)
    assert found.tagged == {}
    assert found.added == ()
    theirs = taken(analysed(THREE_CELLS, events), analysed(THREE_CELLS), BOB)
    assert theirs.named == {"PROMY": (A,)}
    assert theirs.tagged == {Tag.AUER: (B,)}
    assert len(theirs.added) == 1


def test_a_named_cell_that_is_gone_is_lost_and_counted() -> None:
    later = cells_at(0, APART_PX + 20, 2 * APART_PX)
    found = taken(analysed(THREE_CELLS, [named(1, [A, B], "MONO")]), analysed(later))
    assert found.named == {"MONO": (A,)}
    assert found.n_lost == 1


def test_two_cells_never_become_one() -> None:
    events = [named(1, [A], "MONO"), named(2, [B], "SEG")]
    close = cells_at(0, 4)
    found = taken(analysed(close, events), analysed(cells_at(3)))
    assert found.named == {"SEG": (A,)}
    assert found.n_lost == 1


def test_what_the_later_review_says_stays() -> None:
    now = [named(1, [A], "PROMY", by=BOB), seen(2, [B], by=BOB), tagged(3, [C], by=BOB)]
    events = [named(1, [A], "MONO"), seen(2, [B, C]), tagged(3, [C])]
    found = taken(analysed(THREE_CELLS, events), analysed(THREE_CELLS, now))
    assert (found.named, found.seen, found.tagged) == ({}, (C,), {})


def test_cells_belong_to_a_slide_of_the_case_whatever_the_analysis_calls_it() -> None:
    events = [named(1, [A], "MONO")]
    earlier = analysed(THREE_CELLS, events)
    assert taken(earlier, analysed(THREE_CELLS, slide_ids=(TWO, ONE, THREE))).named == {}
    assert taken(earlier, analysed(THREE_CELLS, slide_ids=(uid(9), TWO, THREE))).n_lost == 1
    # The same slide, read as the second one under the second one's name.
    second = (SLIDES[1], source_of(1))
    moved = replace(
        THREE_CELLS,
        centres={second: THREE_CELLS.centres[FIRST]},
        places_on={second: THREE_CELLS.places_on[FIRST]},
    )
    assert taken(earlier, analysed(moved, slide_ids=(TWO, ONE, THREE))).named == {"MONO": (A,)}


def test_an_added_cell_is_added_again_or_named_where_it_is_found_now() -> None:
    earlier = analysed(THREE_CELLS, [added(1, "BLAST_NOS", x_px=700)])
    [again] = taken(earlier, analysed(THREE_CELLS)).added
    assert (again.slide, again.source, again.x_px, again.class_id) == (*FIRST, 700, "BLAST_NOS")
    # At (700, 20) and (700, 50): no cell of the machine, unless the reach is that wide.
    near = replace(THREE_CELLS, centres={FIRST: np.array([(0, 0), (10, 0), (701.0, 20.0)])})
    found = taken(earlier, analysed(near))
    assert (found.named, found.added) == ({"BLAST_NOS": (C,)}, ())
    there = analysed(THREE_CELLS, [added(5, x_px=702, by=BOB)])
    assert taken(earlier, there).n_cells == 0


def test_an_analysis_without_cells_takes_nothing() -> None:
    events = [named(1, [A], "MONO"), seen(2, [B])]
    found = taken(analysed(THREE_CELLS, events), analysed(cells_at()))
    assert (found.n_cells, found.n_lost) == (0, 1)
    assert events_of_taken_over(found, cells_at(), lambda: stamp(1)) == ()


@given(review_events(RANDOM.cell_ids[:20]))
@settings(max_examples=60, deadline=None)
def test_what_is_taken_over_makes_sense_and_leaves_nothing_to_take(
    events: list[ReviewEvent],
) -> None:
    earlier = analysed(RANDOM, events)
    after = 1000
    review = EMPTY_REVIEW

    def next_stamp() -> Stamp:
        nonlocal after
        after += 1
        return stamp(after)

    for event in events_of_taken_over(taken(earlier, analysed(RANDOM)), RANDOM, next_stamp):
        check_review_event(review, event, RANDOM.has)
        review = fold_review([event], review)

    mine = {one: name.class_id for one, name in earlier.review.named.items() if name.by == ADA}
    now = {one: name.class_id for one, name in review.named.items()}
    of_machine = {one: class_id for one, class_id in mine.items() if RANDOM.has(one)}
    assert of_machine.items() <= now.items()
    later = ReviewedAnalysis(RANDOM, review, SLIDE_IDS)
    assert taken(earlier, later).n_cells == 0
