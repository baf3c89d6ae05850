from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.made_events import asked, case, deleted, finished, slide, started, uid
from cases.made_reviews import (
    ADA,
    BOB,
    added,
    event_id,
    named,
    redone,
    review_events,
    seen,
    stamp,
    tagged,
    undone,
)
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.review import (
    EMPTY_REVIEW,
    MOST_AT_ONCE,
    Review,
    ReviewFolding,
    ReviewMovedOnError,
    check_review_event,
    fold_review,
    next_redo,
    next_undo,
)
from marrowscope.cases.review_access import check_open
from marrowscope.cases.review_events import (
    CellAdded,
    CellsNamed,
    CellsSeen,
    CellsTagged,
    ReviewEvent,
    ReviewUndone,
    Tag,
    added_cell_id,
)
from marrowscope.errors import UsageError

CELLS = tuple(f"s1-{n:06d}" for n in range(6))
EVENTS = review_events(CELLS)


def has_cell(cell_id: str) -> bool:
    return cell_id in CELLS


def check(review: Review, event: ReviewEvent) -> None:
    check_review_event(review, event, has_cell)


def classes(review: Review) -> dict[str, str]:
    return {cell_id: naming.class_id for cell_id, naming in review.named.items()}


def in_force(events: list[ReviewEvent], review: Review) -> list[ReviewEvent]:
    """What is left of the events without what was undone, and without the undoing of it."""
    return [
        event
        for event in events
        if isinstance(event, CellsNamed | CellsSeen | CellsTagged | CellAdded)
        and event.stamp.event_id not in review.undone
    ]


def test_a_review_begins_empty() -> None:
    assert fold_review([]) == EMPTY_REVIEW
    assert (EMPTY_REVIEW.n_events, EMPTY_REVIEW.acts) == (0, ())
    assert next_undo(EMPTY_REVIEW, ADA) is None
    assert next_redo(EMPTY_REVIEW, ADA) is None


def test_the_last_name_is_in_force_and_all_are_kept() -> None:
    review = fold_review([named(0, CELLS[:2], "MYELO"), named(1, CELLS[1:3], "META", BOB)])
    assert classes(review) == {CELLS[0]: "MYELO", CELLS[1]: "META", CELLS[2]: "META"}
    assert [naming.class_id for naming in review.namings[CELLS[1]]] == ["MYELO", "META"]
    assert (review.named[CELLS[2]].by, review.named[CELLS[2]].by_name) == (BOB, "bob")
    assert review.named[CELLS[2]].at == stamp(1).at
    assert review.n_events == 2


def test_what_was_named_was_seen_and_stays_so() -> None:
    events = [named(0, CELLS[:1], "MYELO"), seen(1, CELLS[:2], BOB), undone(2, 0)]
    review = fold_review(events)
    assert set(review.seen) == set(CELLS[:2])
    assert review.seen[CELLS[0]].by == ADA
    assert review.seen[CELLS[1]].by_name == "bob"


def test_tags_come_and_go() -> None:
    review = fold_review([tagged(0, CELLS[:2]), tagged(1, CELLS[:1], is_set=False)])
    assert review.tags == {CELLS[1]: frozenset({Tag.AUER})}
    assert fold_review([undone(2, 1)], review).tags == dict.fromkeys(
        CELLS[:2], frozenset({Tag.AUER})
    )


def test_an_added_cell_can_be_renamed_and_taken_back() -> None:
    cell = added(0)
    review = fold_review([cell, named(1, [cell.cell_id], "MYELO", BOB)])
    assert review.added == {cell.cell_id: cell}
    assert review.class_of(cell) == "MYELO"
    assert review.class_of(added(5, "META")) == "META"
    assert cell.cell_id in review.seen
    gone = fold_review([undone(2, 0)], review)
    assert gone.added == {}
    assert fold_review([redone(3, 0)], gone).added == {cell.cell_id: cell}


def test_undo_goes_back_to_the_name_before_and_redo_forward() -> None:
    review = fold_review([named(0, CELLS[:1], "MYELO"), named(1, CELLS[:2], "META")])
    last = next_undo(review, ADA)
    assert last == named(1, CELLS[:2], "META")
    review = fold_review([undone(2, 1)], review)
    assert classes(review) == {CELLS[0]: "MYELO"}
    assert next_redo(review, ADA) == last
    review = fold_review([undone(3, 0)], review)
    assert classes(review) == {}
    assert next_undo(review, ADA) is None
    review = fold_review([redone(4, 0), redone(5, 1)], review)
    assert classes(review) == dict.fromkeys(CELLS[:2], "META")
    assert next_redo(review, ADA) is None


def test_after_a_new_act_nothing_can_be_redone() -> None:
    review = fold_review([named(0, CELLS[:1], "MYELO"), undone(1, 0), seen(2, CELLS[:1])])
    assert next_redo(review, ADA) == named(0, CELLS[:1], "MYELO")
    review = fold_review([named(3, CELLS[:1], "META")], review)
    assert next_redo(review, ADA) is None
    with pytest.raises(UsageError, match="done since"):
        check(review, redone(4, 0))


def test_each_has_an_undo_of_its_own() -> None:
    events = [named(0, CELLS[:1], "MYELO"), named(1, CELLS[:1], "META", BOB)]
    review = fold_review(events)
    assert next_undo(review, ADA) == events[0]
    assert next_undo(review, BOB) == events[1]
    review = fold_review([undone(2, 0)], review)
    assert classes(review) == {CELLS[0]: "META"}
    assert next_redo(review, BOB) is None
    assert classes(fold_review([undone(3, 1, BOB)], review)) == {}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (named(9, CELLS[:1], "RBC"), "red cell"),
        (named(9, CELLS[:1], "HORSE"), "no cell class"),
        (named(9, [], "SEG"), "between 1 and"),
        (named(9, ["x"] * (MOST_AT_ONCE + 1), "SEG"), "between 1 and"),
        (named(9, CELLS[:1] * 2, "SEG"), "twice"),
        (named(9, ["s9-000000"], "SEG"), "no such cell"),
        (seen(9, ["s9-000000"]), "no such cell"),
        (seen(9, []), "between 1 and"),
        (tagged(9, ["s9-000000"]), "no such cell"),
        (tagged(9, [added(3).cell_id]), "no such cell"),
        (named(0, CELLS[:1], "SEG"), "done already"),
        (added(9, "RBC"), "red cell"),
        (replace(added(9), cell_id="added-1"), "named after its event"),
        (replace(added(9), x_px=float("nan")), "nowhere"),
        (replace(added(9), y_px=float("inf")), "nowhere"),
        (replace(added(9), w_px=0.0), "no size"),
        (replace(added(9), h_px=float("nan")), "no size"),
        (undone(9, 7), "no such act"),
        (undone(9, 2), "no such act"),
        (undone(9, 0, BOB), "somebody else"),
        (undone(9, 4), "taken back already"),
        (redone(9, 7), "no such act"),
        (redone(9, 0), "in force already"),
        (redone(9, 4, BOB), "somebody else"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: ReviewEvent, reason: str) -> None:
    review = fold_review(
        [
            named(0, CELLS[:2], "MYELO"),
            named(1, CELLS[:2], "MYELO", BOB),
            seen(2, CELLS[:3]),
            added(3),
            named(4, CELLS[:1], "META"),
            undone(5, 4),
            undone(6, 3),
        ]
    )
    with pytest.raises(UsageError, match=reason):
        check(review, wrong)


def test_two_added_cells_never_have_one_id() -> None:
    first = added(0)
    twin = replace(first, stamp=replace(first.stamp, event_id=uid(first.stamp.event_id.int + 1)))
    assert twin.cell_id == added_cell_id(twin.stamp.event_id)
    for review in (fold_review([first]), fold_review([first, undone(1, 0)])):
        with pytest.raises(UsageError, match="of this id already"):
            check(review, twin)


def test_a_cell_that_was_taken_away_meanwhile_may_still_have_been_seen() -> None:
    review = fold_review([added(0), undone(1, 0)])
    check(review, seen(2, [added(0).cell_id], BOB))
    with pytest.raises(UnknownCaseError):
        check(review, named(2, [added(0).cell_id], "SEG", BOB))


def test_only_the_cells_of_a_finished_analysis_are_reviewed() -> None:
    events = [slide(), asked(), started(), finished()]
    check_open(case(*events), uid(1))
    with pytest.raises(UsageError, match="not finished"):
        check_open(case(*events[:3]), uid(1))
    with pytest.raises(UnknownCaseError, match="no such analysis"):
        check_open(case(*events), uid(2))
    with pytest.raises(UnknownCaseError, match="no such case"):
        check_open(case(*events, deleted()), uid(1))
    with pytest.raises(UnknownCaseError, match="no such case"):
        check_open(None, uid(1))


@given(EVENTS)
def test_the_review_is_that_of_what_is_in_force(events: list[ReviewEvent]) -> None:
    review = fold_review(events)
    alone = fold_review(in_force(events, review))
    assert review.named == alone.named
    assert review.tags == alone.tags
    assert review.added == alone.added
    assert set(alone.seen) <= set(review.seen)
    assert review.n_events == len(events) == len(review.event_ids)


@given(EVENTS)
def test_checked_one_by_one_in_one_folding_it_is_the_same(events: list[ReviewEvent]) -> None:
    folding = ReviewFolding(EMPTY_REVIEW)
    slow = EMPTY_REVIEW
    for event in events:
        for account in (ADA, BOB):
            assert next_undo(folding, account) == next_undo(slow, account)
            assert next_redo(folding, account) == next_redo(slow, account)
        folding.check_and_add(event, has_cell)
        slow = fold_review([event], slow)
    assert folding.review() == slow == fold_review(events)


def test_what_makes_no_sense_is_not_added() -> None:
    folding = ReviewFolding(fold_review([named(0, CELLS[:1], "MYELO")]))
    with pytest.raises(UnknownCaseError):
        folding.check_and_add(named(1, ["s9-000000"], "SEG"), has_cell)
    with pytest.raises(ReviewMovedOnError):
        folding.check_and_add(redone(1, 0), has_cell)
    assert folding.review() == fold_review([named(0, CELLS[:1], "MYELO")])


@given(EVENTS, st.data())
def test_it_is_the_same_however_it_is_split(events: list[ReviewEvent], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(events)))
    first = fold_review(events[:cut])
    kept = fold_review(events[:cut])
    assert fold_review(events[cut:], first) == fold_review(events)
    assert first == kept


@given(EVENTS, st.sampled_from([ADA, BOB]))
def test_all_of_ones_acts_can_be_taken_back_and_done_again(
    events: list[ReviewEvent], account
) -> None:
    whole = review = fold_review(events)
    others = [act for act in whole.acts if act.stamp.by != account]
    n = 100
    undone_now = 0
    while (act := next_undo(review, account)) is not None:
        event = ReviewUndone(stamp(n, account), act.stamp.event_id)
        check(review, event)
        review = fold_review([event], review)
        n += 1
        undone_now += 1
    assert {act.stamp.event_id for act in others} & review.undone == {
        act.stamp.event_id for act in others
    } & whole.undone
    assert all(naming.by != account for naming in review.named.values())
    assert all(act.stamp.by != account for act in review.added.values())
    for _ in range(undone_now):
        act = next_redo(review, account)
        assert act is not None
        event = redone(n, 0, account)
        event = replace(event, redone=act.stamp.event_id)
        check(review, event)
        review = fold_review([event], review)
        n += 1
    assert (review.named, review.tags, review.added) == (whole.named, whole.tags, whole.added)


@given(EVENTS, st.sampled_from([ADA, BOB]))
def test_undo_never_touches_the_act_of_another(events: list[ReviewEvent], account) -> None:
    review = fold_review(events)
    for act in review.acts:
        if act.stamp.by != account:
            with pytest.raises(UsageError):
                check(review, ReviewUndone(stamp(200, account), act.stamp.event_id))
    act = next_undo(review, account)
    assert act is None or (act.stamp.by == account and act.stamp.event_id not in review.undone)
    assert event_id(200) not in review.event_ids
