from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.made_events import (
    asked,
    cancelled,
    case,
    changed,
    deleted,
    failed,
    finished,
    opened,
    removed,
    slide,
    started,
    uid,
)
from marrowscope.cases.case_event import CaseEvent
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.fold import MOST_SLIDES, check_next, fold
from marrowscope.cases.refusals import UnknownCaseError
from marrowscope.cases.state import AnalysisStatus, CaseState, CaseStatus
from marrowscope.errors import UsageError

IDS = st.integers(1, 3)
EVENTS = st.one_of(
    st.just(opened()),
    st.builds(changed, st.sampled_from([CaseFacts(), CaseFacts(accession="S1")])),
    st.builds(slide, IDS),
    st.builds(removed, IDS),
    st.builds(asked, IDS, st.lists(IDS, max_size=3, unique=True).map(tuple)),
    st.builds(started, IDS),
    st.builds(finished, IDS),
    st.builds(failed, IDS),
    st.builds(cancelled, IDS),
    st.builds(deleted, st.sampled_from(["a duplicate", ""])),
)


def allowed(events: list[CaseEvent]) -> list[CaseEvent]:
    """Those of the events that make sense after those before them."""
    state: CaseState | None = None
    kept: list[CaseEvent] = []
    for event in [opened(), *events]:
        try:
            check_next(state, event)
        except UsageError:
            continue
        state = fold([event], state)
        kept.append(event)
    return kept


def test_a_case_begins_by_being_opened() -> None:
    state = case()
    assert (state.case_id, state.version, state.status) == (uid(1), 1, CaseStatus.NEW)
    assert state.opened_at == state.changed_at
    with pytest.raises(ValueError, match="opens it"):
        fold([slide()])
    with pytest.raises(ValueError, match="without events"):
        fold([])
    with pytest.raises(UsageError, match="already"):
        check_next(state, opened())
    with pytest.raises(UnknownCaseError):
        check_next(None, slide())


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "new"),
        ([slide()], "new"),
        ([slide(), asked()], "waiting"),
        ([slide(), asked(), started()], "running"),
        ([slide(), asked(), started(), finished()], "ready"),
        ([slide(), asked(), started(), failed()], "failed"),
        ([slide(), asked(), cancelled()], "cancelled"),
        ([slide(), asked(), cancelled(), asked(2)], "waiting"),
        ([slide(), asked(), started(), finished(), asked(2), cancelled(2)], "ready"),
        ([slide(), asked(), started(), finished(), asked(2), failed(2)], "failed"),
        ([slide(), asked(), failed(), asked(2), cancelled(2)], "failed"),
        ([deleted()], "deleted"),
    ],
)
def test_the_status_is_that_of_the_newest_analysis(events: list[CaseEvent], status: str) -> None:
    assert case(*events).status == status


def test_a_finished_analysis_keeps_its_facts() -> None:
    state = case(slide(), asked(um_per_px=0.25), started(), finished())
    result = state.newest_result
    assert result is not None
    assert (result.digest, result.um_per_px, result.status) == (
        "d" * 64, 0.25, AnalysisStatus.FINISHED,
    )  # fmt: skip
    for event in (failed(), cancelled(), finished(), started()):
        with pytest.raises(UsageError):
            check_next(state, event)
    again = fold([asked(2), started(2), failed(2)], state)
    assert again.newest_result == result


def test_a_result_is_outdated_once_slides_come_or_go() -> None:
    state = case(slide(), asked(), started(), finished())
    assert not state.is_result_outdated
    assert fold([slide(2)], state).is_result_outdated
    assert not fold([slide(2), removed(2)], state).is_result_outdated
    assert not case().is_result_outdated


@pytest.mark.parametrize(
    ("events", "wrong", "reason"),
    [
        ([], asked(slides=()), "no slide yet"),
        ([slide()], asked(slides=(2,)), "changed meanwhile"),
        ([slide()], asked(count_target=0), "cells to count"),
        ([slide()], asked(um_per_px=0.0), "scale"),
        ([slide()], asked(um_per_px=float("nan")), "scale"),
        ([slide(), asked()], asked(2), "already"),
        ([slide(), asked(), started()], asked(2), "already"),
        ([slide(), asked(), started()], removed(), "cancel the analysis"),
        ([slide(), asked()], deleted(), "cancel the analysis"),
        ([slide(), asked()], finished(), "does not run"),
        ([slide()], slide(), "there already"),
        ([], removed(), "no such slide"),
        ([], started(), "no such analysis"),
        ([], deleted(" "), "say why"),
        ([], replace(slide(), files=()), "at least one file"),
        ([], replace(slide(), files=(replace(slide().files[0], n_bytes=0),)), "empty"),
        ([deleted()], slide(), "deleted"),
        ([deleted()], changed(CaseFacts()), "deleted"),
        ([deleted()], deleted(), "deleted"),
        ([slide(n) for n in range(MOST_SLIDES)], slide(MOST_SLIDES), "at most"),
    ],
)
def test_what_makes_no_sense_is_refused(
    events: list[CaseEvent], wrong: CaseEvent, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        check_next(case(*events), wrong)


def test_slides_may_be_added_while_an_analysis_runs() -> None:
    state = case(slide(), asked(), started())
    check_next(state, slide(2))
    after = fold([slide(2)], state)
    assert after.open_analysis is not None
    assert after.open_analysis.slide_ids == (uid(1),)


@given(st.lists(EVENTS, max_size=30))
def test_any_events_that_are_allowed_fold_to_a_valid_case(events: list[CaseEvent]) -> None:
    kept = allowed(events)
    state = fold(kept)
    assert state.version == len(kept)
    assert sum(one.is_open for one in state.analyses) <= 1
    assert len({one.slide_id for one in state.slides}) == len(state.slides)
    assert len({one.analysis_id for one in state.analyses}) == len(state.analyses)
    assert state.status in CaseStatus
    for one in state.analyses:
        assert (one.ended_at is None) == one.is_open
        assert (one.summary is not None) == (one.status is AnalysisStatus.FINISHED)
        assert one.slide_ids
    if state.open_analysis is not None:
        present = {one.slide_id for one in state.slides}
        assert present >= set(state.open_analysis.slide_ids)
        assert not state.is_deleted


@given(st.lists(EVENTS, max_size=30), st.data())
def test_it_is_the_same_however_it_is_split(events: list[CaseEvent], data: st.DataObject) -> None:
    kept = allowed(events)
    cut = data.draw(st.integers(1, len(kept)))
    assert fold(kept[cut:], fold(kept[:cut])) == fold(kept) == fold(list(kept))
